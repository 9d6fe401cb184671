"""The centre's side of guide D, walked in a browser: jobs, records, viewer, exports, reports."""

import io
import re
import zipfile

import pytest
from playwright.sync_api import expect

from tests.support.browser import assert_accessible, assert_no_sideways
from tests.support.databases import bind
from tests.support.issued import TITLE
from tests.support.records import ADA, first, issued
from tests.support.walks import PROVIDER, choose, log_in, plain, row_of, tick, titled


def looks_right(page):
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.wait_for_timeout(300)  # colours fade from one theme to the other
        for width in (1280, 375):
            page.set_viewport_size({"width": width, "height": 900})
            assert_no_sideways(page)
            assert_accessible(page)
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.fixture
def made(portal, inside, running_portal, monkeypatch):
    """Return documents of three learners, issued in the running portal."""
    bind(portal, running_portal.database_url)
    monkeypatch.setitem(portal.config, "PORTAL_HOME", running_portal.home)
    return issued(inside)


@pytest.mark.function("D1", "D16", "D20", "D21", "D22", "D28", "D34")
def test_a_job_is_opened_and_its_documents_are_previewed(page, running_portal, made):
    log_in(page, running_portal.url, PROVIDER)
    choose(page, "Documents", "Jobs Issued")
    titled(page, "Jobs Issued")
    looks_right(page)
    row_of(page, "9 records").get_by_role("link", name=re.compile("^Details")).click()
    expect(page.get_by_role("region", name="How far this job is")).to_contain_text("100.00%")
    looks_right(page)

    row = row_of(page, "Ada Lovelace")
    row.get_by_role("link", name=re.compile("^Preview")).click()
    viewer = page.get_by_role("dialog")
    expect(viewer).to_contain_text(f"Ada Lovelace ({TITLE})")
    expect(viewer.get_by_role("img", name=re.compile("^Page 1 of"))).to_be_visible()
    looks_right(page)
    page.keyboard.press("Escape")
    expect(viewer).not_to_be_visible()
    expect(row.get_by_role("link", name=re.compile("^Preview"))).to_be_focused()
    page.get_by_role("link", name="Back").click()
    titled(page, "Jobs Issued")


@pytest.mark.function("D30", "D31", "D33", "D34")
def test_the_viewer_turns_pages_zooms_and_toggles_documents(page, running_portal, made):
    log_in(page, running_portal.url, PROVIDER)
    choose(page, "Documents", "Records")
    page.get_by_placeholder("Search for any term...").fill("lovelace")
    page.get_by_role("button", name="Filter!").click()
    expect(page.locator("main tbody tr")).to_have_count(3)
    row_of(page, "Certificate").get_by_role("link", name=re.compile("^Preview")).click()
    viewer = page.get_by_role("dialog")
    expect(viewer).to_contain_text("Page 1 of 2")
    page.keyboard.press("ArrowRight")
    expect(viewer).to_contain_text("Page 2 of 2")
    page.keyboard.press("ArrowLeft")
    expect(viewer).to_contain_text("Page 1 of 2")
    page.keyboard.press("+")
    expect(viewer).to_contain_text("150 %")
    selector = viewer.get_by_role("navigation", name="Document selector")
    selector.get_by_role("link", name=re.compile("^Transcript")).click()
    expect(selector.locator("[aria-current]")).to_contain_text("Transcript")
    expect(viewer.get_by_role("img", name=re.compile("Transcript of Ada"))).to_be_visible()
    looks_right(page)
    with page.expect_download() as download:
        viewer.get_by_role("link", name="Download PDF").click()
    assert download.value.suggested_filename.endswith(".pdf")
    viewer.get_by_role("button", name="Close").click()
    expect(viewer).not_to_be_visible()


@pytest.mark.function("D28", "D33", "D34")
def test_the_viewer_is_a_page_where_no_script_runs(browser, running_portal, made):
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        log_in(page, running_portal.url, PROVIDER)
        page.goto(f"{running_portal.url}/document-viewer/{first(made, ADA)}/digital")
        titled(page, "Document Viewer")
        page.get_by_role("link", name="Next page").click()
        expect(page.locator("main")).to_contain_text("Page 2 of 2")
        page.get_by_role("link", name=re.compile("^Individual Letter")).click()
        expect(page.get_by_role("img", name=re.compile("Individual Letter of Ada"))).to_be_visible()


@pytest.mark.function("D36", "D37", "D38", "D39", "D40", "D42", "D43", "D45")
def test_records_are_exported_and_downloaded(page, running_portal, made):
    log_in(page, running_portal.url, PROVIDER)
    choose(page, "Documents", "Records")
    looks_right(page)
    tick(page, "Certificate, Ada Lovelace")
    tick(page, "Transcript, Ada Lovelace")
    page.get_by_role("button", name="Export").last.click()
    prompt = page.get_by_role("dialog")
    expect(prompt).to_contain_text("2 documents are packed into one file")
    expect(prompt).to_contain_text("not for sharing with learners")
    looks_right(page)
    prompt.get_by_label("Name").fill("Autumn awards")
    prompt.get_by_label("I use these documents").check()
    prompt.get_by_role("button", name="Export").click()
    titled(page, "Downloads")
    row = row_of(page, "Autumn awards")
    expect(row).to_contain_text("Completed", timeout=30_000)
    looks_right(page)
    with page.expect_download() as download:
        row.get_by_role("link", name=re.compile("^Download")).click()
    assert download.value.suggested_filename == "Autumn awards.zip"
    with open(download.value.path(), "rb") as file:
        archive = zipfile.ZipFile(io.BytesIO(file.read()))
    assert len([name for name in archive.namelist() if name.endswith(".pdf")]) == 2
    page.reload()
    expect(row_of(page, "Autumn awards")).to_contain_text("Successful")


@pytest.mark.function("D32", "D35")
def test_a_record_is_viewed_and_an_issue_reported(page, running_portal, made):
    log_in(page, running_portal.url, PROVIDER)
    page.goto(f"{running_portal.url}/records/{first(made, ADA, 1)}")
    expect(page.get_by_role("table", name="Components")).to_contain_text("Wiring systems")
    looks_right(page)
    page.get_by_role("link", name="Report an Issue").click()
    looks_right(page)
    page.get_by_label("What is wrong").fill("Surname: Lovelass")
    page.get_by_role("button", name="Send to the awarding body").click()
    expect(page.locator("main")).to_contain_text("Your report has the number")
    assert "Awaiting an answer" in plain(page.locator("main"))
    choose(page, "Documents", "Reported issues")
    looks_right(page)


@pytest.mark.function("D18")
def test_a_filter_is_saved_used_and_removed(page, running_portal, made):
    log_in(page, running_portal.url, PROVIDER)
    page.goto(f"{running_portal.url}/records/?f_type=letter")
    page.get_by_role("button", name="Saved filters").click()
    page.get_by_role("link", name="Save this filter…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Letters only")
    looks_right(page)
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("was saved")
    page.goto(f"{running_portal.url}/records/")
    page.get_by_role("button", name=re.compile("^Saved filters")).click()
    page.get_by_role("link", name="Letters only").click()
    expect(page.locator("main tbody tr")).to_have_count(3)
    page.get_by_role("button", name=re.compile("^Saved filters")).click()
    page.get_by_role("button", name="Remove the filter “Letters only”").click()
    expect(page.locator("main")).to_contain_text("was removed")
