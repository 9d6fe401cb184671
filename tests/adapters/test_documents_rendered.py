"""Certificates, transcripts and letters say what was frozen, in every name, on one page or many."""

import json
import re

import pytest

from app.documents import samples
from app.documents.certificates import (
    STARTING_TEMPLATES,
    UnprintableError,
    code_picture,
    preview_document,
    render_document,
)
from app.documents.press import Press, TemplateError
from tests.support.pages_made import (
    ADDRESS,
    codes,
    content,
    picture,
    reader,
    rendered,
    text_of,
    told,
)

TYPES = ("certificate", "transcript", "letter")


@pytest.fixture(scope="module")
def press():
    with Press() as made:
        yield made


@pytest.mark.function("D24")
@pytest.mark.parametrize("record_type", TYPES)
def test_a_document_says_what_was_frozen(press, tmp_path, record_type):
    data = content(record_type, reference="7KQ2-M9XA-V4TB-3")
    text = text_of(tmp_path, rendered(press, data))
    words = re.sub(r"\s+", " ", text)
    assert data["person"]["full_name"] in words
    assert "7KQ2-M9XA-V4TB-3 at portal.example/verify" in words
    assert data["body"]["name"] in words
    assert "Motor Vehicle Service and Maintenance" in words
    assert "Sealed electronically by Sample Awards" in words
    assert "Paper view" not in words


@pytest.mark.parametrize("record_type", TYPES)
def test_the_same_data_give_the_same_bytes(press, record_type):
    data = content(record_type)
    first = rendered(press, data)
    rendered(press, content(record_type, name="Somebody Else"))
    with Press() as another:
        assert rendered(another, data) == first
    assert rendered(press, data) == first


@pytest.mark.parametrize("record_type", TYPES)
def test_a_document_is_a_tagged_archive_with_its_data_inside(press, tmp_path, record_type):
    data = content(record_type)
    credential = b'{"type": ["VerifiableCredential"]}'
    pdf = rendered(press, data, credential=credential)
    assert pdf.startswith(b"%PDF-1.7")
    for sign in (b"<pdfaid:part>3", b"<pdfaid:conformance>A", b"<pdfuaid:part>1"):
        assert sign in pdf
    root = reader(pdf).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("en")
    kinds = [each.get_object()["/AFRelationship"] for each in root["/AF"]]
    assert kinds == ["/Data", "/Data"]
    told(tmp_path, pdf, "pdfdetach", "-saveall", "FILE")
    assert json.loads((tmp_path / "data.json").read_text()) == data
    assert (tmp_path / "credential.json").read_bytes() == credential
    fonts = told(tmp_path, pdf, "pdffonts", "FILE").splitlines()[2:]
    assert fonts
    assert all(re.search(r"yes yes yes", line) for line in fonts)


@pytest.mark.parametrize("record_type", TYPES)
@pytest.mark.parametrize("paper", [False, True], ids=["digital", "paper"])
def test_the_longest_code_is_read_at_150_dpi(press, tmp_path, record_type, paper):
    pdf = rendered(press, content(record_type), paper=paper)
    assert codes(picture(tmp_path, pdf)) == [ADDRESS]


def test_the_code_is_53_modules_a_side_at_most():
    for length in (60, 180, 250):
        size = re.search(rb'width="(\d+)"', code_picture(ADDRESS[:length]))
        assert size is not None
        assert int(size[1]) <= 53 + 4
    with pytest.raises(ValueError, match="too long"):
        code_picture(ADDRESS + "Z" * 60)


@pytest.mark.parametrize("record_type", TYPES)
@pytest.mark.parametrize(
    "name",
    ["Łukasz Żółć", "Siân Ŵyn ap Ŷnyr", "Nguyễn Thị Ánh", "Ольга Щукина", "Ἀριστοτέλης Ὀδυσσεύς"],
)
def test_names_of_many_languages_are_printed(press, tmp_path, record_type, name):
    assert name in text_of(tmp_path, rendered(press, content(record_type, name=name)))


@pytest.mark.parametrize("record_type", TYPES)
def test_an_arabic_name_is_joined_and_runs_from_the_right(press, tmp_path, record_type):
    pdf = rendered(press, content(record_type, name="محمد الأمين"))
    assert "محمد الأمين" in text_of(tmp_path, pdf)
    assert "NotoNaskhArabic" in told(tmp_path, pdf, "pdffonts", "FILE")
    boxes = told(tmp_path, pdf, "pdftotext", "-bbox", "FILE", "-")
    (first,) = re.findall(r'xMin="([\d.]+)"[^>]*>دمحم', boxes)[:1]
    (last,) = re.findall(r'xMin="([\d.]+)"[^>]*>نيمألا', boxes)[:1]
    assert float(first) > float(last)


@pytest.mark.parametrize("record_type", TYPES)
@pytest.mark.parametrize("character", ["𓀀", "\ue000", "王", "\x07"])
def test_a_character_without_a_letter_stops_the_document(press, record_type, character):
    with pytest.raises(UnprintableError, match=f"U\\+{ord(character):04X}"):
        rendered(press, content(record_type, name=f"Jo {character}"))


def test_marks_that_nobody_sees_do_not_disturb_a_name(press, tmp_path):
    data = content(name="Zoe\u0308\u202e\u00a0\n Ng\ufeff")
    assert "Zoë Ng" in text_of(tmp_path, rendered(press, data))


