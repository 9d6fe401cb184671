"""The kinds of fields: how each reads, shows, masks and doubts its values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Protocol

from app.domain.kernel import identifiers as ids
from app.domain.kernel.dates import is_blank_date, read_date, show_date
from app.domain.kernel.typed import TypedError, quoted, typed
from app.domain.kernel.words import N_, say

Choice = tuple[Any, str]

COVERED = "•••"
_YES = {"yes", "y", "true", "1", "on"}
_NO = {"no", "n", "false", "0", "off"}
# They turn text around, so that it reads as something else than it is.
_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,2})?"
)
_USUAL_TEXT = re.compile(r"^[!-~]+(?: [!-~]+)*$", re.MULTILINE)
_LONGEST_NUMBER = 25
_LISTED_AT_MOST = 6
_LONGEST_LIST = 160
# What every database holds in an integer column.
_HIGHEST_WHOLE = 2**31 - 1


class Asked(Protocol):
    """What a kind needs to know of the field it reads for."""

    @property
    def multiline(self) -> bool:
        """Whether line breaks are kept."""

    @property
    def places(self) -> int:
        """How many decimal places a number has."""

    @property
    def minimum(self) -> int | Decimal | None:
        """The lowest number allowed."""

    @property
    def maximum(self) -> int | Decimal | None:
        """The highest number allowed."""

    def options(self) -> tuple[Choice, ...]:
        """List what can be chosen, as code and label."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The behaviour that all fields of one kind share."""

    read: Callable[[Asked, Any], Any]
    show: Callable[[Asked, Any], str]
    mask: Callable[[Any], str] = lambda _value: COVERED
    warn: Callable[[Any], str | None] | None = None
    is_blank: Callable[[Any], bool] = lambda raw: not typed(raw)
    missing: str = N_("Enter the %(noun)s.")
    usual: Callable[[set[str]], dict[str, str]] = lambda _texts: {}
    """The values of those of many texts that are written as usual, whatever the field."""


def _read_text(asked: Asked, raw: Any) -> str:
    if asked.multiline and isinstance(raw, str):
        text = "\n".join(typed(line) for line in raw.splitlines()).strip()
    else:
        text = typed(raw)
    if text.isascii() and text.isprintable():
        return text
    for sign in text.replace("\n", ""):
        if unicodedata.category(sign) in {"Cc", "Cs"} or sign in _TURNING:
            raise TypedError(say("This contains a character that cannot be seen. Type it again."))
    return text


def _read_number(asked: Asked, raw: Any) -> int | Decimal:
    shown = typed(raw)
    number = _decimal(shown)
    if number.quantize(Decimal(1).scaleb(-asked.places)) != number:
        raise TypedError(
            say("“%(typed)s” is not a whole number. Leave out the fraction.", typed=quoted(shown))
            if asked.places == 0
            else say(
                "“%(typed)s” has too many digits after the point: %(places)s fit.",
                typed=quoted(shown),
                places=asked.places,
            )
        )
    low = -_HIGHEST_WHOLE if asked.minimum is None else asked.minimum
    high = _HIGHEST_WHOLE if asked.maximum is None else asked.maximum
    if number < low:
        raise TypedError(
            say("%(typed)s is too low: give %(low)s or more.", typed=quoted(shown), low=f"{low:,}")
        )
    if number > high:
        raise TypedError(
            say(
                "%(typed)s is too high: give %(high)s or less.",
                typed=quoted(shown),
                high=f"{high:,}",
            )
        )
    return number if asked.places else int(number)


def _decimal(shown: str) -> Decimal:
    found = _NUMBER.fullmatch(shown.replace("−", "-").replace(" ", ""))
    # More digits would overflow the arithmetic, and are no number anybody means.
    if found is None or len(shown) > _LONGEST_NUMBER or Decimal(_plain(found)).adjusted() > 15:
        raise TypedError(
            say("“%(typed)s” is not a number. Give digits only, as in 1,234.", typed=quoted(shown))
        )
    return Decimal(_plain(found))


def _plain(found: re.Match[str]) -> str:
    return found[0].replace(",", "")


def _read_choice(asked: Asked, raw: Any) -> Any:
    shown = typed(raw)
    options = asked.options()
    for code, _label in options:
        if str(code) == shown:
            return code
    folded = shown.casefold()
    named = [code for code, label in options if str(label).casefold() == folded]
    named = named or [code for code, _label in options if str(code).casefold() == folded]
    if len(named) == 1:
        return named[0]
    if named:
        raise TypedError(
            say(
                "“%(typed)s” is the name of %(found)s entries. Choose one of them from the list.",
                typed=quoted(shown),
                found=len(named),
            )
        )
    raise TypedError(_not_a_choice(shown, [str(label) for _code, label in options]))


