"""An assessment from its date to the registration that it answers, as three people see it."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.clock import now, today
from app.domain.kernel.viewer import seen_by
from app.domain.registrations import service as registrations
from app.domain.registrations.assessments.models import AssessmentBooking, AssessmentSlot
from app.extensions import db
from app.transaction import transaction
from tests.support.assessments import some_people
from tests.support.databases import bind, unbind
from tests.support.registrations import complete_values, photo, scheme
from tests.support.viewers import viewer_of
from tests.support.walks import (
    PROVIDER,
    choose,
    fill_date,
    log_in,
    log_out,
    plain,
    row_of,
    tick,
    titled,
)

STAFF = "staff@demo.example"


@pytest.fixture
def waiting(shelf, running_portal):
    """Register somebody who lacks nothing but the assessment."""
    portal, _ = shelf.get("sqlite")
    bind(portal, running_portal.database_url)
    with portal.app_context():
        with seen_by(viewer_of(portal, PROVIDER)), transaction():
            (person,) = some_people(1, "Waiting")
            person.photo_id = photo()
            values = complete_values(scheme(), health_and_safety=False)
            registrations.register("apprentice", scheme(), person, values, now())
        yield portal
    unbind(portal)


def begin(portal):
    """Let every date have begun an hour ago."""
    with portal.app_context(), seen_by(viewer_of(portal, STAFF)), transaction():
        for model in (AssessmentSlot, AssessmentBooking):
            for row in db.session.scalars(db.select(model)):
                row.starts_at = now() - timedelta(hours=1)


@pytest.mark.function("A5")
def test_somebody_is_booked_assessed_and_finalised(page, running_portal, waiting):
    url, day = running_portal.url, today() + timedelta(days=40)
    log_in(page, url, STAFF)
    choose(page, "Applications", "Health and safety assessments")
    page.get_by_role("link", name="Venues").first.click()
    page.get_by_role("link", name="Add a venue").first.click()
    page.get_by_label("Name").fill("Otley Hall")
    page.get_by_label("Address").fill("1 High Street\nOtley")
    page.get_by_label("Postcode").fill("LS21 1AA")
    page.get_by_role("radio", name="Yes").check()
    page.get_by_role("button", name="SAVE").click()
    choose(page, "Applications", "Health and safety assessments")
    page.get_by_role("link", name="Add dates").first.click()
    page.get_by_label("Venue").select_option(label="Otley Hall")
    fill_date(page, "starts_on", (str(day.day), str(day.month), str(day.year)))
    page.get_by_label("Start time").fill("9.30")
    page.get_by_label("Places").fill("1")
    page.get_by_role("button", name="SAVE").click()
    expect(page.get_by_role("status").first).to_contain_text("1 date was added.")
    log_out(page)

    log_in(page, url, PROVIDER)
    choose(page, "Apprenticeships", "Apprentice registrations requiring attention")
    tick(page, "Ann A Waiting")
    page.get_by_role("button", name="Book an assessment").click()
    titled(page, "Book an assessment")
    expect(page.get_by_role("checkbox", name=re.compile("^Ann A Waiting"))).to_be_checked()
    page.get_by_label("Date and venue").select_option(index=1)
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Booked on")
    choose(page, "Applications", "Health and safety assessments")
    assert "0 of 1" in plain(row_of(page, "Otley Hall"))
    assert "Full" in plain(row_of(page, "Otley Hall"))
    log_out(page)

    begin(waiting)
    log_in(page, url, STAFF)
    page.goto(f"{url}/assessments/bookings/?tab=all")
    for verb in ("Attended", "Passed"):
        tick(page, "Ann A Waiting")
        page.locator("[data-hm-bulk]").get_by_role("button", name=verb).click()
        page.get_by_role("button", name=verb).click()
        expect(page.get_by_role("status").first).to_contain_text(f"{verb}: Ann A Waiting.")
        page.goto(f"{url}/assessments/bookings/?tab=all")
    log_out(page)

    log_in(page, url, PROVIDER)
    choose(page, "Apprenticeships", "Apprentice registrations requiring attention")
    expect(row_of(page, "Ann A Waiting")).to_contain_text("H&S Module")
    page.get_by_role("link", name="Ann A Waiting", exact=True).click()
    expect(page.locator("main")).to_contain_text("Finalise the registration")
    expect(page.locator("main")).to_contain_text("counts until")
