"""Documents: made by workers, sealed, stored once; what ends them, and what follows."""

import json
import subprocess
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.domain.awards import queries
from app.domain.awards.models import IssuedDocument, StatusList, VerificationFact
from app.domain.awards.rules import RecordType
from app.domain.awards.service import designing, ending, issuing, listing
from app.domain.kernel.tables import Job, Letter, StoredFile
from app.errors import ConflictError
from app.extensions import db
from app.letters.catalogue import check_context
from app.storage import storage_of
from app.transaction import transaction
from tests.support.documents import AT, asked_for, awarded, document, issued, work_off
from tests.support.viewers import viewer_of

pytestmark = pytest.mark.both_databases
CERTIFICATE = frozenset({RecordType.CERTIFICATE})


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def staff(portal):
    return viewer_of(portal, "staff@demo.example")


@pytest.fixture
def certificate(inside, provider, staff, portal):
    """Return the id of a certificate that was issued."""
    return issued(portal, inside, provider, staff, types=CERTIFICATE)[0]


def fact(document_id):
    statement = select(VerificationFact).where(VerificationFact.document_id == document_id)
    return db.session.scalars(statement).one()


def pdf_of(portal, document_id):
    return storage_of(portal.config).get(document(document_id).file.key)


@pytest.mark.function("D54")
def test_workers_seal_and_store_what_was_asked_for(portal, inside, provider, staff, tmp_path):
    ids = issued(portal, inside, provider, staff)
    with inside(provider):
        made = [document(each) for each in ids]
        assert {each.state for each in made} == {"valid"}
        assert len({each.reference for each in made}) == 3
        for each in made:
            file = tmp_path / f"{each.record_type}.pdf"
            file.write_bytes(storage_of(portal.config).get(each.file.key))
            said = subprocess.run(
                ["pdfsig", "-nocert", file], capture_output=True, text=True, check=True
            ).stdout
            assert "Signature is Valid" in said
            assert "Total document signed" in said
            text = subprocess.run(
                ["pdftotext", file, "-"], capture_output=True, text=True, check=True
            ).stdout
            assert "Róisín O’Brien-Łukasz" in text
            assert each.reference in text
            known = fact(each.id)
            assert (known.state, known.pdf_digest) == ("valid", each.file.key)
            assert known.initials == "R. O."
    with inside(staff):
        assert db.session.scalar(select(func.count(VerificationFact.reference))) == 3


def test_a_certificate_carries_its_credential_with_a_random_bit(inside, portal, certificate):
    with inside(viewer_of(portal, "staff@demo.example")):
        made = document(certificate)
        credential = json.loads(storage_of(portal.config).get(made.credential.key))
        status = credential["credentialStatus"]
        assert status["statusListIndex"] == str(made.status_index)
        assert status["statusListCredential"].endswith(f"/status/{made.status_list_id}")
        assert 0 <= made.status_index < listing.SIZE


def test_one_that_cannot_be_made_fails_with_the_reason_and_the_job_goes_on(
    inside, provider, staff, portal
):
    ids = issued(portal, inside, provider, staff, "Asher", "𓀀Hieroglyph", types=CERTIFICATE)
    with inside(staff):
        by_name = {document(each).holder.split()[-1]: document(each) for each in ids}
        assert by_name["Asher"].state == "valid"
        failed = by_name["𓀀Hieroglyph"]
        assert failed.state == "failed"
        assert "U+13000" in failed.failure
        assert failed.file is None
        assert db.session.scalar(select(func.count(VerificationFact.reference))) == 1


def test_a_broken_template_fails_and_a_mended_one_makes_the_same_document(
    inside, provider, staff, portal
):
    with inside(staff), transaction():
        newest = queries.newest_templates()["certificate"]
        good, first = newest.source, newest.number
        designing.save_template("certificate", '#panic("no")', "", seen=newest.number, at=AT)
    (certificate_id,) = issued(portal, inside, provider, staff, types=CERTIFICATE)
    with inside(staff):
        before = (document(certificate_id).reference, document(certificate_id).content)
        assert document(certificate_id).state == "failed"
    with inside(staff), transaction():
        designing.save_template("certificate", good, "Mended", seen=first + 1, at=AT)
    with inside(staff), transaction():
        issuing.retry([document(certificate_id)], None, at=AT)
    work_off(portal)
    with inside(staff):
        assert document(certificate_id).state == "valid"
        assert (document(certificate_id).reference, document(certificate_id).content) == before


def test_later_changes_leave_bytes_and_hash_as_they_were(
    portal, inside, provider, staff, certificate
):
    with inside(staff):
        key, bytes_before = document(certificate).file.key, pdf_of(portal, certificate)
    with inside(staff), transaction():
        document(certificate).person.surname = "Changed"
        settings = queries.settings()
        designing.change_settings(settings, {"accent": "#ff0000"})
        newest = queries.newest_templates()["certificate"]
        designing.save_template(
            "certificate", newest.source + "\n// new", "", seen=newest.number, at=AT
        )
    work_off(portal)
    with inside(staff):
        assert document(certificate).file.key == key
        assert pdf_of(portal, certificate) == bytes_before
        assert document(certificate).holder == "Róisín O’Brien-Łukasz"


