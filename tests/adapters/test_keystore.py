"""Keys of documents: made once, rotated without forgetting, given by the settings."""

import multiprocessing
import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from app.documents import minting, pem
from app.documents.credentials import make_address, prove, verify
from app.documents.keystore import EmbeddedKeys, GivenKeys, KeysUnavailableError, open_keystore
from tests.support.credentials import CODE, PUBLIC_URL, a_document, signed

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
BODY = "The Example Awarding Body"


@pytest.fixture(scope="module")
def seals() -> list[str]:
    """Two seals of one body: RSA takes a moment to be made."""
    return [minting.new_seal_pem(BODY, AT), minting.new_seal_pem(BODY, AT)]


@pytest.fixture
def keys(tmp_path: Path) -> EmbeddedKeys:
    return EmbeddedKeys(tmp_path / "keys", body=BODY)


def files(folder: Path) -> list[Path]:
    return sorted((folder / "keys").iterdir())


def settings(tmp_path: Path, **given: str) -> dict[str, Any]:
    empty = {"SEAL_KEYS": "", "CREDENTIAL_KEYS": ""}
    return {"PORTAL_ENV": "development", "PORTAL_HOME": tmp_path} | empty | given


def test_the_certificate_is_of_the_body_signs_alone_and_lasts_fifteen_years(seals):
    key = pem.read_seals((seals[0],)).current
    assert key is not None
    certificate = x509.load_pem_x509_certificate(key.certificate_pem)

    names = {part.rfc4514_attribute_name: part.value for part in certificate.subject}
    assert names == {"O": BODY, "CN": BODY}
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert usage.value.content_commitment
    assert not usage.value.key_cert_sign
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert 14.9 < (pem.expiry(key.certificate_pem) - AT).days / 365.25 < 15.1
    private = serialization.load_pem_private_key(key.private_key_pem, None)
    assert isinstance(private, RSAPrivateKey)
    signature = private.sign(b"page", padding.PKCS1v15(), SHA256())
    certificate.public_key().verify(signature, b"page", padding.PKCS1v15(), SHA256())


def test_a_long_name_is_cut_to_what_a_certificate_can_hold():
    text = minting.new_seal_pem("Awarding Body of " + "Everything " * 20, AT)

    assert pem.read_seals((text,)).current


def test_keys_are_made_when_they_are_first_needed_and_belong_to_their_owner_alone(keys, tmp_path):
    assert keys.public_keys() == {}
    assert keys.certificates() == {}
    assert not (tmp_path / "keys").exists()

    first = keys.credential_key()

    assert keys.credential_key().id == first.id
    assert EmbeddedKeys(tmp_path / "keys", body=BODY).credential_key().id == first.id
    assert [stat.S_IMODE(file.stat().st_mode) for file in files(tmp_path)] == [0o600]
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert set(keys.public_keys()) == {first.id}
    assert "PRIVATE" not in repr(first)


def take(folder: Path, answers: Any) -> None:
    store = EmbeddedKeys(folder, body=BODY)
    answers.put((store.seal_key().id, store.credential_key().id))


def test_four_processes_that_start_at_once_have_the_same_keys(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    answers = spawn.Queue()
    started = [spawn.Process(target=take, args=(tmp_path / "keys", answers)) for _ in range(4)]
    for process in started:
        process.start()

    found = {answers.get(timeout=120) for _ in started}

    for process in started:
        process.join(30)
        assert process.exitcode == 0
    answers.close()
    answers.join_thread()
    assert len(found) == 1
    assert [file.name for file in files(tmp_path)] == ["credential-0001.pem", "seal-0001.pem"]


def test_after_a_rotation_earlier_credentials_and_codes_still_hold(keys):
    old = keys.credential_key()
    credential = signed(old)
    address = make_address(PUBLIC_URL, a_document(), CODE, old)

    keys.rotate("credential", at=AT)

    fresh = keys.credential_key()
    assert fresh.id != old.id
    assert list(keys.public_keys()) == [fresh.id, old.id]
    assert verify(credential, keys.public_keys()).holds
    assert prove(address, keys.public_keys()).grade == "Merit"
    assert verify(signed(fresh), keys.public_keys()).holds


def test_after_a_rotation_the_earlier_certificate_is_kept_and_its_private_key_is_gone(
    keys, tmp_path
):
    old = keys.seal_key()

    keys.rotate("seal", at=AT)
    keys.rotate("seal", at=AT)

    assert keys.seal_key().id != old.id
    assert next(iter(keys.certificates())) == keys.seal_key().id
    assert keys.certificates()[old.id].strip() == old.certificate_pem.strip()
    assert len(keys.certificates()) == 3
    texts = [file.read_text() for file in files(tmp_path)]
    assert ["PRIVATE KEY" in text for text in texts] == [False, False, True]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files(tmp_path))


