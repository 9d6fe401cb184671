"""Photos of an import: brought once, matched in a few statements, cut, removed and brought back."""

import pytest
from sqlalchemy import func, select

from app.clock import now
from app.domain.imports import photo_reads, photos
from app.domain.imports.models import Import, ImportFile, ImportPhoto, ImportRow
from app.domain.imports.photo_reads import Standing
from app.domain.imports.photos import Brought, Kept, Upload
from app.domain.kernel.cropping import Box
from app.domain.kernel.tables import StoredFile
from app.errors import ConflictError, NotFoundError, StaleError
from app.extensions import db
from app.transaction import transaction
from tests.support.photos import a_row, an_import, photo_called
from tests.support.viewers import viewer_of
from tests.support.watch import count_statements

PROVIDER, RIVAL = "provider@demo.example", "rival@demo.example"


@pytest.fixture
def provider(portal):
    return viewer_of(portal, PROVIDER)


@pytest.fixture
def mine(inside, provider):
    """Work in one transaction of the provider's."""
    with inside(provider), transaction():
        yield


def brought(name, content=b""):
    kept = Kept(key="a" * 64, size=1, width=700, height=900)
    return Brought(
        name=name, digest=photos.digest_of(name, content), source=kept, photo=kept,
        crop=Box(0, 0, 700, 900).kept(),
    )  # fmt: skip


def bring(import_, *names):
    made = photos.bring(import_, [brought(name) for name in names], now())
    photos.match(import_, now())
    return made


def refused(name, words):
    return Brought(name=name, digest=photos.digest_of(name, b""), words=words)


@pytest.mark.both_databases
def test_photos_find_their_rows_and_rows_know_their_photos(portal, backend, mine):
    upload = an_import()
    rows = [
        a_row(upload, 2, "Dąbrowska, Zofia"),
        a_row(upload, 3, "Smith, John"),
        a_row(upload, 4, "Smith, John"),
        a_row(upload, 5, "Ng, Bo", image="bo.png"),
        a_row(upload, 6, "Obi, Ade", uln="1000000019"),
    ]

    bring(upload, "dabrowska_zofia.jpg", "john smith.jpg", "BO.PNG", "1000000019.jpg", "x.jpg")

    found = {
        name: photo_called(name) for name in ("dabrowska_zofia.jpg", "BO.PNG", "1000000019.jpg")
    }
    assert [p.row for p in found.values()] == [rows[0], rows[3], rows[4]]
    assert [row.photo_id for row in rows] == [
        found["dabrowska_zofia.jpg"].photo_id, None, None, found["BO.PNG"].photo_id,
        found["1000000019.jpg"].photo_id,
    ]  # fmt: skip
    assert photo_called("john smith.jpg").words.startswith("Two rows could be meant: 3 and 4.")
    counts = photo_reads.counts(upload)
    assert (counts.matched, counts.unmatched, counts.refused, counts.total) == (3, 2, 0, 5)
    assert {p.name for p in photo_reads.unmatched(upload)} == {"john smith.jpg", "x.jpg"}


@pytest.mark.both_databases
def test_2000_photos_find_2000_rows_in_a_handful_of_statements(portal, backend, mine):
    upload = an_import()
    db.session.add_all(
        ImportRow(import_id=upload.id, organisation_id=upload.organisation_id, number=n,
                  state="valid", values={"surname": f"N{n}", "first_names": "Zoë"})
        for n in range(2000)
    )  # fmt: skip
    photos.bring(upload, [brought(f"zoe_n{n}.jpg") for n in range(2000)], now())

    with count_statements() as statements:
        changed = photos.match(upload, now())

    assert len(changed) == 2000
    assert len(statements) <= 6, statements
    assert photo_reads.counts(upload).matched == 2000
    with count_statements() as statements:
        assert photos.match(upload, now()) == []
    assert len(statements) <= 2, statements


def test_the_rows_of_several_files_are_called_by_their_file(mine, provider):
    upload = an_import()
    stored = StoredFile(organisation_id=upload.organisation_id, key="b" * 64, name="x", size=1,
                        media_type="x")  # fmt: skip
    of = {"import_": upload, "stored": stored, "brought_by_id": provider.user_id, "state": "read"}
    sheets = [ImportFile(name=name, **of) for name in ("a.xlsx", "b.xlsx")]
    db.session.add_all(sheets)
    db.session.flush()
    for sheet in (*sheets, None):
        a_row(upload, 14, "Smith, John", file_id=sheet.id if sheet else None)

    bring(upload, "smith_john.jpg")

    said = photo_called("smith_john.jpg").words
    assert "among them 14 of a.xlsx, 14 of b.xlsx, 14 typed on the screen" in said


