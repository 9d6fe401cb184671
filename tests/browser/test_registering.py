"""Guide A 1.2 and 1.3 in a real browser: register, look again, finalise."""

import io
import re
from contextlib import contextmanager

import pytest
from PIL import Image
from playwright.sync_api import expect

from app.domain.kernel.viewer import SYSTEM, seen_by
from tests.support.browser import assert_accessible, assert_no_sideways
from tests.support.databases import bind, unbind
from tests.support.registering import in_progress, saved
from tests.support.viewers import viewer_of


def sign_in(page, portal, email="provider@demo.example"):
    page.goto(f"{portal.url}/login/")
    page.fill("[name=username]", email)
    page.fill("[name=password]", "hallmark-demo")
    page.click("main button[type=submit]")
    page.wait_for_url("**/dashboard/")


def looks_right(page):
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.wait_for_timeout(300)  # colours fade from one theme to the other
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert_no_sideways(page)
            assert_accessible(page)
    page.set_viewport_size({"width": 1280, "height": 900})


def a_photo():
    out = io.BytesIO()
    Image.new("RGB", (600, 800), "#446688").save(out, "JPEG")
    return {"name": "zofia.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def fill_person(page, surname="Dąbrowska", birth=("27", "3", "2006")):
    page.fill("#first_names", "Zofia")
    page.fill("#surname", surname)
    page.fill("#birth_date", birth[0])
    page.fill("#birth_date-month", birth[1])
    page.fill("#birth_date-year", birth[2])
    page.fill("#email", "zofia@example.com")


@pytest.mark.function("A16", "A18", "A24", "A31", "A33", "A34")
def test_an_apprentice_is_registered_and_finalised(page, running_portal):
    sign_in(page, running_portal)
    page.get_by_role("button", name="Apprenticeships").click()
    bar = page.get_by_role("navigation", name="Main")
    bar.get_by_role("link", name="New Apprentice registration").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New Apprentice Registration")
    looks_right(page)

    fill_person(page)
    page.set_input_files("#photo", a_photo())
    page.select_option("#scheme", label="Apprentices Training Scheme 2021")
    expect(page.locator("#price")).to_contain_text("£140.40")
    expect(page.locator("#pathway option")).to_have_count(4)
    page.select_option("#pathway", label="Installation Electrician")
    page.fill("#start_date", "1")
    page.fill("#start_date-month", "9")
    page.fill("#start_date-year", "2026")
    page.click("button:has-text('SAVE')")
    page.wait_for_load_state()
    expect(page.locator(".hm-summary")).to_be_focused()
    expect(page.locator(".hm-summary")).to_contain_text("has the assessment been completed")
    expect(page.locator("img.hm-photo")).to_be_visible()
    expect(page.locator("#surname")).to_have_value("Dąbrowska")
    looks_right(page)

    page.check("#health_and_safety")
    page.locator("#employer-ts-control").press_sequentially("bri")
    page.locator("#employer-ts-dropdown [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    page.fill("#employer_contact_email", "ann@works.example")
    page.click("button:has-text('SAVE')")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Zofia Dąbrowska")
    looks_right(page)

    page.goto(f"{running_portal.url}/apprenticeships/new")
    fill_person(page, birth=("28", "3", "2006"))
    page.locator("#phone").focus()
    expect(page.locator("#matches")).to_contain_text("Date of birth differs by one digit")
    looks_right(page)
    page.get_by_role("button", name=re.compile("Use this person")).click()
    expect(page.locator("#registration")).to_contain_text("Already known: Zofia Dąbrowska")
    looks_right(page)

    page.get_by_role("button", name="Apprenticeships").click()
    page.get_by_role("link", name="Apprentice registrations requiring attention").click()
    looks_right(page)
    page.check("[name=chosen]")
    page.get_by_role("button", name="FINALISE APPRENTICE REGISTRATIONS").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Finalise registrations")
    looks_right(page)
    page.get_by_role("button", name="MARK AS FINALISED").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Registrations ready for ordering")
    expect(page.locator("main")).to_contain_text("Finalised: Zofia Dąbrowska")


@pytest.mark.function("A18")
def test_somebody_known_is_found_by_search_in_place(page, running_portal):
    sign_in(page, running_portal)
    page.goto(f"{running_portal.url}/trainees/new")
    page.fill("#find", "nobody at all")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#found")).to_contain_text("Nobody was found")
    looks_right(page)


@pytest.fixture
def inside_running(shelf, running_portal):
    """Return a block in which services work on the database of the running portal."""
    portal, _ = shelf.get("sqlite")
    bind(portal, running_portal.database_url)

    @contextmanager
    def _inside(viewer=SYSTEM):
        with portal.app_context(), seen_by(viewer):
            yield

    yield portal, _inside
    unbind(portal)


@pytest.mark.function("A70", "A71")
def test_stages_are_moved_on_in_the_list_and_with_a_date(page, running_portal, inside_running):
    portal, inside = inside_running
    provider = viewer_of(portal, "provider@demo.example")
    rows = [saved(inside, provider, number=n) for n in range(2)]
    in_progress(inside, provider, *rows)
    sign_in(page, running_portal)
    page.goto(f"{running_portal.url}/apprenticeships/?tab=progress")
    looks_right(page)
    page.get_by_role("button", name=re.compile("Stage 2 from .*Jonesa")).click()
    page.locator("#hm-confirm [data-hm-yes]").click()
    expect(page.locator("main")).to_contain_text("Reached a stage: Jeff Jonesa")
    page.check("[data-hm-all]")
    page.get_by_role("button", name="Move to stage…").click()
    looks_right(page)
    page.select_option("#number", "3")
    page.get_by_role("button", name="Move to stage").click()
    expect(page.locator("main")).to_contain_text("Reached a stage: Jeff Jonesa, Jeff Jonesb")
    page.get_by_role("link", name="Jeff Jonesa", exact=True).click()
    expect(page.locator("#timeline")).to_contain_text("Stage 3 -")
    looks_right(page)


def test_a_pathway_chosen_while_its_list_is_on_the_way_is_kept(shown_portal, page):
    sign_in(page, shown_portal)
    page.goto(f"{shown_portal.url}/apprenticeships/new")
    schemes = page.get_by_label("Scheme").locator("option:not([value=''])").all_text_contents()
    pathway = page.locator("#pathway")
    held = []
    page.route("**/new/pathway*", lambda route: held.append(route))
    page.get_by_label("Scheme").select_option(label=schemes[0])
    mine = pathway.locator("option", has_text=f", {schemes[0]}").nth(1)
    value = mine.get_attribute("value")
    pathway.select_option(value=value)
    with page.expect_response("**/new/pathway*"):
        held[0].continue_()

    expect(pathway.locator("option")).to_have_count(4)
    expect(pathway).to_have_value(value or "")
