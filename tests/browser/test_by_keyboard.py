"""What the main job needs, done by the keyboard alone."""

from playwright.sync_api import Page, expect

from tests.support.walks import PROVIDER, titled

FOCUSED = """selector => {
  const at = document.activeElement, box = at.closest(".ts-control") || at;
  const style = getComputedStyle(box);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const shown = ring || style.boxShadow !== "none" || at === document.body;
  return [at.matches(selector), shown, at.id || at.outerHTML.slice(0, 100)];
}"""
"""What has the focus: whether it is the one asked for, whether that is seen, what it is."""


def tab_to(page: Page, selector: str, most: int = 150) -> None:
    """Press Tab until what ``selector`` names has the focus, which must be visible on the way."""
    passed = []
    for _ in range(most):
        page.keyboard.press("Tab")
        there, shown, name = page.evaluate(FOCUSED, selector)
        passed.append(name)
        assert shown, f"No visible focus on {name}"
        if there:
            return
    raise AssertionError(f"Tab never comes to {selector}, but to: {' | '.join(passed)}")


def type_date(page: Page, name: str, day: tuple[str, str, str]) -> None:
    """Tab to the three boxes of a date and type it."""
    for part, text in zip(("day", "month", "year"), day, strict=True):
        tab_to(page, f"[name={name}-{part}]")
        page.keyboard.type(text)


def test_a_registration_is_made_by_the_keyboard(arrive):
    visitor = arrive(PROVIDER)
    page = visitor.page
    page.goto(f"{visitor.portal.url}/apprenticeships/new")
    tab_to(page, "#first_names")
    page.keyboard.type("Keya")
    tab_to(page, "#surname")
    page.keyboard.type("Board")
    type_date(page, "birth_date", ("27", "3", "2006"))
    tab_to(page, "#scheme")
    page.keyboard.type("Apprentices")
    expect(page.locator("#pathway option")).to_have_count(4)
    tab_to(page, "[name=health_and_safety]")
    page.keyboard.press("Space")
    tab_to(page, "#employer-ts-control")
    page.keyboard.type("brightw")
    page.locator("#employer-ts-dropdown [role=option]").first.wait_for()
    page.keyboard.press("Enter")
    tab_to(page, "#registration button[type=submit]")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Keya Board")
    expect(page.locator("main")).to_contain_text("Brightwater Installations Ltd")


def test_what_is_wrong_is_told_and_led_to_by_the_keyboard(arrive):
    visitor = arrive(PROVIDER)
    page = visitor.page
    page.goto(f"{visitor.portal.url}/apprenticeships/new")
    tab_to(page, "#registration button[type=submit]")
    page.keyboard.press("Enter")

    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    for link in summary.get_by_role("link").all():
        link.focus()
        page.keyboard.press("Enter")
        wanted = (link.get_attribute("href") or "").removeprefix("#")
        expect(page.locator(f"[id='{wanted}']")).to_be_focused()


def test_rows_are_ticked_and_moved_by_the_keyboard(arrive):
    visitor = arrive(PROVIDER)
    page = visitor.page
    page.goto(f"{visitor.portal.url}/apprenticeships/?tab=attention")
    tab_to(page, "[data-hm-one]")
    page.keyboard.press("Space")
    expect(page.locator("[data-hm-count]")).to_contain_text("1 of")
    tab_to(page, "[formaction$='/ask/finalise']")
    page.keyboard.press("Enter")
    titled(page, "Finalise registrations")
    tab_to(page, ".hm-actions a.btn-quiet")
    page.keyboard.press("Enter")
    titled(page, "Apprentice registrations requiring attention")


def test_a_dialog_opens_and_escape_closes_it(arrive):
    visitor = arrive(PROVIDER)
    page = visitor.page
    page.goto(f"{visitor.portal.url}/apprenticeships/?tab=progress")
    tab_to(page, "[data-hm-confirm]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    visitor.look(thoroughly=True)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator("[data-hm-confirm]").first).to_be_focused()


def test_an_order_is_opened_and_paid_by_the_keyboard(arrive):
    visitor = arrive(PROVIDER)
    page = visitor.page
    page.goto(f"{visitor.portal.url}/orders/?tab=attention&f_customer=12345")
    tab_to(page, "tr:has(.ti-credit-card) [data-hm-expand]")
    page.keyboard.press("Enter")
    expect(page.locator(".hm-opened .hm-order").first).to_be_visible()
    tab_to(page, "a.btn-primary[href$='/pay']")
    page.keyboard.press("Enter")
    titled(page, "Confirm Pay For Order 12345?")
    tab_to(page, "form[action$='/pay/card'] button")
    tab_to(page, "form[action$='/pay/bacs'] button")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Registered for electronic transfer")
