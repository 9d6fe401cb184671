"""The panel of photos of an import: brought, matched, given to rows, cut, removed, sent."""

import io
import json
import re

import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from app.clock import now
from app.domain.imports import photos
from app.domain.imports.models import Import, ImportPhoto, ImportRow
from app.domain.kernel.tables import StoredFile
from app.extensions import db
from app.jobs.worker import drain
from app.storage import storage_of
from app.transaction import transaction
from app.views.import_photos import panel, takes, thumbnails
from tests.support.photos import (
    HEIC,
    a_bomb,
    a_picture,
    a_row,
    an_import,
    encoded,
    from_a_phone,
    photo_called,
    quartered,
    zipped,
)
from tests.support.reading import spaced
from tests.support.registering import hidden

HTMX = {"HX-Request": "true"}


@pytest.fixture
def upload(inside, provider):
    with inside(provider), transaction():
        made = an_import()
        a_row(made, 2, "Dąbrowska, Zofia")
        a_row(made, 3, "Ng, Bo", uln="1000000019")
        return made.id


@pytest.fixture
def bring(priya, upload):
    """Return a way to add photos through the panel's form."""

    def _bring(files, headers=None, **more):
        page = priya.get(f"/import-photos/of/{upload}")
        data = {name: hidden(page.text, name) for name in ("csrf_token", "once")} | more
        data["photos"] = [(io.BytesIO(data_), name) for name, data_ in files.items()]
        return priya.post(f"/import-photos/of/{upload}/bring", data=data, headers=headers,
                          content_type="multipart/form-data")  # fmt: skip

    return _bring


@pytest.fixture
def act(priya, upload):
    """Return a way to press a button of the panel."""

    def _act(path, headers=None, **data):
        page = priya.get(f"/import-photos/of/{upload}")
        token = hidden(page.text, "csrf_token")
        return priya.post(f"/import-photos{path}", data={"csrf_token": token, **data},
                          headers=headers)  # fmt: skip

    return _act


@pytest.fixture
def found(inside, provider):
    """Return a way to read a photo by its name."""

    def _found(name):
        with inside(provider):
            photo = photo_called(name)
            facts = {"row": photo.row.number if photo.row else None, "words": photo.words}
            return photo.id, photo.version, facts

    return _found


def shown(priya, upload, **asked):
    return spaced(priya.get(f"/import-photos/of/{upload}", query_string=asked).text)


@pytest.mark.function("A85")
def test_pictures_of_an_upload_are_matched_to_rows_and_shown(priya, upload, bring, found, inside,
                                                             provider, portal):  # fmt: skip
    answer = bring({"dabrowska_zofia.jpg": from_a_phone(), "1000000019.png": a_picture(2),
                    "IMG_1.jpg": a_picture(3)})  # fmt: skip
    assert answer.status_code == 303
    page = shown(priya, upload)
    for words in ("3 photos were added.", "2 matched", "1 without a row", "Row 2 · Zofia Dąbrowska",
                  "Row 3 · Bo Ng", "No row has this file name, number or name."):  # fmt: skip
        assert words in page, words
    photo, _, facts = found("dabrowska_zofia.jpg")
    assert facts["row"] == 2
    picture = priya.get(f"/import-photos/{photo}/image")
    assert picture.headers["Cache-Control"] == "private, no-cache"
    image = Image.open(io.BytesIO(picture.data))
    assert image.size == (827, 1063)
    assert not image.getexif()
    whole = Image.open(io.BytesIO(priya.get(f"/import-photos/{photo}/source").data))
    assert whole.size == (1200, 1600)
    with inside(provider):
        rows = list(db.session.scalars(select(ImportRow).order_by(ImportRow.number)))
        assert all(row.photo_id for row in rows)
    with portal.test_request_context(), inside(provider):
        address = thumbnails(rows)[rows[0].id]["url"]
    assert priya.get(address).data == picture.data


@pytest.mark.function("A85")
def test_a_zip_is_read_by_a_job_while_the_page_shows_how_far_it_is(priya, upload, bring, portal):
    parts = {f"{n}.jpg": a_picture(n) for n in range(4)} | {"bo_ng.jpg": a_picture(9)}
    assert bring({"all.zip": zipped(parts)}).status_code == 303
    page = priya.get(f"/import-photos/of/{upload}").text
    assert "are being read" in page
    assert 'hx-trigger="every 1s"' in page
    asked = f"/import-photos/of/{upload}/progress"
    assert "Reading photos" in priya.get(asked, headers=HTMX).text
    with portal.app_context():
        drain()
    done = priya.get(asked, headers=HTMX).text
    assert 'hx-target="#photos"' in done
    assert 'hx-trigger="load"' in done
    assert "1 matched" in shown(priya, upload)
    assert "4 without a row" in shown(priya, upload)