def _not_a_choice(shown: str, labels: list[str]) -> str:
    by_key = {label.casefold(): label for label in labels}
    near = get_close_matches(shown.casefold(), by_key, n=1, cutoff=0.75)
    if near:
        return say(
            "“%(typed)s” is not one of the choices. Did you mean “%(near)s”?",
            typed=quoted(shown),
            near=by_key[near[0]],
        )
    listed = ", ".join(labels)
    if 0 < len(labels) <= _LISTED_AT_MOST and len(listed) <= _LONGEST_LIST:
        return say(
            "“%(typed)s” is not one of the choices, which are: %(choices)s.",
            typed=quoted(shown),
            choices=listed,
        )
    return say(
        "“%(typed)s” is not one of the choices. Choose one from the list.", typed=quoted(shown)
    )


def _show_choice(asked: Asked, value: Any) -> str:
    return next((str(label) for code, label in asked.options() if code == value), str(value))


def _read_lookup(asked: Asked, raw: Any) -> Any:
    """Read one of the choices, or the id of a row that the caller loads within its scope."""
    if asked.options():
        return _read_choice(asked, raw)
    shown = typed(raw)
    if shown.isascii() and shown.isdigit() and len(shown) < 20 and 0 < int(shown) <= _HIGHEST_WHOLE:
        return int(shown)
    raise TypedError(
        say("“%(typed)s” was not found. Choose an entry from the list.", typed=quoted(shown))
    )


def _read_yesno(_asked: Asked, raw: Any) -> bool:
    answer = typed(raw).casefold()
    if answer in _YES:
        return True
    if answer in _NO:
        return False
    raise TypedError(say("“%(typed)s” is neither yes nor no.", typed=quoted(typed(raw))))


def _show_yesno(_asked: Asked, value: Any) -> str:
    return N_("Yes") if value else N_("No")


def _show_number(_asked: Asked, value: Any) -> str:
    return f"{value:,}"


def _show_text(_asked: Asked, value: Any) -> str:
    return str(value)


def _show_date(_asked: Asked, value: date) -> str:
    return show_date(value)


def _usual_texts(texts: set[str]) -> dict[str, str]:
    """Look at many at once, which takes a tenth of the time of a look at each."""
    found = _USUAL_TEXT.findall("\n".join(texts))
    return {text: text for text in texts.intersection(found)}


def _readable(read: Callable[[object], str], texts: set[str]) -> dict[str, str]:
    found = {}
    for text in texts:
        try:
            found[text] = read(text)
        except TypedError:
            continue
    return found


def _of(
    read: Callable[[object], str],
    show: Callable[[str], str],
    mask: Callable[[str], str],
    warn: Callable[[str], str | None] | None = None,
) -> Kind:
    """Make a kind of an identifier, whose rules do not depend on the field."""
    return Kind(
        read=lambda _asked, raw: read(raw),
        show=lambda _asked, value: show(value),
        mask=mask,
        warn=warn,
        usual=lambda texts: _readable(read, texts),
    )


KINDS: Mapping[str, Kind] = {
    "text": Kind(read=_read_text, show=_show_text, usual=_usual_texts),
    "number": Kind(read=_read_number, show=_show_number),
    "date": Kind(
        read=lambda _asked, raw: read_date(raw),
        show=_show_date,
        mask=lambda _value: "••/••/••••",
        is_blank=is_blank_date,
    ),
    "choice": Kind(read=_read_choice, show=_show_choice, missing=N_("Choose the %(noun)s.")),
    "lookup": Kind(read=_read_lookup, show=_show_choice, missing=N_("Choose the %(noun)s.")),
    "yesno": Kind(
        read=_read_yesno, show=_show_yesno, missing=N_("Answer yes or no to “%(label)s”.")
    ),
    "photo": Kind(
        read=lambda _asked, raw: raw,
        show=_show_text,
        is_blank=lambda raw: not raw,
        missing=N_("Add the %(noun)s."),
    ),
    "email": _of(ids.read_email, ids.show_email, ids.mask_email),
    "phone": _of(ids.read_phone, ids.show_phone, ids.mask_phone, ids.warn_phone),
    "postcode": _of(ids.read_postcode, ids.show_postcode, ids.mask_postcode, ids.warn_postcode),
    "uln": _of(ids.read_uln, ids.show_uln, ids.mask_uln),
    "ern": _of(ids.read_ern, ids.show_ern, ids.mask_ern),
    "nino": _of(ids.read_nino, ids.show_nino, ids.mask_nino, ids.warn_nino),
    "vat": _of(ids.read_vat_number, ids.show_vat_number, ids.mask_vat_number),
    "name": _of(ids.read_name, ids.show_name, ids.mask_name),
}
