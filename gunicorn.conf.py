"""How the web process serves: two preloaded workers with threads, read by gunicorn by itself."""

import gc
import os
from typing import Any

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8080')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
# A synchronous worker is killed in the middle of a long transfer; a thread is not.
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True
timeout = 60
graceful_timeout = 30
keepalive = 5
accesslog = None
# Which proxies are believed is the portal's own setting, TRUSTED_PROXIES.
forwarded_allow_ips = ""
# Nobody steers the server while it runs, so it offers no socket for that.
control_socket_disable = True


def when_ready(server: Any) -> None:
    """Let no worker look for garbage in what was loaded before it: that stays, and is shared."""
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """Drop the database connections that the new worker inherited from its parent."""
    from app.extensions import db

    portal = server.app.wsgi()
    with portal.app_context():
        for engine in db.engines.values():
            engine.dispose(close=False)
