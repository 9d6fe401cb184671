"""The address in a document's QR code: opens its page, and proves the core facts without a net.

`HTTPS://HOST/V/<reference>.<code>.<proof>` has only characters of the QR code's alphanumeric mode
and at most 250 of them, so that the code stays at 53 modules a side and survives a photocopier.
The proof is one number in base 36, whatever the case: the packed facts (`facts.py`), then an
Ed25519 signature over them with the reference and the code. The host is not signed, so a portal
may move; what was issued is proved, its status is not checked.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.documents.credentials.facts import LEAST, Facts, PackedError, pack, unpack
from app.documents.keys import CredentialKey
from app.domain.kernel.document_numbers import compact, read_code, read_reference

LONGEST = 250
"""Characters of an address."""

_SIGNATURE = 64  # bytes
_DOMAIN = b"Hallmark document address 1\0"  # such a signature is good for nothing else
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ADDRESS = re.compile(r"(?:.*/V/)?([^./]{1,40})\.([^./]{1,40})\.([1-9A-Z][0-9A-Z]{100,400})")
_HOST = re.compile(r"[0-9A-Z.-]+(:[0-9]+)?")


class AddressError(Exception):
    """A text is not the address of a document, or proves nothing; the text says why."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """What stands in an address, not yet proved: anybody can write one."""

    reference: str
    code: str
    facts: Facts
    packed: bytes
    signature: bytes


def make_address(public_url: str, data: Mapping[str, Any], code: str, key: CredentialKey) -> str:
    """Return the address of a document, from its frozen data (dates in ISO 8601) and its code.

    Long names and titles are shortened until it fits. Raise ValueError when the host leaves too
    little room for them, or when PUBLIC_URL has a path, which capitals would change.
    """
    reference = read_reference(data["reference"])
    secret = read_code(code)
    if reference is None or secret is None:
        raise ValueError("The reference or the code of the document fails its check.")
    start = f"{_origin(public_url)}/V/{compact(reference)}.{compact(secret)}."
    room = _bytes_in(LONGEST - len(start)) - _SIGNATURE
    if room < LEAST:
        raise ValueError(f"{public_url} is too long for a QR code.")
    packed = pack(Facts.of(data), key_id=key.id, room=room)
    signature = key.private_key.sign(_signed(reference, secret, packed))
    return start + _in_base_36(packed + signature)


def read_address(text: str) -> Address:
    """Return what stands in an address, or in its last part; raise AddressError if it is none.

    Nothing of it is proved: use `prove` where there is no record to compare it with.
    """
    found = _ADDRESS.fullmatch(text.strip().upper()) if len(text) <= 2 * LONGEST else None
    if found is None:
        raise AddressError("This is not the address of a document.")
    reference, code = read_reference(found[1]), read_code(found[2])
    if reference is None or code is None:
        raise AddressError("The reference in this address fails its check.")
    number = int(found[3], 36)
    value = number.to_bytes((number.bit_length() + 7) // 8)
    packed, signature = value[:-_SIGNATURE], value[-_SIGNATURE:]
    try:
        facts = unpack(packed, reference=reference)
    except PackedError as error:
        raise AddressError(str(error)) from error
    return Address(reference=reference, code=code, facts=facts, packed=packed, signature=signature)


def prove(text: str, keys: Mapping[str, Ed25519PublicKey]) -> Facts:
    """Return the facts that an address proves, by our public keys: ``id -> key``.

    They were true on the day of issue. Raise AddressError when the text is no address, was changed
    in any character but those of its host, or was signed with none of ``keys``.
    """
    address = read_address(text)
    signed = _signed(address.reference, address.code, address.packed)
    known = [key for key_id, key in keys.items() if key_id.startswith(address.facts.key_mark)]
    for key in known:
        try:
            key.verify(address.signature, signed)
        except InvalidSignature:
            continue
        return address.facts
    if known:
        raise AddressError("This code was changed after the document had been issued.")
    raise AddressError("This code was not made by this awarding body.")


def _origin(public_url: str) -> str:
    parts = urlsplit(public_url)
    origin = parts.netloc.encode("idna").decode().upper()
    if not _HOST.fullmatch(origin) or parts.scheme not in {"http", "https"}:
        raise ValueError(f"{public_url} cannot be written in a QR code.")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"QR codes need an address without a path, unlike {public_url}.")
    return f"{parts.scheme.upper()}://{origin}"


def _signed(reference: str, code: str, packed: bytes) -> bytes:
    return _DOMAIN + f"{compact(reference)}.{compact(code)}.".encode() + packed


def _bytes_in(characters: int) -> int:
    """Return how many bytes always fit into so many digits of base 36."""
    most: int = 36 ** max(characters, 0)  # a power is Any to the type checker
    return (most.bit_length() - 1) // 8


def _in_base_36(value: bytes) -> str:
    number = int.from_bytes(value)
    digits = []
    while number:
        number, digit = divmod(number, 36)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
