"""Our proofs are those of the W3C's test vectors, byte for byte; the standard's list is ours."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from app.documents.credentials.canonical import Canonicaliser, _bundled
from app.documents.credentials.multikey import (
    multibase,
    multikey,
    read_multibase,
    read_multikey,
)
from app.documents.credentials.proof import add_proof, check_proof, hash_data
from app.documents.credentials.status import LIST_SIZE, decode_list, encode_list, is_set

VECTORS = Path(__file__).parent / "vectors"
SUITE = VECTORS / "eddsa-rdfc-2022"
CASES = ["alumni", "employ"]
KEYS = json.loads((SUITE / "keyPair.json").read_text())
PRIVATE = Ed25519PrivateKey.from_private_bytes(read_multibase(KEYS["privateKeyMultibase"])[2:])
EXAMPLES = {
    "https://www.w3.org/ns/credentials/examples/v2": "credentials-examples-v2.json",
    "https://w3id.org/citizenship/v4rc1": "citizenship-v4rc1.json",
}
canonical = Canonicaliser(
    _bundled()
    | {
        address: json.loads((VECTORS / "contexts" / name).read_text())
        for address, name in EXAMPLES.items()
    }
)


def text(case: str, name: str) -> str:
    return (SUITE / case / f"{name}DataInt.txt").read_text().strip()


def document(case: str, name: str) -> dict:
    return json.loads((SUITE / case / f"{name}DataInt.json").read_text())


def bare(signed: dict) -> dict:
    return {name: value for name, value in signed.items() if name != "proof"}


@pytest.mark.parametrize("case", CASES)
def test_documents_and_proofs_have_the_canonical_form_of_the_vectors(case):
    assert canonical(bare(document(case, "signed"))).strip() == text(case, "canonDoc")
    assert canonical(document(case, "proofConfig")).strip() == text(case, "proofCanon")


@pytest.mark.parametrize("case", CASES)
def test_what_is_signed_are_the_hashes_of_the_vectors(case):
    options = {k: v for k, v in document(case, "proofConfig").items() if k != "@context"}

    hashed = hash_data(bare(document(case, "signed")), options, canonical).hex()

    assert hashed == text(case, "proofHash") + text(case, "docHash")
    assert hashed == text(case, "combinedHash")


@pytest.mark.parametrize("case", CASES)
def test_signing_gives_the_credential_of_the_vectors(case):
    signed = document(case, "signed")

    made = add_proof(
        bare(signed),
        PRIVATE,
        method=signed["proof"]["verificationMethod"],
        created=signed["proof"]["created"],
        canonical=canonical,
    )

    assert made == signed
    assert read_multibase(made["proof"]["proofValue"]).hex() == text(case, "sigHex")


@pytest.mark.parametrize("case", CASES)
def test_the_proofs_of_the_vectors_hold_and_fail_when_a_word_is_changed(case):
    signed = document(case, "signed")
    key = read_multikey(KEYS["publicKeyMultibase"])

    assert check_proof(signed, signed["proof"], key, canonical=canonical)

    changed = {**signed, "description": "Another one."}
    assert not check_proof(changed, signed["proof"], key, canonical=canonical)


def test_keys_are_written_as_in_the_vectors():
    assert multikey(PRIVATE.public_key()) == KEYS["publicKeyMultibase"]


@given(st.binary(max_size=80))
def test_base_58_brings_every_value_back(value):
    assert read_multibase(multibase(value)) == value


@pytest.mark.parametrize("text", ["", "uAAAA", "z0", "zIl", "z" * 300])
def test_what_is_no_base_58_is_refused(text):
    with pytest.raises(ValueError, match=r"base 58|not found"):
        read_multibase(text)


@pytest.mark.parametrize("text", [multibase(b"\xed\x01" + b"x" * 31), multibase(b"\x80\x24abc")])
def test_what_is_no_ed25519_key_is_refused(text):
    with pytest.raises(ValueError, match=r"32 bytes|not an Ed25519"):
        read_multikey(text)


def test_the_empty_list_of_the_standard_is_read():
    # The example of "Bitstring Status List v1.0", section 2.2.
    bits = decode_list("uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA")

    assert bits == bytes(LIST_SIZE // 8)
    assert decode_list(encode_list([])) == bits


def test_the_first_place_is_the_highest_bit_of_the_first_byte():
    bits = decode_list(encode_list([0, 9, LIST_SIZE - 1]))

    assert bits[:2] == b"\x80\x40"
    assert bits[-1] == 1
    assert [place for place in range(LIST_SIZE) if is_set(bits, place)] == [0, 9, LIST_SIZE - 1]
