"""Real servers on loopback: one that hosts a Flask app, one that records the events it gets."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flask import Flask, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

T = TypeVar("T")


class QuietHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@contextmanager
def serving(server: BaseWSGIServer) -> Iterator[str]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def bound_server(app: Flask, port: int = 0) -> BaseWSGIServer:
    return make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)


def eventually(look: Callable[[], T], *, within: float = 5.0) -> T:
    deadline = time.monotonic() + within
    while not (seen := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)
    return seen


class Receiver:
    """The shop's end of the webhooks: keeps every message, and can refuse some first."""

    def __init__(self) -> None:
        self.messages: list[tuple[bytes, dict[str, str]]] = []
        self.url = ""
        self.refuse_next = 0
        self.refused = 0
        self.app = Flask(__name__)
        self.app.add_url_rule("/webhook", view_func=self.take, methods=["POST"])
        self.app.add_url_rule("/favicon.ico", endpoint="icon", view_func=lambda: ("", 204))

    def take(self) -> tuple[str, int]:
        if self.refuse_next:
            self.refuse_next -= 1
            self.refused += 1
            return "not now", 503
        self.messages.append((request.get_data(), dict(request.headers)))
        return "", 204
