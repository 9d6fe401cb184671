"""What differs between a file and what was issued, as words on pages come out of programs."""

import copy
import io
from typing import Any

import pytest

from app.documents.examining import (
    Difference,
    Examination,
    FileKind,
    Line,
    Source,
    compare,
    examine,
    printed_fields,
)
from tests.support import papers

CLEAN = [
    "Certificate",
    "Aoife O’Neill-Fitzgerald",
    "Level 3 Diploma in Efficient Electrical Installation",
    "Grade Distinction",
    "Awarded on 5 January 2024, issued on 12 January 2024",
    "Enrolment AB123456 · Reference 7K3Q-9XWT-20AB-M",
]


def saying(*lines: str, hidden: dict[int, str] | None = None, attached: Any = None) -> Examination:
    """Return an examination of a page with these lines, one below the other.

    ``hidden`` are words that stand, unseen, in the place of the line of that number.
    """

    def box(number: int) -> tuple[float, float, float, float]:
        return 50, 700 - 20 * number, 300, 712 - 20 * number

    seen = [Line(page=1, text=text, box=box(number)) for number, text in enumerate(lines)]
    unseen = [
        Line(page=1, text=text, box=box(number), hidden=True)
        for number, text in (hidden or {}).items()
    ]
    return Examination(
        kind=FileKind.PDF,
        sha256="0" * 64,
        size=1,
        pages=1,
        lines=(*seen, *unseen),
        attached=attached,
    )


def with_line(number: int, text: str) -> list[str]:
    return [*CLEAN[:number], text, *CLEAN[number + 1 :]]


def told(issued: dict[str, Any], examination: Examination) -> dict[str, str]:
    return {one.field: one.found for one in compare(issued, examination)}


def test_a_page_that_says_all_differs_in_nothing():
    assert compare(papers.ISSUED, saying(*CLEAN)) == []


@pytest.mark.parametrize(
    "line",
    [
        "AOIFE O'NEILL-FITZGERALD",
        "Aoife O\u2019Neill\u2010Fitzgerald",
        "A o i f e  O’Neill - Fitzgerald",
        "\u202dAoife\u00a0O’Neill\u00adFitzgerald\u202c",
        "Awarded to: Aoife O’Neill–Fitzgerald.",
    ],
)
def test_case_dashes_quotes_and_spaces_make_no_difference(line):
    assert compare(papers.ISSUED, saying(*with_line(1, line))) == []


def test_ligatures_and_line_ends_make_no_difference():
    lines = [*CLEAN[:2], "Level 3 Diploma in E\ufb03cient", "Electrical Installation", *CLEAN[3:]]
    assert compare(papers.ISSUED, saying(*lines)) == []


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Zoë Müller", "Zoe\u0308 Mu\u0308ller"),
        ("مريم الحسن", "مريم الحسن"),
        ("مريم الحسن", "نسحلا ميرم"),
        ("דוד כהן", "כהן דוד"),
        ("Σοφία Παππάς", "ΣΟΦΊΑ ΠΑΠΠΆΣ"),
        ("Weiß", "WEISS"),
    ],
)
def test_names_of_all_scripts_are_found_as_programs_write_them(name, line):
    issued = {**papers.ISSUED, "person": {"full_name": name}}
    assert compare(issued, saying(*with_line(1, line))) == []


@pytest.mark.parametrize(
    "words",
    ["05/01/2024", "2024-01-05", "5.1.2024", "5th January 2024", "Jan 5, 2024", "05 JAN 2024"],
)
def test_dates_are_found_however_they_are_written(words):
    lines = with_line(4, f"Awarded {words}, issued 12/01/2024")
    assert compare(papers.ISSUED, saying(*lines)) == []


@pytest.mark.parametrize(
    ("number", "line", "field", "found"),
    [
        (1, "Aoife O’Neil-Fitzgerald", "person.full_name", "Aoife O’Neil-Fitzgerald"),
        (1, "Mallory Brown", "person.full_name", ""),
        (1, "Joaoife O’Neill-Fitzgeraldson", "person.full_name", "Joaoife O’Neill-Fitzgeraldson"),
        (
            2,
            "Level 5 Diploma in Efficient Electrical Installation",
            "award.title",
            "Level 5 Diploma in Efficient Electrical Installation",
        ),
        (2, "Level 5 Diploma", "award.level", "5"),
        (5, "Reference 7K3Q-9XWT-20AB-X", "reference", "7K3Q-9XWT-20AB-X"),
        (4, "Awarded 5 January 2023, issued 12 January 2024", "award.awarded_on", "5 january 2023"),
    ],
)
def test_another_value_is_told_with_what_stands_in_its_place(number, line, field, found):
    assert told(papers.ISSUED, saying(*with_line(number, line)))[field] == found