def test_more_pictures_than_one_waits_for_are_read_by_a_job(priya, upload, bring, portal):
    bring({f"{n}.jpg": a_picture(n) for n in range(4)})
    assert "Reading photos" in shown(priya, upload)
    with portal.app_context():
        drain()
    assert "4 without a row" in shown(priya, upload)


@pytest.mark.function("A85")
def test_what_cannot_be_used_is_shown_with_what_to_do(priya, upload, bring, act):
    bring({"phone.heic": HEIC, "small.jpg": a_picture(1, 300, 400), "bomb.png": a_bomb()})
    page = shown(priya, upload)
    for words in ("3 cannot be used", "phone.heic", "Set Camera, Formats to “Most Compatible”",
                  "300 × 400 pixels; it needs at least 413 × 531", "bomb.png",
                  "too many"):  # fmt: skip
        assert words in page, words
    assert act(f"/of/{upload}/clear").status_code == 303
    assert "cannot be used" not in shown(priya, upload)


def test_40_mb_are_refused_in_words(priya, upload, bring):
    bring({"huge.jpg": b"\xff\xd8\xff".ljust(40 * 2**20, b"\0")})
    assert "This file is 40 MB; a photo may have at most 10 MB." in shown(priya, upload)


def test_the_same_form_sent_twice_counts_once(priya, upload, inside, portal):
    page = priya.get(f"/import-photos/of/{upload}")
    tokens = {name: hidden(page.text, name) for name in ("csrf_token", "once")}
    for name, data in (("a.zip", zipped({"a.jpg": a_picture(1)})), ("b.jpg", a_picture(2))):
        for _ in range(2):
            sent = tokens | {"photos": [(io.BytesIO(data), name)]}
            answer = priya.post(f"/import-photos/of/{upload}/bring", data=sent,
                                content_type="multipart/form-data")  # fmt: skip
            assert answer.status_code == 303
            with portal.app_context():
                drain()
    with inside():
        assert [p.name for p in db.session.scalars(select(ImportPhoto))] == ["a.jpg"]
        kinds = set(db.session.scalars(select(StoredFile.media_type)))
        assert kinds == {"image/jpeg"}, "nothing stays as it came"


def test_no_file_is_a_question_not_a_fault(bring):
    answer = bring({}, headers=HTMX)
    assert answer.status_code == 409
    assert "Choose at least one photo" in answer.text
    assert bring({}).status_code == 409


@pytest.mark.parametrize(
    "name", ["", "../../etc/passwd.jpg", "a'b\"<script>.jpg", "x" * 400, "🙂.jpg"]
)
def test_any_name_of_a_file_is_borne(priya, upload, bring, name):
    bring({name or "blank.jpg": a_picture(1)})
    page = priya.get(f"/import-photos/of/{upload}")
    assert page.status_code == 200
    assert "<script>." not in page.text
    assert "etc/" not in page.text


def test_a_row_is_chosen_and_taken_off_again(priya, upload, bring, act, found, inside, provider):
    bring({"IMG_1.jpg": a_picture(3)})
    photo, version, _ = found("IMG_1.jpg")
    with inside(provider):
        ng = db.session.scalars(select(ImportRow.id).where(ImportRow.number == 3)).one()
    listed = json.loads(priya.get(f"/import-photos/of/{upload}/rows?q=bo").text)["results"]
    assert listed == [{"value": ng, "text": "Row 3 · Bo Ng"}]

    answer = act(f"/{photo}/row", HTMX, row=ng, version=version)

    assert answer.status_code == 200
    assert answer.headers["HX-Trigger"] == "hm-photos"
    assert "Row 3 · Bo Ng" in spaced(answer.text)
    photo, version, facts = found("IMG_1.jpg")
    assert facts["row"] == 3
    act(f"/{photo}/row", take_off="yes", version=version)
    assert found("IMG_1.jpg")[2]["row"] is None
    assert "taken off its row" in shown(priya, upload)


