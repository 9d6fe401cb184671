"""The address in a QR code: proves its facts offline, survives paper, cannot be changed."""

import io
import string
import unicodedata
from datetime import date

import pytest
import segno
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from app.documents import pem
from app.documents.credentials import AddressError, Facts, make_address, prove, read_address
from app.documents.credentials.address import LONGEST
from app.documents.keys import CredentialKey
from tests.support.credentials import CODE, PUBLIC_URL, a_document, a_key, public

KEY = a_key()
KEYS = public(KEY)
ALPHANUMERIC = set(string.digits + string.ascii_uppercase + "$*+-./:")
FIRST = (
    "HTTPS://PORTAL.HALLMARK.EXAMPLE/V/7KQ2M9XAV4TB4.Z1Y2X3W4V5T6S7R8V.J17EJ7WUBSLMYXBDU1Z"
    "LRMS0HMOQEAQ9M42ZA45WX1V5ISFRFB8TZU2KBKXWQPFZ5RTS8SX7PEGAWX9WVKS5HLG6K1WLD6T24SGVWBKE"
    "3D19MWPAZKPLDYQP025B9BHEVE5FPZNSUQMGCW0TNY3LPV7FAZ9UODCKDVE5U0L8V4MCR63QKZV37X"
)
HOSTS = [
    "https://portal.hallmark.example",
    "http://localhost:8080",
    "http://127.0.0.1:8080",
    "https://verify.certificates.an-awarding-body.org.uk",
    "https://prüfung.example",
]


def an_address(public_url: str = PUBLIC_URL, **changes):
    return make_address(public_url, a_document(**changes), CODE, KEY)


@pytest.mark.parametrize("host", HOSTS)
def test_an_address_fits_the_code_and_proves_its_facts(host):
    address = an_address(host)

    assert len(address) <= LONGEST
    assert set(address) <= ALPHANUMERIC
    assert address.startswith(host.upper().replace("PRÜFUNG", "XN--PRFUNG-4YA"))
    assert "/V/7KQ2M9XAV4TB4.Z1Y2X3W4V5T6S7R8V." in address
    facts = prove(address, KEYS)
    assert facts.record_type == "certificate"
    assert facts.reference == "7KQ2-M9XA-V4TB-4"
    assert facts.issued_on == date(2026, 11, 20)
    assert facts.expires_on == date(2029, 11, 19)
    assert facts.grade == "Merit"
    assert facts.level == "3"


def test_usual_certificates_are_proved_in_full():
    for holder, title in (
        ("Siân O’Brien-Zieliński", "Level 3 Diploma in Light Vehicle Maintenance and Repair"),
        ("Oluwaseun Adébáyò-Smith", "Automotive Refrigerant Handling Level 3 Award"),
        ("Muhammad Abdul Rahman Khan", "Level 2 Certificate in Customer Service"),
    ):
        facts = prove(an_address(person={"full_name": holder}, award={"title": title}), KEYS)

        assert (facts.holder, facts.award) == (holder, title)


def test_a_longer_name_is_shortened_before_a_title_that_takes_little_room():
    facts = prove(an_address(), KEYS)

    assert facts.holder.startswith("Siân Oluwaseun O’Brien-Z")
    assert facts.holder.endswith("…")
    assert facts.award == "Level 3 Diploma in Light Vehicle Maintenance and Repair Principles"


@pytest.mark.parametrize("record_type", ["certificate", "transcript", "letter"])
def test_every_record_has_its_code_also_without_a_last_day(record_type):
    facts = prove(an_address(record_type=record_type, expires_on=None), KEYS)

    assert facts.record_type == record_type
    assert facts.expires_on is None


def test_no_code_is_larger_than_fifty_three_modules():
    for host in HOSTS:
        code = segno.make(an_address(host), error="m")
        assert code.symbol_size(border=0) <= (53, 53)
        assert code.mode == "alphanumeric"


def printed(address: str, *, millimetres: float = 26, dpi: int = 150) -> Image.Image:
    """Return the code as a scanner sees it on paper: so large, so many dots, a little soft."""
    code = io.BytesIO()
    segno.make(address, error="m").save(code, kind="png", scale=10, border=4)
    pixels = round(millimetres / 25.4 * dpi)
    sharp = Image.open(code).convert("L").resize((pixels, pixels), Image.Resampling.BOX)
    page = Image.new("L", (pixels + 100, pixels + 100), 255)
    page.paste(sharp.filter(ImageFilter.GaussianBlur(0.4)), (50, 50))
    return page


@pytest.mark.parametrize("host", HOSTS)
def test_a_code_of_twenty_six_millimetres_is_read_at_150_dpi(host):
    address = an_address(host, person={"full_name": "Maximiliana " * 12})

    (found,) = zxingcpp.read_barcodes(printed(address))

    assert found.text == address
    assert prove(found.text, KEYS).holder.startswith("Maximiliana")


