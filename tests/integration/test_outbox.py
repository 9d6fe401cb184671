"""Letters: posted with what caused them, delivered by a worker at least once, never lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.clock import now
from app.domain.kernel import outbox
from app.domain.kernel.tables import Job, Letter
from app.domain.kernel.viewer import SYSTEM, fix, seen_by
from app.extensions import db
from app.jobs import worker
from app.transaction import transaction
from tests.conftest import Inside
from tests.support.mail import Mailbox
from tests.support.ports import free_port, wait_until
from tests.support.processes import ROOT

CONTEXT = {
    "recipient_name": "Aled Gwyn-Jones",
    "person_name": "Aled Gwyn-Jones",
    "kind": "apprentice",
    "reference": "34001",
    "scheme": "Apprentices Training Scheme 2021",
    "pathway": "Installation Electrician",
    "start_date": "2026-09-07",
    "employer_name": "Ellis and Daughter Ltd",
    "provider_name": "Calder Vale Training Ltd",
    "hse_completed": True,
}


def post(count: int = 1, *, to: str = "aled@example.com", code: str = "") -> None:
    drafts = [
        outbox.Draft(
            code or "registration_saved_person",
            to.replace("@", f"{n}@") if count > 1 else to,
            "Aled Gwyn-Jones",
            ("registrations", n + 1),
            None,
            CONTEXT,
        )
        for n in range(count)
    ]
    with seen_by(SYSTEM), transaction():
        outbox.post(db.session(), drafts, at=now())


def letters() -> list[Letter]:
    fix(db.session(), SYSTEM)
    db.session.expire_all()
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


def hurry() -> None:
    """Make every queued letter and job due now."""
    with seen_by(SYSTEM), transaction():
        for letter in letters():
            letter.try_at = now() - timedelta(seconds=1)
        for job in db.session.scalars(select(Job).where(Job.state == "queued")):
            job.run_at = now() - timedelta(seconds=1)


@pytest.fixture
def mailing(portal: Flask, monkeypatch: pytest.MonkeyPatch, smtp: Mailbox) -> Mailbox:
    """Let the portal send by the mail server of this test."""
    monkeypatch.setitem(portal.config, "MAIL_URL", smtp.url)
    return smtp


@pytest.mark.both_databases
@pytest.mark.function("A25")
def test_a_letter_is_delivered_once_and_says_so(
    portal: Flask, backend: str, inside: Inside, mailing: Mailbox
) -> None:
    with inside():
        post(3)
        worker.drain()
        worker.drain()
        assert [row.state for row in letters()] == ["sent"] * 3
        (row, *_) = letters()
        assert row.sent_at is not None
        assert "accepted by 127.0.0.1" in (row.outcome or "")
    assert len(mailing.messages) == 3
    message = mailing.wait_for("aled0@example.com")
    assert message["Message-ID"] == f"<{row.message_id}>"
    assert "Wrenfield Awards" in str(message["From"])


def test_without_a_mail_server_letters_stay_in_the_portal(inside: Inside) -> None:
    with inside():
        post()
        worker.drain()
        (row,) = letters()
        assert (row.state, row.outcome) == ("sent", "kept in the mailbox")


def test_nothing_is_sent_by_a_transaction_that_failed(inside: Inside, mailing: Mailbox) -> None:
    def fail() -> None:
        with seen_by(SYSTEM), transaction():
            draft = outbox.Draft(
                "registration_saved_person", "a@example.com", "A", ("x", 1), None, CONTEXT
            )
            outbox.post(db.session(), [draft], at=now())
            raise ValueError("the form was wrong after all")

    with inside():
        with pytest.raises(ValueError, match="after all"):
            fail()
        worker.drain()
        assert letters() == []
    assert mailing.messages == []


def test_letters_wait_while_the_mail_server_is_down(
    portal: Flask, inside: Inside, smtp: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(portal.config, "MAIL_URL", f"smtp://127.0.0.1:{free_port()}")
    with inside():
        post(5)
        worker.drain()
        assert {(row.state, row.tries) for row in letters()} == {("queued", 1)}
        assert all("does not answer" in (row.outcome or "") for row in letters())
        assert all(row.try_at > now() + timedelta(seconds=20) for row in letters())
        monkeypatch.setitem(portal.config, "MAIL_URL", smtp.url)
        worker.drain()
        assert {row.state for row in letters()} == {"queued"}, "none is due yet"
        hurry()
        worker.drain()
        assert {row.state for row in letters()} == {"sent"}
    assert len(smtp.messages) == 5


def test_a_refused_letter_fails_and_the_others_go_out(inside: Inside, mailing: Mailbox) -> None:
    with inside():
        mailing.refuse_with = "550 no such mailbox"
        post()
        worker.drain()
        (row,) = letters()
        assert row.state == "failed"
        assert "550" in (row.outcome or "")
        mailing.refuse_with = None
        post()
        worker.drain()
        assert [each.state for each in letters()] == ["failed", "sent"]


def test_a_letter_that_cannot_be_written_keeps_no_other_back(
    inside: Inside, mailing: Mailbox
) -> None:
    with inside():
        post(code="no_such_letter")
        post()
        worker.drain()
        assert [row.state for row in letters()] == ["queued", "sent"]
        assert "could not be written" in (letters()[0].outcome or "")


def test_a_letter_is_given_up_in_the_end(inside: Inside, mailing: Mailbox) -> None:
    with inside():
        mailing.refuse_with = "450 try later"
        post()
        with seen_by(SYSTEM), transaction():
            letters()[0].tries = outbox.GIVE_UP - 1
        worker.drain()
        assert letters()[0].state == "failed"


def test_the_sweep_delivers_letters_whose_job_is_gone(inside: Inside, mailing: Mailbox) -> None:
    with inside():
        post()
        with seen_by(SYSTEM), transaction():
            for job in db.session.scalars(select(Job)):
                db.session.delete(job)
        worker.drain()
        assert letters()[0].state == "sent"
    assert len(mailing.messages) == 1


def test_sending_again_is_a_letter_of_its_own(inside: Inside, mailing: Mailbox) -> None:
    with inside():
        post()
        worker.drain()
        with seen_by(SYSTEM), transaction():
            outbox.send_again(db.session(), letters()[0], at=now())
        worker.drain()
        first, second = letters()
        assert second.resend_of_id == first.id
        assert second.message_id != first.message_id
    assert len(mailing.messages) == 2


Started = Callable[[], AbstractContextManager[subprocess.Popen[bytes]]]


@pytest.mark.both_databases
def test_a_killed_worker_loses_no_letter(
    portal: Flask, backend: str, inside: Inside, smtp: Mailbox, tmp_path: Path
) -> None:
    with inside():
        post(60)
    environment = os.environ | {
        "DATABASE_URL": portal.config["SQLALCHEMY_DATABASE_URI"],
        "PORTAL_HOME": str(tmp_path),
        "MAIL_URL": smtp.url,
        "JOB_LEASE": "6",
        **dict.fromkeys(("SECRET_KEY", "GATEWAY_SECRET"), "for-tests-only"),
    }
    command = [sys.executable, "-m", "flask", "--app", "app", "portal", "worker", "--every", "1"]
    first = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    wait_until(lambda: len(smtp.messages) >= 5, seconds=30, what="five letters sent")
    first.send_signal(signal.SIGKILL)
    first.wait()
    at_death = len({str(found["Message-ID"]) for found in smtp.messages})
    assert at_death < 60, "the worker was too quick to be killed in the middle"
    second = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:

        def all_sent() -> bool:
            with inside():
                waiting = select(func.count(Letter.id)).where(Letter.state != "sent")
                return db.session.scalar(waiting) == 0

        wait_until(all_sent, seconds=90, what="every letter sent after the restart")
    finally:
        second.terminate()
        assert second.wait(10) == 0
    sent = [str(found["Message-ID"]) for found in smtp.messages]
    assert len(set(sent)) == 60
    assert len(sent) <= 61, "at most the one letter in flight repeats"
