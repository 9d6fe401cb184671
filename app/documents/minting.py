"""Makes new keys: RSA with a self-signed certificate for seals, Ed25519 for credentials."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_RSA_BITS = 3072  # beyond 2030, 2048 are no longer recommended
_YEARS = 15
_LONGEST_NAME = 64  # characters, the limit of X.509


def new_seal_pem(body: str, at: datetime) -> str:
    """Return a private key and the certificate of ``body``, valid for 15 years from ``at``.

    It may sign and may not be denied (non-repudiation), and may not vouch for other keys.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    name = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, body[:_LONGEST_NAME]),
            x509.NameAttribute(x509.NameOID.COMMON_NAME, body[:_LONGEST_NAME]),
        ]
    )
    subject_key = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(minutes=5))  # clocks of readers differ a little
        .not_valid_after(at + timedelta(days=365.25 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_signing_only(), critical=True)
        .add_extension(subject_key, critical=False)
        .sign(key, hashes.SHA256())
    )
    return _private_pem(key) + certificate.public_bytes(serialization.Encoding.PEM).decode()


def new_credential_pem() -> str:
    """Return a fresh private Ed25519 key."""
    return _private_pem(Ed25519PrivateKey.generate())


def _private_pem(key: rsa.RSAPrivateKey | Ed25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _signing_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
