"""Sealed documents for the tests of examining, and what forgers do to them."""

from __future__ import annotations

import functools
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import segno
import typst
from asn1crypto import keys as asn1_keys
from asn1crypto import pem as asn1_pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from app.documents import fonts

CODE = "HTTPS://HALLMARK.EXAMPLE/V/7K3Q9XWT20ABM?" + "A1B2C3" * 25
ISSUED: dict[str, Any] = {
    "record_type": "certificate",
    "reference": "7K3Q-9XWT-20AB-M",
    "issued_on": "2024-01-12",
    "expires_on": None,
    "replaces": None,
    "body": {"name": "Hallmark Awards"},
    "person": {"full_name": "Aoife O’Neill-Fitzgerald"},
    "enrolment_number": "AB123456",
    "award": {
        "title": "Level 3 Diploma in Efficient Electrical Installation",
        "number": "600/1234/5",
        "level": "3",
        "outcome": "Pass",
        "grade": "Distinction",
        "awarded_on": "2024-01-05",
        "credits": 42,
    },
    "centre": {"name": "Northfield College", "number": "C10234"},
    "components": [
        {
            "code": "EL3-01", "title": "Health and Safety", "level": "3", "credit": 6,
            "result": "Merit",
        },
        {
            "code": "EL3-02", "title": "Fault Finding", "level": "3", "credit": 9,
            "result": "Refer",
        },
    ],
    "qr": CODE,
}  # fmt: skip

PAGE = Path(__file__).with_name("paper.typ")


@dataclass(frozen=True)
class Key:
    """A key that seals, with its certificate as PEM."""

    private: rsa.RSAPrivateKey
    certificate: str


@functools.cache
def key(number: int = 1, name: str = "Hallmark Awards") -> Key:
    """Return one of several keys of the same name; their certificates have long expired."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return Key(private, certified(private, number, name))


def certified(private: rsa.RSAPrivateKey, number: int, name: str) -> str:
    """Return a certificate as PEM in which a key gives itself a name."""
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(private.public_key())
        .serial_number(number)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2021, 1, 1, tzinfo=UTC))
        .sign(private, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode()


@functools.cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(
        PAGE,
        root=PAGE.parent,
        font_paths=typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(fonts.FOLDER)],
        ),
    )


def drawn(data: Mapping[str, object] = ISSUED) -> bytes:
    """Return the PDF of a document, not yet sealed."""
    code = io.BytesIO()
    segno.make(data["qr"], error="m").save(code, kind="svg")
    pdf = _compiler().compile(
        format="pdf",
        pdf_standards=["a-3a", "ua-1"],
        sys_inputs={"data": json.dumps(data), "code": code.getvalue().decode()},
        timestamp=datetime(2024, 1, 12, tzinfo=UTC),
    )
    assert isinstance(pdf, bytes)
    return pdf


def sealed(pdf: bytes, by: Key) -> bytes:
    """Return the PDF with a certification seal that allows no changes."""
    private = by.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(asn1_pem.unarmor(by.certificate.encode())[2]),
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=SimpleCertificateStore(),
    )
    how = signers.PdfSignatureMetadata(
        field_name="Seal",
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
        md_algorithm="sha256",
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    out = signers.PdfSigner(how, signer=signer).sign_pdf(writer, bytes_reserved=8192)
    return out.getvalue()


@functools.cache
def genuine() -> bytes:
    """Return a document of ours as it was issued."""
    return sealed(drawn(), key())


def flipped(pdf: bytes, place: int, to: int | None = None) -> bytes:
    """Return the file with one byte changed."""
    return pdf[:place] + bytes([pdf[place] ^ 1 if to is None else to]) + pdf[place + 1 :]


def place_of_seal(pdf: bytes) -> tuple[int, int]:
    """Return where the seal begins and ends: the gap in what it covers."""
    found = re.search(rb"/ByteRange \[0 (\d+) (\d+) \d+\]", pdf)
    assert found
    return int(found[1]), int(found[2])


def overlaid(pdf: bytes, commands: bytes) -> bytes:
    """Return the file with drawing added behind its end, which leaves all signed bytes alone."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    resources = _dictionary({"/Font": _dictionary({"/Own": writer.add_object(_names(font))})})
    stream = writer.add_object(generic.StreamObject(stream_data=commands))
    writer.add_stream_to_page(0, stream, resources=resources)
    return _written(writer)


def stamped(pdf: bytes, box: tuple[int, int, int, int], commands: bytes) -> bytes:
    """Return the file with a stamp: a note that lies over the page."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    left, bottom, right, top = box
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    look = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): _numbers(0, 0, right - left, top - bottom),
            pdf_name("/Resources"): _dictionary({"/Font": _dictionary({"/Own": _names(font)})}),
        },
        stream_data=commands,
    )
    note = _names({"/Type": "/Annot", "/Subtype": "/Stamp"})
    note[pdf_name("/F")] = generic.NumberObject(4)
    note[pdf_name("/Rect")] = _numbers(*box)
    note[pdf_name("/AP")] = _dictionary({"/N": writer.add_object(look)})
    page = writer.root["/Pages"]["/Kids"][0]
    notes = [*page.get("/Annots", []), writer.add_object(note)]
    page[pdf_name("/Annots")] = generic.ArrayObject(notes)
    writer.update_container(page)
    return _written(writer)


def _written(writer: IncrementalPdfFileWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _dictionary(items: Mapping[str, Any]) -> generic.DictionaryObject:
    return generic.DictionaryObject({pdf_name(name): value for name, value in items.items()})


def _names(items: Mapping[str, str]) -> generic.DictionaryObject:
    return _dictionary({name: pdf_name(value) for name, value in items.items()})


def _numbers(*numbers: float) -> generic.ArrayObject:
    return generic.ArrayObject([generic.FloatObject(number) for number in numbers])
