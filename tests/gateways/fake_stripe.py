"""A local peer that answers as Stripe's Checkout API does, as far as the portal uses it."""

import hashlib
import itertools
import json
import re
import threading
import time
from typing import Any

import requests
import stripe
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

API_VERSION = "2026-10-28.endive"

#: What the API takes at this version; anything else is a 400 there, and so it is here.
PARAMETERS = re.compile(
    r"mode|submit_type|locale|allowed_payment_method_types\[\d\]|adaptive_pricing\[enabled\]"
    r"|line_items\[0\]\[(quantity|price_data)\](\[(currency|unit_amount|product_data)\](\[name\])?)?"
    r"|client_reference_id|customer_email|metadata\[\w+\]"
    r"|payment_intent_data\[(metadata\]\[\w+|description)\]|success_url|cancel_url|expires_at"
)


class FakeStripe:
    """Sessions, idempotency, and the faults of a network, all in memory."""

    def __init__(self, *, key: str, webhook_secret: str) -> None:
        self.key = key
        self.webhook_secret = webhook_secret
        self.fault = "ok"  # ok · hang · hang_after · fail
        self.requests: list[str] = []
        self.sessions: dict[str, dict[str, Any]] = {}
        self.intents: dict[str, str] = {}
        self._saved: dict[str, tuple[str, str]] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._released = threading.Event()
        self.app = Flask(__name__)
        self.app.before_request(self._authenticate)
        base = "/v1/checkout/sessions"
        self.app.add_url_rule(base, view_func=self.create, methods=["POST"])
        self.app.add_url_rule(base, view_func=self.list)
        self.app.add_url_rule(f"{base}/<id>", view_func=self.retrieve)
        self.app.add_url_rule(f"{base}/<id>/expire", view_func=self.expire, methods=["POST"])

    def create(self) -> ResponseReturnValue:
        key = request.headers["Idempotency-Key"]
        self.requests.append(key)
        fault = self.fault
        if fault == "hang":
            self._released.wait(10)
        if fault in ("hang", "fail"):
            return _error(500, "api_error", "Something is broken.")
        form = request.form.to_dict()
        digest = hashlib.sha256(json.dumps(form, sort_keys=True).encode()).hexdigest()
        with self._lock:
            if key in self._saved:
                saved_digest, id = self._saved[key]
                if saved_digest != digest:
                    return _error(400, "idempotency_error", "Keys fit one set of parameters.")
                return self._shown(self.sessions[id])
            wrong = _what_is_wrong(form)
            if wrong:
                return _error(400, "invalid_request_error", wrong)
            session = self._new_session(form)
            self._saved[key] = (digest, session["id"])
        if fault == "hang_after":
            self._released.wait(10)
        return self._shown(session)

    def retrieve(self, id: str) -> ResponseReturnValue:
        if self.fault == "fail":
            return _error(503, "api_error", "Something is broken.")
        if id not in self.sessions:
            return _error(404, "invalid_request_error", f"No such checkout.session: {id}")
        return self._shown(self.sessions[id])

    def list(self) -> ResponseReturnValue:
        low = int(request.args.get("created[gte]", 0))
        high = int(request.args.get("created[lte]", 2**40))
        found = [s for s in reversed(self.sessions.values()) if low <= s["created"] <= high]
        after = request.args.get("starting_after")
        if after:
            found = found[[s["id"] for s in found].index(after) + 1 :]
        limit = min(int(request.args.get("limit", 10)), 3)  # small pages, so that there are many
        return jsonify(
            object="list",
            url="/v1/checkout/sessions",
            has_more=len(found) > limit,
            data=found[:limit],
        )

    def expire(self, id: str) -> ResponseReturnValue:
        session = self.sessions[id]
        if session["status"] != "open":
            return _error(400, "invalid_request_error", "Only open sessions can be expired.")
        session.update(status="expired", url=None)
        return self._shown(session)

    def pay(self, id: str) -> dict[str, Any]:
        intent = f"pi_{next(self._numbers)}"
        self.intents[intent] = "succeeded"
        return self._complete(id, "checkout.session.completed", intent, "paid")

    def fail_late(self, id: str) -> dict[str, Any]:
        intent = f"pi_{next(self._numbers)}"
        self.intents[intent] = "requires_payment_method"
        return self._complete(id, "checkout.session.async_payment_failed", intent, "unpaid")

    def begin_late(self, id: str) -> dict[str, Any]:
        intent = f"pi_{next(self._numbers)}"
        self.intents[intent] = "processing"
        return self._complete(id, "checkout.session.completed", intent, "unpaid")

    def run_out(self, id: str) -> dict[str, Any]:
        self.sessions[id].update(status="expired", url=None)
        return self.event("checkout.session.expired", self.sessions[id])

    def event(self, type: str, content: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": f"evt_{next(self._numbers)}",
            "object": "event",
            "api_version": API_VERSION,
            "created": int(time.time()),
            "type": type,
            "data": {"object": dict(content)},
        }

    def send(self, event: dict[str, Any], url: str) -> int:
        payload = json.dumps(event)
        header = stripe.WebhookSignature.generate_signature_header(payload, self.webhook_secret)
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                url, data=payload.encode(), headers={"Stripe-Signature": header}, timeout=5
            )
        return answer.status_code

    def set_fault(self, fault: str) -> None:
        self.fault = fault
        self._released.set()
        self._released = threading.Event()

    def _authenticate(self) -> ResponseReturnValue | None:
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return _error(401, "invalid_request_error", "Invalid API Key provided.")
        if request.headers.get("Stripe-Version") != API_VERSION:
            return _error(400, "invalid_request_error", "This peer speaks another version.")
        return None

    def _new_session(self, form: dict[str, str]) -> dict[str, Any]:
        id = f"cs_test_{next(self._numbers)}"
        prefix = "metadata["
        self.sessions[id] = {
            "id": id,
            "object": "checkout.session",
            "created": int(time.time()),
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "amount_total": int(form["line_items[0][price_data][unit_amount]"]),
            "currency": form["line_items[0][price_data][currency]"],
            "client_reference_id": form["client_reference_id"],
            "metadata": {
                name[len(prefix) : -1]: value
                for name, value in form.items()
                if name.startswith(prefix)
            },
            "url": f"https://checkout.stripe.com/c/pay/{id}",
        }
        return self.sessions[id]

    def _complete(self, id: str, type: str, intent: str, paid: str) -> dict[str, Any]:
        self.sessions[id].update(
            status="complete", payment_status=paid, payment_intent=intent, url=None
        )
        return self.event(type, self.sessions[id])

    def _shown(self, session: dict[str, Any]) -> ResponseReturnValue:
        shown = dict(session)
        intent = shown["payment_intent"]
        if intent and request.args.get("expand[0]") == "payment_intent":
            shown["payment_intent"] = {
                "id": intent,
                "object": "payment_intent",
                "status": self.intents[intent],
            }
        return jsonify(shown)


def _what_is_wrong(form: dict[str, str]) -> str:
    unknown = [name for name in form if not PARAMETERS.fullmatch(name)]
    if unknown:
        return f"Received unknown parameter: {unknown[0]}"
    ahead = int(form["expires_at"]) - time.time()
    if not 30 * 60 <= ahead <= 24 * 3600:
        return "The `expires_at` timestamp must be 30 minutes to 24 hours from now."
    return ""


def _error(status: int, type: str, message: str) -> ResponseReturnValue:
    return jsonify(error={"type": type, "message": message}), status
