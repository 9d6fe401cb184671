"""The keys that documents are sealed and signed with: made, found, rotated, never forgotten.

Two purposes: "seal" (RSA with a certificate, for PDFs) and "credential" (Ed25519, for credentials
and QR codes). Each has one current key; of every earlier one the public half stays, so that what
it signed can be checked for as long as there are papers.
"""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app import clock
from app.documents import minting, pem
from app.documents.keys import CredentialKey, SealKey

PURPOSES = ("seal", "credential")


class KeysUnavailableError(Exception):
    """There is no key to sign with, or a setting does not say what it should; the text helps."""


class KeyStore(ABC):
    """The keys of one portal. Their ids follow from their public halves, so no store renames them.

    Every method raises KeysUnavailableError when what stands in the store is no key.
    """

    def seal_key(self) -> SealKey:
        """Return the current key for PDFs, with its certificate."""
        current = self._seals(needed=True).current
        if current is None:
            raise KeysUnavailableError("SEAL_KEYS has no private key with its certificate.")
        return current

    def credential_key(self) -> CredentialKey:
        """Return the current key for credentials and QR codes."""
        current = self._signers(needed=True).current
        if current is None:
            raise KeysUnavailableError("CREDENTIAL_KEYS has no private key.")
        return current

    def certificates(self) -> Mapping[str, bytes]:
        """Return every certificate that a seal may carry, as PEM by key id, the current first."""
        return self._seals(needed=False).certificates

    def public_keys(self) -> Mapping[str, Ed25519PublicKey]:
        """Return every key that may have signed a credential, by its id, the current first."""
        return self._signers(needed=False).public

    @abstractmethod
    def _texts(self, purpose: str, *, needed: bool) -> tuple[str, ...]:
        """Return the PEM texts of a purpose, the current first; with ``needed``, never none."""

    def _seals(self, *, needed: bool) -> pem.Seals:
        try:
            return pem.read_seals(self._texts("seal", needed=needed))
        except pem.UNREADABLE as error:
            raise KeysUnavailableError(f"The keys for seals cannot be read: {error}") from error

    def _signers(self, *, needed: bool) -> pem.Signers:
        try:
            return pem.read_signers(self._texts("credential", needed=needed))
        except pem.UNREADABLE as error:
            raise KeysUnavailableError(
                f"The keys for credentials cannot be read: {error}"
            ) from error


class GivenKeys(KeyStore):
    """Keys that the settings bring: PEM texts, or the names of PEM files with commas between.

    The first private key is the current one. Its certificate, earlier certificates and earlier
    public keys stand beside it, in any order.
    """

    def __init__(self, *, seal: str, credential: str) -> None:
        self._given = {
            "seal": (_given_text("SEAL_KEYS", seal),),
            "credential": (_given_text("CREDENTIAL_KEYS", credential),),
        }

    def _texts(self, purpose: str, *, needed: bool) -> tuple[str, ...]:
        return self._given[purpose]


class EmbeddedKeys(KeyStore):
    """Keys made here, for demonstration and development: one numbered file for each.

    The highest number is the current one. Files are looked for at each call, since another process
    may have rotated; what is in them is read once.
    """

    def __init__(self, folder: Path, *, body: str) -> None:
        self._folder = folder
        self._body = body

    def rotate(self, purpose: str, *, at: datetime) -> None:
        """Make a new current key; of the earlier ones only the public half is kept."""
        earlier = self._files(purpose)
        self._make(purpose, 1 + (_number(earlier[0]) if earlier else 0), at)
        for file in earlier:
            temporary = self._written(pem.public_part(file.read_text(encoding="ascii")))
            temporary.replace(file)

    def _texts(self, purpose: str, *, needed: bool) -> tuple[str, ...]:
        if needed and not self._files(purpose):
            self._make(purpose, 1, clock.now())
        return tuple(_kept(file, file.stat().st_mtime_ns) for file in self._files(purpose))

    def _files(self, purpose: str) -> list[Path]:
        return sorted(self._folder.glob(f"{purpose}-*.pem"), key=_number, reverse=True)

    def _make(self, purpose: str, number: int, at: datetime) -> None:
        text = (
            minting.new_seal_pem(self._body, at)
            if purpose == "seal"
            else minting.new_credential_pem()
        )
        temporary = self._written(text)
        try:
            # The first process wins; nobody reads half a key, and nobody signs with a lost one.
            os.link(temporary, self._folder / f"{purpose}-{number:04}.pem")
        except FileExistsError:
            pass
        finally:
            temporary.unlink()

    def _written(self, text: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = self._folder / f".{os.getpid()}-{os.urandom(6).hex()}"
        opened = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(opened, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        return temporary


def open_keystore(config: Mapping[str, Any], *, body: str) -> KeyStore:
    """Return the keys of this portal; ``body`` is the name in a certificate that is made here.

    SEAL_KEYS and CREDENTIAL_KEYS decide, both or neither; without them keys are made and kept in
    PORTAL_HOME, except in production. Raise KeysUnavailableError otherwise.
    """
    seal, credential = config["SEAL_KEYS"], config["CREDENTIAL_KEYS"]
    if seal and credential:
        return GivenKeys(seal=seal, credential=credential)
    if seal or credential or config["PORTAL_ENV"] == "production":
        raise KeysUnavailableError(
            "Set both SEAL_KEYS and CREDENTIAL_KEYS: no document is issued without them."
        )
    return EmbeddedKeys(Path(config["PORTAL_HOME"]) / "keys", body=body)


def _given_text(setting: str, value: str) -> str:
    if "-----BEGIN" in value:
        return value.replace("\\n", "\n")  # some tools cannot put line ends into a variable
    try:
        return "\n".join(
            Path(name.strip()).read_text(encoding="ascii") for name in value.split(",")
        )
    except (OSError, UnicodeDecodeError) as error:
        raise KeysUnavailableError(f"{setting}: {error}") from error


def _number(file: Path) -> int:
    return int(file.stem.rpartition("-")[2])


@lru_cache(maxsize=64)
def _kept(file: Path, _changed: int) -> str:
    """Read a file once, until it is replaced by its public half."""
    return file.read_text(encoding="ascii")
