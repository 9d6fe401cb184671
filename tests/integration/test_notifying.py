"""Learners are told of their documents: one letter each, and what becomes of it is known."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from app.clock import now
from app.domain.awards import queries
from app.domain.awards.models import DocumentSettings, IssuedDocument, Notice
from app.domain.awards.queries import notices
from app.domain.awards.service import notifying
from app.domain.awards.service.notifying import (
    AddressDiffersError,
    NotifiedLatelyError,
    Wish,
)
from app.domain.kernel import mailroom, outbox
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.permissions import Permission
from app.domain.kernel.tables import Event, Job, Letter
from app.domain.kernel.viewer import BOUNCES, SYSTEM
from app.domain.organisations.models import PortalUser
from app.domain.people.models import Person
from app.errors import ConflictError, ForbiddenError, NotFoundError, StaleError
from app.extensions import db
from app.jobs import worker
from app.letters import bounces
from app.letters.catalogue import check_context
from app.transaction import transaction
from tests.integration.test_outbox import CONTEXT
from tests.support.bounces import report
from tests.support.issued import RIVAL, TITLE, issue, many
from tests.support.viewers import viewer_of

both_databases = pytest.mark.both_databases
ANN = ("Siân", "O’Brien-Zieliński")
NAME = " ".join(ANN)


@pytest.fixture
def provider(portal):
    return viewer_of(portal, "provider@demo.example")


@pytest.fixture
def mailing(portal, monkeypatch, smtp):
    """Let the portal send by a real server, and hear of what came back by the webhook."""
    monkeypatch.setitem(portal.config, "MAIL_URL", smtp.url)
    monkeypatch.setitem(portal.config, "BOUNCE_SECRET", "for-tests-only")
    return smtp


def notify(inside, viewer, job, name=NAME, token=None, at=None, **wish):
    """Notify one learner as somebody does who presses the button."""
    with inside(viewer), transaction():
        return notifying.notify(
            job.job, job.registrations[name], Wish(**wish), token or new_token(), at=at or now()
        )


def all_notices(inside, viewer=SYSTEM):
    with inside(viewer):
        return list(db.session.scalars(select(Notice).order_by(Notice.id)))


def deliver(inside):
    with inside():
        worker.drain()


def states_of(inside, viewer, job):
    with inside(viewer):
        ids = [each for ids in job.documents.values() for each in ids]
        rows = list(db.session.scalars(select(IssuedDocument).where(IssuedDocument.id.in_(ids))))
        return {state.code for state in notices.notified(rows).values()}


def count_of(inside, viewer, job):
    with inside(viewer):
        return notices.notified_counts([job.job])[job.job]


@both_databases
@pytest.mark.function("D47", "D49", "D50", "D51")
def test_one_letter_covers_all_record_types_and_gives_the_enrolment_number(
    portal, backend, inside, provider, mailing
):
    with inside(SYSTEM), transaction():
        settings = db.session.scalars(select(DocumentSettings)).one()
        settings.notice = "Paper certificates follow later this year."
    job = issue(inside, {ANN: "sian@example.com", ("Donald", "Duck"): ""})
    assert states_of(inside, provider, job) == {"none"}

    assert notify(inside, provider, job, email="sian@example.com")

    assert count_of(inside, provider, job) == 0, "it is on its way, not sent"
    deliver(inside)
    (notice,) = all_notices(inside)
    assert (notice.state, notice.email, notice.title) == ("sent", "sian@example.com", TITLE)
    assert notice.created_by == "Priya Anand"
    assert notice.answered_at is not None
    (message,) = mailing.messages
    assert message["To"].addresses[0].addr_spec == "sian@example.com"
    assert message["From"].addresses[0].addr_spec.startswith("certifications@")
    assert mailing.senders == [f"bounces+{notice.token}@hallmark.example"]
    text = " ".join(message.get_body(("plain",)).get_content().split())
    with inside():
        number = notice_number(notice)
    assert (
        f"Your record: {NAME} your {TITLE} has been issued on the Wrenfield Awards Secure Portal."
    ) in text
    assert (
        "You will need your Wrenfield Awards Enrolment Number to register to use the portal. "
        f"Your Enrolment Number is: {number}."
    ) in text
    assert "login using this link" in text
    assert "http://localhost/learner/start" in text
    assert "Please note: Paper certificates follow later this year." in text
    assert "The Digital Certificate Team" in text
    assert text.index("Thank you") > text.index("Please note")
    assert count_of(inside, provider, job) == 3, "all three documents of that learner, no others"
    with inside():
        letter = db.session.scalars(select(Letter)).one()
        check_context(letter.code, letter.context)


def notice_number(notice):
    return db.session.get(Notice, notice.id).registration.enrolment_number


@both_databases
@pytest.mark.function("D48")
def test_an_address_is_saved_and_another_one_is_confirmed_first(portal, backend, inside, provider):
    job = issue(inside, {ANN: "old@example.com", ("Donald", "Duck"): ""})
    notify(inside, provider, job, "Donald Duck", email="donald@example.com")
    with pytest.raises(AddressDiffersError) as asked:
        notify(inside, provider, job, email="new@example.com")
    assert (asked.value.stored, asked.value.entered) == ("old@example.com", "new@example.com")
    with pytest.raises(AddressDiffersError):
        notify(inside, provider, job, email="third@example.com", confirmed="new@example.com")
    notify(inside, provider, job, email="new@example.com", confirmed="new@example.com")
    with inside():
        addresses = {
            name: db.session.get(Person, person_id).email for name, person_id in job.people.items()
        }
    assert addresses == {NAME: "new@example.com", "Donald Duck": "donald@example.com"}
    assert [each.email for each in all_notices(inside)] == [
        "donald@example.com", "new@example.com"
    ]  # fmt: skip


def test_who_may_not_change_employees_fills_in_a_blank_address_and_no_other(
    portal, inside, provider
):
    fewer = replace(provider, permissions=provider.permissions - {Permission.CHANGE_EMPLOYEES.code})
    job = issue(inside, {ANN: "old@example.com", ("Donald", "Duck"): ""})
    notify(inside, fewer, job, "Donald Duck", email="donald@example.com")
    with pytest.raises(ForbiddenError, match="Can Change Employee Details"):
        notify(inside, fewer, job, email="new@example.com", confirmed="new@example.com")
    notify(inside, fewer, job)
    assert [each.email for each in all_notices(inside)] == [
        "donald@example.com", "old@example.com"
    ]  # fmt: skip


def test_a_person_changed_meanwhile_is_not_overwritten(portal, inside, provider):
    job = issue(inside, {ANN: ""})
    with inside(provider), transaction():
        person = db.session.get(Person, job.people[NAME])
        seen = person.version
        person.phone = "+441134960203"
    with pytest.raises(StaleError):
        notify(inside, provider, job, email="sian@example.com", version=seen)
    assert all_notices(inside) == []


@both_databases
@pytest.mark.function("D53")
def test_nobody_is_notified_twice_by_a_slip_and_again_whenever_it_is_wanted(
    portal, backend, inside, provider
):
    job, token = issue(inside, {ANN: "sian@example.com"}), new_token()
    assert notify(inside, provider, job, token=token)
    assert not notify(inside, provider, job, token=token), "a double click"
    with pytest.raises(NotifiedLatelyError):
        notify(inside, provider, job)
    assert len(all_notices(inside)) == 1
    assert notify(inside, provider, job, again=True)
    assert len(all_notices(inside)) == 2
    assert notify(inside, provider, job, at=now() + notifying.rules.LATELY * 2)
    with inside(provider):
        assert len(notices.notices_of(job.job, job.registrations[NAME])) == 3
        audited = select(Event).where(Event.subject_table == "notices", Event.what == "created")
        events = list(db.session.scalars(audited))
        assert len(events) == 3
        assert all("token" not in event.after for event in events)


def test_nobody_is_told_of_documents_that_are_not_valid(portal, inside, provider):
    job = issue(inside, {ANN: "sian@example.com"}, state="cancelled")
    with pytest.raises(ConflictError, match="None of this learner’s documents"):
        notify(inside, provider, job)


def test_without_an_address_nobody_is_written_to(portal, inside, provider):
    job = issue(inside, {ANN: ""})
    with pytest.raises(ConflictError, match="Enter the address"):
        notify(inside, provider, job)
    assert all_notices(inside) == []


@both_databases
def test_learners_of_somebody_else_do_not_exist(portal, backend, inside, provider):
    theirs = issue(inside, {ANN: "sian@example.com"}, centre=RIVAL)
    with pytest.raises((NotFoundError, ConflictError)):
        notify(inside, provider, theirs)
    with inside(provider), transaction():
        assert notifying.notify_some(theirs.job, list(theirs.registrations.values()), at=now()) == 0
        assert notices.learners(theirs.job) == []
    assert all_notices(inside) == []


@both_databases
def test_everybody_who_was_not_notified_yet_gets_one_letter(portal, backend, inside, provider):
    learners = many(5) | {("Without", "Address"): ""}
    job = issue(inside, learners)
    notify(inside, provider, job, "Noa Learnera")
    with inside(provider):
        found = notifying.everybody(job.job)
        assert (len(found.ready), len(found.without), len(found.told)) == (4, 1, 1)
        assert found.without[0].person.surname == "Address"
    token = new_token()
    for _ in range(2):
        with inside(provider), transaction():
            row = queries.job(job.job)
            assert notifying.notify_all(row, token, at=now()) == (4, False)
    with inside(provider), transaction():
        assert notifying.notify_all(queries.job(job.job), new_token(), at=now()) == (0, False)
    told = all_notices(inside)
    assert len({each.registration_id for each in told}) == len(told) == 5


@both_databases
def test_more_than_fit_into_a_request_are_notified_by_a_worker(
    portal, backend, inside, provider, monkeypatch
):
    monkeypatch.setattr(notifying, "AT_ONCE", 3)
    job = issue(inside, many(8), types=("certificate",))
    with inside(provider), transaction():
        assert notifying.notify_all(queries.job(job.job), new_token(), at=now()) == (8, True)
    with inside(provider):
        work = notices.underway(notifying.NOTIFYING, notifying.key_of(job.job))
        assert work is not None
    deliver(inside)
    with inside(provider):
        assert notices.underway(notifying.NOTIFYING, notifying.key_of(job.job)) is None
        done = select(Job).where(Job.kind == notifying.NOTIFYING)
        assert [(each.done, each.total) for each in db.session.scalars(done)] == [(8, 8)]
    told = all_notices(inside)
    assert len({each.registration_id for each in told}) == len(told) == 8
    assert {each.created_by for each in told} == {"Priya Anand"}
    assert count_of(inside, provider, job) == 8


def test_a_worker_goes_on_after_whoever_asked_has_left(portal, inside, provider, monkeypatch):
    monkeypatch.setattr(notifying, "AT_ONCE", 1)
    job = issue(inside, many(3), types=("letter",))
    with inside(provider), transaction():
        notifying.notify_all(queries.job(job.job), new_token(), at=now())
    with inside(SYSTEM), transaction():
        db.session.get(PortalUser, provider.user_id).active = False
    deliver(inside)
    assert len(all_notices(inside)) == 3


@both_databases
@pytest.mark.function("D25", "D49")
def test_a_refused_letter_says_so_and_counts_for_nothing(
    portal, backend, inside, provider, mailing
):
    job = issue(inside, {ANN: "sian@example.com"})
    mailing.refuse_with = "550 5.1.1 <sian@example.com> is no mailbox here"
    notify(inside, provider, job)
    deliver(inside)
    (notice,) = all_notices(inside)
    assert notice.state == "refused"
    assert "550 5.1.1" in notice.outcome
    assert "sian@example.com" not in notice.outcome, "who may not see it reads the outcome, too"
    assert states_of(inside, provider, job) == {"refused"}
    assert count_of(inside, provider, job) == 0
    with inside(provider):
        found = notifying.everybody(job.job)
        assert (len(found.ready), len(found.returned)) == (0, 1), "the address is still the same"
    with inside(provider), transaction():
        person = db.session.get(Person, job.people[NAME])
        person.email = person.email_key = "right@example.com"
    with inside(provider):
        assert len(notifying.everybody(job.job).ready) == 1


def test_a_letter_that_staff_send_again_counts_when_it_is_taken(portal, inside, provider, mailing):
    job = issue(inside, {ANN: "sian@example.com"})
    mailing.refuse_with = "550 full"
    notify(inside, provider, job)
    deliver(inside)
    mailing.refuse_with = None
    with inside(viewer_of(portal, "staff@demo.example")), transaction():
        letter = db.session.scalars(select(Letter)).one()
        mailroom.send_again(letter, new_token(), at=now())
    deliver(inside)
    assert [each.state for each in all_notices(inside)] == ["sent"]


@both_databases
def test_a_letter_that_comes_back_takes_its_tick_along(portal, backend, inside, provider, mailing):
    job = issue(inside, {ANN: "sian@example.com", ("Donald", "Duck"): "donald@example.com"})
    for name in job.registrations:
        notify(inside, provider, job, name)
    deliver(inside)
    assert count_of(inside, provider, job) == 6
    path = mailing.senders[0]
    raw = report(path, "sian@example.com", said="550 5.1.1 <sian@example.com>: unknown")
    bounce = bounces.read_report(raw)
    for expected in (1, 0):
        with inside(BOUNCES), transaction():
            back = [(bounce.token, bounce.outcome), ("0" * 32, "never sent")]
            assert notifying.came_back(back, at=now()) == expected
    first, second = all_notices(inside)
    assert (first.state, second.state) == ("bounced", "sent")
    assert "550 5.1.1" in first.outcome
    assert "sian@" not in first.outcome
    assert count_of(inside, provider, job) == 3
    with inside(provider):
        told = db.session.scalars(
            select(Event).where(Event.subject_table == "notices", Event.subject_id == first.id)
            .order_by(Event.id)
        )  # fmt: skip
        assert [each.what for each in told] == ["created", "deliver", "bounce"]


def test_letters_have_no_return_path_where_nobody_could_hear_of_it(
    portal, inside, provider, mailing, monkeypatch
):
    monkeypatch.setitem(portal.config, "BOUNCE_SECRET", "")
    job = issue(inside, {ANN: "sian@example.com"})
    notify(inside, provider, job)
    deliver(inside)
    assert mailing.senders == ["certifications@hallmark.example"]


def test_other_letters_come_from_their_sender(portal, inside, mailing):
    with inside(SYSTEM), transaction():
        draft = outbox.Draft(
            "registration_saved_person", "a@example.com", "A", ("registrations", 1), None, CONTEXT
        )
        outbox.post(db.session(), [draft], at=now())
    deliver(inside)
    assert mailing.senders == ["no-reply@hallmark.example"]


def test_it_works_for_staff_of_the_awarding_body_too(portal, inside):
    staff = viewer_of(portal, "staff@demo.example")
    job = issue(inside, {ANN: "sian@example.com"})
    notify(inside, staff, job)
    (notice,) = all_notices(inside, viewer_of(portal, "provider@demo.example"))
    assert notice.created_by == "Sam Whitlock"
