"""What a key is to those who seal and sign with it."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True)
class SealKey:
    """The key that seals PDFs; ``id`` follows from its public half, the rest is PEM."""

    id: str
    private_key_pem: bytes = field(repr=False)
    certificate_pem: bytes


@dataclass(frozen=True)
class CredentialKey:
    """The key that signs credentials and QR codes; ``id`` follows from its public half."""

    id: str
    private_key: Ed25519PrivateKey = field(repr=False)
