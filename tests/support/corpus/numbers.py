"""What spreadsheet programs and people do to numbers, letters, yes and no."""

from tests.support.corpus.cells import CARDS, Shown, asks, error, value
from tests.support.corpus.making import damaged
from tests.support.corpus.writers import by_excel

ULN, ERN, PHONE = "9276308686", "100000207", "+442079460018"
AS_NUMBERS = {
    "uln": [(9276308686.0, value(ULN)), (9276308600, value("9276308600"))],
    "ern": [(100000207.0, value(ERN)), (10000021, error("8 digits"))],
    "phone": [(2079460018.0, asks("lost_zeros")), ("020 7946 0018", value(PHONE))],
}
SHOWN = {
    "phone": [(Shown(2079460018, "00000000000"), value(PHONE)),
              (Shown(7700900123, "00000000000"), value("+447700900123"))],
}  # fmt: skip
SCIENTIFIC = {
    "uln": [("9.276308686E+09", value(ULN, "exponent")), ("9.27631E+09", error("lost")),
            ("9.276308600e9", value("9276308600", "exponent"))],
    "ern": [("1.00000207E+08", value(ERN, "exponent")), ("1.00000E+08", error("lost"))],
    "phone": [("2.079460018E+09", asks("lost_zeros")), ("2.07946E+09", error("lost"))],
}  # fmt: skip