def test_another_process_sees_a_rotation_at_once(keys, tmp_path):
    other = EmbeddedKeys(tmp_path / "keys", body=BODY)
    before = other.credential_key().id

    keys.rotate("credential", at=AT)

    assert other.credential_key().id == keys.credential_key().id != before
    assert before in other.public_keys()


def test_production_takes_keys_from_its_settings_as_texts_or_as_files(seals, tmp_path):
    credential = minting.new_credential_pem()
    (tmp_path / "seal.pem").write_text(seals[0])
    (tmp_path / "earlier.pem").write_text(pem.public_part(seals[1]))
    given = settings(
        tmp_path,
        PORTAL_ENV="production",
        SEAL_KEYS=f"{tmp_path / 'seal.pem'}, {tmp_path / 'earlier.pem'}",
        CREDENTIAL_KEYS=credential.replace("\n", "\\n"),
    )

    store = open_keystore(given, body=BODY)

    assert isinstance(store, GivenKeys)
    current = pem.read_seals((seals[0],)).current
    earlier = pem.read_seals((seals[1],)).current
    assert current is not None
    assert earlier is not None
    assert store.seal_key() == current
    assert list(store.certificates()) == [current.id, earlier.id]
    assert store.credential_key().id in store.public_keys()
    assert not (tmp_path / "keys").exists()


def test_given_keys_keep_earlier_public_halves(tmp_path):
    old, fresh = minting.new_credential_pem(), minting.new_credential_pem()
    seal = "-----BEGIN NOTHING-----\nAA==\n-----END NOTHING-----"
    before = GivenKeys(seal=seal, credential=old)
    credential = signed(before.credential_key())

    after = GivenKeys(seal=seal, credential=fresh + pem.public_part(old))

    assert after.credential_key().id != before.credential_key().id
    assert verify(credential, after.public_keys()).holds


@pytest.mark.parametrize(
    "given",
    [
        {"PORTAL_ENV": "production"},
        {"PORTAL_ENV": "production", "SEAL_KEYS": "seal.pem"},
        {"CREDENTIAL_KEYS": "credential.pem"},
    ],
)
def test_without_both_keys_nothing_is_issued(given, tmp_path):
    with pytest.raises(KeysUnavailableError, match="SEAL_KEYS and CREDENTIAL_KEYS"):
        open_keystore(settings(tmp_path, **given), body=BODY)


def wrong_keys() -> Iterator[tuple[str, str]]:
    """Give texts that are no keys for credentials, with what is said of them."""
    curve = ec.generate_private_key(ec.SECP256R1())
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    locked = serialization.BestAvailableEncryption(b"secret")
    half = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    yield curve.private_bytes(*plain, serialization.NoEncryption()).decode(), "Ed25519"
    yield curve.public_key().public_bytes(*half).decode(), "Ed25519"
    yield curve.private_bytes(*plain, locked).decode(), "cannot be read"
    yield "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "cannot be read"
    yield "-----BEGIN PRIVATE KEY-----\nAAAA", "no PEM block"
    yield "-----BEGIN NOTHING-----\nAA==\n-----END NOTHING-----", "no private key"


def test_what_is_no_key_is_refused_in_words(seals):
    for text, words in wrong_keys():
        with pytest.raises(KeysUnavailableError, match=words):
            GivenKeys(seal=seals[0], credential=text).credential_key()


def test_a_seal_needs_its_own_certificate_and_an_rsa_key(seals):
    private = "".join(block.decode() for label, block in pem._blocks((seals[0],)) if "KEY" in label)
    other = pem.public_part(seals[1])
    credential = minting.new_credential_pem()

    for text, words in (
        (private + other, "certificate of the first private key is missing"),
        (other, "no private key"),
        (credential, "RSA"),
    ):
        with pytest.raises(KeysUnavailableError, match=words):
            GivenKeys(seal=text, credential=credential).seal_key()


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(KeysUnavailableError, match=r"SEAL_KEYS.*nowhere\.pem"):
        GivenKeys(seal="nowhere.pem", credential="nowhere.pem")


def test_the_commands_of_the_readme_make_keys_that_fit(tmp_path):
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    begin = readme.index("    openssl req -x509")
    commands = readme[begin : readme.index("    export SEAL_KEYS", begin)]
    subprocess.run(["sh", "-ec", commands], cwd=tmp_path, check=True, capture_output=True)

    store = GivenKeys(
        seal=f"{tmp_path / 'seal.key'},{tmp_path / 'seal.crt'}",
        credential=str(tmp_path / "credential.key"),
    )

    usage = x509.load_pem_x509_certificate(store.seal_key().certificate_pem).extensions
    assert usage.get_extension_for_class(x509.KeyUsage).value.content_commitment
    assert verify(signed(store.credential_key()), store.public_keys()).holds
