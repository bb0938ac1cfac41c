"""The end of the retention: clients' data go portion by portion, counts and labels stay."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from backend.batches import forgetting as batches
from backend.batches.models import Batch, Chunk, Problem
from backend.common.audit import AuditEntry
from backend.common.clock import now
from backend.offers import forgetting, tallies
from backend.offers.models import Offer
from backend.privacy import jobs, service
from backend.privacy.service import Purged
from tests.offers.bodies import store_offer
from tests.privacy.conftest import SECRET, stored_text, told_everywhere

DAYS = 30


@pytest.fixture
def keep_for(app, places):
    """keep_for(30): clients' data live so many days."""

    def change(days: int) -> None:
        app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"retention_days": days})

    return change


def ago(days: float):
    return now() - timedelta(days=days)


def store_batch(db_session, status: str, **columns) -> Batch:
    """A batch whose rows have been checked."""
    options = {"product": "CC", "channel": "SMS", "tone": "neutral", "conditions": "none", "variants": 1}
    batch = Batch(status=status, stage="write", author="olga", source={"file": "a.csv"}, options=options, **columns)
    db_session.add(batch)
    db_session.flush()
    return batch


def test_nothing_goes_without_a_retention(db_session) -> None:
    told_everywhere("101", created_at=ago(10_000))
    db_session.commit()
    assert service.purge(60) == Purged()
    assert SECRET in stored_text()


def test_old_offers_are_anonymised_and_young_ones_stay(db_session, keep_for) -> None:
    keep_for(DAYS)
    old = told_everywhere("101", created_at=ago(DAYS + 1))
    young = store_offer(client_id="101", created_at=ago(DAYS - 1), text="Свежий текст")
    db_session.commit()
    assert service.purge(60) == Purged(offers=1)
    assert SECRET not in stored_text()
    assert db_session.get_one(Offer, young.id).text == "Свежий текст"
    assert db_session.get_one(Offer, old.id).text == ""
    assert service.purge(60) == Purged()


def test_statistics_stay_as_they_were(db_session, keep_for) -> None:
    keep_for(DAYS)
    for number in range(4):
        told_everywhere(str(number), created_at=ago(DAYS + 1), label=["success", "failure", None, "failure"][number])
    store_offer(text=None, error="no_compliant_text", created_at=ago(DAYS + 1), confidence=0.0)
    db_session.commit()

    def counted():
        groups = [tallies.by_group(by, {}) for by in tallies.GROUPS]
        return groups, tallies.by_confidence({}), tallies.by_reason(None, {}), tallies.texts_by_day({})

    before = counted()
    service.purge(60)
    assert counted() == before


def test_it_goes_on_portion_by_portion(db_session, keep_for, monkeypatch) -> None:
    keep_for(DAYS)
    for number in range(5):
        store_offer(client_id=str(number), created_at=ago(DAYS + 5 - number))
    db_session.commit()
    assert forgetting.anonymise_older(ago(DAYS), limit=2) == 2
    db_session.commit()
    left = db_session.scalars(select(Offer.client_id).where(Offer.anonymised_at.is_(None)).order_by(Offer.created_at))
    assert list(left) == ["2", "3", "4"]
    monkeypatch.setattr(forgetting.anonymise_older, "__defaults__", (2,))
    assert service.purge(60).offers == 3


def test_a_turn_ends_in_time(db_session, keep_for) -> None:
    keep_for(DAYS)
    store_offer(created_at=ago(DAYS + 1))
    db_session.commit()
    assert service.purge(0) == Purged()


@pytest.mark.parametrize(("status", "days", "left"), [("cancelled", 31, 0), ("cancelled", 29, 1), ("running", 31, 1)])
def test_rows_and_reports_of_ended_batches_go(db_session, keep_for, status, days, left) -> None:
    keep_for(DAYS)
    batch = store_batch(db_session, status, total=1, finished_at=None if status == "running" else ago(days))
    clients = [{"row": 2, "client_id": 101, "features": {"age": 40}}]
    db_session.add(Chunk(batch_id=batch.id, number=0, first_row=2, count=1, clients=clients, status="waiting"))
    db_session.add(Problem(batch_id=batch.id, row=3, field="age", detail="«сорок» — не число"))
    db_session.commit()
    assert service.purge(60).batch_records == 2 * (1 - left)
    for record in (Chunk, Problem):
        assert db_session.scalar(select(func.count()).select_from(record)) == left
    assert db_session.get_one(Batch, batch.id).total == 1


def test_a_batch_whose_clients_are_gone_is_not_taken_up_again(db_session, keep_for, client, auth) -> None:
    keep_for(DAYS)
    batch = store_batch(db_session, "done", total=1, failed=1, finished_at=ago(31))
    store_offer(batch_id=batch.id, text=None, error="not_written", confidence=0.0, created_at=ago(31))
    db_session.commit()
    service.purge(60)
    answer = client.post(f"/api/v1/batches/{batch.id}/resume", headers=auth())
    assert answer.status_code == 409
    assert "уже удалены" in answer.get_json()["detail"]


def test_a_batch_some_of_whose_clients_are_gone_is_not_taken_up_again(db_session, keep_for, client, auth) -> None:
    """It would end as done, and nobody would hear of the rest."""
    keep_for(DAYS)
    batch = store_batch(db_session, "cancelled", total=2, finished_at=ago(31))
    for number in range(2):
        clients = [{"row": number, "client_id": number, "features": {}}]
        db_session.add(
            Chunk(batch_id=batch.id, number=number, status="waiting", clients=clients, count=1, first_row=number)
        )
    db_session.commit()
    assert batches.purge_older(ago(DAYS), limit=1) == 1
    db_session.commit()
    answer = client.post(f"/api/v1/batches/{batch.id}/resume", headers=auth())
    assert answer.status_code == 409
    assert "части клиентов" in answer.get_json()["detail"]


def test_the_job_is_audited_and_idempotent(db_session, keep_for) -> None:
    keep_for(DAYS)
    store_offer(created_at=ago(DAYS + 1))
    db_session.commit()
    jobs.purge()
    jobs.purge()
    [entry] = db_session.scalars(select(AuditEntry).where(AuditEntry.action == "privacy.purge"))
    assert (entry.actor, entry.details["offers"], entry.details["batch_records"]) == ("system", 1, 0)


def test_the_worker_sees_to_it() -> None:
    from backend.worker import HOUSEKEEPING

    assert "backend.privacy.jobs.purge" in dict(HOUSEKEEPING)
