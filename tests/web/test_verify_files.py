"""Files that are said to be documents of ours: ours, forged, hostile, and photos of them."""

import io
import re

import pytest
import segno
from PIL import Image

from app.domain.kernel.document_numbers import new_reference
from tests.support import papers as forging
from tests.support.verifying import papers, photo, told
from tests.support.viewers import viewer_of
from tests.web.test_verify import facts_in, verdict

number = pytest.mark.function


@pytest.fixture
def staff(portal):
    return viewer_of(portal, "staff@demo.example")


@pytest.fixture
def paper(portal, inside, provider, staff):
    return papers(portal, inside, provider, staff)[0]


@pytest.fixture(autouse=True)
def _anew(portal):
    yield
    portal.extensions["verify_gate"].forget()


def bring(client, data, name="document.pdf"):
    form = {"file": (io.BytesIO(data), name)}
    return client.post("/verify/file", data=form, content_type="multipart/form-data")


@number("D55", "D58", "D59")
def test_only_the_very_file_is_ours_and_unaltered(client, paper):
    answer = bring(client, paper.pdf)

    assert verdict(answer) == "Valid"
    assert "byte for byte" in answer.text
    words = facts_in(answer.text)
    assert paper.holder in words
    assert paper.title in words
    assert answer.headers["Cache-Control"] == "no-store"


@number("D59")
@pytest.mark.parametrize(("state", "shown"), [("cancelled", "Cancelled"), ("expired", "Expired")])
def test_the_very_file_of_a_document_that_ended(client, paper, portal, state, shown):
    told(portal, paper, {"state": state})
    assert verdict(bring(client, paper.pdf)) == shown


def forged(paper, how):
    start, end = forging.place_of_seal(paper.pdf)
    if how == "body":
        place = paper.pdf.index(b"stream") + 30
        return forging.flipped(paper.pdf, place)
    if how == "padding":
        gap = paper.pdf[start:end].rstrip(b">0")
        return forging.flipped(paper.pdf, start + len(gap) + 40, ord("1"))
    if how == "behind":
        return paper.pdf + b"\n% more\n"
    if how == "overlay":
        words = b"q 1 1 1 rg 60 300 500 300 re f Q BT /Own 24 Tf 100 420 Td (Jane Doe) Tj ET"
        return forging.overlaid(paper.pdf, words)
    whole = paper.pdf.rindex(b"%%EOF", 0, paper.pdf.rindex(b"%%EOF"))
    stripped = paper.pdf[: whole + 6]
    return forging.sealed(stripped, forging.key(7)) if how == "other key" else stripped


@number("D55")
@pytest.mark.parametrize("how", ["body", "padding", "behind", "overlay"])
def test_a_changed_file_is_called_altered(client, paper, how):
    answer = bring(client, forged(paper, how))
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:
        assert verdict(answer) in ("Altered", "Not one of ours")
    assert "byte for byte, the one" not in answer.text


@number("D55")
def test_an_overlaid_name_is_named_with_what_was_issued_since_the_code_is_there(client, paper):
    answer = bring(client, forged(paper, "overlay"))
    assert verdict(answer) == "Altered"


@number("D55")
def test_a_file_without_its_seal_is_a_copy_and_never_the_original(client, paper):
    for how in ("stripped", "other key"):
        answer = bring(client, forged(paper, how))
        assert verdict(answer) == "Not the original file", how
        assert "only the original file proves itself" in answer.text


@number("D59")
def test_a_copy_of_a_cancelled_document_is_called_cancelled(client, paper, portal):
    told(portal, paper, {"state": "cancelled"})
    assert verdict(bring(client, forged(paper, "stripped"))) == "Cancelled"


def imitation(paper, **values):
    """Return a PDF that says it is the document, without seal, and something else beside."""
    data = forging.ISSUED | {"reference": paper.reference, "qr": "https://example.com/nothing"}
    return forging.drawn(data | values)


@number("D55")
def test_what_differs_is_named_without_what_is_true(client, paper):
    answer = bring(client, imitation(paper, person={"full_name": "Mallory <b>Forger</b>"}))

    assert verdict(answer) == "Altered"
    words = facts_in(answer.text)
    assert "Where the file differs from what we issued" in words
    assert "Name" in words
    for true in (paper.holder, paper.title):
        assert true not in words
    assert "<b>Forger" not in answer.text
    assert "shown to whoever has the code" in words


@number("D55", "D57")
def test_what_is_true_is_shown_to_who_has_the_code(client, paper):
    answer = bring(client, imitation(paper, qr=paper.address))

    assert verdict(answer) == "Altered"
    words = facts_in(answer.text)
    assert "What we issued" in words
    assert paper.holder in words


@number("D55")
def test_a_file_that_has_nothing_of_ours(client):
    answer = bring(client, forging.drawn(forging.ISSUED | {"reference": new_reference()}))
    assert verdict(answer) == "Not one of ours"
    assert "words of whoever made the file, not ours" in answer.text


@number("D57")
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_a_photo_leads_to_the_document_of_its_code(client, paper, form):
    answer = bring(client, photo(paper, form=form), f"photo.{form.lower()}")
    assert answer.status_code == 303
    assert answer.location == paper.road


def test_photos_without_code_of_ours(client):
    blank = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(blank, "PNG")
    assert verdict(bring(client, blank.getvalue(), "x.png")) == "Cannot be read"

    code = io.BytesIO()
    segno.make("https://evil.example/<img src=x>").save(code, kind="png", scale=6)
    answer = bring(client, code.getvalue(), "x.png")
    assert verdict(answer) == "Not one of ours"
    assert "&lt;img src=x&gt;" in answer.text
    assert 'href="https://evil' not in answer.text


@number("D57")
def test_a_frame_of_a_camera_tells_where_its_code_leads(client, paper):
    frame = photo(paper, scale=1.8, form="JPEG")
    answer = client.post("/verify/frame", data=frame, content_type="image/jpeg")
    assert answer.json == {"go": paper.road}

    blank = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(blank, "JPEG")
    answer = client.post("/verify/frame", data=blank.getvalue(), content_type="image/jpeg")
    assert answer.json == {"go": None}


HOSTILE = {
    "empty": b"",
    "text": b"hello",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "zip": b"PK\x03\x04" + b"\0" * 100,
    "program": b"MZ" + b"\0" * 500,
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    "broken pdf": b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nnothing",
    "broken png": b"\x89PNG\r\n\x1a\n" + b"\0" * 64,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_cannot_be_examined_is_refused_in_words(client, name):
    answer = bring(client, HOSTILE[name], f"{name}.pdf")

    assert answer.status_code in (200, 413, 422)
    words = facts_in(answer.text)
    assert verdict(answer) in ("Not checked", "Cannot be read", "Not one of ours")
    assert len(words) > 100


def test_refusals_are_told_apart(client):
    said = {
        name: re.search(r"<h1>.*?</h1>\s*<p>(.*?)</p>", bring(client, data).text)[1]
        for name, data in HOSTILE.items()
    }
    assert len(set(said.values())) >= 5, said


def test_no_file_is_asked_for_in_words(client):
    answer = client.post("/verify/file", data={})
    assert answer.status_code == 422
    assert "Choose a file first" in answer.text
    assert client.get("/verify/file").location.endswith("/verify/#file")
    answer = client.post("/verify/frame", data=b"", content_type="image/jpeg")
    assert answer.status_code == 422


def test_examining_is_limited_for_each_address(client, portal):
    gate = portal.extensions["verify_gate"]
    for _ in range(30):
        gate.count("files", "127.0.0.1")
    answer = bring(client, b"%PDF-")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
