"""The issuer of credentials: its did:web, its DID document with all keys, its public profile."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.documents.credentials.canonical import BADGE_CONTEXT, VC_CONTEXT
from app.documents.credentials.multikey import multikey

_DID_CONTEXTS = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """The awarding body as credentials name it; ``public_url`` is where its DID document lies."""

    public_url: str
    name: str
    website: str = ""

    @classmethod
    def of(cls, public_url: str, body: Mapping[str, Any]) -> "Issuer":
        """Return the issuer from PUBLIC_URL and the `body` of a document's frozen data."""
        website = str(body.get("website") or "").strip()
        if website and "://" not in website:
            website = f"https://{website}"
        return cls(public_url=public_url.rstrip("/"), name=body["name"], website=website)

    @property
    def did(self) -> str:
        """Return the did:web of the public address, such as `did:web:portal.example`."""
        parts = urlsplit(self.public_url)
        folders = [quote(part, safe="") for part in parts.path.split("/") if part]
        return ":".join(["did", "web", quote(parts.netloc.lower(), safe=""), *folders])

    def profile(self) -> dict[str, Any]:
        """Return the issuer as Open Badges describe it: who it is, and where its pages are."""
        return {
            "id": self.did,
            "type": ["Profile"],
            "name": self.name,
            "url": self.website or self.public_url,
        }


def profile_document(issuer: Issuer) -> dict[str, Any]:
    """Return the profile as a document of its own, with the contexts that explain it."""
    return {"@context": [VC_CONTEXT, BADGE_CONTEXT], **issuer.profile()}


def did_document(issuer: Issuer, keys: Mapping[str, Ed25519PublicKey]) -> dict[str, Any]:
    """Return what `/.well-known/did.json` says: every key that ever signed, so old papers hold.

    It belongs to the folder `.well-known` only while PUBLIC_URL has no path; with one it lies
    below that path as `did.json`, as did:web says.
    """
    methods = [
        {
            "id": f"{issuer.did}#{key_id}",
            "type": "Multikey",
            "controller": issuer.did,
            "publicKeyMultibase": multikey(key),
        }
        for key_id, key in keys.items()
    ]
    return {
        "@context": _DID_CONTEXTS,
        "id": issuer.did,
        "alsoKnownAs": [issuer.public_url],
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }
