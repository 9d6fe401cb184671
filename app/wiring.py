"""Connects the parts. The only module that knows all of them."""

import logging
from pathlib import Path
from uuid import uuid4

from flask import Flask, Response, g, request
from flask_appbuilder import AppBuilder, Model
from flask_talisman import Talisman
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from app import cli, models
from app.domain.kernel import viewer as viewers
from app.domain.kernel.viewer import VERIFIER
from app.extensions import csrf, db, engine_options, migrate, writing
from app.gateways.base import GatewayConfigurationError
from app.gateways.registry import gateway_of
from app.jobs import queue
from app.security import current
from app.security.access import RoleContents
from app.security.guard import RowConverter, WholeNumberConverter
from app.security.intake import limit_fields, refuse_nul
from app.security.manager import PortalSecurityManager
from app.views import failures, frame, registry, verify
from app.views.verify import mounting

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "frame-ancestors": "'none'",
}


class PortalBuilder(AppBuilder):
    """Flask-AppBuilder without the pages that it adds by itself; ours are in the registry."""

    def _add_admin_views(self) -> None:
        assert self.indexview is not None
        self._indexview = self.add_view_no_menu(self.indexview)
        self.sm.register_views()


def connect(portal: Flask) -> None:
    """Give ``portal`` its extensions, pages, guards and error pages."""
    logging.getLogger("flask_appbuilder").setLevel(logging.ERROR)
    portal.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(
        portal.config["SQLALCHEMY_DATABASE_URI"]
    )
    portal.config["PORTAL_HOME"].mkdir(parents=True, exist_ok=True)
    portal.jinja_env.undefined = StrictUndefined
    portal.jinja_env.trim_blocks = portal.jinja_env.lstrip_blocks = True
    _set_converters(portal)
    db.init_app(portal)
    migrate.init_app(portal, directory=str(Path(portal.root_path).parent / "migrations"))
    portal.before_request(limit_fields)
    csrf.init_app(portal)
    portal.extensions["role_contents"] = RoleContents()
    mounting.stand_before(portal)
    _protect(portal)
    portal.before_request(_begin)
    portal.before_request(refuse_nul)
    portal.teardown_request(_end)
    portal.after_request(_no_store)
    with portal.app_context():
        pages = PortalBuilder(
            portal,
            db.session,  # type: ignore[arg-type]  # FAB documents the scoped session
            security_manager_class=PortalSecurityManager,
            indexview=registry.HomeView,
            update_perms=False,
        )
        registry.add_pages(pages)
    mounting.mount(portal)
    csrf.exempt(portal.blueprints[verify.NAME])  # no cookie reaches these pages
    for road in ("app.views.payments.take", "app.views.bounces.take"):
        csrf.exempt(road)  # other machines have no page that could carry the token
    portal.extensions["babel"].instance.domain_instance = frame.Words()
    portal.context_processor(frame.context)
    queue.attach(portal, _run_job, _sweep)
    failures.register(portal)
    cli.register(portal)


def _run_job(job_id: int) -> None:
    from app.jobs import handlers

    handlers.run(job_id)


def _sweep(asked: queue.Queue) -> None:
    from app.jobs import worker

    worker.sweep(asked)


def _set_converters(portal: Flask) -> None:
    RowConverter.models = {name: getattr(models, name) for name in models.__all__}
    portal.url_map.converters["row"] = RowConverter
    portal.url_map.converters["int"] = WholeNumberConverter
    assert all(issubclass(model, Model) for model in RowConverter.models.values())


def _protect(portal: Flask) -> None:
    if portal.config["TRUSTED_PROXIES"]:
        hops = portal.config["TRUSTED_PROXIES"]
        portal.wsgi_app = ProxyFix(portal.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]  # Flask's way
    secure = portal.config["PUBLIC_URL"].startswith("https://")
    Talisman(
        portal,
        force_https=False,
        strict_transport_security=secure,
        session_cookie_secure=secure,
        session_cookie_samesite="Lax",
        content_security_policy=POLICY | {"form-action": _form_targets(portal)},
        content_security_policy_nonce_in=["script-src"],
        referrer_policy="same-origin",
    )


def _form_targets(portal: Flask) -> str:
    """Return where a form may lead: here, and on to the hosted payment page."""
    try:
        return f"'self' {gateway_of(portal).page_origin}"
    except GatewayConfigurationError as error:
        portal.logger.warning("No card payments: %s", error)
        return "'self'"


def _begin() -> None:
    g.request_id = uuid4().hex[:12]
    writing.set(request.method not in SAFE_METHODS)
    if request.endpoint in (None, "static", "appbuilder.static"):
        return
    session = db.session()
    viewers.fix(session, VERIFIER if request.blueprint == verify.NAME else current.viewer())
    session.info["request_id"] = g.request_id


def _end(_error: BaseException | None) -> None:
    writing.set(False)


def _no_store(response: Response) -> Response:
    """Keep pages with people's data out of shared caches and the back button's store."""
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
