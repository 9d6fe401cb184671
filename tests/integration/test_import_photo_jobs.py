"""Pictures and zips of an upload are read by a job: each once, whatever befalls a worker."""

import io
from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import select, update

from app.clock import now
from app.domain.imports import photo_reads, photos
from app.domain.imports.models import Import, ImportFile, ImportPhoto
from app.domain.imports.photos import Upload
from app.domain.kernel.tables import Job, StoredFile
from app.domain.kernel.viewer import SYSTEM
from app.extensions import db
from app.jobs import handlers, import_photos
from app.jobs.worker import drain
from app.storage import storage_of
from app.transaction import transaction
from tests.support.photos import (
    HEIC,
    a_bomb,
    a_picture,
    a_row,
    an_import,
    encoded,
    from_a_phone,
    moving,
    photo_called,
    quartered,
    sixteen_bits,
    zipped,
)
from tests.support.viewers import viewer_of

PROVIDER = "provider@demo.example"


@pytest.fixture
def provider(portal):
    return viewer_of(portal, PROVIDER)


@pytest.fixture
def upload(inside, provider):
    """Return the id of a draft with two rows."""
    with inside(provider), transaction():
        made = an_import()
        a_row(made, 2, "Dąbrowska, Zofia")
        a_row(made, 3, "Ng, Bo", uln="1000000019")
        return made.id


@pytest.fixture
def bring(inside, portal, provider, upload):
    """Return a way to bring files into the draft, for a job to read."""

    def _bring(**files):
        with inside(provider), transaction():
            store = storage_of(portal.config)
            uploads = [Upload(n, store.put(data), len(data)) for n, data in files.items()]
            photos.bring_later(db.session.get(Import, upload), uploads, now())
            return [each.key for each in uploads]

    return _bring


@pytest.fixture
def work(portal, inside):
    """Return a way to do what waits; it tells which states the jobs of photos are in then."""

    def _work():
        with portal.app_context():
            drain()
        with inside(SYSTEM):
            return list(db.session.scalars(select(Job.state).where(Job.kind == photos.READING)))

    return _work


@pytest.fixture
def seen(inside, provider, upload):
    """Return what there is in the draft: {name: words}, "matched" for those with a row."""

    def _seen():
        with inside(provider):
            found = db.session.scalars(select(ImportPhoto).order_by(ImportPhoto.id))
            return {p.name: "matched" if p.row_id else p.words for p in found}

    return _seen


@pytest.fixture
def made(monkeypatch):
    """Return the names of what is prepared, in order."""
    names, prepare = [], import_photos.prepare

    def _prepare(storage, name, data, size):
        names.append(name)
        return prepare(storage, name, data, size)

    monkeypatch.setattr(import_photos, "prepare", _prepare)
    return names


@pytest.mark.function("A85")
@pytest.mark.both_databases
def test_a_zip_of_photos_is_read_and_matched(portal, backend, inside, bring, seen, provider,
                                              upload, work):  # fmt: skip
    bring(**{"photos.zip": zipped({
        "class/dabrowska_zofia.jpg": from_a_phone(),
        "class/1000000019.png": encoded(quartered(), "PNG"),
        "__MACOSX/class/._x.jpg": b"x",
        "class/.DS_Store": b"x",
        "class/nobody.webp": encoded(quartered(), "WEBP"),
    })})  # fmt: skip
    assert work() == ["done"]
    found = seen()
    assert found["dabrowska_zofia.jpg"] == found["1000000019.png"] == "matched"
    assert found["nobody.webp"].startswith("No row has this")
    assert len(found) == 3
    with inside(provider):
        photo = photo_called("dabrowska_zofia.jpg")
        assert photo.row.photo_id == photo.photo_id
        assert photo.source.facts == {"width": 1200, "height": 1600}
        storage = storage_of(portal.config)
        for kept in (photo.source, photo.photo):
            assert kept.organisation_id == provider.organisation_id
            image = Image.open(io.BytesIO(storage.get(kept.key)))
            assert not image.getexif()
        assert image.size == (827, 1063)