ENTRIES = [
    damaged("numbers as floats", "xlsx", AS_NUMBERS),
    damaged("numbers as floats of old Excel", "xls", AS_NUMBERS),
    damaged("numbers as floats of LibreOffice", "ods", AS_NUMBERS),
    damaged("a point and a nought after numbers", "csv", {
        "uln": [("9276308686.0", value(ULN, "point_zero")),
                ("9276308600.00", value("9276308600", "point_zero")),
                ("9276308619.5", error("."))],
        "ern": [("100000207.0", value(ERN, "point_zero"))],
        "phone": [("2079460018.0", asks("lost_zeros"))],
    }),
    damaged("scientific notation", "csv", SCIENTIFIC),
    damaged("scientific notation as text in a workbook", "xlsx", SCIENTIFIC),
    damaged("a ULN whose last digits became noughts", "xlsx", {
        "uln": [(9276310000, error("do not fit together")), ("927630868", error("9 digits")),
                ("92763086861", error("11 digits")), ("unknown", error("digits only"))],
    }),
    damaged("lost noughts in text", "csv", {
        "phone": [("2079460018", asks("lost_zeros")), ("7700900123", asks("lost_zeros")),
                  ("+44 20 7946 0018", value(PHONE, "separators")), ("79460018", error("short"))],
        "ern": [("10000020", error("8 digits"))],
    }),
    damaged("noughts that only the format shows", "xlsx", SHOWN),
    damaged("noughts that only the format shows, as Excel writes it", "xlsx", SHOWN,
            writer=by_excel),
    damaged("noughts that only the format shows, old Excel", "xls", SHOWN),
    damaged("noughts that only the format shows, LibreOffice", "ods", SHOWN),
    damaged("leading apostrophes", "csv", {
        "uln": [("'9276308686", value(ULN, "apostrophe"))],
        "ern": [("'100000207", value(ERN, "apostrophe"))],
        "phone": [("'02079460018", value(PHONE, "apostrophe")),
                  ("'2079460018", asks("lost_zeros"))],
        "surname": [("'Neill", value("'Neill")), ("'t Hooft", value("'t Hooft"))],
    }),
    damaged("blanks around and inside", "xlsx", {
        "uln": [(" 9276308686 ", value(ULN, "blanks")), ("927 630 8600", value("9276308600",
                "separators")), ("\u00a09276308619\u00a0", value("9276308619", "blanks"))],
        "surname": [(" Ng ", value("Ng", "blanks")), ("O'Brien  Smith", value("O'Brien Smith",
                    "blanks")), ("van\u00a0Dyk", value("van Dyk", "blanks"))],
        "first_names": [("Wei\u200b-Ling", value("Wei-Ling", "blanks"))],
        "email": [("sian@example.org\u00a0", value("sian@example.org", "blanks")),
                  ("\tz@example.com", value("z@example.com", "blanks")), ("   ", value(None))],
        "postcode": [(" SW1A 1AA", value("SW1A 1AA", "blanks"))],
        "phone": [("020-7946-0018", value(PHONE, "separators")),
                  ("(020) 7946 0018", value(PHONE, "separators"))],
        "ern": [("100-000-207", value(ERN, "separators"))],
    }),
    damaged("small and capital letters", "xlsx", {
        "ni_number": [("ab123456c", value("AB123456C", "letter_case")),
                      ("Ab123457d", value("AB123457D", "letter_case"))],
        "title": [("ms", value("Ms", "letter_case")), ("MR", value("Mr", "letter_case"))],
        "gender": [("f", value("F", "letter_case")), ("male", value("M", "letter_case")),
                   ("Female", value("F"))],
        "request_type": [("RENEWAL", value("renewal", "letter_case"))],
        "health_and_safety": [("YES", value(True, "letter_case"))],
        "surname": [("O'BRIEN", value("O'BRIEN")), ("o'brien", value("o'brien"))],
    }, subject=CARDS),
    damaged("small letters in postcodes", "csv", {
        "postcode": [("sw1a 1aa", value("SW1A 1AA", "letter_case")),
                     ("m1 1aa", value("M1 1AA", "letter_case"))],
    }),
    damaged("other words for yes and no", "xlsx", {
        "health_and_safety": [(True, value(True, "wording")), ("Y", value(True, "wording")),
                              ("1", value(True, "wording")), (1, value(True, "wording")),
                              ("TRUE", value(True, "wording")), ("Yes", value(True)),
                              (False, error("must be completed")),
                              ("N", error("must be completed")), (0, error("must be completed")),
                              ("perhaps", error("yes nor no"))],
    }, subject=CARDS),
    damaged("yes and no of old Excel", "xls", {
        "health_and_safety": [(True, value(True, "wording")), (False, error("must be completed"))],
    }, subject=CARDS),
    damaged("yes and no of LibreOffice", "ods", {
        "health_and_safety": [(True, value(True, "wording")), (False, error("must be completed"))],
    }, subject=CARDS),
    damaged("codes of choices as numbers", "xlsx", {
        "occupation": [(317, value("317")), ("317", value("317")), ("317.0", value("317",
                       "point_zero")), ("Electrician", value("317")), ("999", error("choices"))],
        "scheme_number": [(123456, value("123456")), (Shown(123457, "00000000"),
                          value("00123457")), ("12A456", error("digits only"))],
    }, subject=CARDS),
    damaged("digits of full width, and accents apart from their letters", "csv", {
        "uln": [("９２７６３０８６８６", value(ULN, "accents_form"))],
        "phone": [("０２０７９４６００１８", value(PHONE, "accents_form"))],
        "surname": [("Da\u0328browska", value("D\u0105browska", "accents_form")),
                    ("Müller", value("Müller"))],
        "first_names": [("Sia\u0302n", value("Si\u00e2n", "accents_form"))],
        "postcode": [("Ｍ１ １ＡＡ", value("M1 1AA", "accents_form"))],
    }),
    damaged("the letter O for a nought in an NI number", "xlsx", {
        "ni_number": [("AB12345OC", value("AB123450C", "o_for_zero")),
                      ("ABO23457D", value("AB023457D", "o_for_zero")),
                      ("OB123456C", value("OB123456C")),
                      ("AO123456C", error("because of the letter O")),
                      ("AB1234S6C", error("not a National Insurance number"))],
    }, subject=CARDS),
    damaged("the letter O for a nought in a postcode", "csv", {
        "postcode": [("SW1A OAA", value("SW1A 0AA", "o_for_zero")),
                     ("OX1 1AA", value("OX1 1AA")), ("SWlA 1AA", error("not a British postcode"))],
    }),
    damaged("addresses copied out of mails", "xlsx", {
        "email": [("mailto:sian@example.org", value("sian@example.org", "wording")),
                  ("Siân <sian@example.org>", error("one e-mail address")),
                  ("a@example.org; b@example.org", error("one e-mail address")),
                  ("sian.example.org", error("no @")), ("sian@example", error("full stop"))],
    }),
    damaged("typographic quotes", "csv", {
        "surname": [("O’Brien", value("O’Brien")), ("O‘Brien", value("O‘Brien")),
                    ("“Ng”", error("“"))],
        "first_names": [("D’Arcy", value("D’Arcy")), ("Wei–Ling", value("Wei–Ling"))],
    }, encoding="cp1252"),
]  # fmt: skip
