"""The adapter of the built-in test gateway: JSON over HTTP and events signed with HMAC."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

from app.gateways.base import (
    Checkout,
    CheckoutRequest,
    CheckoutState,
    CheckoutStatus,
    EventKind,
    ForgedEventError,
    GatewayEvent,
    GatewayRefusedError,
    GatewayUnavailableError,
    Headers,
)
from app.gateways.signature import check_signature

SIGNATURE_HEADER: Final = "Hallmark-Signature"

_KINDS: Final = {
    "checkout.paid": EventKind.PAID,
    "checkout.declined": EventKind.DECLINED,
    "checkout.abandoned": EventKind.ABANDONED,
}


class HostedGateway:
    """Takes test payments on the page of the built-in gateway; no money moves."""

    name = "test gateway"

    def __init__(
        self, url: str, *, secret: str, timeouts: tuple[float, float] = (5.0, 10.0)
    ) -> None:
        parts = urlsplit(url)
        self.page_origin = f"{parts.scheme}://{parts.netloc}"
        self._url = url.rstrip("/")
        self._secret = secret
        self._timeouts = timeouts

    def create(self, request: CheckoutRequest) -> Checkout:
        """Open a checkout, or return the one that this attempt has opened before."""
        body = asdict(request)
        key = body.pop("attempt_key")
        body["expires_at"] = int(request.expires_at.timestamp())
        answer = self._call("POST", "", body, {"Idempotency-Key": key})
        with _understood():
            return Checkout(session_id=str(answer["id"]), url=str(answer["url"]))

    def read(self, session_id: str) -> CheckoutState:
        """Read a checkout from the gateway."""
        with _understood():
            return _state(self._call("GET", f"/{quote(session_id, safe='')}"))

    def find(self, attempt_key: str, *, since: datetime | None = None) -> CheckoutState | None:
        """Find the checkout of an attempt by its key; the gateway keeps an index of them."""
        answer = self._call("GET", f"?key={quote(attempt_key, safe='')}")
        with _understood():
            found = answer["checkouts"]
            return _state(found[0]) if found else None

    def expire(self, session_id: str) -> CheckoutState:
        """Close a checkout to further payment and return how it ended."""
        with _understood():
            return _state(self._call("POST", f"/{quote(session_id, safe='')}/expire", {}))

    def read_event(self, payload: bytes, headers: Headers) -> GatewayEvent:
        """Check the signature and time of an event and read it."""
        check_signature(payload, headers.get(SIGNATURE_HEADER), secret=self._secret)
        try:
            event = json.loads(payload)
            kind = _KINDS.get(event["type"], EventKind.OTHER)
            return GatewayEvent(
                event_id=str(event["id"]),
                kind=kind,
                session_id="" if kind is EventKind.OTHER else str(event["data"]["checkout_id"]),
                created_at=datetime.fromtimestamp(event["created"], UTC),
            )
        except (ValueError, KeyError, TypeError, OverflowError, OSError) as error:
            raise ForgedEventError(
                "The event is signed but is not one of the gateway's."
            ) from error

    def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        import requests  # noqa: PLC0415  # 0.1 s, and only for those who pay

        try:
            with requests.Session() as session:
                session.trust_env = False  # the test gateway is next door; no proxy knows it
                answer = session.request(
                    method,
                    f"{self._url}/api/checkouts{path}",
                    json=body,
                    headers={"Authorization": f"Bearer {self._secret}", **(headers or {})},
                    timeout=self._timeouts,
                    allow_redirects=False,
                )
            content = answer.json()
        except requests.RequestException as error:
            raise GatewayUnavailableError(f"The test gateway does not answer: {error}") from error
        if answer.status_code in (200, 201):
            return content
        if 400 <= answer.status_code < 500 and answer.status_code not in (408, 429):
            raise GatewayRefusedError(_reason(content))
        raise GatewayUnavailableError(f"The test gateway answered {answer.status_code}.")


@contextmanager
def _understood() -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        raise GatewayUnavailableError(f"The gateway's answer makes no sense: {error!r}") from error


def _state(answer: Any) -> CheckoutState:
    return CheckoutState(
        session_id=str(answer["id"]),
        status=CheckoutStatus(answer["status"]),
        amount_pence=int(answer["amount_pence"]),
        currency=str(answer["currency"]),
        order_reference=str(answer["order_reference"]),
        attempt_key=str(answer["attempt_key"]),
        payment_id=answer["payment_id"],
    )


def _reason(answer: Any) -> str:
    reason = answer.get("error") if isinstance(answer, dict) else None
    return str(reason or "The gateway refused without a reason.")