WRONG = {
    "text.jpg": (b"Dear all\n" * 99, "not a photo that can be read"),
    "small.jpg": (a_picture(1, 300, 400), "300 × 400 pixels; it needs at least 413 × 531"),
    "phone.heic": (HEIC, "HEIC photo, as iPhones take them. Set Camera, Formats"),
    "bomb.png": (a_bomb(), "too many"),
    "half.jpg": (from_a_phone()[:6000], "damaged or incomplete"),
    "grey.png": (sixteen_bits(), "16 bits"),
    "moves.webp": (moving(), "moves"),
    "large.jpg": (b"\xff\xd8\xff".ljust(11 * 2**20, b"\0"), "11 MB; a photo may have at most 10"),
    "empty.jpg": (b"", "empty"),
    "inner.zip": (zipped({"a.jpg": a_picture()}), "zip within a zip"),
    "words.docx": (b"PK\x03\x04 a letter", "zip within a zip"),
}


@pytest.mark.function("A85")
def test_what_is_wrong_is_said_of_each_file_and_the_good_ones_go_on(bring, seen, work):
    parts = {name: data for name, (data, _) in WRONG.items()}
    bring(**{"mixed.zip": zipped({**parts, "bo_ng.jpg": a_picture(2)})})
    work()
    found = seen()
    assert found.pop("bo_ng.jpg") == "matched"
    assert set(found) == set(WRONG)
    for name, (_, words) in WRONG.items():
        assert words in found[name], name


def test_a_file_too_large_for_a_zip_does_not_stop_the_others(bring, seen, work):
    bring(**{"huge.zip": zipped({
        "a.jpg": b"\xff\xd8\xff".ljust(21 * 2**20, b"\0"), "bo_ng.jpg": a_picture(2),
        "b.jpg": b"\xff\xd8\xff".ljust(40 * 2**20, b"\0"),
    })})  # fmt: skip
    work()
    found = seen()
    assert found["bo_ng.jpg"] == "matched"
    assert "larger than 20 MB" in found["a.jpg"]
    assert "larger than 20 MB" in found["b.jpg"]


def test_a_picture_that_is_called_a_workbook_is_a_picture(bring, seen, work):
    bring(**{"a.zip": zipped({"dabrowska_zofia.xlsx": from_a_phone()}),
             "bo_ng.xlsx": a_picture(3)})  # fmt: skip
    work()
    assert seen() == {"dabrowska_zofia.xlsx": "matched", "bo_ng.xlsx": "matched"}


def test_paths_lead_nowhere(bring, seen, tmp_path, work):
    bring(**{"paths.zip": zipped({
        "../../../../tmp/bo_ng.jpg": a_picture(4), "C:\\..\\dabrowska_zofia.jpg": a_picture(5),
        "/etc/cron.d/x.jpg": b"x",
    })})  # fmt: skip
    work()
    found = seen()
    assert set(found) == {"bo_ng.jpg", "dabrowska_zofia.jpg", "x.jpg"}
    assert found["bo_ng.jpg"] == found["dabrowska_zofia.jpg"] == "matched"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (zipped({f"{n}.jpg": b"x" for n in range(3000)}), "more than 2,000 files"),
        (zipped({}), "holds no files"),
        (zipped({"a.jpg": a_picture()})[:-40], "damaged"),
        (zipped({"folder/": b""}), "holds no files"),
    ],
)
def test_a_zip_that_cannot_be_read_is_refused_by_its_name(bring, seen, data, words, work):
    bring(**{"all.zip": data})
    work()
    found = seen()
    assert list(found) == ["all.zip"]
    assert words in found["all.zip"]


def test_spreadsheets_among_photos_are_brought_once(bring, seen, inside, portal, work):
    bring(**{"all.zip": zipped({"staff.csv": b"Title,Lastname\n", "bo_ng.jpg": a_picture(2),
                                "staff.xlsx": b"PK\x03\x04"})})  # fmt: skip
    work()
    with inside(SYSTEM):
        files = db.session.scalars(select(ImportFile).order_by(ImportFile.id)).all()
        assert [(file.name, file.stored.size) for file in files][-2:] == [
            ("staff.csv", 15),
            ("staff.xlsx", 4),
        ]
        assert storage_of(portal.config).get(files[-2].stored.key) == b"Title,Lastname\n"
    assert seen() == {"bo_ng.jpg": "matched"}


