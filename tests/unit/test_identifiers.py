"""Numbers, names and addresses: what is accepted, what is refused, and in which words."""

import unicodedata
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.kernel import identifiers as ids

ERNS = (
    "100000002 100000010 100000029 100000045 100000053 100000061 100000088 100000096 100000126 "
    "100000134 100000142 100000150 100000169 100000177 100000185 100000193 100000207"
).split()
ULNS = ["9276308686", "1000000000", "1000000019", "1000000027", "1000000043"]


def _uln(stem: int) -> str | None:
    rest = (
        sum(int(digit) * weight for digit, weight in zip(str(stem), range(10, 1, -1), strict=True))
        % 11
    )
    return f"{stem}{10 - rest}" if rest else None


valid_ulns = (
    st.integers(100_000_000, 999_999_999)
    .map(_uln)
    .filter(lambda uln: uln not in {None, "9999999999"})
)


def refusal(read, raw) -> str:
    with pytest.raises(ids.IdentifierError) as caught:
        read(raw)
    return str(caught.value)


@pytest.mark.parametrize("number", ULNS)
def test_official_ulns_are_accepted(number):
    assert ids.read_uln(number) == number


@pytest.mark.parametrize(
    "raw",
    [
        "9276308686 ",
        "\u00a09276308686\u200b",
        "927 630 8686",
        "927-630-8686",
        9276308686,
        9276308686.0,
        "9276308686.0",
        "9.276308686E+09",
        "9.276308686e9",
        Decimal("9.276308686E+09"),
        "'9276308686",
        "９２７６３０８６８６",
    ],
)
def test_what_spreadsheets_make_of_a_uln_is_still_that_uln(raw):
    assert ids.read_uln(raw) == "9276308686"


@pytest.mark.parametrize("raw", ["9.27631E+09", "9.27630868E+09", "9E+09", "9,27631E+09"])
def test_a_uln_shortened_by_a_spreadsheet_cannot_be_repaired_and_says_so(raw):
    words = refusal(ids.read_uln, raw)

    assert raw in words
    assert "last digits are lost" in words


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("927630868", "This has 9 digits; a ULN has 10."),
        ("1", "This has 1 digit; a ULN has 10."),
        ("92763086866", "This has 11 digits; a ULN has 10."),
        ("", "This has 0 digits; a ULN has 10."),
        ("927630868O", "“927630868O” contains “O”; a ULN has digits only."),
        ("0276308686", "This begins with 0; a ULN begins with a digit from 1 to 9."),
    ],
)
def test_a_refused_uln_says_what_is_wrong_and_what_would_be_right(raw, words):
    assert refusal(ids.read_uln, raw) == words


def test_the_uln_that_stands_for_unknown_is_refused():
    assert "not known yet" in refusal(ids.read_uln, "9999999999")


@pytest.mark.parametrize("stem", ["100000006", "100000023", "100000037", "100000040"])
@pytest.mark.parametrize("check", "0123456789")
def test_ulns_that_were_never_issued_are_refused(stem, check):
    refusal(ids.read_uln, stem + check)


@given(valid_ulns)
def test_every_valid_uln_survives_being_shown(uln):
    assert ids.read_uln(ids.show_uln(uln)) == uln
    assert ids.read_uln(float(uln)) == uln
    assert ids.read_uln(f"{Decimal(uln):.9E}") == uln


@given(valid_ulns, st.integers(0, 9), st.sampled_from("0123456789"))
def test_every_single_wrong_digit_of_a_uln_is_refused(uln, place, digit):
    assume(uln[place] != digit)

    refusal(ids.read_uln, uln[:place] + digit + uln[place + 1 :])


@given(valid_ulns, st.integers(0, 8))
def test_every_swap_of_neighbours_in_a_uln_is_refused(uln, place):
    assume(uln[place] != uln[place + 1])

    refusal(ids.read_uln, uln[:place] + uln[place + 1] + uln[place] + uln[place + 2 :])


@pytest.mark.parametrize("number", ERNS)
def test_official_employer_numbers_are_accepted(number):
    assert ids.read_ern(number) == number
    assert ids.read_ern(float(number)) == number


@pytest.mark.parametrize("raw", ["100000003", "10000020", "999999999", "0", "1000000X2"])
def test_wrong_employer_numbers_are_refused(raw):
    refusal(ids.read_ern, raw)


@pytest.mark.parametrize(
    "stem", ["10000007", "10000010", "10000024", "10000038", "10000041", "10000055"]
)
@pytest.mark.parametrize("check", "0123456789X")
def test_employer_numbers_that_were_never_issued_are_refused(stem, check):
    refusal(ids.read_ern, stem + check)


@given(st.sampled_from(ERNS), st.integers(0, 8), st.sampled_from("0123456789"))
def test_every_single_wrong_digit_of_an_employer_number_is_refused(ern, place, digit):
    assume(ern[place] != digit)

    refusal(ids.read_ern, ern[:place] + digit + ern[place + 1 :])


