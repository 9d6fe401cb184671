"""The facts that a QR code proves, packed into the few bytes that it has room for.

Seven fixed bytes, big-endian: format and record type (four bits each), the beginning of the key's
id (2), day of issue and last day (2 each, days since 1970, 0 for none). Then holder, award, level
and grade as UTF-8 with 0x1F between, in a raw deflate stream with a preset dictionary.
"""

import struct
import unicodedata
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

LEAST = 32
"""Bytes without which a code would say too little."""

_LAYOUT = struct.Struct(">B2sHH")
_FORMAT = 1  # never 0, so that the number in base 36 keeps its length
_RECORD_TYPES = ("certificate", "transcript", "letter")
_EPOCH = date(1970, 1, 1)
_BETWEEN = "\x1f"
_CUT = "…"
_SHARES = (2, 1, 1, 1)  # of the room: who holds the document matters most
_LONGEST_TEXT = 2_000  # bytes, unpacked
# Part of format 1: a changed word would make every printed code unreadable. What is most frequent
# stands last, where deflate finds it with the fewest bits.
_WORDS = (
    b"Pass Merit Distinction Distinction* Credit Achieved Competent Transcript of Results "
    b"Letter of Achievement Apprenticeship Standard Accreditation Accredited Automotive Technician "
    b"Refrigerant Handling Electric/Hybrid Vehicle System Repair and Replacement Motorcycle "
    b"Heavy Vehicle Body Repair Refinishing Paint Parts Adviser Customer Service Business "
    b"Administration Management Leadership Engineering Construction Electrotechnical Installation "
    b"Plumbing Health and Social Care Principles of Competence Knowledge in the Operations Studies "
    b"NVQ Extended Subsidiary Foundation Advanced Higher Intermediate Award in Certificate in "
    b"Technology Light Vehicle Maintenance and Repair Level 1 Level 2 Level 3 Level 4 Level 5 "
    b"Level 6 Level 7 Diploma in "
)


class PackedError(Exception):
    """The bytes are not facts of a format that is known here; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a code proves about its document; a text that was shortened ends with an ellipsis.

    ``key_mark`` is the beginning of the id of the key that signed, empty before that.
    """

    record_type: str
    reference: str
    issued_on: date
    expires_on: date | None
    holder: str
    award: str
    level: str
    grade: str
    key_mark: str = ""

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Facts":
        """Return the facts from the frozen data of a document, its dates in ISO 8601."""
        award = data.get("award") or {}
        until = data.get("expires_on")
        return cls(
            record_type=data["record_type"],
            reference=data["reference"],
            issued_on=date.fromisoformat(data["issued_on"]),
            expires_on=date.fromisoformat(until) if until else None,
            holder=_clean(data["person"]["full_name"]),
            award=_clean(award.get("title")),
            level=_clean(award.get("level")),
            grade=_clean(award.get("grade") or award.get("outcome")),
        )


def pack(facts: Facts, *, key_id: str, room: int) -> bytes:
    """Return the facts in at most ``room`` bytes, texts shortened as far as needed.

    A character is taken from the text that fills most bytes, so that usual titles, of whose words
    the dictionary knows many, are not cut for nothing; the holder may fill twice as many as any
    other. Raise ValueError for less than `LEAST`.
    """
    if room < LEAST:
        raise ValueError("There is too little room for the facts.")
    fixed = _LAYOUT.pack(
        _FORMAT << 4 | _RECORD_TYPES.index(facts.record_type),
        bytes.fromhex(key_id[:4]),
        _days(facts.issued_on),
        _days(facts.expires_on) if facts.expires_on else 0,
    )
    texts = [facts.holder, facts.award, facts.level, facts.grade]
    while len(packed := fixed + _deflated(texts)) > room:
        costs = [len(_deflated([text])) / share for text, share in zip(texts, _SHARES, strict=True)]
        dearest = costs.index(max(costs))
        texts[dearest] = _shortened(texts[dearest])
    return packed


def unpack(packed: bytes, *, reference: str) -> Facts:
    """Return the facts of the document with this reference; raise PackedError if there are none."""
    if len(packed) < _LAYOUT.size or packed[0] >> 4 != _FORMAT:
        raise PackedError("This code is of a kind that is not known here.")
    kind, mark, issued, until = _LAYOUT.unpack(packed[: _LAYOUT.size])
    texts = _inflated(packed[_LAYOUT.size :])
    if kind & 15 >= len(_RECORD_TYPES) or len(texts) != 4:
        raise PackedError("This code is damaged.")
    return Facts(
        record_type=_RECORD_TYPES[kind & 15],
        reference=reference,
        issued_on=_EPOCH + timedelta(days=issued),
        expires_on=_EPOCH + timedelta(days=until) if until else None,
        holder=texts[0],
        award=texts[1],
        level=texts[2],
        grade=texts[3],
        key_mark=mark.hex(),
    )


def _deflated(texts: list[str]) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_WORDS)
    return deflate.compress(_BETWEEN.join(texts).encode()) + deflate.flush()


def _inflated(packed: bytes) -> list[str]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_WORDS)
    try:
        text = inflate.decompress(packed, _LONGEST_TEXT).decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise PackedError("This code is damaged.") from error
    if not inflate.eof or inflate.unused_data:
        raise PackedError("This code is damaged.")
    return text.split(_BETWEEN)


def _clean(text: object) -> str:
    """Return a text in one line, composed, without what separates the texts."""
    plain = unicodedata.normalize("NFC", str(text if text is not None else ""))
    return " ".join(plain.replace(_BETWEEN, " ").split())


def _shortened(text: str) -> str:
    """Return the text one character shorter, never between a letter and its marks."""
    kept = text.removesuffix(_CUT)[:-1]
    while kept and unicodedata.combining(text[len(kept)]):
        kept = kept[:-1]
    kept = kept.rstrip()
    return kept + _CUT if kept else ""


def _days(day: date) -> int:
    days = (day - _EPOCH).days
    if not 0 < days < 1 << 16:
        raise ValueError(f"{day} has no place in a QR code, which reaches from 1970 to 2149.")
    return days