def test_a_choice_without_a_row_or_from_an_old_page_is_refused(bring, act, found, inside, provider):
    bring({"IMG_1.jpg": a_picture(3)})
    photo, version, _ = found("IMG_1.jpg")
    with inside(provider):
        ng = db.session.scalars(select(ImportRow.id).where(ImportRow.number == 3)).one()
    nothing = act(f"/{photo}/row", HTMX, version=version)
    assert (nothing.status_code, "Choose a row first" in nothing.text) == (409, True)
    assert act(f"/{photo}/row", row=ng, version=version).status_code == 303
    stale = act(f"/{photo}/row", HTMX, row=ng, version=version)
    assert (stale.status_code, "Somebody changed this photo" in stale.text) == (409, True)
    assert act(f"/{photo}/remove", row=ng, version=version).status_code == 409
    for wrong in ("0", "x", "999999"):
        assert act(f"/{photo}/row", row=wrong, version=version + 1).status_code == 404


def test_a_removal_can_be_undone(priya, upload, bring, act, found):
    bring({"bo_ng.jpg": a_picture(3)})
    photo, version, _ = found("bo_ng.jpg")
    answer = act(f"/{photo}/remove", HTMX, version=version)
    assert "“bo_ng.jpg” was removed." in answer.text
    assert f'action="/import-photos/{photo}/restore"' in answer.text
    plain = shown(priya, upload, removed=photo)
    assert "“bo_ng.jpg” was removed." in plain
    assert "1 matched" not in plain
    act(f"/{photo}/restore")
    assert "1 matched" in shown(priya, upload)
    assert "was removed" not in shown(priya, upload, removed=photo)
    assert "was removed" not in shown(priya, upload, removed="'")


@pytest.mark.function("A85")
def test_the_cut_is_moved_and_the_photo_changes(priya, bring, act, found):
    bring({"bo_ng.png": encoded(quartered(1400, 1800), "PNG")})
    photo, version, _ = found("bo_ng.png")
    page = priya.get(f"/import-photos/{photo}/crop").text
    assert re.search(r'name="width"[^>]*|value="1400"', page)
    assert "crop.js" in page
    answer = act(f"/{photo}/crop", x=700, y=900, width=700, version=version)
    assert answer.status_code == 303, answer.text
    image = Image.open(io.BytesIO(priya.get(f"/import-photos/{photo}/image").data))
    assert image.size == (700, 900)
    assert min(image.getpixel((350, 450))) > 245
    again = priya.get(f"/import-photos/{photo}/crop").text
    for value in ("700", "900"):
        assert f'value="{value}"' in again


def test_a_frame_outside_the_picture_is_refused_beside_its_number(priya, bring, act, found):
    bring({"bo_ng.png": encoded(quartered(1400, 1800), "PNG")})
    photo, version, _ = found("bo_ng.png")
    before = priya.get(f"/import-photos/{photo}/image").data
    for wrong in ({"x": "701", "y": "0", "width": "700"}, {"x": "-1", "y": "0", "width": "700"},
                  {"x": "0", "y": "0", "width": "412"},
                  {"x": "", "y": "", "width": "'"}):  # fmt: skip
        answer = act(f"/{photo}/crop", **wrong, version=version)
        assert answer.status_code == 422
        assert 'href="#crop-' in answer.text
        assert f'value="{wrong["x"]}"' in answer.text
    assert act(f"/{photo}/crop", x=0, y=0, width=700, version=9).status_code == 409
    assert priya.get(f"/import-photos/{photo}/image").data == before


def test_what_is_finalised_or_closed_is_shown_without_buttons(priya, upload, bring, inside, found,
                                                              act, provider):  # fmt: skip
    bring({"bo_ng.jpg": a_picture(3)})
    photo, version, _ = found("bo_ng.jpg")
    with inside(provider), transaction():
        db.session.get(Import, upload).state = "done"
    page = priya.get(f"/import-photos/of/{upload}").text
    assert "bo_ng.jpg" in page
    for words in ("Remove bo_ng.jpg", "Cut the photo", "ADD PHOTOS", "USE FOR THIS ROW"):
        assert words not in page
    assert act(f"/{photo}/remove", version=version).status_code == 409
    assert priya.get(f"/import-photos/{photo}/crop").status_code == 409


