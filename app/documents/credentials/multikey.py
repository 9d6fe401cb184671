"""Ed25519 keys and signatures as the W3C writes them: base 58 after a `z`."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519_PUBLIC = b"\xed\x01"  # the multicodec of the key type
_LONGEST = 200  # characters; nothing of ours is half as long


def multibase(value: bytes) -> str:
    """Return ``value`` in base 58 (Bitcoin's alphabet) with its prefix `z`."""
    number = int.from_bytes(value)
    digits = ""
    while number:
        number, digit = divmod(number, 58)
        digits = _ALPHABET[digit] + digits
    zeros = len(value) - len(value.lstrip(b"\0"))
    return "z" + "1" * zeros + digits


def read_multibase(text: str) -> bytes:
    """Return the bytes behind a base 58 text; raise ValueError for anything else."""
    if not text.startswith("z") or len(text) > _LONGEST:
        raise ValueError("This is not base 58 with the prefix z.")
    number = 0
    for character in text[1:]:
        number = number * 58 + _ALPHABET.index(character)
    digits = text[1:].lstrip("1")
    return b"\0" * (len(text) - 1 - len(digits)) + number.to_bytes((number.bit_length() + 7) // 8)


def multikey(key: Ed25519PublicKey) -> str:
    """Return a public key as the `publicKeyMultibase` of a DID document."""
    return multibase(_ED25519_PUBLIC + key.public_bytes_raw())


def read_multikey(text: str) -> Ed25519PublicKey:
    """Return the public key behind a `publicKeyMultibase`; raise ValueError for anything else."""
    value = read_multibase(text)
    if not value.startswith(_ED25519_PUBLIC):
        raise ValueError("This is not an Ed25519 public key.")
    return Ed25519PublicKey.from_public_bytes(value.removeprefix(_ED25519_PUBLIC))
