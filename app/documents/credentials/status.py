"""Bitstring Status Lists 1.0: which credentials of a list are revoked, one bit for each."""

import base64
import binascii
import gzip
import zlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from app.documents.credentials.canonical import VC_CONTEXT
from app.documents.credentials.issuer import Issuer
from app.documents.credentials.proof import Credential, timestamp

LIST_SIZE = 131_072
"""Entries of a list: the least that the standard allows, so that no entry stands out."""

_LARGEST = 16 * 1024 * 1024  # bytes; a list from elsewhere that unpacks to more is refused


def encode_list(revoked: Iterable[int], *, size: int = LIST_SIZE) -> str:
    """Return the `encodedList` in which the places ``revoked`` are set; equal sets, equal text."""
    bits = bytearray(size // 8)
    for place in revoked:
        if not 0 <= place < size:
            raise ValueError(f"A list of {size:,} has no place {place}.")
        bits[place // 8] |= 0x80 >> place % 8
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode_list(encoded: str) -> bytes:
    """Return the bits of an `encodedList`; raise ValueError when it is none or is too large."""
    if not encoded.startswith("u"):
        raise ValueError("An encoded list begins with u.")
    try:
        packed = base64.b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4), b"-_", validate=True)
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
        bits = unpacking.decompress(packed, _LARGEST)
    except (binascii.Error, zlib.error) as error:
        raise ValueError("The list cannot be unpacked.") from error
    if not unpacking.eof:
        raise ValueError("The list is incomplete or too large.")
    return bits


def is_set(bits: bytes, place: int) -> bool:
    """Say whether the bit of ``place`` is set; raise ValueError for a place beyond the list."""
    if not 0 <= place < len(bits) * 8:
        raise ValueError(f"The list has no place {place}.")
    return bool(bits[place // 8] & 0x80 >> place % 8)


def status_list_credential(
    revoked: Iterable[int],
    *,
    issuer: Issuer,
    url: str,
    at: datetime,
    ttl: timedelta,
    size: int = LIST_SIZE,
) -> Credential:
    """Return the unsigned credential of a revocation list, to be served from ``url``.

    Readers may keep it for ``ttl``, and it is void after twice that: sign it anew in between.
    """
    return {
        "@context": [VC_CONTEXT],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.did,
        "validFrom": timestamp(at),
        "validUntil": timestamp(at + 2 * ttl),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encode_list(revoked, size=size),
            "ttl": int(ttl.total_seconds() * 1000),
        },
    }


def is_revoked(credential: Mapping[str, Any], status_list: Mapping[str, Any]) -> bool:
    """Say what a status list credential, already verified, says about ``credential``.

    Raise ValueError when they do not belong together.
    """
    entry, subject = credential["credentialStatus"], status_list["credentialSubject"]
    if (
        entry["statusListCredential"] != status_list["id"]
        or entry["statusPurpose"] != subject["statusPurpose"]
    ):
        raise ValueError("The credential is not on this list.")
    return is_set(decode_list(subject["encodedList"]), int(entry["statusListIndex"]))
