"""A seal holds for poppler and pyHanko, and breaks with one byte."""

import random
import re
from datetime import UTC, datetime
from io import BytesIO

import pytest
from asn1crypto import pem, x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from app.documents.keys import SealKey
from app.documents.press import Press
from app.documents.sealing import seal
from tests.support.pages_made import AT, content, reader, rendered, seal_key, text_of, told


@pytest.fixture(scope="module")
def press():
    with Press() as made:
        yield made


@pytest.fixture(scope="module")
def papers(press):
    return [
        rendered(press, content(record_type), credential=b'{"a": 1}')
        for record_type in ("certificate", "transcript", "letter")
    ]


def sealed(pdf, at=AT):
    return seal(pdf, seal_key(), reason="Issued by Example Awards", at=at)


def judged(pdf):
    opened = PdfFileReader(BytesIO(pdf))
    root = x509.Certificate.load(pem.unarmor(seal_key().certificate_pem)[2])
    trusted = ValidationContext(trust_roots=[root], moment=AT)
    (signature,) = opened.embedded_signatures
    return signature, validate_pdf_signature(signature, trusted)


def test_poppler_finds_the_seal_valid_and_the_whole_document_signed(papers, tmp_path):
    for pdf in papers:
        said = told(tmp_path, sealed(pdf), "pdfsig", "-nocert", "FILE")
        assert "Signature is Valid" in said
        assert "Total document signed" in said
        assert "ETSI.CAdES.detached" in said
        assert "SHA-256" in said
        assert said.count("Signature #") == 1


def test_pyhanko_trusts_the_seal_which_permits_no_change(papers, tmp_path):
    for pdf in papers:
        signature, status = judged(sealed(pdf))
        assert status.bottom_line, status.summary()
        assert status.docmdp_ok
        assert signature.docmdp_level == MDPPerm.NO_CHANGES
        assert status.signer_reported_dt == AT


def test_the_document_stays_as_it_was_under_its_seal(papers, tmp_path):
    for pdf in papers:
        done = sealed(pdf)
        assert done.startswith(pdf)
        assert done.startswith(b"%PDF-1.7")
        assert "/Version" not in reader(done).trailer["/Root"]
        metadata = reader(done).trailer["/Root"]["/Metadata"].get_data()
        assert re.search(rb"pdfaid:part[>=\"]+3", metadata)
        assert re.search(rb"pdfuaid:part[>=\"]+1", metadata)
        assert text_of(tmp_path, done) == text_of(tmp_path, pdf)
        assert "credential.json" in told(tmp_path, done, "pdfdetach", "-list", "FILE")


def test_the_seal_says_who_when_and_why_and_shows_nothing(papers):
    at = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
    (field,) = reader(sealed(papers[0], at)).trailer["/Root"]["/AcroForm"]["/Fields"]
    value = field.get_object()["/V"]
    assert value["/M"] == "D:20270102030405Z"
    assert value["/Reason"] == "Issued by Example Awards"
    assert "Example Awards" in value["/Name"]
    assert list(field.get_object()["/Rect"]) == [0, 0, 0, 0]


def test_one_changed_byte_breaks_the_seal(papers, tmp_path):
    done = sealed(papers[0])
    start, length, after, rest = map(
        int, re.search(rb"/ByteRange\s*\[(\d+) (\d+) (\d+) (\d+)", done).groups()
    )
    assert start == 0
    assert after + rest == len(done)
    chance = random.Random(3)
    for place in chance.sample(range(2000, length), 12):
        changed = bytearray(done)
        changed[place] ^= 1
        said = told(tmp_path, bytes(changed), "pdfsig", "-nocert", "FILE")
        assert "Signature is Valid" not in said


def test_what_is_added_after_the_seal_is_seen(papers, tmp_path):
    twice = sealed(papers[0]) + b"\n% more\n"
    assert "Not total document signed" in told(tmp_path, twice, "pdfsig", "-nocert", "FILE")


def test_each_document_has_a_signature_of_its_own(papers, tmp_path):
    found = set()
    for pdf in papers:
        signature, status = judged(sealed(pdf))
        assert status.bottom_line
        found.add(signature.signed_data["signer_infos"][0]["signature"].native)
    assert len(found) == len(papers)


def test_what_cannot_be_sealed_is_refused(papers):
    with pytest.raises(ValueError, match="no PDF"):
        seal(b"Hello", seal_key(), reason="", at=AT)
    private = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    curve = SealKey("x", private, seal_key().certificate_pem)
    with pytest.raises(ValueError, match="RSA"):
        seal(papers[0], curve, reason="", at=AT)