@pytest.mark.parametrize("raw", ["AB123456C", "ab 12 34 56 c", "AB-12-34-56-C", " AB123456C\n"])
def test_a_national_insurance_number_is_read_however_it_is_spaced(raw):
    assert ids.read_nino(raw) == "AB123456C"
    assert ids.show_nino("AB123456C") == "AB 12 34 56 C"


@pytest.mark.parametrize("number", ["NR161796D", "NN000015A"])
def test_known_national_insurance_numbers_are_accepted(number):
    assert ids.read_nino(ids.show_nino(number)) == number


@pytest.mark.parametrize(
    ("raw", "part_of_words"),
    [
        ("QQ123456C", "begins with QQ, because of the letter Q"),
        ("GB123456A", "begins with GB"),
        ("AO123456A", "because of the letter O"),
        ("AB123456E", "This ends with E"),
        ("AB123456", "The last letter is missing"),
        ("AB12345C", "2 letters, 6 digits"),
        ("AB١٢٣٤٥٦C", "2 letters, 6 digits"),
    ],
)
def test_a_refused_national_insurance_number_says_why(raw, part_of_words):
    assert part_of_words in refusal(ids.read_nino, raw)


def test_an_administrative_national_insurance_number_is_accepted_with_a_warning():
    assert ids.read_nino("NC123456A") == "NC123456A"
    assert "NC" in str(ids.warn_nino("NC123456A"))
    assert ids.warn_nino("AB123456C") is None


@pytest.mark.parametrize(
    "postcode",
    ["SW1A 1AA", "EC1A 1BB", "M1 1AA", "W1A 0AX", "BX2 2BB", "JE2 3XP", "GIR 0AA", "BF1 1AA"],
)
def test_postcodes_are_accepted_however_they_are_spaced(postcode):
    assert ids.read_postcode(postcode) == postcode
    assert ids.read_postcode(postcode.replace(" ", "").lower()) == postcode
    assert ids.read_postcode(f" {postcode.replace(' ', '  ')} ") == postcode


@pytest.mark.parametrize("raw", ["Q1 1AA", "N7 7CA", "NPT 1AA", "SW1AA1", "GIR 1AA", "12345", ""])
def test_wrong_postcodes_are_refused(raw):
    refusal(ids.read_postcode, raw)


def test_a_postcode_that_ends_wrongly_says_with_what():
    assert "ends with 7CA" in refusal(ids.read_postcode, "N7 7CA")


def test_a_letter_o_for_the_nought_of_a_postcode_is_put_right():
    assert ids.read_postcode("W1A OAX") == "W1A 0AX"


def test_the_postcode_of_an_unknown_address_is_accepted_with_a_warning():
    assert ids.read_postcode("zz999zz") == "ZZ99 9ZZ"
    assert ids.warn_postcode("ZZ99 9ZZ") is not None


@pytest.mark.parametrize(
    ("raw", "stored", "shown"),
    [
        ("020 7946 0018", "+442079460018", "020 7946 0018"),
        ("(0161) 496-0000", "+441614960000", "0161 496 0000"),
        ("+44 7911 123456", "+447911123456", "07911 123456"),
        ("0044 20 7946 0018", "+442079460018", "020 7946 0018"),
        (7911123456.0, "+447911123456", "07911 123456"),
        ("+353 1 234 5678", "+35312345678", "+353 1 234 5678"),
    ],
)
def test_a_telephone_number_is_stored_once_and_shown_as_it_is_dialled(raw, stored, shown):
    assert ids.read_phone(raw) == stored
    assert ids.show_phone(stored) == shown
    assert ids.read_phone(shown) == stored
    assert ids.warn_phone(stored) is None


@pytest.mark.parametrize("raw", ["07700 900123", "01632 960123"])
def test_a_possible_number_that_is_not_in_use_is_accepted_with_a_warning(raw):
    stored = ids.read_phone(raw)

    assert raw in str(ids.warn_phone(stored))


@pytest.mark.parametrize(
    ("raw", "part_of_words"),
    [
        ("999", "too short"),
        ("07911 12345", "too short"),
        ("07911 12345678901", "too many digits"),
        ("0800 FLOWERS", "contains “F”"),
        ("O161 496 0000", "contains “O”"),
        ("020 7946 0018 ext 12", "Leave out the extension 12"),
        ("+999 123456789", "not a telephone number"),
        ("", "not a telephone number"),
    ],
)
def test_a_refused_telephone_number_says_why(raw, part_of_words):
    assert part_of_words in refusal(ids.read_phone, raw)


@pytest.mark.parametrize(
    "raw", ["o'brien@example.co.uk", "staff@demo.example", "x@exämple.co.uk", "a+b@c.example"]
)
def test_email_addresses_are_accepted(raw):
    assert ids.read_email(f" {raw} ") == raw