def test_many_photos_are_shown_in_parts(priya, upload, inside, provider):
    with inside(provider), transaction():
        import_ = db.session.get(Import, upload)
        kept = photos.Kept(key="a" * 64, size=1, width=700, height=900)
        photos.bring(import_, [
            photos.Brought(name=f"{n}.jpg", digest=str(n), source=kept, photo=kept)
            for n in range(30)
        ], now())  # fmt: skip
        photos.match(import_, now())
    page = priya.get(f"/import-photos/of/{upload}").text
    assert page.count('class="hm-photos__one"') == 12
    seen = re.findall(r'alt="Photo (\d+)\.jpg"', page)
    while more := re.search(r'href="([^"]*show=unmatched[^"]*)"', page):
        page = priya.get(more[1].replace("&amp;", "&")).text
        seen += re.findall(r'alt="Photo (\d+)\.jpg"', page)
    assert seen == [str(n) for n in range(30)]


def test_the_panel_belongs_to_applications_alone(portal, inside, provider, priya):
    with inside(provider), transaction():
        standards, applications = an_import(target="standards"), an_import()
        ids = standards.id, applications.id
    assert priya.get(f"/import-photos/of/{ids[0]}").status_code == 404
    assert priya.get(f"/import-photos/of/{ids[1]}").status_code == 200
    with inside(provider):
        assert panel(db.session.get(Import, ids[0])) is None


def test_somebody_without_the_permission_sees_no_photo(portal, sign_in, upload, bring, found):
    bring({"bo_ng.jpg": a_picture(3)})
    photo = found("bo_ng.jpg")[0]
    for email in ("employer@demo.example", "learner@demo.example"):
        client = sign_in(email)
        for path in (f"/import-photos/{photo}/image", f"/import-photos/{photo}/source",
                     f"/import-photos/of/{upload}"):  # fmt: skip
            assert client.get(path).status_code in (403, 404), (email, path)


def test_another_organisation_finds_nothing(sign_in, upload, bring, found):
    bring({"bo_ng.jpg": a_picture(3)})
    photo = found("bo_ng.jpg")[0]
    rival = sign_in("rival@demo.example")
    for path in (f"/import-photos/{photo}/image", f"/import-photos/{photo}/source",
                 f"/import-photos/{photo}/crop", f"/import-photos/of/{upload}",
                 f"/import-photos/of/{upload}/rows?q=bo"):  # fmt: skip
        assert rival.get(path).status_code == 404, path


def test_a_foreign_row_is_not_given_a_photo(inside, portal, bring, act, found, provider):
    from tests.support.viewers import viewer_of

    bring({"IMG_1.jpg": a_picture(3)})
    photo, version, _ = found("IMG_1.jpg")
    with inside(viewer_of(portal, "rival@demo.example")), transaction():
        theirs = a_row(an_import(), 2, "Ng, Bo").id
    with inside(provider), transaction():
        elsewhere = a_row(an_import(), 2, "Ng, Bo").id
    for row in (theirs, elsewhere):
        assert act(f"/{photo}/row", row=row, version=version).status_code == 404
    with inside():
        assert db.session.get(ImportRow, theirs).photo_id is None


def test_a_photo_that_is_no_longer_stored_is_said(priya, portal, bring, found, inside):
    bring({"bo_ng.jpg": a_picture(3)})
    photo = found("bo_ng.jpg")[0]
    with inside():
        storage_of(portal.config).delete(db.session.get(ImportPhoto, photo).photo.key)
    assert priya.get(f"/import-photos/{photo}/image").status_code == 404


@pytest.mark.parametrize(
    ("name", "data", "taken"),
    [
        ("a.jpg", b"no picture", True), ("a.HEIC", HEIC, True), ("a.xlsx", a_picture(), True),
        ("a.zip", zipped({"a.jpg": b"x"}), True), ("a.zip", b"PK\x03\x04 half", True),
        ("a.zip", zipped({"[Content_Types].xml": b"x"}), False), ("a.zip", b"none", False),
        ("a.xlsx", zipped({"[Content_Types].xml": b"x"}), False), ("a.csv", b"a,b", False),
        ("a", b"", False),
    ],
)  # fmt: skip
def test_what_is_a_picture_and_what_a_sheet_is_told_apart(name, data, taken):
    upload = FileStorage(io.BytesIO(data), filename=name)
    assert takes(upload) is taken
    assert upload.stream.tell() == 0
