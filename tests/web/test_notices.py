"""The pages that notify learners: the box, everybody of a job, the list."""

import re

import pytest
from sqlalchemy import select, update

from app.clock import now
from app.domain.awards.models import IssuedDocument, Notice
from app.domain.awards.queries import notices
from app.domain.awards.service import notifying
from app.domain.kernel.tables import Letter
from app.domain.kernel.viewer import SYSTEM
from app.domain.people.models import Person
from app.extensions import db
from app.jobs import worker
from app.transaction import transaction
from app.views import notified
from tests.support.issued import RIVAL, TITLE, issue, many
from tests.support.notices import ANN, NAME, box_of, hidden, press, told
from tests.support.reading import spaced
from tests.support.watch import count_statements

STAFF, OFFICE = "staff@demo.example", "office@demo.example"
CENTRE = "Aire Valley Centre"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def job(inside):
    return issue(inside, {ANN: "sian@example.com", ("Donald", "Duck"): ""})


@pytest.mark.function("D48", "D49")
def test_the_box_saves_the_address_and_notifies(inside, priya, job):
    page = priya.get(box_of(job, "Donald Duck")).text
    text = spaced(page)
    assert "Notify Donald Duck" in text
    assert TITLE in text
    assert re.search(r"AMS\d{9}", text)
    answer = press(priya, box_of(job, "Donald Duck"), email=" Donald@Example.com ")
    assert answer.status_code == 303
    assert answer.location == "/notices/"
    after = spaced(priya.get(answer.location).text)
    assert "Donald Duck is being notified by email." in after
    assert "Being sent" in after
    with inside():
        person = db.session.get(Person, job.people["Donald Duck"])
        assert person.email == "Donald@example.com"
        worker.drain()
    assert "Email ✓" in spaced(priya.get("/notices/").text)


def test_the_box_opens_over_the_page_and_leads_back_to_it(priya, job):
    box = priya.get(box_of(job), headers=HTMX)
    assert box.headers["Cache-Control"] == "no-store"
    assert "<dialog" in box.text
    assert "data-hm-open-now" in box.text
    assert "<html" not in box.text
    form = hidden(box.text) | {"email": "sian@example.com"}
    wrong = priya.post(box_of(job), data=form | {"email": "nonsense"}, headers=HTMX)
    assert wrong.status_code == 422
    assert 'aria-invalid="true"' in wrong.text
    done = priya.post(box_of(job), data=form, headers=HTMX)
    assert (done.status_code, done.headers["HX-Refresh"]) == (200, "true")


@pytest.mark.function("D48")
def test_another_address_than_the_stored_one_is_confirmed_first(inside, priya, job):
    asked = press(priya, box_of(job), email="new@example.com")
    assert asked.status_code == 409
    text = spaced(asked.text)
    assert "This is not the address on record" in text
    assert "sian@example.com" in text
    assert "new@example.com" in text
    assert told(inside) == []
    done = priya.post(box_of(job), data=hidden(asked.text) | {"email": "new@example.com"})
    assert done.status_code == 303
    assert [each.email for each in told(inside)] == ["new@example.com"]


@pytest.mark.parametrize("typed", ["", "nonsense", "a@b", "two@example.com, three@example.com",
                                   "a@example.com\r\nBcc: b@example.com"])  # fmt: skip
def test_what_is_no_address_is_refused_in_words(inside, priya, job, typed):
    answer = press(priya, box_of(job, "Donald Duck"), email=typed)
    assert answer.status_code == 422
    assert "hm-error" in answer.text
    assert told(inside) == []


@pytest.mark.function("D53")
def test_double_clicks_and_two_tabs_write_one_letter(inside, priya, job):
    first, second = (hidden(priya.get(box_of(job)).text) for _ in range(2))
    for _ in range(2):
        answer = priya.post(box_of(job), data=first | {"email": "sian@example.com"})
        assert answer.status_code == 303
    other = priya.post(box_of(job), data=second | {"email": "sian@example.com"})
    assert other.status_code == 409
    assert "This learner was notified a moment ago" in spaced(other.text)
    assert len(told(inside)) == 1
    again = priya.post(box_of(job), data=hidden(other.text) | {"email": "sian@example.com"})
    assert again.status_code == 303
    assert len(told(inside)) == 2


def test_two_tabs_with_different_addresses_show_both(inside, priya, job):
    path = box_of(job, "Donald Duck")
    first, second = (hidden(priya.get(path).text) for _ in range(2))
    assert priya.post(path, data=first | {"email": "one@example.com"}).status_code == 303
    answer = priya.post(path, data=second | {"email": "two@example.com"})
    assert answer.status_code == 409
    text = spaced(answer.text)
    assert "one@example.com" in text
    assert "two@example.com" in text
    assert len(told(inside)) == 1


