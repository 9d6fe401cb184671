"""Puts the parts of the test gateway together."""

from flask import Flask, Response
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler
from werkzeug.serving import make_server as make_wsgi_server

from test_gateway.api import api
from test_gateway.messenger import Messenger
from test_gateway.pages import pages
from test_gateway.settings import Settings, refuse_production
from test_gateway.store import Store
from test_gateway.switches import Switches


def create_app(settings: Settings) -> Flask:
    """Build a gateway; its messenger runs until the process ends or is stopped."""
    refuse_production()
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 65_536
    app.jinja_env.filters["pounds"] = _pounds
    store = Store(settings.database)
    switches = Switches()
    messenger = Messenger(store, settings, switches)
    app.extensions["gateway"] = {
        "settings": settings,
        "store": store,
        "switches": switches,
        "messenger": messenger,
    }
    app.register_blueprint(api)
    app.register_blueprint(pages)
    app.after_request(_harden)
    messenger.start()
    return app


def make_server(app: Flask, *, host: str, port: int) -> BaseWSGIServer:
    """Return a threaded server that is bound to its port and not yet serving."""
    return make_wsgi_server(host, port, app, threaded=True, request_handler=_QuietHandler)


def stop(app: Flask) -> None:
    """Let go who hangs, deliver the message in hand, close the file."""
    parts = app.extensions["gateway"]
    parts["switches"].set({})
    parts["messenger"].stop()
    parts["store"].close()


class _QuietHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: addresses of payment pages do not belong in a log."""


def _pounds(pence: int) -> str:
    return f"£{pence // 100:,}.{pence % 100:02d}"


def _harden(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
