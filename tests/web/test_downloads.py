"""Exports: asked for with a name, packed by a worker, fetched, expired, removed (D36 to D45)."""

import csv
import hashlib
import io
import re
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import models
from app.clock import now
from app.domain.kernel.tables import Job, StoredFile
from app.domain.kernel.viewer import SYSTEM
from app.extensions import db
from app.jobs import exports, worker
from app.storage import storage_of
from app.transaction import transaction
from tests.support.issued import RIVAL
from tests.support.reading import spaced
from tests.support.records import ADA, LEARNERS, first, issued
from tests.support.registering import every_chosen, every_hidden, hidden


@pytest.fixture
def made(inside):
    return issued(inside)


def asked(client, **said):
    """Return the page that asks for the name of an export."""
    data = {"csrf_token": client.csrf_token("/records/"), "list_of": "RecordsView"}
    return client.post("/exports/ask", data=data | said)


def export(client, page, **typed):
    """Confirm what that page asks."""
    carried = ("csrf_token", "once", "list_of", "chosen", "every_match", "job", "q", "tab")
    data = {name: every_hidden(page, name) for name in carried}
    data |= {"name": "Autumn awards", "description": "For the audit", "acknowledged": "yes"}
    return client.post("/exports/", data=data | typed)


def exported(client, **said):
    """Ask for an export and confirm it."""
    return export(client, asked(client, **said).text)


def work(inside):
    with inside():
        worker.drain()


def packed(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(answer.data))


def only(inside):
    with inside():
        return db.session.scalars(select(models.ExportFile)).one()


# Asking ----------------------------------------------------------------------------------------


@pytest.mark.function("D36", "D37", "D45")
def test_ticked_records_are_exported_under_a_name(priya, inside, made):
    ticks = every_chosen(priya.get("/records/").text)[:2]
    page = asked(priya, chosen=ticks)
    words = spaced(page.text)
    assert "2 documents are packed into one file" in words
    assert "not for sharing with learners" in words
    assert "internal audit and regulatory purposes only" in words
    assert export(priya, page.text).location == "/downloads/"
    found = only(inside)
    assert (found.name, found.description, found.count) == ("Autumn awards", "For the audit", 2)


@pytest.mark.function("D36", "D37")
def test_all_that_match_are_exported(priya, inside, made):
    page = asked(priya, every_match="1", q="lovelace", tab="all").text
    assert "3 documents" in spaced(page)
    assert export(priya, page).status_code == 303
    assert only(inside).count == 3


@pytest.mark.function("D21", "D37")
def test_all_of_a_job_are_exported_but_only_what_was_issued(priya, inside, made):
    with inside(SYSTEM), transaction():
        document = db.session.get_one(models.IssuedDocument, first(made))
        document.state, document.file_id = "failed", None
    page = asked(priya, job=made.job, name="A job").text
    assert 'value="A job"' in page
    assert export(priya, page, name="A job").status_code == 303
    assert only(inside).count == 8


@pytest.mark.function("D37", "D45")
def test_without_name_or_acknowledgement_nothing_is_exported(priya, inside, made):
    page = asked(priya, every_match="1").text
    answer = export(priya, page, name=" ", acknowledged="")
    assert answer.status_code == 422
    assert "Give the export a name" in answer.text
    assert "Confirm what these documents are for" in answer.text
    assert export(priya, answer.text, name="x" * 81).status_code == 422
    with inside():
        assert db.session.scalars(select(models.ExportFile)).all() == []


def test_an_export_sent_twice_is_made_once(priya, inside, made):
    page = asked(priya, every_match="1").text
    for _ in range(2):
        assert export(priya, page).location == "/downloads/"
    assert only(inside).count == 9


