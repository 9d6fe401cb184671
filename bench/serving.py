"""Runs the portal for measurements: its environment, and one gunicorn that serves it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from bench.places import CACHE, ROOT

HOME = CACHE / "hallmark"
DEADLINE = 60
STAFF, PROVIDER, PASSWORD = "staff@demo.example", "provider@demo.example", "hallmark-demo"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(database_url: str, port: int = 8080) -> dict[str, str]:
    """Return the environment of a portal in production on ``database_url``."""
    HOME.mkdir(parents=True, exist_ok=True)
    return os.environ | {
        "DATABASE_URL": database_url,
        "PORTAL_HOME": str(HOME),
        "PORTAL_ENV": "production",
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "for-benches-only",
        "SEAL_KEYS": "for-benches-only",
        "CREDENTIAL_KEYS": "for-benches-only",
        "GATEWAY_SECRET": "for-benches-only",
        "MAIL_URL": "",
        "REDIS_URL": "",
    }


def start(database_url: str, port: int, *options: str) -> "subprocess.Popen[bytes]":
    """Start gunicorn with the project's own settings and one worker."""
    command = [sys.executable, "-m", "gunicorn", "--workers", "1", *options, "app:app"]
    with (HOME / "web.log").open("ab") as log:
        return subprocess.Popen(
            command, cwd=ROOT, env=environment(database_url, port), stdout=log, stderr=log
        )


@contextmanager
def serving(database_url: str) -> Iterator[str]:
    """Serve the portal by one synchronous worker, as the peers are served; yield its address."""
    port = free_port()
    HOME.mkdir(parents=True, exist_ok=True)
    server = start(database_url, port, "--worker-class", "sync", "--threads", "1")
    try:
        wait_for(f"http://127.0.0.1:{port}/login/", server, HOME / "web.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(server)


def stop(server: "subprocess.Popen[bytes]") -> None:
    """End a server and its workers."""
    server.terminate()
    server.wait(timeout=30)


def wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return when the page at ``url`` is there."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline and server.poll() is None:
        if answers(url):
            return
        time.sleep(0.005)
    raise RuntimeError(f"The portal did not start; its last words:\n{log.read_text()[-3000:]}")


def wait_until(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    """Return when something good is answered at ``url``, a whole page or not."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(url, timeout=DEADLINE):  # noqa: S310  # our own address
                return
        except HTTPError:
            raise
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"The server did not start; its last words:\n{log.read_text()[-3000:]}")


def answers(url: str) -> bool:
    """Tell whether the page at ``url`` is there, and whole."""
    try:
        with urlopen(url, timeout=DEADLINE) as answer:  # noqa: S310  # our own address
            return answer.status == 200 and b"</html>" in answer.read()
    except HTTPError:
        raise
    except OSError:
        return False