def test_matching_follows_what_becomes_of_the_rows(mine):
    upload = an_import()
    row = a_row(upload, 2, "Ng, Bo")
    bring(upload, "bo_ng.jpg")
    photo = photo_called("bo_ng.jpg")
    assert row.photo_id == photo.photo_id

    row.values = row.values | {"surname": "Nguyen"}
    assert photos.match(upload, now()) == [row.id]
    assert (row.photo_id, photo.row_id) == (None, None)

    row.values = row.values | {"surname": "NG"}
    photos.match(upload, now())
    assert row.photo_id == photo.photo_id

    row.state = "removed"
    photos.match(upload, now())
    assert photo.row_id is None
    row.state = "valid"
    photos.match(upload, now())
    assert photo.row_id == row.id


def test_a_photo_brought_twice_is_there_once(mine):
    upload = an_import()
    assert bring(upload, "a.jpg", "a.jpg", "b.jpg") == 2
    assert bring(upload, "a.jpg", "A.JPG") == 0
    assert photo_reads.counts(upload).total == 2
    assert photos.bring(an_import(), [brought("a.jpg")], now()) == 1, "each import for itself"


def test_a_removed_one_brought_again_is_there_again(mine):
    upload = an_import()
    row = a_row(upload, 2, "Ng, Bo")
    bring(upload, "bo_ng.jpg")
    photo = photo_called("bo_ng.jpg")

    assert photos.remove(photo, 1, now()) == [row.id]
    assert row.photo_id is None
    assert photo_reads.counts(upload).total == 0
    bring(upload, "bo_ng.jpg")

    assert photo.removed_at is None
    assert row.photo_id == photo.photo_id


def test_a_removal_is_undone(mine):
    upload = an_import()
    row = a_row(upload, 2, "Ng, Bo")
    bring(upload, "bo_ng.jpg")
    photo = photo_called("bo_ng.jpg")
    photos.remove(photo, 1, now())

    assert photos.restore(photo, now()) == [row.id]
    assert row.photo_id == photo.photo_id
    assert photos.restore(photo, now()) == [], "a second click does nothing"


def test_the_row_that_somebody_chose_stands(mine):
    upload = an_import()
    ng, obi = a_row(upload, 2, "Ng, Bo"), a_row(upload, 3, "Obi, Ade")
    bring(upload, "bo_ng.jpg", "holiday.jpg")
    named, holiday = photo_called("bo_ng.jpg"), photo_called("holiday.jpg")

    assert photos.choose_row(holiday, ng, 1, now()) == [ng.id]
    assert ng.photo_id == holiday.photo_id
    assert "Row 2 has another photo, “holiday.jpg”" in named.words

    photos.choose_row(named, obi, 1, now())
    photos.match(upload, now())
    assert (ng.photo_id, obi.photo_id) == (holiday.photo_id, named.photo_id)

    photos.choose_row(named, ng, 2, now())
    assert (ng.photo_id, obi.photo_id) == (named.photo_id, None)
    assert holiday.row_id is None

    photos.choose_row(named, None, 3, now())
    photos.match(upload, now())
    assert (named.row_id, ng.photo_id) == (None, None)
    assert "taken off" in named.words


def test_a_chosen_photo_waits_for_a_row_that_is_removed(mine):
    upload = an_import()
    row = a_row(upload, 2, "Ng, Bo")
    bring(upload, "holiday.jpg")
    holiday = photo_called("holiday.jpg")
    photos.choose_row(holiday, row, 1, now())
    for state in ("removed", "valid"):
        row.state = state
        photos.match(upload, now())
    assert holiday.row_id == row.id


def test_a_removed_choice_gives_way_to_the_one_made_meanwhile(mine):
    upload = an_import()
    row = a_row(upload, 2, "Ng, Bo")
    bring(upload, "a.jpg", "b.jpg")
    first, second = photo_called("a.jpg"), photo_called("b.jpg")
    photos.choose_row(first, row, 1, now())
    photos.remove(first, 2, now())
    photos.choose_row(second, row, 1, now())

    photos.restore(first, now())

    assert row.photo_id == second.photo_id
    assert first.row_id is None


def test_a_new_cut_is_the_photo_of_the_row(mine):
    upload = an_import()
    row = a_row(upload, 2, "Ng, Bo")
    bring(upload, "bo_ng.jpg")
    photo = photo_called("bo_ng.jpg")
    before = photo.photo_id

    photos.crop(photo, Box(10, 20, 420, 540), Kept(key="c" * 64, size=2, width=420, height=540),
                1, now())  # fmt: skip

    assert row.photo_id == photo.photo_id != before
    assert photo.photo.key == "c" * 64
    assert photo.crop == {"x": 10, "y": 20, "width": 420, "height": 540}
    assert photos.match(upload, now()) == []
    with pytest.raises(StaleError):
        photos.crop(photo, Box(0, 0, 420, 540), Kept(key="d" * 64, size=2, width=1, height=1), 1,
                    now())  # fmt: skip


