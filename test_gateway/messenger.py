"""Sends signed events to the shop, again and again until it says yes."""

import hmac
import logging
import threading
import time
from hashlib import sha256
from typing import Any

import requests

from test_gateway.settings import Settings
from test_gateway.store import Store
from test_gateway.switches import Faults, Switches

log = logging.getLogger(__name__)

#: Seconds that a message waits to be overtaken, when messages are reordered.
OVERTAKING = 5.0
#: Seconds between two looks at checkouts whose time may be over.
LOOK = 1.0


def sign(payload: bytes, secret: str, *, at: float) -> str:
    """Return the signature header of a message sent at this moment."""
    stamp = str(int(at))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + payload, sha256).hexdigest()
    return f"t={stamp},v1={digest}"


class Messenger:
    """One thread that delivers what is due; the messages themselves are in the store."""

    def __init__(self, store: Store, settings: Settings, switches: Switches) -> None:
        self._store = store
        self._settings = settings
        self._switches = switches
        self._admitting = threading.RLock()
        self._wake = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="messenger", daemon=True)

    def start(self) -> None:
        """Begin to deliver, first what an earlier run left behind."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread after the message in hand."""
        self._stopped = True
        self._wake.set()
        self._thread.join()

    def wake(self) -> None:
        """Tell that there is something new."""
        self._wake.set()

    def switch(self, values: dict[str, Any]) -> Faults:
        """Change the faults; what was queued before them keeps those of its time."""
        with self._admitting:
            self._admit()
            return self._switches.set(values)

    def _admit(self) -> None:
        with self._admitting:
            self._store.admit_messages(self._switches.faults, overtaking=OVERTAKING)

    def _run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            self._store.run_out()
            self._admit()
            message = self._store.due_message(time.time())
            if message is None:
                due = self._store.next_due()
                self._wake.wait(LOOK if due is None else min(LOOK, max(0.0, due - time.time())))
                continue
            self._send(message["id"], message["url"], message["payload"], message["attempts"])

    def _send(self, id: int, url: str, payload: str, attempts: int) -> None:
        body = payload.encode()
        header = sign(body, self._settings.secret, at=time.time())
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.post(
                    url,
                    data=body,
                    headers={"Content-Type": "application/json", "Hallmark-Signature": header},
                    timeout=self._settings.webhook_timeout,
                    allow_redirects=False,
                )
            taken = 200 <= answer.status_code < 300
        except requests.RequestException:
            taken = False
        if taken:
            state = "sent"
        else:
            state = "given up" if attempts + 1 >= self._settings.attempts else "waiting"
            log.info("a message was not taken by the shop (%d so far): %s", attempts + 1, state)
        self._store.note_attempt(
            id, state=state, due_at=time.time() + self._settings.first_retry * 2**attempts
        )
