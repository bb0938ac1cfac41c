"""The table of contents of the back end: what is configured, in which order, and which domains there are."""

from apiflask import APIFlask
from werkzeug.middleware.proxy_fix import ProxyFix

import backend.analytics.routes
import backend.backup.commands
import backend.batches.metrics
import backend.batches.routes
import backend.catalogue.routes
import backend.compliance.routes
import backend.learning.metrics
import backend.learning.routes
import backend.offers.admission
import backend.offers.review_routes
import backend.offers.routes
import backend.privacy.commands
import backend.privacy.routes
import backend.users.commands
import backend.users.routes
from backend import errors, queues, seeds
from backend.clients.service import thresholds_of
from backend.common import (
    db,
    docs,
    exposition,
    gauges,
    health,
    json_body,
    logs,
    metrics,
    openapi,
    page,
    redis,
    security,
)
from backend.common.openapi import DescribedFlask
from backend.config import Settings, get_settings

API = "/api/v1"
BLUEPRINTS = (
    backend.users.routes.bp,
    backend.catalogue.routes.bp,
    backend.compliance.routes.bp,
    backend.offers.routes.bp,
    backend.offers.review_routes.bp,
    backend.analytics.routes.bp,
    backend.learning.routes.bp,
    backend.batches.routes.bp,
    backend.privacy.routes.bp,
)
WATCHED = (
    queues.SOURCE,
    backend.offers.admission.SOURCE,
    backend.batches.metrics.SOURCE,
    backend.learning.metrics.SOURCE,
)


def create_app(settings: Settings | None = None) -> APIFlask:
    """A configured application. Nothing connects to anything before the first request."""
    settings = settings or get_settings()
    app = DescribedFlask(__name__, title="OfferLoop", version="1.0", docs_path=None, static_folder=None)  # type: ignore[arg-type]
    app.config["SETTINGS"] = settings
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    thresholds_of(settings.fact_thresholds)  # a wrong one stops the start, not the first call
    _register(app, settings)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint, url_prefix=API)
    app.cli.add_command(backend.users.commands.user)
    app.cli.add_command(backend.privacy.commands.privacy)
    app.cli.add_command(backend.backup.commands.backup)
    app.cli.add_command(seeds.seed)
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    return app


def _register(app: APIFlask, settings: Settings) -> None:
    """Everything that is not a domain."""
    logs.init_app(app, settings)
    metrics.init_app(app)
    security.init_app(app, settings)
    json_body.init_app(app)
    errors.init_app(app)
    db.init_app(app, settings)
    redis.init_app(app, settings)
    health.init_app(app, settings)
    exposition.init_app(app)
    gauges.add(app, *WATCHED)
    openapi.init_app(app)
    docs.init_app(app)
    page.init_app(app, settings)