def test_nothing_ticked_or_foreign_documents_are_refused(priya, sign_in, inside, made):
    theirs = issued(inside, {("Rae", "Rivalson"): "rae@example.com"}, centre=RIVAL)
    foreign = first(theirs, ("Rae", "Rivalson"))
    assert asked(priya).status_code == 409
    assert asked(priya, chosen=f"{foreign}:1").status_code == 404
    assert asked(priya, job=theirs.job).status_code == 404
    assert asked(priya, list_of="PeopleView", every_match="1").status_code == 404
    page = asked(priya, every_match="1").text
    assert export(priya, page, chosen=f"{foreign}:1", every_match="").status_code == 404
    office = sign_in("office@demo.example")
    token = office.csrf_token("/records/")
    assert office.post("/exports/ask", data={"csrf_token": token}).status_code == 403


def test_the_prompt_comes_alone_where_it_opens_over_a_page(priya, made):
    data = {"csrf_token": priya.csrf_token("/records/"), "list_of": "RecordsView",
            "every_match": "1"}  # fmt: skip
    part = priya.post("/exports/ask", data=data, headers={"HX-Request": "true"}).text
    assert "<html" not in part
    assert 'name="acknowledged"' in part


# Packing ---------------------------------------------------------------------------------------


@pytest.mark.both_databases
@pytest.mark.function("D40", "D42")
def test_the_zip_holds_each_pdf_and_a_list_of_them(backend, priya, inside, made, monkeypatch):
    monkeypatch.setattr(exports, "PART", 4)
    exported(priya, every_match="1")
    waiting = spaced(priya.get("/downloads/").text)
    assert "Pending 0 of 9 packed" in waiting
    work(inside)
    with packed(priya, f"/downloads/{only(inside).id}/file") as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(names) == len(set(names)) == 10
        assert all(each.compress_type == zipfile.ZIP_STORED for each in archive.infolist())
        text = archive.read("Autumn awards/manifest.csv").decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert len(rows) == 9
        for row in rows:
            data = archive.read(f"Autumn awards/{row['File']}")
            assert data.startswith(b"%PDF")
            assert hashlib.sha256(data).hexdigest() == row["SHA-256"]
            assert row["Reference"] in row["File"]
            assert row["Status"] == "Valid"
        assert {row["Type"] for row in rows} == {"Certificate", "Transcript", "Individual Letter"}
    with inside():
        assert db.session.scalars(select(models.ExportFile)).one().parts == []


def test_no_cell_of_the_list_is_a_formula_and_no_name_leaves_the_folder(priya, inside, made):
    with inside(SYSTEM), transaction():
        document = db.session.get_one(models.IssuedDocument, first(made))
        document.holder, document.title = '=cmd|"/../..\\x', "@SUM(1)"
    exported(priya, every_match="1")
    work(inside)
    with packed(priya, f"/downloads/{only(inside).id}/file") as archive:
        text = archive.read("Autumn awards/manifest.csv").decode("utf-8-sig")
        (row,) = [row for row in csv.DictReader(io.StringIO(text)) if "cmd" in row["Holder"]]
        assert row["Holder"].startswith("'=")
        assert row["Qualification"] == "'@SUM(1)"
        for name in archive.namelist():
            assert name.count("/") == 1
            assert not re.search(r'[<>:"\\|?*]', name)


@pytest.mark.function("D39", "D40", "D41")
def test_downloads_has_the_columns_of_the_guide(priya, inside, made):
    assert "Nothing to download yet" in priya.get("/downloads/").text
    exported(priya, every_match="1")
    work(inside)
    page = priya.get("/downloads/").text
    heads = [
        head.strip() for head in re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', page)
    ]
    assert [head for head in heads if head] == [
        "Name", "Description", "Type", "Status", "Created on", "ExpirationTime", "Downloaded",
    ]  # fmt: skip
    words = spaced(page)
    for shown in ("Autumn awards", "For the audit", "Documents", "Completed", "Not downloaded"):
        assert shown in words
    assert "not for sharing with learners" in words
    found = only(inside)
    assert found.expires_at - now() > timedelta(days=6)