def test_addresses_are_masked_for_those_who_may_not_change_employees(inside, sign_in):
    job = issue(inside, {ANN: "sian@example.com", ("Donald", "Duck"): ""}, centre=CENTRE)
    chen = sign_in("centre@demo.example")
    page = chen.get(box_of(job)).text
    assert "sian@example.com" not in page
    assert "s•••@example.com" in page or "•" in page
    assert 'name="email"' not in page
    tampered = press(chen, box_of(job), email="mine@example.com")
    assert tampered.status_code == 303, "what they may not enter is not read"
    filled = press(chen, box_of(job, "Donald Duck"), email="donald@example.com")
    assert filled.status_code == 303
    assert [each.email for each in told(inside)] == ["sian@example.com", "donald@example.com"]
    with inside(SYSTEM), transaction():
        for notice in db.session.scalars(select(Notice)):
            notifying.came_back([(notice.token, f"550 <{notice.email}>: unknown")], now())
    record = chen.get(f"/notices/{told(inside)[0].id}").text
    for page in (
        record, chen.get("/notices/").text, chen.get("/notices/export.csv").text,
        chen.get("/api/v1/notices/").text, chen.get(f"/notify/jobs/{job.job}").text,
    ):  # fmt: skip
        assert "sian@example.com" not in page
        assert "donald@example.com" not in page


@pytest.mark.function("D53")
def test_everybody_of_a_job_is_notified_once(inside, priya):
    job = issue(inside, many(3) | {("No", "Address"): ""})
    path = f"/notify/jobs/{job.job}"
    page = priya.get(path).text
    text = spaced(page)
    assert "To be notified: 3" in text
    assert "Without an address: 1" in text
    assert f'href="/notify/documents/{job.documents["No Address"][0]}"' in page
    form = hidden(page)
    for _ in range(2):
        answer = priya.post(path, data=form)
        assert (answer.status_code, answer.location) == (303, f"/notices/?f_job={job.job}")
    assert "3 learners are being notified by email." in spaced(priya.get(answer.location).text)
    assert len(told(inside)) == 3
    after = spaced(priya.get(path).text)
    assert "Notified already: 3" in after
    assert "To be notified" not in after
    assert 'type="submit">' not in after[after.index("Notified already") :]


def test_many_are_notified_by_a_worker_whose_progress_shows(inside, priya, monkeypatch):
    monkeypatch.setattr(notifying, "AT_ONCE", 2)
    job = issue(inside, many(5), types=("certificate",))
    path = f"/notify/jobs/{job.job}"
    answer = priya.post(path, data=hidden(priya.get(path).text))
    assert (answer.status_code, answer.location) == (303, f"{path}/progress")
    page = spaced(priya.get(answer.location).text)
    assert "Learners are being notified" in page
    assert "0 of 5" in page
    assert "0 of 5" in spaced(priya.get(answer.location, headers=HTMX).text)
    assert priya.get(path).location == answer.location, "once is enough"
    with inside():
        worker.drain()
    done = priya.get(answer.location, headers=HTMX)
    assert done.headers["HX-Redirect"] == f"/notices/?f_job={job.job}"
    assert len(told(inside)) == 5


@pytest.mark.function("D53")
def test_the_list_shows_who_was_notified_when_and_whether_it_arrived(inside, priya, job):
    press(priya, box_of(job), email="sian@example.com")
    press(priya, box_of(job, "Donald Duck"), email="donald@example.com")
    with inside():
        worker.drain()
    with inside(SYSTEM), transaction():
        first = db.session.scalars(select(Notice).order_by(Notice.id)).first()
        notifying.came_back([(first.token, "550 unknown")], now())
        first_id = first.id
    everything = spaced(priya.get("/notices/").text)
    for shown in (NAME, "Donald Duck", "sian@example.com", TITLE, "Came back", "550 unknown",
                  "Email ✓", "Priya Anand"):  # fmt: skip
        assert shown in everything
    undelivered = spaced(priya.get("/notices/?tab=undelivered").text)
    assert NAME in undelivered
    assert "Donald Duck" not in undelivered
    assert "Every letter has been sent." in spaced(priya.get("/notices/?tab=queued").text)
    assert NAME not in spaced(priya.get("/notices/?q=duck").text)
    assert "Donald Duck" in spaced(priya.get(f"/notices/?f_job={job.job}&f_state=sent").text)
    assert "Nothing matches" in priya.get("/notices/?f_job=999999").text
    record = spaced(priya.get(f"/notices/{first_id}").text)
    assert "The letter came back" in record
    assert "The mail server took the letter" in record
    assert "Came back" in record


