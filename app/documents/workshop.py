"""Makes one document from its recipe: code, credential, page, seal."""

import atexit
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.documents import samples
from app.documents.certificates import UnprintableError, preview_document, render_document
from app.documents.credentials import (
    Issuer,
    build_credential,
    did_document,
    make_address,
    sign,
    status_list_credential,
)
from app.documents.keystore import KeyStore, open_keystore
from app.documents.press import Press, TemplateError
from app.documents.sealing import seal
from app.storage import StoredFileMissingError, storage_of


class DocumentRefusedError(Exception):
    """One document cannot be made; the text says what is wrong with it."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that a document is made from; ``content`` is its frozen data."""

    id: int
    source: str
    content: Mapping[str, Any]
    code: str
    status_list: int | None = None
    status_index: int | None = None


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A document as it was made: sealed PDF, the address in its code, its signed credential."""

    pdf: bytes
    address: str
    credential: bytes | None


class Workshop:
    """What making documents needs, kept from one to the next: press, keys, logo."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self._press = Press()
        self._logos: dict[str, bytes] = {}
        self._keys: KeyStore | None = None

    def close(self) -> None:
        """Let go of the press."""
        self._press.close()

    def make(self, recipe: Recipe, *, at: datetime) -> Finished:
        """Render and seal one document; raise DocumentRefusedError when it cannot be made.

        StorageUnavailableError and KeysUnavailableError are no fault of the document: they end
        the job, which is tried again.
        """
        content = recipe.content
        body = content["body"]["name"]
        keys = self._keystore(body)
        try:
            address = make_address(
                self._config["PUBLIC_URL"], content, recipe.code, keys.credential_key()
            )
            credential = self._credential(recipe, at)
            pdf = render_document(
                self._press, recipe.source, content, address=address, logo=self._logo(content),
                credential=credential,
            )  # fmt: skip
        except (UnprintableError, TemplateError, ValueError) as error:
            raise DocumentRefusedError(_plain(error)) from error
        sealed = seal(pdf, keys.seal_key(), reason=f"Issued by {body}", at=at)
        return Finished(pdf=sealed, address=address, credential=credential)

    def paper_view(self, recipe: Recipe, address: str) -> bytes:
        """Return the paper view of a document that was made: the same data, unsealed."""
        try:
            return render_document(
                self._press, recipe.source, recipe.content, address=address, paper=True
            )
        except (UnprintableError, TemplateError) as error:
            raise DocumentRefusedError(_plain(error)) from error

    def sample(self, record_type: str, source: str) -> list[bytes]:
        """Return the pages of a sample document for each kind of name, as PNG."""
        try:
            return [
                page
                for name in samples.NAMES
                for page in preview_document(
                    self._press, source, samples.content_of(record_type, name),
                    address=samples.ADDRESS, logo=None,
                )
            ]  # fmt: skip
        except (UnprintableError, TemplateError) as error:
            raise DocumentRefusedError(_plain(error)) from error

    def _credential(self, recipe: Recipe, at: datetime) -> bytes | None:
        if recipe.status_list is None or recipe.status_index is None:
            return None
        issuer = Issuer.of(self._config["PUBLIC_URL"], recipe.content["body"])
        keys = self._keystore(issuer.name)
        credential = build_credential(
            recipe.content,
            issuer=issuer,
            status_list_url=_list_address(self._config, recipe.status_list),
            status_index=recipe.status_index,
            at=at,
        )
        return json.dumps(sign(credential, keys.credential_key(), at=at)).encode()

    def _keystore(self, body: str) -> KeyStore:
        if self._keys is None:
            self._keys = open_keystore(self._config, body=body)
        return self._keys

    def _logo(self, content: Mapping[str, Any]) -> bytes | None:
        """Return the logo that was frozen with a document; empty where it is gone."""
        key = content["body"]["logo"]
        if key is None:
            return None
        if key not in self._logos:
            try:
                self._logos[key] = storage_of(self._config).get(key)
            except StoredFileMissingError:
                return b""
        return self._logos[key]


def _plain(error: Exception) -> str:
    """Return what a template said by panic(), or the first line of what Typst says."""
    said = _PANIC.search(str(error))
    return said[1] if said else str(error).strip()


_PANIC = re.compile(r'panicked with: "?([^"\n]*)"?')
_open: dict[int, Workshop] = {}


def workshop_of(config: Mapping[str, Any]) -> Workshop:
    """Return the workshop of this process, opened at the first document."""
    pid = os.getpid()
    if pid not in _open:
        _open[pid] = Workshop(config)
        atexit.register(_open[pid].close)
    return _open[pid]


def _list_address(config: Mapping[str, Any], list_id: int) -> str:
    return f"{config['PUBLIC_URL']}/status/{list_id}"


def signed_list(
    config: Mapping[str, Any],
    *,
    body: str,
    list_id: int,
    revoked: Iterable[int],
    size: int,
    at: datetime,
    lives: timedelta,
) -> dict[str, Any]:
    """Return a status list with these bits set, signed; readers may keep it for ``lives``."""
    issuer = Issuer.of(config["PUBLIC_URL"], {"name": body})
    credential = status_list_credential(
        revoked, issuer=issuer, url=_list_address(config, list_id), at=at, ttl=lives, size=size
    )
    key = open_keystore(config, body=body).credential_key()
    return dict(sign(credential, key, at=at))


def published_keys(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the DID document: every key that ever signed a credential."""
    keys = open_keystore(config, body="").public_keys()
    return dict(did_document(Issuer(public_url=config["PUBLIC_URL"], name=""), keys))


def sealed(config: Mapping[str, Any], pdf: bytes, *, body: str, reason: str, at: datetime) -> bytes:
    """Return a PDF that is no document of somebody's, with our seal."""
    return seal(pdf, open_keystore(config, body=body).seal_key(), reason=reason, at=at)