def test_what_came_with_its_metadata_does_not_stay(bring, inside, portal, work):
    keys = bring(**{"one.jpg": from_a_phone(), "all.zip": zipped({"two.jpg": from_a_phone()})})
    storage = storage_of(portal.config)
    assert all(storage.exists(key) for key in keys)
    work()
    assert not any(storage.exists(key) for key in keys)
    with inside(SYSTEM):
        kinds = set(db.session.scalars(select(StoredFile.media_type)))
        assert kinds == {"image/jpeg"}


def test_an_upload_that_somebody_else_has_too_stays_theirs(bring, inside, portal, provider, work):
    (key,) = bring(**{"one.jpg": a_picture(9)})
    with inside(provider), transaction():
        db.session.add(StoredFile(organisation_id=provider.organisation_id, key=key, name="theirs",
                                  media_type="image/jpeg", size=1))  # fmt: skip
    work()
    assert storage_of(portal.config).exists(key)


def kill_at(monkeypatch, count):
    """Let the worker die when it prepares its ``count``-th picture."""
    prepare, seen = import_photos.prepare, []

    def _prepare(*arguments):
        seen.append(arguments)
        if len(seen) == count:
            raise SystemExit("killed")
        return prepare(*arguments)

    monkeypatch.setattr(import_photos, "prepare", _prepare)


@pytest.mark.function("A85")
@pytest.mark.both_databases
def test_a_worker_killed_in_the_middle_makes_each_photo_once(portal, backend, bring, seen, inside,
                                                              made, monkeypatch, provider,
                                                              upload, work):  # fmt: skip
    names = [f"{n}.jpg" for n in range(50)]
    bring(**{"all.zip": zipped({name: a_picture(n) for n, name in enumerate(names)})})
    with monkeypatch.context() as dying:
        kill_at(dying, 34)
        with inside(SYSTEM):
            (job_id,) = db.session.scalars(select(Job.id).where(Job.state == "queued"))
        with portal.app_context(), pytest.raises(SystemExit):
            handlers.run(job_id)
    assert len(seen()) == import_photos.CHUNK
    with inside(provider):
        going_on = photo_reads.reading(db.session.get(Import, upload))
        assert (going_on.done, going_on.total) == (20, 50)
    with inside(SYSTEM), transaction():
        expired = update(Job).where(Job.id == job_id)
        db.session.connection().execute(expired.values(lease_until=now() - timedelta(1)))
    made.clear()

    work()

    assert sorted(seen()) == sorted(names)
    assert made == names[20:], "what was saved is not prepared again"
    with inside(provider):
        assert photo_reads.reading(db.session.get(Import, upload)) is None
        assert db.session.query(ImportPhoto).count() == 50


def test_the_same_zip_twice_is_made_once(bring, seen, made, work):
    whole = zipped({f"{n}.jpg": a_picture(n) for n in range(5)})
    bring(**{"all.zip": whole})
    bring(**{"again.zip": whole})
    assert work() == ["done", "done"]
    assert len(seen()) == 5
    assert len(made) == 5


def test_a_draft_that_is_being_finalised_is_waited_for(bring, seen, inside, upload, work):
    bring(**{"bo_ng.jpg": a_picture(2)})
    with inside(SYSTEM), transaction():
        db.session.get(Import, upload).state = "finalising"
    assert work() == ["queued"]
    assert seen() == {}
    with inside(SYSTEM), transaction():
        db.session.get(Import, upload).state = "open"
        db.session.connection().execute(update(Job).values(run_at=now()))
    work()
    assert seen() == {"bo_ng.jpg": "matched"}


def test_a_draft_that_was_discarded_takes_nothing_and_keeps_nothing(bring, seen, inside, upload,
                                                                     portal, work):  # fmt: skip
    (key,) = bring(**{"bo_ng.jpg": a_picture(2)})
    with inside(SYSTEM), transaction():
        db.session.get(Import, upload).state = "discarded"
    assert work() == ["done"]
    assert seen() == {}
    assert not storage_of(portal.config).exists(key)


def test_an_upload_that_is_gone_says_so(bring, seen, portal, work):
    (key,) = bring(**{"bo_ng.jpg": a_picture(2)})
    storage_of(portal.config).delete(key)
    work()
    assert "Bring it again" in seen()["bo_ng.jpg"]
