"""Status lists: places by chance, bits that others read, a list that is soon void."""

import base64
import gzip
import zlib
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openbadgeslib.ob3.status_list import encode_bitstring

from app.documents.credentials import (
    LIST_SIZE,
    decode_list,
    encode_list,
    is_revoked,
    is_set,
    sign,
    status_list_credential,
    verify,
)
from tests.support.credentials import ISSUED, LIST_URL, a_key, an_issuer, public, unsigned

places = st.sets(st.integers(0, LIST_SIZE - 1), max_size=60)


def a_list(*revoked: int) -> dict:
    return status_list_credential(
        revoked, issuer=an_issuer(), url=LIST_URL, at=ISSUED, ttl=timedelta(hours=6)
    )


@given(places)
def test_what_is_encoded_is_read_again(revoked):
    bits = decode_list(encode_list(revoked))

    assert len(bits) * 8 == LIST_SIZE
    assert {place for place in range(LIST_SIZE) if bits[place // 8] and is_set(bits, place)} == (
        revoked
    )


@given(places)
def test_lists_are_those_of_openbadgeslib(revoked):
    assert decode_list(encode_list(revoked)) == decode_list(encode_bitstring(revoked))


def test_equal_sets_give_equal_texts_and_nearly_empty_ones_are_short():
    assert encode_list([5, 70_000]) == encode_list([70_000, 5, 5])
    assert len(encode_list([5])) < 80


@pytest.mark.parametrize("place", [-1, LIST_SIZE])
def test_a_place_beyond_the_list_is_refused(place):
    with pytest.raises(ValueError, match=f"no place {place}"):
        encode_list([place])
    with pytest.raises(ValueError, match=f"no place {place}"):
        is_set(decode_list(encode_list([])), place)


def packed(raw: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "text",
    [
        "", "u", "H4sI", "u!!!!", "uAAAA", packed(gzip.compress(bytes(100), mtime=0)[:-9]),
        packed(zlib.compress(bytes(100))), packed(gzip.compress(bytes(17 * 1024 * 1024), mtime=0)),
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused(text):
    with pytest.raises(ValueError, match=r"begins with u|unpacked|incomplete or too large"):
        decode_list(text)


def test_a_list_is_a_credential_of_the_issuer_that_says_how_long_it_may_be_kept():
    key = a_key()
    signed = sign(a_list(93_400), key, at=ISSUED)

    assert signed["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert signed["issuer"] == "did:web:portal.hallmark.example"
    assert signed["credentialSubject"]["ttl"] == 6 * 3600 * 1000
    assert verify(signed, public(key), at=ISSUED + timedelta(hours=12)).holds
    assert not verify(signed, public(key), at=ISSUED + timedelta(hours=13)).holds


def test_a_list_says_which_credentials_are_revoked():
    assert is_revoked(unsigned(), a_list(5, 93_400))
    assert not is_revoked(unsigned(), a_list(5))
    with pytest.raises(ValueError, match="not on this list"):
        is_revoked(unsigned(), {**a_list(), "id": f"{LIST_URL}0"})
