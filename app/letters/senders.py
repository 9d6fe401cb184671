"""From which address each kind of letter comes (C11)."""

from collections.abc import Mapping
from typing import Any

from app.letters.catalogue import LETTERS


def sender_of(code: str, settings: Mapping[str, Any]) -> str:
    """Return the sender of letters ``code``: by what they are about, else the general one.

    Those that have a mailbox of their own come from it at MAIL_DOMAIN, by default the domain of
    MAIL_FROM: recipients are told to add these addresses to their safe senders.
    """
    general = str(settings["MAIL_FROM"])
    kind = LETTERS.get(code)
    if kind is None or not kind.mailbox:
        return general
    domain = settings.get("MAIL_DOMAIN") or general.rpartition("@")[2]
    return f"{kind.mailbox}@{domain}"