def _size_of_name(tmp_path, pdf, word):
    boxes = told(tmp_path, pdf, "pdftotext", "-bbox", "FILE", "-")
    found = re.search(rf'yMin="([\d.]+)" xMax="[\d.]+" yMax="([\d.]+)">{word}<', boxes)
    assert found is not None
    return float(found[2]) - float(found[1])


def test_a_long_name_shrinks_then_takes_two_lines_then_stops_the_document(press, tmp_path):
    full = _size_of_name(tmp_path, rendered(press, content(name="Bo Ek")), "Ek")
    longer = rendered(press, content(name="Ek Maximiliana Elisabeth Gruffydd-Jones"))
    assert 0.7 < _size_of_name(tmp_path, longer, "Ek") / full < 1
    two = content(name="Ek Maximiliana Featherstonehaugh-Cholmondeley Gruffydd Wyn")
    pdf = rendered(press, two)
    assert _size_of_name(tmp_path, pdf, "Ek") / full == pytest.approx(0.7, abs=0.01)
    assert two["person"]["full_name"] not in text_of(tmp_path, pdf)
    assert len(reader(pdf).pages) == 1
    for name in ("Ek Maximiliana Featherstonehaugh-Cholmondeley " * 3, "W" * 60):
        with pytest.raises(TemplateError) as refused:
            rendered(press, content(name=name))
        assert "The name does not fit on the certificate, even in two lines." in str(refused.value)


def test_a_certificate_that_needs_two_pages_is_refused(press):
    many = [{"name": f"Signatory {number}", "role": "Officer"} for number in range(60)]
    with pytest.raises(TemplateError, match="does not fit on one page"):
        rendered(press, content(signatories=many))


def test_a_missing_logo_stops_its_document(press):
    with pytest.raises(UnprintableError, match="The logo is missing"):
        rendered(press, content(), logo=b"")
    with pytest.raises(TemplateError):
        rendered(press, content(), logo=b"no picture at all")
    assert rendered(press, content())


LOGO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96">'
    b'<rect width="96" height="96" fill="#ff00ff"/></svg>'
)


def _has_magenta(page):
    return any(colour[0] > 240 and colour[1] < 20 and colour[2] > 240
               for _, colour in page.getcolors(maxcolors=2**20))  # fmt: skip


@pytest.mark.function("D28", "D29")
@pytest.mark.parametrize("record_type", TYPES)
def test_the_paper_view_leaves_out_the_logo_and_says_so(press, tmp_path, record_type):
    data = content(record_type)
    digital = rendered(press, data, logo=LOGO)
    paper = rendered(press, data, logo=LOGO, paper=True)
    assert _has_magenta(picture(tmp_path, digital, 60))
    assert not _has_magenta(picture(tmp_path, paper, 60))
    text = text_of(tmp_path, paper)
    assert "Paper view" in text
    assert "Sealed electronically" not in text
    assert data["person"]["full_name"] in re.sub(r"\s+", " ", text)


def test_a_transcript_has_exactly_its_components_in_their_order(press, tmp_path):
    parts = [
        {"code": f"C{number * 7 % 60:02}X", "title": f"Component {number}", "level": "3",
         "credit": None if number % 3 else number, "result": "Merit"}
        for number in range(60)
    ]  # fmt: skip
    pdf = rendered(press, content("transcript", components=parts))
    text = text_of(tmp_path, pdf)
    assert re.findall(r"\bC\d\dX\b", text) == [part["code"] for part in parts]
    assert re.findall(r"Component (\d+)", text) == [str(number) for number in range(60)]
    pages = len(reader(pdf).pages)
    assert pages > 1
    assert len(re.findall(r"Code\s+Title\s+Level\s+Credit\s+Result", text)) == pages
    assert f"Page {pages} of {pages}" in text
    assert "60 components in all" in text


def test_a_transcript_without_components_invents_none(press, tmp_path):
    text = text_of(tmp_path, rendered(press, content("transcript", components=[])))
    assert "0 components in all" in text


def test_a_letter_has_its_paragraphs_and_reads_nothing_as_markup(press, tmp_path):
    said = ["#panic[no] *stars* $x$ @ref", "<b>kept</b> // as typed"]
    text = text_of(tmp_path, rendered(press, content("letter", letter={"paragraphs": said})))
    assert all(paragraph in text for paragraph in said)


def test_a_replacement_names_what_it_replaces(press, tmp_path):
    data = content(replaces="AAAA-BBBB-CCCC-D", expires_on=None)
    text = text_of(tmp_path, rendered(press, data))
    assert "AAAA-BBBB-CCCC-D" in text
    assert "VALID UNTIL" not in text.upper()


@pytest.mark.parametrize("record_type", TYPES)
@pytest.mark.parametrize("name", samples.NAMES)
def test_staff_see_samples_with_long_and_arabic_names(press, record_type, name):
    data = samples.content_of(record_type, name)
    source = STARTING_TEMPLATES[record_type]
    pages = preview_document(press, source, data, address=samples.ADDRESS, logo=None)
    assert pages
    assert all(page.startswith(b"\x89PNG") for page in pages)


def test_a_template_of_somebody_else_cannot_hide_what_is_attached(press, tmp_path):
    source = '#set document(title: "Mine")\nMine /* never closed'
    pdf = render_document(press, source, content(), address=ADDRESS, credential=b"{}")
    assert "credential.json" in told(tmp_path, pdf, "pdfdetach", "-list", "FILE")
