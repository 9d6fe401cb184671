"""Ports on this machine."""

import socket
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException


def free_port() -> int:
    """Return a port where nothing listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def wait_until(question: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Return once ``question()`` is true, or fail saying that ``what`` did not happen."""
    until = time.monotonic() + seconds
    while not question():
        if time.monotonic() > until:
            raise AssertionError(f"Not within {seconds:g} s: {what}")
        time.sleep(0.05)


def answers_http(port: int, path: str = "/") -> bool:
    """Return whether an HTTP server gives any answer on ``port``."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        connection.getresponse().read()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
    return True
