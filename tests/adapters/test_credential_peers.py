"""Libraries of others accept our credentials, and refuse what was changed in them."""

import copy
import json
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openbadgeslib.ob3 import OB3LdpVerifier, OB3VerificationError

from app import clock
from app.documents.credentials import did_document, sign, status_list_credential
from app.documents.credentials.canonical import _bundled
from app.documents.keys import CredentialKey
from tests.support.credentials import (
    LIST_URL,
    PUBLIC_URL,
    a_key,
    an_issuer,
    public,
    signed,
)

ROOT = Path(__file__).parents[2]
OLD, KEY = a_key(), a_key()
CREDENTIAL = signed(OLD)  # signed before the keys were rotated


def served(revoked: list[int]) -> dict[str, str]:
    """Return what the portal answers at its public addresses."""
    made = status_list_credential(
        revoked, issuer=an_issuer(), url=LIST_URL, at=clock.now(), ttl=timedelta(hours=1)
    )
    return {
        f"{PUBLIC_URL}/.well-known/did.json": json.dumps(
            did_document(an_issuer(), public(KEY, OLD))
        ),
        LIST_URL: json.dumps(sign(made, KEY, at=clock.now())),
    }


def judged_in_python(credential: dict[str, Any], revoked: list[int]) -> None:
    """Verify with openbadgeslib, which fetches our DID document and our status list.

    It knows lists signed as JWT only; the proof of ours is for Digital Bazaar to judge.
    """
    answers = served(revoked)
    OB3LdpVerifier.for_issuer_did(an_issuer().did).verify(
        credential,
        check_status=True,
        download=lambda url: answers[url].encode(),
        verify_status_list=False,
    )


def judged_in_javascript(credential: dict[str, Any], *keys: CredentialKey) -> dict[str, Any]:
    """Return what the libraries of Digital Bazaar say, given our DID document."""
    asked = {
        "credential": credential,
        "didDocument": did_document(an_issuer(), public(*keys)),
        "contexts": {name: text for name, text in _bundled().items() if "imsglobal" in name},
    }
    node = shutil.which("node") or str(Path(sys.executable).with_name("node"))
    done = subprocess.run(
        [node, str(ROOT / "tests" / "support" / "verify_credential.mjs")],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


def with_grade(grade: str) -> dict[str, Any]:
    credential = copy.deepcopy(CREDENTIAL)
    credential["credentialSubject"]["result"][1]["value"] = grade
    return credential


def test_openbadgeslib_accepts_a_credential_by_our_did_document_and_status_list():
    judged_in_python(CREDENTIAL, [])


def test_openbadgeslib_refuses_a_changed_and_a_revoked_credential():
    with pytest.raises(OB3VerificationError, match=r"[Ss]ignature|proof"):
        judged_in_python(with_grade("Distinction"), [])
    with pytest.raises(OB3VerificationError, match="is set at index 93400"):
        judged_in_python(CREDENTIAL, [4, 93_400])


def test_digital_bazaar_accepts_a_credential_by_our_did_document():
    assert judged_in_javascript(CREDENTIAL, KEY, OLD) == {"verified": True, "errors": []}


def test_digital_bazaar_accepts_our_status_list():
    made = json.loads(served([93_400])[LIST_URL])

    assert judged_in_javascript(made, KEY) == {"verified": True, "errors": []}


def test_digital_bazaar_refuses_a_changed_credential_and_one_of_a_key_that_is_not_ours():
    assert judged_in_javascript(with_grade("Distinction"), OLD)["verified"] is False
    assert judged_in_javascript(CREDENTIAL, KEY)["verified"] is False
