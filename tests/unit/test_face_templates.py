"""The generic pages draw meaningful HTML from plain objects, with every name spelt right."""

from pathlib import Path
from types import SimpleNamespace
from xml.etree.ElementTree import Element

import html5lib
import pytest
from flask import Flask
from flask_babel import Babel
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined

from tests.unit.face_samples import FRAME, a_confirmation, a_form, a_list, a_record

APP = Path(__file__).resolve().parents[2] / "app"
PAGES = {
    "portal/list.html": a_list,
    "portal/form.html": a_form,
    "portal/record.html": a_record,
    "portal/confirm.html": a_confirmation,
}


def bare_app() -> Flask:
    app = Flask("face", template_folder=str(APP / "templates"), static_folder=str(APP / "static"))
    app.config.update(SECRET_KEY="test", TESTING=True)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app)
    CSRFProtect(app)
    app.jinja_env.globals.update(asset=lambda path: f"/static/{path}", csp_nonce=lambda: "nonce")
    return app


@pytest.fixture(scope="module")
def app() -> Flask:
    return bare_app()


class Drawn:
    """What a template drew, read by a parser that refuses invalid HTML."""

    def __init__(self, text: str, *, fragment: bool = False) -> None:
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        self.root = parser.parseFragment(text) if fragment else parser.parse(text)

    def all(
        self, tag: str = "*", within: Element | None = None, **attributes: str
    ) -> list[Element]:
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        scope = self.root if within is None else within
        return [
            element
            for element in scope.iter()
            if isinstance(element.tag, str)
            and tag in ("*", element.tag)
            and all(element.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str = "*", within: Element | None = None, **attributes: str) -> Element:
        found = self.all(tag, within, **attributes)
        assert len(found) == 1, (tag, attributes, len(found))
        return found[0]


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def draw(app: Flask, template: str, *, fragment: bool = False, **context: object) -> Drawn:
    with app.test_request_context("/"):
        text = app.jinja_env.get_template(template).render({"frame": FRAME, **context})
        return Drawn(text, fragment=fragment)


@pytest.mark.parametrize("template", PAGES)
def test_every_page_has_one_heading_and_no_inline_code(app, template):
    page = draw(app, template, page=PAGES[template]())

    assert page.one("html").get("lang") == "en-GB"
    assert len(page.all("h1")) == 1
    assert words(page.one("title")).endswith("· Hallmark")
    assert not page.all("style")
    assert all(script.get("nonce") and script.get("src") for script in page.all("script"))
    names = {name for element in page.all() for name in element.attrib}
    assert not [name for name in names if name == "style" or name.startswith("on")]


@pytest.mark.parametrize("template", PAGES)
def test_every_form_that_posts_carries_a_token(app, template):
    page = draw(app, template, page=PAGES[template]())

    forms = page.all("form", method="post")
    assert len(forms) >= 3
    for form in forms:
        assert page.one("input", form, name="csrf_token").get("value")


@pytest.mark.parametrize("template", PAGES)
def test_ids_are_single_and_what_refers_to_one_finds_it(app, template):
    page = draw(app, template, page=PAGES[template]())

    ids = [element.get("id") for element in page.all() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in page.all():
        for name in ("for", "aria-controls", "aria-labelledby", "aria-describedby", "form"):
            for reference in element.get(name, "").split():
                assert reference in ids, (element.tag, name, reference)


def test_a_list_says_how_it_is_sorted_and_what_is_chosen(app):
    page = draw(app, "portal/list.html", page=a_list())

    ticks = page.all("input", name="chosen")
    assert words(page.one("th", aria_sort="ascending")) == "Applicant"
    assert [tick.get("value") for tick in ticks] == ["34118", "34119", "34120"]
    assert ticks[1].get("aria-label") == "Select Niamh <Gallagher>"
    assert page.one("form", data_hm_matching="41").get("data-hm-text")
    assert page.one("button", formaction="/finalise", name="move")


def test_a_row_posts_through_its_own_form_after_asking(app):
    page = draw(app, "portal/list.html", page=a_list())

    button = page.all("button", formaction="/delete")[0]
    assert button.get("form") == "hm-row-post"
    assert button.get("aria-label") == "Delete: Callum Braithwaite"
    assert button.get("data-hm-confirm") == "The registration is deleted for good."


def test_the_filter_keeps_what_was_asked_and_says_what_is_wrong(app):
    page = draw(app, "portal/list.html", page=a_list())

    search = page.one("form", role="search")
    assert page.one("input", search, name="sort").get("value") == "name"
    assert page.one("option", search, selected="").get("value") == "2"
    assert page.one("input", search, name="from").get("aria-invalid") == "true"
    assert words(page.one(id="filter-from-error")) == "99/99/2026 is no date."


def test_every_cell_of_a_list_names_its_column_for_the_phone(app):
    page = draw(app, "portal/list.html", page=a_list())

    row = page.all("tr", page.one("tbody"))[0]
    labels = [cell.get("data-label") for cell in page.all("td", row) if cell.get("data-label")]
    assert labels == ["Reg#", "Photo", "Start Date", "Fee", "Status", "Stage", "Note"]
    assert words(page.one("th", row, scope="row")).startswith("Callum Braithwaite")
    assert words(page.one("em", row)) == "plain"


def test_an_empty_list_says_what_to_do_first(app):
    page = draw(app, "portal/list.html", page=a_list(rows=0))

    assert "No registrations yet" in [words(heading) for heading in page.all("h2")]
    assert not page.all("table")


def test_a_form_ties_labels_hints_and_errors_to_their_inputs(app):
    page = draw(app, "portal/form.html", page=a_form())

    form = page.one("form", class_="hm-form")
    named = {label.get("for") for label in page.all("label", form)}
    inside = {e for label in page.all("label", form) for e in page.all("input", label)}
    for control in page.all(within=form):
        if control.tag in ("input", "select", "textarea") and control.get("type") != "hidden":
            assert control.get("id") in named or control in inside, control.get("name")
    assert page.one(id="f-surname").get("aria-describedby") == "f-surname-hint"
    assert page.one(id="f-born").get("aria-invalid") == "true"
    assert form.get("enctype") == "multipart/form-data"


def test_the_error_summary_leads_to_the_field(app):
    page = draw(app, "portal/form.html", page=a_form())

    summary = page.one(class_="hm-summary")
    assert page.one("a", summary).get("href") == "#f-born"
    assert words(page.one("h2", summary)) == "There is 1 thing to put right"
    assert words(page.one("title")).startswith("Error:")


def test_a_date_is_three_boxes_that_show_what_was_typed(app):
    page = draw(app, "portal/form.html", page=a_form())

    boxes = page.all("input", page.one(data_hm_date=""))
    assert [box.get("name") for box in boxes] == ["born-day", "born-month", "born-year"]
    assert [box.get("value") for box in boxes] == ["14", "06", "2027"]


def test_a_form_keeps_what_was_chosen(app):
    page = draw(app, "portal/form.html", page=a_form())

    assert page.one("input", name="hs", checked="").get("value") == "yes"
    assert page.one("input", name="units", checked="").get("value") == "2"
    assert page.one("option", page.one("select", name="title"), selected="").get("value") == "2"
    assert page.one("textarea").text == "<b>"


def test_a_record_shows_who_must_act_and_asks_before_it_posts(app):
    page = draw(app, "portal/record.html", page=a_record())

    step = page.one("section", aria_label="Who must act next")
    assert words(page.one("strong", step)) == "you"
    button = page.one("button", page.one("form", action="/withdraw"))
    assert button.get("data-hm-confirm") == "Rhiannon Askew is withdrawn."
    assert page.one("time").get("datetime") == "2024-01-05"


def test_a_confirmation_names_what_happens_and_carries_the_choice(app):
    page = draw(app, "portal/confirm.html", page=a_confirmation())

    main = page.one("main")
    assert page.one("input", main, name="chosen").get("value") == "34118"
    assert words(page.one("button", main, type="submit")) == "MARK AS FINALISED"
    assert "Photo: none" in words(main)


@pytest.mark.parametrize("code", [400, 403, 404, 409, 413, 422, 429, 500, 503])
def test_every_error_helps_and_gives_the_request_id(app, code):
    error = {"code": code}

    page = draw(app, "portal/error.html", error=error)
    part = draw(app, "portal/error_fragment.html", fragment=True, error=error, request_id="8F2C")

    assert words(page.one("h1"))
    assert "8F2C-41D7" in words(page.one("main"))
    assert "8F2C" in words(part.one("div", role="alert"))
    assert words(part.all("strong")[0]) == words(page.one("h1"))


def test_the_permission_grid_names_what_is_held_in_words_for_the_phone(app):
    part = SimpleNamespace(code="view", label="View Employees", icon="users", sentence="")
    qualify = SimpleNamespace(code="qs", label="Endorse QS", icon="QS", sentence="")
    group = {"label": "Full Employee Access", "short": "Employees", "icon": "users-group"}
    group |= {"sentence": "", "composite": True, "parts": [part, qualify]}
    everything = {"name": "Tasha", "held": {"view", "qs"}}
    something = {"name": "Toby", "held": {"view"}}
    nothing = {"name": "Ada", "held": set()}

    with app.test_request_context("/"):
        macros = app.jinja_env.get_template("macros/permissions.html").make_module({})
        people = [everything, something, nothing]
        page = Drawn(str(macros.grid([group], people, "Users")), fragment=True)

    cards = page.one("ul", class_="hm-permcards")
    assert [words(card) for card in cards] == [
        "Tasha Full Employee Access",
        "Toby View Employees",
        "Ada Holds no permission here.",
    ]
    held = [e for e in page.all("span") if "is-held" in e.get("class", "")]
    assert len(held) == 4
