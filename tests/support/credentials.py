"""What the tests of credentials share: keys, frozen data of documents, an issuer."""

import copy
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.documents import pem
from app.documents.credentials import Issuer, build_credential, sign
from app.documents.keys import CredentialKey

PUBLIC_URL = "https://portal.hallmark.example"
LIST_URL = f"{PUBLIC_URL}/status/1"
ISSUED = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
CODE = "Z1Y2-X3W4-V5T6-S7R8-V"

CERTIFICATE: dict[str, Any] = {
    "record_type": "certificate",
    "reference": "7KQ2-M9XA-V4TB-4",
    "issued_on": "2026-11-20",
    "expires_on": "2029-11-19",
    "replaces": None,
    "body": {
        "name": "The Example Awarding Body",
        "address": ["1 Example Street", "Exampleton"],
        "website": "www.awards.example",
        "accent": "#12397f",
        "logo": None,
    },
    "person": {"full_name": "Siân Oluwaseun O’Brien-Zieliński"},
    "enrolment_number": "AMS1000427",
    "award": {
        "title": "Level 3 Diploma in Light Vehicle Maintenance and Repair Principles",
        "number": "999/0001/2",
        "level": "3",
        "outcome": "Pass",
        "grade": "Merit",
        "awarded_on": "2026-11-10",
        "credits": 37,
    },
    "centre": {"name": "Example Centre", "number": "C00017"},
    "components": [
        {"code": "LV01", "title": "Brakes", "level": "3", "credit": 6, "result": "Pass"},
        {"code": "LV02", "title": "Steering", "level": "3", "credit": 7, "result": "Pass"},
        {"code": "LV03", "title": "Visit", "level": "3", "credit": None, "result": ""},
    ],
    "signatories": [{"name": "A. Example", "role": "Chief Executive"}],
    "letter": {"paragraphs": ["Well done."]},
}


def a_key() -> CredentialKey:
    """Make a key as a key store would give it."""
    private = Ed25519PrivateKey.generate()
    return CredentialKey(pem.credential_id(private.public_key()), private)


def public(*keys: CredentialKey) -> dict[str, Any]:
    """Return the public halves by id, as a key store would."""
    return {key.id: key.private_key.public_key() for key in keys}


def a_document(**changes: Any) -> dict[str, Any]:
    """Return frozen data with ``changes``; those of `award` and `person` are merged."""
    data = copy.deepcopy(CERTIFICATE)
    for name, value in changes.items():
        data[name] = {**data[name], **value} if name in {"award", "person", "body"} else value
    return data


def an_issuer() -> Issuer:
    """Return the issuer of `CERTIFICATE`."""
    return Issuer.of(PUBLIC_URL, CERTIFICATE["body"])


def unsigned(**changes: Any) -> dict[str, Any]:
    """Return the credential of a document before it is signed."""
    return build_credential(
        a_document(**changes),
        issuer=an_issuer(),
        status_list_url=LIST_URL,
        status_index=93_400,
        at=ISSUED,
    )


def signed(key: CredentialKey, **changes: Any) -> dict[str, Any]:
    """Return the signed credential of a document."""
    return sign(unsigned(**changes), key, at=ISSUED)
