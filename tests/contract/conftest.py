"""What the tests of the contract share: the described API with something in it for every kind of id."""

import pytest
import schemathesis

from backend.app import create_app
from backend.batches.models import Batch
from backend.common.db import db
from backend.learning.models import ModelVersion, RetrainRun
from tests.factories import UserFactory
from tests.offers.bodies import store_offer

PATIENT = {"auth_failures": 10**9, "auth_failures_hour": 10**9, "calls_per_min": 0}


@pytest.fixture
def described(app, test_settings, demo_catalogue, model_url):
    """Without the pause after wrong passwords and the limit of calls, which the checks would soon run into."""
    patient = create_app(test_settings.model_copy(update=PATIENT))
    return schemathesis.openapi.from_wsgi("/openapi.json", patient)


@pytest.fixture
def known(app, client, auth, demo_catalogue) -> dict[str, str]:
    """An id of every kind that leads somewhere, by the name of the path's parameter."""
    rules = client.get("/api/v1/compliance/rules", headers=auth("admin")).get_json()
    with app.app_context():
        options = {"product": "CC", "channel": "SMS", "tone": "neutral", "conditions": "none", "variants": 1}
        batch = Batch(status="done", stage="write", author="olga", source={"file": "a.csv"}, options=options)
        run = RetrainRun(status="rejected", trigger="person", author="olga", parent="base-1")
        version = ModelVersion(name="base-1", weights="base-1", status="retired")
        db.session.add_all([batch, run, version])
        db.session.flush()
        offer = store_offer(batch_id=batch.id)
        ids = {
            "offer_id": str(offer.id),
            "batch_id": str(batch.id),
            "run_id": str(run.id),
            "user_id": str(UserFactory(username="somebody").id),
            "name": version.name,
            "version": rules["version"],
            "rule_id": rules["items"][0]["id"],
        }
        db.session.commit()
    return ids