def test_a_job_that_runs_twice_makes_nothing_twice(inside, provider, staff, certificate, portal):
    with inside(staff):
        files = db.session.scalar(select(func.count(StoredFile.id)))
        version = document(certificate).version
    with inside(staff), transaction():
        issuing.enqueue_making([certificate], at=AT)
    assert work_off(portal) == 1
    with inside(staff):
        assert db.session.scalar(select(func.count(StoredFile.id))) == files
        assert document(certificate).version == version


@pytest.mark.function("D59")
def test_cancelling_is_told_to_whoever_checks_and_to_the_centre(inside, staff, certificate, portal):
    with inside(staff), transaction():
        ending.cancel([document(certificate)], None, at=AT, reason="Issued to the wrong person")
    with inside(staff):
        assert document(certificate).state == "cancelled"
        assert fact(certificate).state == "cancelled"
        (letter,) = db.session.scalars(select(Letter).where(Letter.code == "document_ended"))
        check_context(letter.code, letter.context)
        assert letter.context["reason"] == "Issued to the wrong person"
        assert listing.set_bits(document(certificate).status_list_id) == [
            document(certificate).status_index
        ]
        assert db.session.scalars(select(StatusList)).one().is_stale


@pytest.mark.function("D59")
def test_documents_expire_after_their_last_day(inside, provider, staff, portal):
    awards = awarded(inside, provider, staff)
    last = AT.date() + timedelta(days=10)
    asked_for(inside, staff, awards, CERTIFICATE, expires_on=last)
    work_off(portal)
    with inside(staff):
        (certificate,) = queries.documents_of_awards(awards)
        certificate_id = certificate.id
    for today, expired in ((last, 0), (last + timedelta(days=1), 1)):
        with inside(staff), transaction():
            assert ending.expire_due(today, at=AT) == expired
    with inside(staff):
        assert fact(certificate_id).state == "expired"


def test_a_successor_takes_over_only_once_it_exists(inside, staff, certificate, portal):
    with inside(staff), transaction():
        document(certificate).person.surname = "Corrected"
        ending.replace(document(certificate), at=AT, reason="The name was misspelt")
    with inside(staff):
        assert fact(certificate).state == "valid"
    with inside(staff), pytest.raises(ConflictError, match="already"), transaction():
        ending.replace(document(certificate), at=AT, reason="Again")
    work_off(portal)
    with inside(staff):
        old = document(certificate)
        (new,) = db.session.scalars(
            select(IssuedDocument).where(IssuedDocument.replaces_id == certificate)
        )
        assert (old.state, new.state) == ("replaced", "valid")
        assert new.holder == "Róisín Corrected"
        assert new.content["replaces"] == old.reference
        assert fact(certificate).replaced_by == new.reference
        (letter,) = db.session.scalars(select(Letter).where(Letter.code == "document_ended"))
        assert letter.context["replaced_by"] == new.reference


def test_a_status_list_is_signed_with_the_bits_of_what_no_longer_holds(
    inside, staff, certificate, portal
):
    work_off(portal, listing.SIGNING)
    with inside(staff):
        before = db.session.scalars(select(StatusList)).one().credential
        assert before["proof"]["cryptosuite"] == "eddsa-rdfc-2022"
    with inside(staff), transaction():
        ending.cancel([document(certificate)], None, at=AT, reason="Wrong")
    assert work_off(portal, listing.SIGNING) == 1
    with inside(staff):
        after = db.session.scalars(select(StatusList)).one()
        assert not after.is_stale
        assert (
            after.credential["credentialSubject"]["encodedList"]
            != before["credentialSubject"]["encodedList"]
        )


def test_a_storage_that_is_down_leaves_documents_pending(
    portal, inside, provider, staff, monkeypatch
):
    from app.storage import StorageUnavailableError
    from app.storage.local import LocalStorage

    def down(_self, _data):
        raise StorageUnavailableError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(LocalStorage, "put", down)
        (certificate_id,) = issued(portal, inside, provider, staff, types=CERTIFICATE)
    with inside(staff):
        assert document(certificate_id).state == "pending"
        job = db.session.scalars(select(Job).where(Job.kind == issuing.MAKING)).one()
        assert (job.state, "disk is full" in job.error) == ("queued", True)
    with inside(staff), transaction():
        issuing.enqueue_making([certificate_id], at=AT)
    work_off(portal)
    with inside(staff):
        assert document(certificate_id).state == "valid"


def test_paper_is_printed_dispatched_and_printed_again(inside, staff, certificate, portal):
    with inside(staff), transaction():
        (copy,) = queries.copies_of(certificate)
        for move in ("print", "dispatch"):
            ending.move_paper([copy], move, None, at=AT)
        ending.move_paper([copy], "return", None, at=AT, reason="Not known at this address")
    with inside(staff):
        (copy,) = queries.copies_of(certificate)
        assert (copy.state, copy.reason) == ("returned", "Not known at this address")
    with inside(staff), transaction():
        ending.reprint(document(certificate), at=AT, reason="The first was damaged")
    with inside(staff), pytest.raises(ConflictError, match="waits to be printed"), transaction():
        ending.reprint(document(certificate), at=AT, reason="Twice")
