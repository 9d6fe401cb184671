"""The command line: what an operator types, and what it answers."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from cryptography.x509 import load_pem_x509_certificate
from flask import Flask
from sqlalchemy import select

from app import clock
from app.documents import minting
from app.documents.keystore import open_keystore
from app.domain.organisations.models import Membership, PortalUser
from app.extensions import db
from tests.conftest import Inside

Tell = Callable[..., Result]


@pytest.fixture
def tell(portal: Flask) -> Tell:
    """Return a way to run ``flask portal …`` on the portal of this test."""

    def _tell(*words: str) -> Result:
        return portal.test_cli_runner().invoke(args=["portal", *words])

    return _tell


def test_a_first_user_is_made_without_questions(tell: Tell, inside: Inside) -> None:
    told = tell(
        "user", "--email", "Head@Example.com", "--first-name", "Hana", "--last-name", "Eden",
        "--organisation", "Northmoor Skills Ltd", "--role", "Training provider",
    )  # fmt: skip
    assert told.exit_code == 0, told.output
    assert "The password is" in told.output
    with inside():
        found = db.session.scalar(select(PortalUser).where(PortalUser.first_name == "Hana"))
        assert found is not None
        assert not found.is_demo
        place = db.session.scalar(select(Membership).where(Membership.user_id == found.id))
        assert place is not None
        assert place.organisation.name == "Northmoor Skills Ltd"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"--organisation": "Nowhere Ltd"}, "No organisation is called Nowhere Ltd."),
        ({"--email": "staff@demo.example"}, "has an account already"),
        ({"--email": "nobody"}, "nobody"),
    ],
)
def test_a_user_that_cannot_be_is_refused_in_words(
    tell: Tell, change: dict[str, str], sentence: str
) -> None:
    options: dict[str, Any] = {
        "--email": "a@example.com", "--first-name": "A", "--last-name": "B",
        "--organisation": "Northmoor Skills Ltd", "--role": "Office",
    } | change  # fmt: skip
    told = tell("user", *(word for pair in options.items() for word in pair))
    assert told.exit_code == 1
    assert sentence in told.output


def test_accounts_names_the_demo_accounts_and_their_places(tell: Tell) -> None:
    told = tell("accounts").output
    assert "hallmark-demo" in told
    assert "office@demo.example        Office, Halifax Office" in told


def test_the_demo_world_wants_an_empty_database(tell: Tell) -> None:
    assert tell("demo").exit_code == 1
    assert tell("demo", "--if-empty").exit_code == 0


def test_the_demo_world_is_refused_in_production(
    portal: Flask, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(portal.config, "PORTAL_ENV", "production")
    told = tell("demo")
    assert told.exit_code == 1
    assert "This is production" in told.output


def test_the_doctor_says_what_is_ill_and_what_to_do(
    portal: Flask, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(portal.config, "GATEWAY_URL", "http://127.0.0.1:1")
    monkeypatch.setitem(portal.config, "MAIL_URL", "smtp://127.0.0.1:1")
    told = tell("doctor")
    assert told.exit_code == 1
    assert "ok    Database" in told.output
    assert "ok    Files" in told.output
    assert "ok    Queue" in told.output
    assert "ILL   Mail: 127.0.0.1 does not answer" in told.output
    assert "ILL   Card payments: the gateway does not answer" in told.output


def test_an_audit_trail_that_is_whole_is_called_so(tell: Tell) -> None:
    assert tell("worker", "--once").exit_code == 0
    told = tell("verify-audit")
    assert told.exit_code == 0
    assert told.output == "The audit trail is whole; 0 events wait to be sealed.\n"


def test_keys_are_rotated_for_the_awarding_body_and_earlier_ones_stay_known(
    portal: Flask, tell: Tell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(portal.config, "PORTAL_HOME", tmp_path)  # other tests have keys of theirs
    assert "Keys of documents: made when the first document is issued" in tell("doctor").output

    first = tell("rotate-keys")
    told = tell("rotate-keys", "--purpose", "credential")

    assert first.exit_code == 0, first.output
    assert "seal: " in first.output
    assert told.output.startswith("credential: ")
    assert told.output.endswith("signs from now on; 1 earlier known\n")
    store = open_keystore(portal.config, body="")
    (certificate,) = store.certificates().values()
    name = load_pem_x509_certificate(certificate).subject.rfc4514_string()
    assert "O=" in name
    assert "Keys of documents: 1 for seals, 2 for credentials" in tell("doctor").output


def test_keys_of_the_settings_are_not_rotated_here_and_the_doctor_looks_at_them(
    portal: Flask, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    ending = minting.new_seal_pem("Awards", clock.now() - timedelta(days=15 * 365.25 - 30))
    monkeypatch.setitem(portal.config, "SEAL_KEYS", ending)
    monkeypatch.setitem(portal.config, "CREDENTIAL_KEYS", minting.new_credential_pem())

    told = tell("rotate-keys")

    assert told.exit_code == 1
    assert "Put a new private key first" in told.output
    assert "ILL   Keys of documents: the certificate of the seals ends on" in tell("doctor").output
    monkeypatch.setitem(portal.config, "SEAL_KEYS", "nowhere.pem")
    assert "Check SEAL_KEYS and CREDENTIAL_KEYS" in tell("doctor").output