def test_what_cannot_be_used_is_kept_with_the_reason(mine):
    upload = an_import()
    row = a_row(upload, 2, "Ng, Bo")
    photos.bring(upload, [refused("bo_ng.jpg", "This is 300 × 400 pixels.")], now())
    assert photos.match(upload, now()) == []
    photo = photo_called("bo_ng.jpg")
    assert photo.words == "This is 300 × 400 pixels."
    assert photo_reads.photos_of(upload, Standing.REFUSED) == [photo]
    with pytest.raises(ConflictError, match="no photo"):
        photos.choose_row(photo, row, 1, now())
    assert photos.remove_refused(upload, now()) == 1
    assert photo_reads.counts(upload).total == 0
    assert photos.bring(upload, [refused("bo_ng.jpg", "again")], now()) == 0
    assert photo_reads.counts(upload).refused == 1


def test_a_finalised_row_keeps_its_photo(mine):
    upload = an_import()
    row, other = a_row(upload, 2, "Ng, Bo"), a_row(upload, 3, "Obi, Ade")
    bring(upload, "bo_ng.jpg", "ade_obi.jpg")
    photo, free = photo_called("bo_ng.jpg"), photo_called("ade_obi.jpg")
    row.state = "done"
    row.values = {"surname": "Changed"}
    assert photos.match(upload, now()) == []
    assert row.photo_id == photo.photo_id
    kept = Kept(key="d" * 64, size=2, width=1, height=1)
    for forbidden in (
        lambda: photos.choose_row(photo, other, photo.version, now()),
        lambda: photos.choose_row(free, row, free.version, now()),
        lambda: photos.crop(photo, Box(0, 0, 420, 540), kept, photo.version, now()),
        lambda: photos.remove(photo, photo.version, now()),
    ):
        with pytest.raises(ConflictError, match="finalised"):
            forbidden()
    assert row.photo_id == photo.photo_id


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": "finalising", "finaliser": "Priya Shah"}, "Priya Shah is finalising"),
        ({"state": "done"}, "closed"),
        ({"state": "discarded"}, "closed"),
        ({"target": "standards"}, "card applications"),
    ],
)
def test_only_an_open_draft_of_applications_takes_photos(mine, values, words):
    upload = an_import(**values)
    with pytest.raises(ConflictError, match=words):
        photos.bring(upload, [brought("a.jpg")], now())
    with pytest.raises(ConflictError, match=words):
        photos.bring_later(upload, [], now())
    assert photos.match(upload, now()) == []


def test_a_row_of_another_import_or_a_removed_one_is_not_given_a_photo(mine):
    upload, other = an_import(), an_import()
    bring(upload, "a.jpg")
    with pytest.raises(NotFoundError):
        photos.choose_row(photo_called("a.jpg"), a_row(other, 2, "Ng, Bo"), 1, now())
    gone = a_row(upload, 2, "Ng, Bo", state="removed")
    with pytest.raises(ConflictError, match="removed"):
        photos.choose_row(photo_called("a.jpg"), gone, 1, now())


def test_rows_are_found_to_choose_from(mine):
    upload = an_import()
    ng = a_row(upload, 2, "Ng, Bo Łukasz", uln="1000000019", ni_number="AB123456C")
    obi = a_row(upload, 14, "Óbi, Ade")
    a_row(upload, 3, "Ng, Gone", state="removed")
    a_row(an_import(), 4, "Ng, Elsewhere")
    for words, rows in (
        ("lukasz NG", [ng]), ("obi", [obi]), ("14", [obi]), ("1000000019", [ng]),
        ("ab 12 34 56 c", [ng]), ("nobody", []), ("", [ng, obi]), ("%", []), ("'", [ng, obi]),
    ):  # fmt: skip
        assert photo_reads.rows_like(upload, words) == rows, words


def test_nothing_of_a_foreign_import_exists_or_can_be_written(inside, portal, provider):
    with inside(viewer_of(portal, RIVAL)), transaction():
        theirs = an_import()
        a_row(theirs, 2, "Ng, Bo")
        bring(theirs, "bo_ng.jpg")
        theirs_id = theirs.id
        assert photo_reads.counts(theirs).matched == 1
    with inside(provider):
        for foreign in (ImportPhoto, ImportRow):
            assert db.session.scalar(select(func.count(foreign.id))) == 0
    for act in (
        lambda import_: photos.bring(import_, [brought("a.jpg")], now()),
        lambda import_: photos.bring_later(import_, [Upload("a.jpg", "a" * 64, 1)], now()),
        lambda import_: photos.remove_refused(import_, now()),
        lambda import_: photos.match(import_, now()),
    ):
        with inside(), transaction():
            leaked = db.session.get(Import, theirs_id)
            db.session.expunge(leaked)
        with inside(provider), pytest.raises(NotFoundError), transaction():
            act(leaked)
