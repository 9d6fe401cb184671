"""The page of a batch as somebody uses it whose browser runs no script."""

import html5lib
from sqlalchemy import select

from app.domain.imports.batches.models import BatchCandidate, BatchDraft
from app.domain.registrations.models import Registration
from app.domain.registrations.rules import Kind
from app.extensions import db

START = "/apprenticeship/registration/batch/"
CENTRE = "centre@demo.example"
AUTOCARE = "Autocare Technician ST0499 AP01"
ULN = "9276308686"
CANDIDATE = {
    "title": "Ms", "first_names": "Zofia", "surname": "D’Arcy-Żak", "birth_date-day": "27",
    "birth_date-month": "3", "birth_date-year": "2005", "gender": "F", "uln": ULN,
    "email": "zofia@example.com", "phone": "0113 496 0123", "employer_ern": "999000411",
    "employer_name": "Hartley & Sons’ Motors", "employee_position": "Apprentice technician",
    "employer_postcode": "LS1 4AP", "employer_phone": "0113 496 0456",
}  # fmt: skip
"""What is typed about a new candidate."""
DATES = {
    "start_date": ("7", "9", "2026"), "expected_end_date": ("7", "9", "2028"),
    "assessment_start_date": ("1", "6", "2028"),
}  # fmt: skip


def dated(prefix="", **dates):
    """Return dates as their three boxes are sent."""
    return {
        f"{prefix}{name}-{part}": text
        for name, day in dates.items()
        for part, text in zip(("day", "month", "year"), day, strict=True)
    }


DEFAULTS = dated("default_", **DATES) | {"default_funding_type": "LEVY"}
"""What the batch says once for all."""


def words(node):
    """Return the text of an element, with single blanks."""
    return " ".join("".join(node.itertext()).split())


class BatchPage:
    """The page, what stands in its form, and its buttons."""

    def __init__(self, client, path=START):
        self.client = client
        self.open(path)

    def open(self, path):
        """Open the page at ``path``."""
        self.path = path.partition("#")[0]
        self.take(self.client.get(path))

    def take(self, answer):
        """Look at the page that was answered."""
        self.answer = answer
        self.text = answer.text
        self.root = html5lib.parse(answer.text, namespaceHTMLElements=False)

    def find(self, tag, **attributes):
        """Return all elements of the page with these attributes."""
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            each
            for each in self.root.iter(tag)
            if all(each.get(name) == value for name, value in wanted.items())
        ]

    @property
    def form(self):
        """The form of the batch."""
        (found,) = self.find("form", id="batch")
        return found

    def fields(self):
        """Return what the form would send now, without a button."""
        sent = {}
        for each in self.form.iter("input"):
            kind = each.get("type") or "text"
            ticked = kind not in ("radio", "checkbox") or each.get("checked") is not None
            if ticked and each.get("name"):
                sent[each.get("name")] = each.get("value") or ""
        for each in self.form.iter("select"):
            chosen = [o.get("value") for o in each.iter("option") if o.get("selected") is not None]
            sent[each.get("name")] = chosen[0] if chosen else ""
        return sent

    def press(self, do, **typed):
        """Fill in what is ``typed``, press a button and look at where it leads."""
        sent = self.fields() | typed | {"do": do}
        answer = self.client.post(self.form.get("action"), data=sent)
        if answer.status_code == 303:
            self.open(answer.location)
        else:
            self.take(answer)
        return answer

    def choose(self, standard=AUTOCARE, package="ACAP01D"):
        """Choose a standard, and then one of its packages, as a page without script lets one."""
        self.press("choose", standard=self.value_of("standard", standard))
        if package:
            self.press("keep", package=self.value_of("package", package))

    def value_of(self, name, label):
        """Return what a radio button sends that is labelled so."""
        for each in self.find("label"):
            if words(each) == label:
                (radio,) = self.find("input", id=each.get("for"), name=name)
                return radio.get("value")
        raise AssertionError(f"no {name} called {label}: {self.answer.status}")

    def add_new(self, **typed):
        """Add a new candidate through the form."""
        self.press("new")
        return self.press("take", **(CANDIDATE | typed))

    def candidates(self):
        """Return the rows of the candidates, each as its words by column."""
        (table,) = [each for each in self.find("table") if each.get("aria-label") == "Candidates"]
        heads = [words(each) for each in table.find("thead").iter("th")]
        rows = []
        for row in table.find("tbody"):
            cells = [each for each in row if each.tag in ("td", "th")]
            rows.append(dict(zip(heads, map(words, cells), strict=False)))
        return rows

    def summary(self):
        """Return the words of the error summary."""
        return [
            words(each)
            for box in self.root.iter("div") if box.get("class") == "hm-summary"
            for each in box.iter("li")
        ]  # fmt: skip

    def button(self, beginning):
        """Return what the button sends that begins so."""
        found = [
            each.get("value") for each in self.form.iter("button")
            if (each.get("value") or "").startswith(beginning)
        ]  # fmt: skip
        assert found, f"no button {beginning}: {self.answer.status}"
        return found[0]


def drafts():
    """Return every batch that is or was put together."""
    return list(db.session.scalars(select(BatchDraft).order_by(BatchDraft.id)))


def candidates():
    """Return everybody in any batch."""
    return list(db.session.scalars(select(BatchCandidate).order_by(BatchCandidate.id)))


def registered():
    """Return every registration on a standard."""
    statement = select(Registration).where(Registration.kind == Kind.STANDARD)
    return list(db.session.scalars(statement.order_by(Registration.id)))