def test_progress_is_shown_until_all_is_packed(priya, inside, made):
    exported(priya, every_match="1")
    assert 'hx-get="/downloads/progress"' in priya.get("/downloads/").text
    part = priya.get("/downloads/progress", headers={"HX-Request": "true"}).text
    assert "0 of 9" in spaced(part)
    work(inside)
    part = priya.get("/downloads/progress", headers={"HX-Request": "true"}).text
    assert 'hx-target="#hm-list"' in part
    assert "every 2s" not in part


def test_a_storage_that_does_not_answer_is_tried_again(priya, inside, made, monkeypatch):
    exported(priya, every_match="1")
    from app.storage import StorageUnavailableError
    from app.storage.local import LocalStorage

    def down(self, key):
        raise StorageUnavailableError("no answer")

    with monkeypatch.context() as patched:
        patched.setattr(LocalStorage, "get", down)
        work(inside)
    assert only(inside).state == "pending"
    with inside(SYSTEM), transaction():
        job = db.session.scalars(select(Job).where(Job.kind == "export_documents")).one()
        assert "no answer" in job.error
        job.run_at = now()
    work(inside)
    assert only(inside).state == "completed"


@pytest.mark.function("D40", "D44")
def test_a_document_that_is_gone_fails_the_export_with_the_reason(priya, inside, made, portal):
    exported(priya, every_match="1")
    with inside(SYSTEM), transaction():
        document = db.session.get_one(models.IssuedDocument, first(made))
        reference, was = document.reference, document.file.key
        document.file.key = "0" * 64
    work(inside)
    page = priya.get("/downloads/").text
    assert f"Failed The file of {reference} is missing." in spaced(page)
    export_id = only(inside).id
    assert f'formaction="/downloads/{export_id}/retry"' in page
    assert priya.get(f"/downloads/{export_id}/file").status_code == 409
    with inside(SYSTEM), transaction():
        db.session.get_one(models.IssuedDocument, first(made)).file.key = was
    token = {"csrf_token": hidden(page, "csrf_token")}
    assert priya.post(f"/downloads/{export_id}/retry", data=token).status_code == 303
    work(inside)
    assert only(inside).state == "completed"


# Fetching --------------------------------------------------------------------------------------


@pytest.mark.function("D42", "D43")
def test_a_download_is_recorded_when_it_reached_its_end(priya, inside, made):
    exported(priya, every_match="1")
    work(inside)
    export_id = only(inside).id
    answer = priya.get(f"/downloads/{export_id}/file")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="Autumn awards.zip"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert len(answer.data) == answer.content_length
    answer.close()
    assert only(inside).fetched_whole is True
    assert "Successful" in spaced(priya.get("/downloads/").text)


@pytest.mark.function("D43")
def test_a_download_that_breaks_off_is_said_to_be_interrupted(priya, inside, made, portal):
    exported(priya, every_match="1")
    work(inside)
    export_id = only(inside).id
    answer = priya.get(f"/downloads/{export_id}/file", buffered=False)
    assert next(iter(answer.iter_encoded()))
    answer.close()
    found = only(inside)
    assert found.fetched_at is not None
    if found.fetched_whole:  # the whole file was one piece
        assert answer.content_length <= 64 * 1024
    part = priya.get(f"/downloads/{export_id}/file", headers={"Range": "bytes=100-"})
    assert part.status_code == 206
    assert len(part.data) == answer.content_length - 100
    part.close()
    assert only(inside).fetched_whole is True
    middle = priya.get(f"/downloads/{export_id}/file", headers={"Range": "bytes=0-9"})
    assert middle.data[:2] == b"PK"
    middle.close()
    assert only(inside).fetched_whole is None


# The end ---------------------------------------------------------------------------------------


def expire(inside):
    with inside(SYSTEM), transaction():
        db.session.scalars(select(models.ExportFile)).one().expires_at = now() - timedelta(1)
    work(inside)


