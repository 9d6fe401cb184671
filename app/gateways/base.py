"""What the portal asks of a card payment gateway, whichever one it is.

The rules that make payment safe, and that every adapter keeps:

* `create` with the same attempt key is the same checkout, however often it is called.
* An event only says "look again"; state and amount are always read from the gateway.
* `expire` is called before an order may be paid in another way. What it returns is decided:
  either no money can come any more, or it has come already (`CheckoutStatus.PAID`).
* `GatewayUnavailableError` from `create` means that the outcome is unknown. `find` settles it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

#: Seconds that the clock of a signed event may differ from ours, either way.
SIGNATURE_TOLERANCE = 300


class GatewayError(Exception):
    """Anything that goes wrong between the portal and a gateway."""


class GatewayUnavailableError(GatewayError):
    """The gateway did not answer, or not in a way we understand: the outcome is unknown."""


class GatewayRefusedError(GatewayError):
    """The gateway said no for good; asking the same again is pointless."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ForgedEventError(GatewayError):
    """An event that is not signed by the gateway, or whose time is too far from ours."""


class GatewayConfigurationError(GatewayError):
    """The settings name no gateway that may be used here."""


class CheckoutStatus(StrEnum):
    """How far a checkout has come."""

    OPEN = "open"  # nothing is decided: the page waits for the customer, or the bank thinks
    PAID = "paid"  # for good
    DECLINED = "declined"  # the last try failed; until it is expired, another try may succeed
    ABANDONED = "abandoned"  # left, expired or run out; for good


class EventKind(StrEnum):
    """What an event reports."""

    PAID = "paid"
    DECLINED = "declined"
    ABANDONED = "abandoned"
    OTHER = "other"  # nothing the portal acts on: acknowledge it


@dataclass(frozen=True, kw_only=True)
class CheckoutRequest:
    """One attempt to have an order paid by card.

    The whole request, not only its key, has to be the same when it is repeated, so
    `expires_at` is fixed when the attempt is made: 31 minutes to 24 hours ahead.
    `{CHECKOUT_SESSION_ID}` in `success_url` is replaced by the gateway. `webhook_url` is used by
    the built-in test gateway; Stripe knows its own from its dashboard.
    """

    order_reference: str
    attempt_key: str
    amount_pence: int
    description: str
    customer_email: str
    success_url: str
    cancel_url: str
    webhook_url: str
    expires_at: datetime
    currency: str = "GBP"

    def __post_init__(self) -> None:
        if self.amount_pence <= 0:
            raise ValueError("A checkout is for an amount above zero.")
        if self.expires_at.tzinfo is None:
            raise ValueError("A checkout expires at a time with a time zone.")
        if not self.attempt_key or len(self.attempt_key) > 255:
            raise ValueError("An attempt key has 1 to 255 characters.")


@dataclass(frozen=True)
class Checkout:
    """A hosted page on which the customer pays."""

    session_id: str
    url: str


@dataclass(frozen=True)
class CheckoutState:
    """What the gateway says about a checkout at this moment."""

    session_id: str
    status: CheckoutStatus
    amount_pence: int
    currency: str
    order_reference: str
    attempt_key: str
    payment_id: str | None


@dataclass(frozen=True)
class GatewayEvent:
    """A signed message of the gateway; `session_id` is empty where the kind is OTHER."""

    event_id: str
    kind: EventKind
    session_id: str
    created_at: datetime


class Headers(Protocol):
    """The headers of a request, as the web framework or a plain mapping has them."""

    def get(self, key: str, /) -> str | None:
        """Return the value of a header."""


class CheckoutGateway(Protocol):
    """A gateway that takes card payments on a page of its own."""

    @property
    def name(self) -> str:
        """Name the gateway in records and messages."""

    @property
    def page_origin(self) -> str:
        """Name the origin of the hosted page, for `form-action` in the content policy."""

    def create(self, request: CheckoutRequest) -> Checkout:
        """Open a checkout, or return the one that this attempt has opened before."""

    def read(self, session_id: str) -> CheckoutState:
        """Read a checkout from the gateway."""

    def find(self, attempt_key: str, *, since: datetime | None = None) -> CheckoutState | None:
        """Find the checkout of an attempt whose outcome is unknown; it never opens one.

        `since` is when the attempt was made; it narrows the search where there is one.
        """

    def expire(self, session_id: str) -> CheckoutState:
        """Close a checkout to further payment and return how it ended."""

    def read_event(self, payload: bytes, headers: Headers) -> GatewayEvent:
        """Check the signature and time of an event and read it."""