def test_ticked_learners_are_notified_again(inside, priya):
    job = issue(inside, many(3), types=("letter",))
    path = f"/notify/jobs/{job.job}"
    priya.post(path, data=hidden(priya.get(path).text))
    with inside(SYSTEM), transaction():
        rows = list(db.session.scalars(select(Notice).order_by(Notice.id)))
        lately = rows[2].id
        old = update(Notice.__table__).where(Notice.__table__.c.id != lately)
        db.session.connection().execute(old.values(created_at=now() - notifying.rules.LATELY * 2))
        db.session.get(Person, rows[1].person_id).email = ""
        chosen = [f"{row.id}:{row.version}" for row in rows]
    token = priya.csrf_token("/notices/")
    asked = priya.post("/notices/ask-again", data={"csrf_token": token, "chosen": chosen})
    text = spaced(asked.text)
    assert "1 learner gets another email." in text
    assert "There is no address on record." in text
    assert "They were notified a moment ago." in text
    form = hidden(asked.text)
    for _ in range(2):
        assert priya.post("/notices/again", data=form).status_code == 303
    assert len(told(inside)) == 4


def test_a_row_of_the_list_opens_the_box_of_its_learner(inside, priya, job):
    press(priya, box_of(job), email="sian@example.com")
    (notice,) = told(inside)
    assert f'hx-get="/notify/notices/{notice.id}"' in priya.get("/notices/").text
    box = priya.get(f"/notify/notices/{notice.id}", headers=HTMX)
    assert "Notified before" in spaced(box.text)
    answer = press(priya, f"/notify/notices/{notice.id}", email="sian@example.com", again="1")
    assert answer.status_code == 303
    assert len(told(inside)) == 2


@pytest.mark.function("D25", "D49")
def test_badges_and_counts_of_a_job_agree(portal, inside, provider, priya, job):
    press(priya, box_of(job), email="sian@example.com")
    with inside():
        worker.drain()
    with inside(provider), portal.test_request_context():
        rows = list(db.session.scalars(select(IssuedDocument).order_by(IssuedDocument.id)))
        with count_statements() as seen:
            badges = notified.notified_badges(rows)
        assert len(seen) <= 2, seen
        assert {badges[each].text for each in job.documents[NAME]} == {"Email ✓"}
        assert {badges[each].text for each in job.documents["Donald Duck"]} == {"Not notified"}
        assert notices.notified_counts([job.job, 999]) == {job.job: 3, 999: 0}


def test_nobody_else_reaches_them(inside, sign_in, client, job):
    theirs = issue(inside, {ANN: "sian@example.com"}, centre=RIVAL)
    priya = sign_in("provider@demo.example")
    for path in (box_of(theirs), f"/notify/jobs/{theirs.job}",
                 f"/notify/jobs/{theirs.job}/progress"):  # fmt: skip
        assert priya.get(path).status_code == 404, path
        form = {"csrf_token": priya.csrf_token("/notices/"), "once": "a", "email": "a@example.com"}
        if not path.endswith("progress"):
            assert priya.post(path, data=form).status_code == 404, path
    rival = sign_in("rival@demo.example")
    press(rival, box_of(theirs), email="sian@example.com")
    (notice,) = told(inside)
    assert priya.get(f"/notices/{notice.id}").status_code == 404
    assert priya.get(f"/notify/notices/{notice.id}").status_code == 404
    form = {"csrf_token": priya.csrf_token("/notices/"), "chosen": f"{notice.id}:1", "once": "a"}
    for path in ("/notices/ask-again", "/notices/again"):
        assert priya.post(path, data=form).status_code == 404
    assert NAME not in priya.get("/notices/").text
    for email in (OFFICE, "employer@demo.example", "learner@demo.example"):
        other = sign_in(email)
        for path in ("/notices/", box_of(job), f"/notify/jobs/{job.job}"):
            assert other.get(path).status_code == 403, (email, path)
    assert client.get(box_of(job)).status_code == 302


def test_back_leads_nowhere_outside(priya, job):
    for back in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"):
        answer = press(priya, box_of(job), email="sian@example.com", again="1", back=back)
        assert answer.status_code == 303
        assert answer.location in {"/notices/", "/"}, back


def test_the_list_asks_the_database_little(inside, priya):
    job = issue(inside, many(10), types=("letter",))
    path = f"/notify/jobs/{job.job}"
    priya.post(path, data=hidden(priya.get(path).text))
    priya.get("/notices/")
    with count_statements() as seen:
        priya.get("/notices/")
    assert len(seen) <= 9, seen


def test_staff_find_the_notice_of_a_letter_and_the_letter_of_a_notice(inside, priya, sign_in, job):
    press(priya, box_of(job), email="sian@example.com")
    (notice,) = told(inside)
    with inside():
        letter = db.session.scalar(select(Letter.id).where(Letter.code == "record_issued"))
    staff = sign_in(STAFF)
    assert f'href="/notices/{notice.id}"' in staff.get(f"/letters/{letter}").text
    assert f'href="/letters/{letter}"' in staff.get(f"/notices/{notice.id}").text
    assert "/letters/" not in priya.get(f"/notices/{notice.id}").text
