"""From which address each kind of letter comes (C11)."""

from collections.abc import Mapping
from typing import Any, get_args

from app.letters.bounces import BOUNCES
from app.letters.catalogue import LETTERS, Mailbox


def sender_of(code: str, settings: Mapping[str, Any]) -> str:
    """Return the sender of letters ``code``: by what they are about, else the general one.

    Those that have a mailbox of their own come from it at MAIL_DOMAIN, by default the domain of
    MAIL_FROM: recipients are told to add these addresses to their safe senders.
    """
    kind = LETTERS.get(code)
    if kind is None or not kind.mailbox:
        return str(settings["MAIL_FROM"])
    return _address(kind.mailbox, settings)


def every_sender(settings: Mapping[str, Any]) -> list[str]:
    """Return all addresses that letters may come from, which recipients should trust."""
    own = [_address(mailbox, settings) for mailbox in get_args(Mailbox) if mailbox]
    return [*own, str(settings["MAIL_FROM"])]


def return_path_of(token: str, settings: Mapping[str, Any]) -> str:
    """Return where the letter that ``token`` names comes back to: an address of its own.

    Empty without a token, or where nobody could tell the portal of what came back.
    """
    told = settings.get("BOUNCE_MAIL_URL") or settings.get("BOUNCE_SECRET")
    return _address(f"{BOUNCES}+{token}", settings) if token and told else ""


def _address(mailbox: str, settings: Mapping[str, Any]) -> str:
    domain = settings.get("MAIL_DOMAIN") or str(settings["MAIL_FROM"]).rpartition("@")[2]
    return f"{mailbox}@{domain}"