def test_a_number_that_is_not_printed_is_not_seen_in_others():
    issued = {**papers.ISSUED, "centre": {"name": "Elsewhere", "number": "123456"}}
    assert compare(issued, saying(*CLEAN)) == []
    assert compare(issued, saying(*CLEAN), printed={"reference"}) == []


def test_what_is_covered_up_is_told_with_what_lies_over_it():
    seen = saying(*with_line(3, "Grade Pass"), hidden={3: "Grade Distinction"})
    assert told(papers.ISSUED, seen) == {"award.grade": "Grade Pass"}


def test_a_covered_date_is_told():
    lines = with_line(4, "Awarded on 5 January 2019, issued on 12 January 2024")
    seen = saying(*lines, hidden={4: "5 January 2024"})
    assert told(papers.ISSUED, seen) == {"award.awarded_on": lines[4]}


def test_a_value_that_stands_elsewhere_too_is_told_where_it_is_covered():
    seen = saying(*with_line(0, "Mallory Brown"), hidden={0: "Aoife O’Neill-Fitzgerald"})
    assert told(papers.ISSUED, seen) == {"person.full_name": "Mallory Brown"}


def test_no_difference_holds_the_issued_value():
    forged = saying("Certificate", "Mallory Brown", "Level 9 Doctorate", "5 May 2020")
    for one in compare(papers.ISSUED, forged, printed=every_field()):
        for value in ("Aoife", "Installation", "7K3Q", "Distinction", "2024"):
            assert value not in one.found


def every_field() -> frozenset[str]:
    seen = examine(io.BytesIO(papers.drawn()), pinned={})
    return printed_fields(papers.ISSUED, seen)


def test_what_the_original_prints_is_missed_when_it_is_gone():
    printed = every_field()
    assert {"components.1.result", "centre.name", "award.awarded_on"} <= printed
    assert "award.number" not in printed
    fields = {one.field for one in compare(papers.ISSUED, saying(*CLEAN), printed=printed)}
    assert {"components.1.result", "centre.name"} <= fields
    assert not fields & {"person.full_name", "award.title", "award.awarded_on", "award.number"}


def test_a_changed_component_is_told():
    forged = copy.deepcopy(papers.ISSUED)
    forged["components"][1]["result"] = "Distinction with honours"
    seen = examine(io.BytesIO(papers.drawn(forged)), pinned={})
    found = compare(papers.ISSUED, seen, printed=every_field())
    assert {(one.field, one.source) for one in found} == {
        ("components.1.result", Source.PAGE),
        ("components.1.result", Source.ATTACHMENT),
    }


def test_attached_data_of_ours_is_compared_and_any_other_is_not():
    changed = {**papers.ISSUED, "award": {**papers.ISSUED["award"], "grade": "Merit"}}
    found = compare(papers.ISSUED, saying(*CLEAN, attached=changed))
    assert found == [Difference(field="award.grade", found="Merit", source=Source.ATTACHMENT)]
    assert compare(papers.ISSUED, saying(*CLEAN, attached={"award": {"grade": "Merit"}})) == []


@pytest.mark.parametrize(
    "attached",
    [
        {"record_type": 7, "award": [], "person": "x", "components": {"0": 1}},
        {"record_type": "x", "components": [None, 3, [], {"code": {}}], "award": {"title": None}},
        {"record_type": "x", "issued_on": "12345678901234567890", "reference": True},
    ],
)
def test_attached_data_of_any_shape_is_no_trouble(attached):
    for one in compare(papers.ISSUED, saying(*CLEAN, attached=attached)):
        assert isinstance(one.found, str)


def test_a_file_without_words_is_not_compared():
    assert compare(papers.ISSUED, saying(hidden={0: "Aoife O’Neill-Fitzgerald"})) == []


def test_a_name_in_letters_that_no_font_has_is_not_missed():
    """It was printed as boxes, so the page cannot say it."""
    issued = {**papers.ISSUED, "person": {"full_name": "𓀀𓀁 Brown"}}
    assert compare(issued, saying(*with_line(1, "□□ Brown"))) == []
