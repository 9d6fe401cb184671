"""Data Integrity proofs of the suite eddsa-rdfc-2022: signs credentials and checks signed ones."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.documents.credentials.canonical import canonicalise
from app.documents.credentials.multikey import multibase, read_multibase
from app.documents.keys import CredentialKey

SUITE = "eddsa-rdfc-2022"

Credential = dict[str, Any]


class Reason(StrEnum):
    """Why a credential is not accepted."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    ALTERED = "altered"
    NOT_YET = "not_yet"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the signature and the dates say; whether it was revoked only the status list knows."""

    reason: Reason | None
    words: str

    @property
    def holds(self) -> bool:
        """Say whether the credential is as it was signed, and in its time."""
        return self.reason is None


def sign(credential: Mapping[str, Any], key: CredentialKey, *, at: datetime) -> Credential:
    """Return ``credential`` with the proof of its issuer, made with ``key`` at ``at``.

    Raise UncanonicalError when a word of it has no meaning in its contexts.
    """
    issuer = issuer_id(credential)
    return add_proof(
        credential, key.private_key, method=f"{issuer}#{key.id}", created=timestamp(at)
    )


def verify(
    credential: Any, keys: Mapping[str, Ed25519PublicKey], *, at: datetime | None = None
) -> Verdict:
    """Judge a credential that anybody may have brought, by our public keys: ``id -> key``.

    With ``at``, its dates are looked at, too.
    """
    try:
        proof, key_id = _proof_of(credential)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Verdict(
            Reason.MALFORMED, "This is not a credential with a proof that is known here."
        )
    if key_id not in keys:
        return Verdict(Reason.UNKNOWN_KEY, "It was not signed with a key of this awarding body.")
    try:
        holds = check_proof(credential, proof, keys[key_id])
    except (ValueError, TypeError, KeyError, AttributeError):
        return Verdict(Reason.ALTERED, "Its words are not those of the credential that was signed.")
    if not holds:
        return Verdict(Reason.ALTERED, "It was changed after it had been signed.")
    return _in_time(credential, at) if at else Verdict(None, "It is as it was issued.")


def add_proof(
    credential: Mapping[str, Any],
    key: Ed25519PrivateKey,
    *,
    method: str,
    created: str,
    canonical: Callable[[Mapping[str, Any]], str] = canonicalise,
) -> Credential:
    """Return ``credential`` with a proof by ``key``, which is found at the address ``method``."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": created,
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    signature = key.sign(hash_data(credential, options, canonical))
    return {**credential, "proof": {**options, "proofValue": multibase(signature)}}


def check_proof(
    credential: Mapping[str, Any],
    proof: Mapping[str, Any],
    key: Ed25519PublicKey,
    *,
    canonical: Callable[[Mapping[str, Any]], str] = canonicalise,
) -> bool:
    """Say whether ``proof`` is by ``key`` over the rest of ``credential``.

    Raise UncanonicalError when a word has no meaning, ValueError for a value that is no signature.
    """
    bare = {name: value for name, value in credential.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    signature = read_multibase(proof["proofValue"])
    try:
        key.verify(signature, hash_data(bare, options, canonical))
    except InvalidSignature:
        return False
    return True


def hash_data(
    credential: Mapping[str, Any],
    options: Mapping[str, Any],
    canonical: Callable[[Mapping[str, Any]], str] = canonicalise,
) -> bytes:
    """Return the 64 bytes that are signed: SHA-256 of the proof's options, then of the document."""
    parts = ({"@context": credential["@context"], **options}, credential)
    return b"".join(hashlib.sha256(canonical(part).encode()).digest() for part in parts)


def issuer_id(credential: Mapping[str, Any]) -> str:
    """Return the address of the issuer, which is a text or the `id` of an object."""
    issuer = credential["issuer"]
    found = issuer if isinstance(issuer, str) else issuer["id"]
    if not isinstance(found, str):
        raise TypeError("The issuer of a credential is an address.")
    return found


def timestamp(at: datetime) -> str:
    """Return a moment as credentials write it: whole seconds in UTC, with a Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _proof_of(credential: Any) -> tuple[dict[str, Any], str]:
    """Return the one proof and the id of its key; raise for anything that we never issue.

    A signature covers statements, which JSON-LD can write in many ways. Readers of the JSON must
    find them in ours, or somebody could hide a last day in a list or a status behind a long name.
    """
    proof = credential["proof"]
    if isinstance(proof, list):
        (proof,) = proof
    issuer, _, key_id = proof["verificationMethod"].partition("#")
    dates = [credential["validFrom"], credential.get("validUntil", "")]
    if (
        proof["type"] != "DataIntegrityProof"
        or proof["cryptosuite"] != SUITE
        or proof["proofPurpose"] != "assertionMethod"
        or issuer != issuer_id(credential)
        or not all(isinstance(text, str) for text in [*credential["@context"], *dates])
        or _is_raw({name: value for name, value in credential.items() if name != "@context"})
    ):
        raise ValueError("This proof is of another kind.")
    read_multibase(proof["proofValue"])
    return proof, key_id


def _is_raw(value: Any) -> bool:
    """Say whether a document speaks raw JSON-LD anywhere: keywords, or addresses as names."""
    if isinstance(value, dict):
        return any("@" in name or ":" in name or _is_raw(inner) for name, inner in value.items())
    return isinstance(value, list) and any(map(_is_raw, value))


def _in_time(credential: Mapping[str, Any], at: datetime) -> Verdict:
    """Judge the dates, which the signature covers and which are therefore in our own form."""
    moment = timestamp(at)
    if moment < str(credential.get("validFrom", "")):
        return Verdict(Reason.NOT_YET, "It is not valid yet.")
    if moment > str(credential.get("validUntil", "9999")):
        return Verdict(Reason.EXPIRED, "It has expired.")
    return Verdict(None, "It is as it was issued.")
