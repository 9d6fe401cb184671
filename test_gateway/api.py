"""What the shop asks of the test gateway: open, read, find and expire a checkout."""

import hmac
import time
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from test_gateway.store import KeyReusedError

api = Blueprint("api", __name__)

_TEXTS = (
    "order_reference",
    "currency",
    "description",
    "customer_email",
    "success_url",
    "cancel_url",
    "webhook_url",
)


@api.errorhandler(HTTPException)
def explain(error: HTTPException) -> ResponseReturnValue:
    """Answer a program with JSON, also when it errs."""
    return jsonify(error=error.description), error.code or 500


@api.get("/health")
def health() -> ResponseReturnValue:
    """Say that the gateway is up."""
    return jsonify(status="ok")


@api.before_request
def authenticate() -> ResponseReturnValue | None:
    """Let nobody in who does not know the secret."""
    if request.path == "/health":
        return None
    expected = f"Bearer {_part('settings').secret}"
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        return jsonify(error="The secret is not the gateway's."), 401
    return None


@api.post("/api/checkouts")
def create() -> ResponseReturnValue:
    """Open a checkout, or answer with the one that the key has opened before."""
    fault = _part("switches").faults.create
    if fault == "hang":
        _part("switches").hang()
    if fault in ("hang", "fail"):
        return jsonify(error="The gateway is out of order."), 500
    key = request.headers.get("Idempotency-Key", "")
    body = request.get_json(silent=True)
    wrong = _what_is_wrong(body, key)
    if wrong:
        return jsonify(error=wrong), 400
    try:
        checkout, is_new = _part("store").open_checkout(key, body)
    except KeyReusedError:
        return jsonify(error="This key has been used for another request."), 409
    if fault == "hang_after":
        _part("switches").hang()
        return jsonify(error="The gateway is out of order."), 500
    return _shown(checkout), 201 if is_new else 200


@api.get("/api/checkouts/<id>")
def read(id: str) -> ResponseReturnValue:
    """Show one checkout."""
    broken = _broken_read()
    if broken:
        return broken
    _part("store").run_out()
    checkout = _part("store").find_checkout(id=id)
    if checkout is None:
        return jsonify(error="There is no such checkout."), 404
    return _shown(checkout)


@api.get("/api/checkouts")
def find() -> ResponseReturnValue:
    """Show the checkout of a key, in a list that may be empty."""
    broken = _broken_read()
    if broken:
        return broken
    _part("store").run_out()
    checkout = _part("store").find_checkout(key=request.args.get("key", ""))
    return jsonify(checkouts=[_shown(checkout)] if checkout else [])


@api.post("/api/checkouts/<id>/expire")
def expire(id: str) -> ResponseReturnValue:
    """Close a checkout; one that is paid stays paid."""
    _part("store").settle(id, "abandoned", reason="closed by the shop")
    _part("messenger").wake()
    return read(id)


@api.post("/api/switches")
def switch() -> ResponseReturnValue:
    """Replace the faults that are switched on."""
    if not _part("settings").allow_switches:
        return jsonify(error="This gateway was started without switches."), 404
    try:
        faults = _part("messenger").switch(request.get_json(silent=True) or {})
    except ValueError as error:
        return jsonify(error=str(error)), 400
    return jsonify(vars(faults))


def _part(name: str) -> Any:
    return current_app.extensions["gateway"][name]


def _broken_read() -> ResponseReturnValue | None:
    fault = _part("switches").faults.read
    if fault == "hang":
        _part("switches").hang()
    return None if fault == "ok" else (jsonify(error="The gateway is out of order."), 500)


def _shown(checkout: dict[str, Any]) -> dict[str, Any]:
    return checkout | {"url": f"{_part('settings').url}/pay/{checkout['id']}"}


def _what_is_wrong(body: Any, key: str) -> str:
    if not 1 <= len(key) <= 255:
        return "Idempotency-Key has 1 to 255 characters."
    if not isinstance(body, dict) or any(not isinstance(body.get(n), str) for n in _TEXTS):
        return f"The body is a JSON object with the texts {', '.join(_TEXTS)}."
    if type(body.get("amount_pence")) is not int or body["amount_pence"] <= 0:
        return "amount_pence is a whole number above zero."
    if type(body.get("expires_at")) is not int or body["expires_at"] > time.time() + 86_400:
        return "expires_at is a time in seconds, at most 24 hours ahead."
    if body["currency"] != "GBP":
        return "currency is GBP."
    return _wrong_address(body)


def _wrong_address(body: dict[str, str]) -> str:
    for name in ("success_url", "cancel_url", "webhook_url"):
        if urlsplit(body[name]).scheme not in ("http", "https"):
            return f"{name} is an http or https address."
    if urlsplit(body["webhook_url"]).hostname not in _part("settings").webhook_hosts:
        return "webhook_url is at the shop's own host."
    return ""
