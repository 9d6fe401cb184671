"""The adapter of Stripe Checkout, through Stripe's own library."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from app import clock
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
from app.gateways.signature import check_time, split_header

if TYPE_CHECKING:
    import stripe
    from stripe.params.checkout import SessionCreateParams, SessionListParamsCreated

SIGNATURE_HEADER: Final = "Stripe-Signature"
PAYMENT_INTENT: Final = "payment_intent"

#: A session lives 24 hours at most, so nothing older can still be of an attempt in doubt.
LONGEST_SEARCH: Final = timedelta(hours=48)
#: How far from the time of an attempt its session may have been made: clocks, queues, retries.
SLACK_BEFORE: Final = timedelta(minutes=10)
SLACK_AFTER: Final = timedelta(hours=1)

_KINDS: Final = {
    "checkout.session.async_payment_succeeded": EventKind.PAID,
    "checkout.session.async_payment_failed": EventKind.DECLINED,
    "checkout.session.expired": EventKind.ABANDONED,
}


class StripeGateway:
    """Takes payments on the page of Stripe Checkout.

    A crash or time-out can hide the session that `create` made. Two ways lead back to it: for
    24 hours `create` with the same request returns it with its address, because Stripe replays
    the answer to a repeated idempotency key; and `find` looks for the attempt key in the metadata
    of the sessions made around that time, which changes nothing at Stripe and has no time limit.
    Stripe's search has neither sessions nor fresh objects, so `find` reads the list.
    """

    name = "Stripe"
    page_origin = "https://checkout.stripe.com"

    def __init__(
        self,
        secret_key: str,
        *,
        webhook_secrets: Sequence[str],
        api_base: str | None = None,
        timeouts: tuple[float, float] = (5.0, 10.0),
        retries: int = 2,
    ) -> None:
        self._secret_key = secret_key
        self._webhook_secrets = tuple(webhook_secrets)
        self._api_base = api_base
        self._timeouts = timeouts
        self._retries = retries

    def create(self, request: CheckoutRequest) -> Checkout:
        """Open a checkout, or return the one that this attempt has opened before."""
        with self._answers():
            session = self._client.v1.checkout.sessions.create(
                params=_params(request), options={"idempotency_key": request.attempt_key}
            )
            if not session.url:
                raise GatewayRefusedError("The checkout of this attempt is closed.")
            return Checkout(session_id=session.id, url=session.url)

    def read(self, session_id: str) -> CheckoutState:
        """Read a checkout from the gateway."""
        with self._answers():
            session = self._client.v1.checkout.sessions.retrieve(
                session_id, params={"expand": [PAYMENT_INTENT]}
            )
            return _state(session)

    def find(self, attempt_key: str, *, since: datetime | None = None) -> CheckoutState | None:
        """Find the session of an attempt among those made around its time."""
        earliest = (since - SLACK_BEFORE) if since else (clock.now() - LONGEST_SEARCH)
        created: SessionListParamsCreated = {"gte": int(earliest.timestamp())}
        if since:
            created["lte"] = int((since + SLACK_AFTER).timestamp())
        with self._answers():
            page = self._client.v1.checkout.sessions.list({"created": created, "limit": 100})
            for session in page.auto_paging_iter():
                if _metadata(session).get("attempt_key") == attempt_key:
                    return self.read(session.id)
        return None

    def expire(self, session_id: str) -> CheckoutState:
        """Close a checkout to further payment and return how it ended."""
        import stripe  # noqa: PLC0415  # see _client

        with self._answers():
            try:
                self._client.v1.checkout.sessions.expire(session_id)
            except stripe.InvalidRequestError:
                state = self.read(session_id)
                if state.status is CheckoutStatus.OPEN:
                    raise
                return state
            return self.read(session_id)

    def read_event(self, payload: bytes, headers: Headers) -> GatewayEvent:
        """Check the signature and time of an event and read it."""
        header = headers.get(SIGNATURE_HEADER) or ""
        event = self._signed(payload, header)
        check_time(split_header(header)[0], at=clock.now())  # Stripe accepts the future
        try:
            kind = _kind(event)
            return GatewayEvent(
                event_id=str(event["id"]),
                kind=kind,
                session_id="" if kind is EventKind.OTHER else str(event["data"]["object"]["id"]),
                created_at=datetime.fromtimestamp(event["created"], UTC),
            )
        except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise ForgedEventError("The event is signed but is not one of Stripe's.") from error

    def _signed(self, payload: bytes, header: str) -> Any:
        import stripe  # noqa: PLC0415  # see _client

        if not header.isascii():
            raise ForgedEventError("The signature of the event cannot be read.")
        for secret in self._webhook_secrets:
            try:
                stripe.Webhook.construct_event(payload, header, secret)
            except stripe.SignatureVerificationError:
                continue
            except (ValueError, AttributeError, TypeError):
                break
            return json.loads(payload)
        raise ForgedEventError("The signature of the event does not fit it.")

    @cached_property
    def _client(self) -> "stripe.StripeClient":
        import stripe  # noqa: PLC0415  # half a second, and only for those who pay

        return stripe.StripeClient(
            self._secret_key,
            base_addresses={"api": self._api_base} if self._api_base else None,
            max_network_retries=self._retries,
            http_client=stripe.RequestsClient(timeout=self._timeouts),
        )

    @contextmanager
    def _answers(self) -> Iterator[None]:
        import stripe  # noqa: PLC0415  # see _client

        try:
            yield
        except stripe.StripeError as error:
            status = error.http_status
            if isinstance(error, stripe.APIError) or not status or status in (409, 429):
                raise GatewayUnavailableError(f"Stripe does not answer: {error}") from error
            raise GatewayRefusedError(error.user_message or str(error)) from error


def _params(request: CheckoutRequest) -> "SessionCreateParams":
    metadata = {"order_reference": request.order_reference, "attempt_key": request.attempt_key}
    return {
        "mode": "payment",
        "submit_type": "pay",
        "locale": "en-GB",
        "allowed_payment_method_types": ["card"],
        "adaptive_pricing": {"enabled": False},  # the amount on the order, in its currency
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": request.currency.lower(),
                    "unit_amount": request.amount_pence,
                    "product_data": {"name": request.description},
                },
            }
        ],
        "client_reference_id": request.order_reference,
        "customer_email": request.customer_email,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, "description": request.description},
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "expires_at": int(request.expires_at.timestamp()),
    }


def _state(session: Any) -> CheckoutState:
    intent = session.payment_intent
    return CheckoutState(
        session_id=session.id,
        status=_status(session, intent),
        amount_pence=int(session.amount_total),
        currency=str(session.currency).upper(),
        order_reference=str(session.client_reference_id),
        attempt_key=_metadata(session).get("attempt_key", ""),
        payment_id=intent if intent is None or isinstance(intent, str) else str(intent.id),
    )


def _status(session: Any, intent: Any) -> CheckoutStatus:
    if session.payment_status == "paid":
        return CheckoutStatus.PAID
    if session.status == "expired":
        return CheckoutStatus.ABANDONED
    if session.status == "complete" and getattr(intent, "status", "") != "processing":
        return CheckoutStatus.DECLINED
    return CheckoutStatus.OPEN


def _metadata(session: Any) -> dict[str, str]:
    return session.metadata.to_dict() if session.metadata else {}


def _kind(event: Any) -> EventKind:
    if event["type"] == "checkout.session.completed":
        paid = event["data"]["object"]["payment_status"] == "paid"
        return EventKind.PAID if paid else EventKind.OTHER
    return _KINDS.get(event["type"], EventKind.OTHER)
