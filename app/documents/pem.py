"""Reads PEM texts: which keys are in them, which of those is current, and their public halves."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from app.documents.keys import CredentialKey, SealKey

# What a key that is broken, encrypted or of an unknown kind raises.
UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----\s?", re.DOTALL)
_ID_LENGTH = 16  # hexadecimal digits


@dataclass(frozen=True)
class Seals:
    """The current key for PDFs, if there is one, and every certificate as PEM by its key id."""

    current: SealKey | None
    certificates: Mapping[str, bytes]


@dataclass(frozen=True)
class Signers:
    """The current key for credentials, if there is one, and every public key by its id."""

    current: CredentialKey | None
    public: Mapping[str, Ed25519PublicKey]


@lru_cache(maxsize=8)
def read_seals(texts: tuple[str, ...]) -> Seals:
    """Return the keys for PDFs: the first private RSA key is current, its certificate is sought.

    Raise ValueError for keys of another kind, or for a current key without its certificate.
    """
    certificates: dict[str, bytes] = {}
    private: list[tuple[str, bytes]] = []
    for label, block in _blocks(texts):
        if label == "CERTIFICATE":
            found = x509.load_pem_x509_certificate(block).public_key()
            certificates.setdefault(seal_id(found), block)
        elif label.endswith("PRIVATE KEY"):
            key = serialization.load_pem_private_key(block, None)
            if not isinstance(key, RSAPrivateKey):
                raise ValueError("a key for seals is an RSA key.")
            private.append((seal_id(key.public_key()), block))
    if not private:
        return Seals(None, certificates)
    key_id, block = private[0]
    if key_id not in certificates:
        raise ValueError("the certificate of the first private key is missing.")
    first = {key_id: certificates[key_id]}
    return Seals(SealKey(key_id, block, certificates[key_id]), first | certificates)


@lru_cache(maxsize=8)
def read_signers(texts: tuple[str, ...]) -> Signers:
    """Return the keys for credentials: the first private Ed25519 key is the current one.

    Raise ValueError for keys of another kind.
    """
    private: list[Ed25519PrivateKey] = []
    public: list[Ed25519PublicKey] = []
    for label, block in _blocks(texts):
        if label.endswith("PRIVATE KEY"):
            key = serialization.load_pem_private_key(block, None)
            if not isinstance(key, Ed25519PrivateKey):
                raise ValueError("a key for credentials is an Ed25519 key.")
            private.append(key)
            public.append(key.public_key())
        elif label == "PUBLIC KEY":
            half = serialization.load_pem_public_key(block)
            if not isinstance(half, Ed25519PublicKey):
                raise ValueError("a key for credentials is an Ed25519 key.")
            public.append(half)
    current = private[:1]
    ordered = [key.public_key() for key in current] + public
    return Signers(
        CredentialKey(credential_id(ordered[0]), current[0]) if current else None,
        {credential_id(key): key for key in ordered},
    )


def public_part(text: str) -> str:
    """Return a PEM text without its private keys; a key without certificate as its public half."""
    kept = [block for label, block in _blocks((text,)) if not label.endswith("PRIVATE KEY")]
    if not kept:
        for _label, block in _blocks((text,)):
            key = serialization.load_pem_private_key(block, None)
            kept.append(
                key.public_key().public_bytes(
                    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
                )
            )
    return b"\n".join(block.strip() for block in kept).decode() + "\n"


def expiry(certificate: bytes) -> datetime:
    """Return the moment from which on a PEM certificate is void."""
    return x509.load_pem_x509_certificate(certificate).not_valid_after_utc


def seal_id(key: object) -> str:
    """Return the id of an RSA key: the beginning of SHA-256 over its SubjectPublicKeyInfo."""
    der = key.public_bytes(  # type: ignore[attr-defined]  # every public key has it
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return hashlib.sha256(der).hexdigest()[:_ID_LENGTH]


def credential_id(key: Ed25519PublicKey) -> str:
    """Return the id of an Ed25519 key: the beginning of SHA-256 over its 32 bytes."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:_ID_LENGTH]


def _blocks(texts: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Give each PEM block with its label; raise ValueError when there are none in a text."""
    for text in texts:
        found = False
        for match in _BLOCK.finditer(text):
            found = True
            yield match[1], match[0].encode()
        if not found:
            raise ValueError("there is no PEM block.")
