"""Writes a letter from its context: subject, plain text and HTML."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.letters.catalogue import ContextError, letter_kind, required_keys
from app.letters.contexts import Brand

_TEMPLATES = Path(__file__).parent / "templates"
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_SUBJECT_LENGTH = 200


@dataclass(frozen=True, kw_only=True)
class RenderedLetter:
    """A letter as it is sent and shown."""

    subject: str
    text: str
    html: str


def render(code: str, context: Mapping[str, Any], brand: Brand) -> RenderedLetter:
    """Return the letter ``code`` with the values of ``context``, in the name of ``brand``.

    Raises ContextError when the context lacks a key of ``required_keys(code)``.
    """
    kind = letter_kind(code)
    missing = required_keys(code) - set(context)
    if missing:
        raise ContextError(f"Letter {code} lacks {', '.join(sorted(missing))}.")
    values = _on_one_line(dict(context))
    writer = _on_one_line(dict(brand))
    if str(values.get("link", "")).startswith("/"):
        values["link"] = writer["public_url"] + values["link"]
    subject = kind.subject % {**values, "brand_name": writer["name"]}
    known = {**values, "brand": writer, "subject": subject}
    text = _environment(html=False).get_template(f"{kind.template}.txt").render(known)
    html = _environment(html=True).get_template(f"{kind.template}.html").render(known)
    return RenderedLetter(
        subject=_on_one_line(subject)[:_SUBJECT_LENGTH],
        text=_BLANK_LINES.sub("\n\n", text).strip() + "\n",
        html=html,
    )


@cache
def _environment(*, html: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=html,  # noqa: S701  # the plain text is no markup: nothing in it is to be escaped
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.filters.update(long_date=_long_date, pounds=_pounds)
    # The words are marked for translation; letters go out in English until a recipient has a
    # language.
    environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # of i18n
    return environment


def _on_one_line(value: Any) -> Any:
    """Return a value of the context with every text in it on one line.

    A name with line breaks in it could otherwise write paragraphs of its own into a letter.
    """
    if isinstance(value, str):
        return _CONTROL.sub(" ", value).strip()
    if isinstance(value, Mapping):
        return {key: _on_one_line(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_on_one_line(item) for item in value]
    return value


def _long_date(day: str) -> str:
    """Return "2024-01-05" as 5 January 2024."""
    moment = date.fromisoformat(day[:10])
    return f"{moment.day} {moment:%B} {moment.year}"


def _pounds(pence: int) -> str:
    """Return 28080 as £280.80."""
    sign = "−" if pence < 0 else ""
    return f"{sign}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"