def test_two_spellings_of_an_email_address_have_one_key():
    assert ids.read_email("Ann.Lee@Example.CO.UK") == "Ann.Lee@example.co.uk"
    assert ids.email_key("Ann.Lee@example.co.uk") == ids.email_key("ann.lee@example.co.uk")


@pytest.mark.parametrize(
    ("raw", "part_of_words"),
    [
        ("ann.example.com", "has no @"),
        ("a@b", "no full stop after the @"),
        ("x@localhost", "no full stop after the @"),
        ("a@b.example, c@d.example", "not one e-mail address"),
        ("Ann <a@b.example>", "not one e-mail address"),
        ("a..b@x.example", "two periods"),
        ("user@[127.0.0.1]", "not an e-mail address"),
        ("jösé@x.example", "“jösé” before the @"),
        ("", "has no @"),
    ],
)
def test_a_refused_email_address_says_why(raw, part_of_words):
    assert part_of_words in refusal(ids.read_email, raw)


@pytest.mark.parametrize(
    ("raw", "stored", "shown"),
    [
        ("GB 434 0314 94", "GB434031494", "GB 434 0314 94"),
        ("980780684", "GB980780684", "GB 980 7806 84"),
        ("gb999999973", "GB999999973", "GB 999 9999 73"),
        ("XI434031494", "XI434031494", "XI 434 0314 94"),
        ("GD001", "GBGD001", "GB GD001"),
        ("HA501", "GBHA501", "GB HA501"),
    ],
)
def test_vat_numbers_are_accepted(raw, stored, shown):
    assert ids.read_vat_number(raw) == stored
    assert ids.show_vat_number(stored) == shown
    assert ids.read_vat_number(shown) == stored


@pytest.mark.parametrize("raw", ["802311781", "GB", "12345678", "GD501", "FR434031494"])
def test_wrong_vat_numbers_are_refused(raw):
    refusal(ids.read_vat_number, raw)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("  Mary   Ann ", "Mary Ann"),
        ("O'Brien-Šmíd", "O'Brien-Šmíd"),
        ("D’Arcy", "D’Arcy"),
        (unicodedata.normalize("NFD", "Zoë"), "Zoë"),
        ("Smith\tJr.", "Smith Jr."),
        ("李小龍", "李小龍"),
        ("نور", "نور"),
    ],
)
def test_a_name_keeps_everything_but_stray_blanks(raw, name):
    assert ids.read_name(raw) == name


@pytest.mark.parametrize(
    ("raw", "part_of_words"),
    [
        ("Sm1th", "the digit 1"),
        ("Ann\x07", "cannot be seen"),
        ("Ann\u202e", "cannot be seen"),
        ("<b>Ann</b>", "contains “<”"),
        ("-", "no letter"),
    ],
)
def test_a_refused_name_says_why(raw, part_of_words):
    assert part_of_words in refusal(ids.read_name, raw)


@pytest.mark.parametrize(
    ("parts", "key"),
    [
        (("O'Brien-Šmíd", "Zoë"), "obrien smid zoe"),
        (("O’BRIEN SMID", "zoe"), "obrien smid zoe"),
        (("Łukasz",), "lukasz"),
        (("Strauß",), "strauss"),
        (("Ødegård",), "odegard"),
        (("St. John",), "st john"),
        (("Nguyễn",), "nguyen"),
    ],
)
def test_names_are_sorted_and_found_without_accents(parts, key):
    assert ids.name_key(*parts) == key


@given(st.text(max_size=60))
def test_a_key_of_a_name_is_its_own_key(text):
    key = ids.name_key(text)

    assert ids.name_key(key) == key


@pytest.mark.parametrize(
    ("mask", "value", "masked"),
    [
        (ids.mask_uln, "9276308686", "•••••••686"),
        (ids.mask_ern, "100000002", "••••••002"),
        (ids.mask_nino, "AB123456C", "••••••56C"),
        (ids.mask_phone, "+442079460018", "••••••••••018"),
        (ids.mask_email, "ann@x.example", "a•••@x.example"),
        (ids.mask_postcode, "SW1A 1AA", "SW1A •••"),
        (ids.mask_name, "Mary Ann", "M. A."),
    ],
)
def test_a_masked_value_can_be_recognised_but_not_read(mask, value, masked):
    assert mask(value) == masked


@pytest.mark.parametrize(
    "read",
    [
        ids.read_uln,
        ids.read_ern,
        ids.read_nino,
        ids.read_postcode,
        ids.read_phone,
        ids.read_email,
        ids.read_vat_number,
        ids.read_name,
    ],
)
@given(raw=st.text(max_size=40))
def test_whatever_is_typed_is_read_or_refused_in_words(read, raw):
    try:
        value = read(raw)
    except ids.IdentifierError as error:
        words = str(error)
    else:
        words = "."
        assert read(value) == value

    assert words.endswith(".")