@pytest.mark.both_databases
@pytest.mark.function("D41")
def test_an_expired_export_stays_as_a_row_and_its_file_goes(backend, priya, inside, made, portal):
    exported(priya, every_match="1")
    work(inside)
    with inside():
        key = db.session.scalars(select(models.ExportFile)).one().file.key
        documents = {each.file.key for each in db.session.scalars(select(models.IssuedDocument))}
        assert len(documents) == 9
    expire(inside)
    found = only(inside)
    assert (found.state, found.file_id) == ("expired", None)
    with portal.app_context():
        storage = storage_of(portal.config)
        assert not storage.exists(key)
        assert all(storage.exists(each) for each in documents)
    page = priya.get("/downloads/").text
    assert "Expired" in spaced(page)
    assert f"/downloads/{found.id}/file" not in page
    assert priya.get(f"/downloads/{found.id}/file").status_code == 409
    with inside():
        assert db.session.scalars(select(StoredFile).where(StoredFile.key == key)).all() == []


@pytest.mark.function("D44")
def test_an_expired_export_is_removed_and_put_back(priya, inside, made):
    exported(priya, every_match="1")
    work(inside)
    export_id = only(inside).id
    token = {"csrf_token": priya.csrf_token("/downloads/")}
    assert priya.post(f"/downloads/{export_id}/remove", data=token).status_code == 409
    expire(inside)
    gone = priya.post(f"/downloads/{export_id}/remove", data=token)
    page = priya.get(gone.location).text
    assert "was removed from the list" in page
    assert f'action="/downloads/{export_id}/restore"' in page
    assert f"/downloads/{export_id}/remove" not in page
    priya.post(f"/downloads/{export_id}/restore", data=token)
    assert f"/downloads/{export_id}/remove" in priya.get("/downloads/").text


@pytest.mark.function("D44")
def test_an_issue_is_reported_from_here_too(priya, inside, made):
    exported(priya, every_match="1")
    export_id = only(inside).id
    address = f"/document-reports/about/export/{export_id}"
    assert f'href="{address}"' in priya.get("/downloads/").text
    form = priya.get(address).text
    data = {"csrf_token": hidden(form, "csrf_token"), "once": hidden(form, "once"),
            "wrong": "The zip does not open"}  # fmt: skip
    assert priya.post(address, data=data).location == "/downloads/"
    assert "Autumn awards" in spaced(priya.get("/document-reports/").text)


def test_a_rival_sees_none_of_it(priya, sign_in, inside, made):
    exported(priya, every_match="1")
    work(inside)
    export_id, rival = only(inside).id, sign_in("rival@demo.example")
    assert "Nothing to download yet" in rival.get("/downloads/").text
    token = {"csrf_token": rival.csrf_token("/records/")}
    assert rival.get(f"/downloads/{export_id}/file").status_code == 404
    for do in ("retry", "remove", "restore"):
        assert rival.post(f"/downloads/{export_id}/{do}", data=token).status_code == 404
    assert rival.get(f"/document-reports/about/export/{export_id}").status_code == 404


# The dashboard ---------------------------------------------------------------------------------


@pytest.mark.function("D3", "D7", "D38")
def test_the_dashboard_has_tiles_that_lead_to_all_of_it(priya, inside, made):
    exported(priya, every_match="1")
    work(inside)
    page = priya.get("/dashboard/").text
    for address in ("/pending-records/?tab=all", "/jobs-issued/?tab=all", "/records/?tab=all",
                    "/downloads/?tab=all", "/document-reports/?tab=open"):  # fmt: skip
        assert f'href="{address}" class="hm-tile' in page, address
    words = spaced(page)
    assert "9 Records can be viewed" in words
    assert "1 Downloads are ready to be fetched" in words
    assert len(LEARNERS) == 3
    assert first(made, ADA)