def test_what_is_typed_pasted_or_followed_is_the_same_address():
    address = an_address()
    tail = address.partition("/V/")[2]
    facts = prove(address, KEYS)

    assert prove(f"  {address.lower()}\n", KEYS) == facts
    assert prove(tail, KEYS) == facts
    assert prove(f"https://moved.example/v/{tail.lower()}", KEYS) == facts
    assert read_address(tail).code == CODE


@given(st.data())
def test_no_character_of_an_address_can_be_changed(data):
    address = an_address()
    begin = address.index("/V/") + 3
    place = data.draw(st.integers(begin, len(address) - 1))
    lookalikes = {"0": "O", "1": "IL"}.get(address[place], "")
    sign = data.draw(st.sampled_from(sorted(ALPHANUMERIC - {address[place], *lookalikes, "/"})))

    with pytest.raises(AddressError):
        prove(address[:place] + sign + address[place + 1 :], KEYS)


def test_a_proof_does_not_hold_for_another_document_or_another_code():
    first, second = an_address(), an_address(reference="0000-0000-0000-0")
    start, _, proof = first.rpartition(".")
    another_code = start.replace(CODE.replace("-", ""), "0" * 17)

    with pytest.raises(AddressError, match="changed"):
        prove(f"{second.rpartition('.')[0]}.{proof}", KEYS)
    with pytest.raises(AddressError, match="changed"):
        prove(f"{another_code}.{proof}", KEYS)


def test_earlier_keys_prove_earlier_codes_and_other_keys_prove_nothing():
    others = [a_key() for _ in range(3)]

    assert prove(an_address(), public(*others, KEY)).grade == "Merit"
    with pytest.raises(AddressError, match="not made by this awarding body"):
        prove(an_address(), public(*(key for key in others if key.id[:4] != KEY.id[:4])))


def test_another_key_with_the_same_mark_does_not_stand_in_the_way():
    double = CredentialKey(f"{KEY.id[:4]}000000000000", Ed25519PrivateKey.generate())

    assert prove(an_address(), public(double, KEY)).grade == "Merit"
    with pytest.raises(AddressError, match="changed"):
        prove(an_address(), public(double))


names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=200)


@given(names, names, names)
def test_whatever_people_are_called_the_code_fits_and_tells_the_beginning(holder, title, grade):
    address = an_address(person={"full_name": holder}, award={"title": title, "grade": grade})

    facts = prove(address, KEYS)

    assert len(address) <= LONGEST
    for shown, whole in ((facts.holder, holder), (facts.award, title)):
        if shown.endswith("…"):
            assert len(shown) <= len(whole) + 1


def test_long_names_are_cut_before_a_letter_and_never_between_it_and_its_marks():
    name = "".join(f"{letter}\u0323\u0331" for letter in string.ascii_letters)

    shown = prove(an_address(person={"full_name": name}), KEYS).holder

    assert shown.endswith("\u0331…")
    assert unicodedata.normalize("NFC", name).startswith(shown[:-1])


@pytest.mark.parametrize(
    ("public_url", "words"),
    [
        ("https://" + "a" * 63 + "." + "b" * 63 + ".example", "too long"),
        ("https://" + "a" * 63 + ".example.org.uk", "too long"),
        ("https://example.org/portal", "without a path"),
        ("https://[::1]:8080", "cannot be written"),
        ("https://someone@example.org", "cannot be written"),
        ("ftp://example.org", "cannot be written"),
    ],
)
def test_addresses_that_no_code_can_carry_are_refused(public_url, words):
    with pytest.raises(ValueError, match=words):
        an_address(public_url)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reference": "0000-0000-0000-1"}, CODE),
        ({}, "0000-0000-0000-0000-1"),
        ({"issued_on": "1969-12-31"}, CODE),
        ({"issued_on": "2150-01-01"}, CODE),
        ({"record_type": "badge"}, CODE),
    ],
)
def test_what_cannot_be_proved_is_refused(changes, code):
    with pytest.raises(ValueError, match=r"check|1970 to 2149|not in"):
        make_address(PUBLIC_URL, a_document(**changes), code, KEY)


@given(st.text(max_size=300))
def test_no_text_breaks_the_reader(text):
    with pytest.raises(AddressError):
        prove(text, KEYS)


@given(st.integers(36**100, 36**180))
def test_no_number_breaks_the_reader(number):
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit] + digits

    with pytest.raises(AddressError):
        prove(f"7KQ2M9XAV4TB4.Z1Y2X3W4V5T6S7R8V.{digits}", KEYS)


def test_codes_that_were_printed_are_read_for_ever():
    # Printed by the first format, with the key of 32 zero bytes: nothing may ever break it.
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))

    facts = prove(FIRST, {pem.credential_id(private.public_key()): private.public_key()})

    assert facts == Facts(
        record_type="certificate",
        reference="7KQ2-M9XA-V4TB-4",
        issued_on=date(2026, 11, 20),
        expires_on=date(2029, 11, 19),
        holder="Siân Oluwaseun O’Brien-Z…",
        award="Level 3 Diploma in Light Vehicle Maintenance and Repair Principles",
        level="3",
        grade="Merit",
        key_mark=facts.key_mark,
    )
