"""Words: plain English in the domain, translated by their template where they are shown."""

import copy
import pickle

from app.domain.kernel.words import N_, noun, say, say_many, translated

GERMAN = {
    "Enter the %(noun)s.": "%(noun)s angeben.",
    "Date of birth": "Geburtsdatum",
    "Save": "Speichern",
}


def gettext(text: str, **parts: object) -> str:
    found = GERMAN.get(text, text)
    return found % parts if parts else found


def ngettext(one: str, many: str, number: int, **parts: object) -> str:
    return ("%(n)s Ziffer" if number == 1 else "%(n)s Ziffern") % parts


def test_a_sentence_is_plain_english_text():
    sentence = say("Enter the %(noun)s.", noun=noun("Date of birth"))

    assert sentence == "Enter the date of birth."
    assert isinstance(sentence, str)


def test_a_sentence_and_its_parts_are_translated_where_they_are_shown():
    sentence = say("Enter the %(noun)s.", noun=noun("Date of birth"))

    assert translated(sentence, gettext, ngettext) == "geburtsdatum angeben."
    assert translated(N_("Save"), gettext, ngettext) == "Speichern"
    assert translated("", gettext, ngettext) == ""


def test_a_number_chooses_its_sentence():
    assert say_many("%(n)s digit", "%(n)s digits", n=1) == "1 digit"
    assert say_many("%(n)s digit", "%(n)s digits", n=0) == "0 digits"
    assert translated(say_many("%(n)s digit", "%(n)s digits", n=2), gettext, ngettext) == (
        "2 Ziffern"
    )


def test_abbreviations_keep_their_capitals_inside_a_sentence():
    assert [noun(label) for label in ("ULN", "P.O. number", "Pathway", "A", "")] == [
        "ULN",
        "P.O. number",
        "pathway",
        "A",
        "",
    ]


def test_what_was_typed_may_contain_a_percent_sign():
    assert say("“%(typed)s” is wrong.", typed="100 %(x)s") == "“100 %(x)s” is wrong."


def test_a_sentence_is_stored_as_its_text():
    sentence = say("Enter the %(noun)s.", noun="x")

    assert pickle.loads(pickle.dumps(sentence)) == "Enter the x."  # noqa: S301 - our own
    assert copy.deepcopy(sentence) == "Enter the x."
