"""The workbench's engine: files read into rows, put right, settled."""

import io
from datetime import date

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from app.clock import now
from app.domain.imports import queries, service
from app.domain.imports.models import Import, ImportFile, ImportRow
from app.domain.imports.rules import Choice, Guess
from app.domain.kernel.tables import Letter
from app.domain.orders import queries as order_queries
from app.domain.orders.models import Order
from app.domain.orders.service.purchase import Details
from app.domain.people.service import add_person
from app.domain.registrations.models import CardApplication, Registration
from app.errors import ConflictError
from app.extensions import db
from app.jobs.worker import drain
from app.sheets.errors import ErrorRow, Wrong, write_errors
from app.storage import storage_of
from app.transaction import transaction
from tests.support.photos import with_a_photo_each
from tests.support.uploads import bring as bring_rows
from tests.support.uploads import letters, row_of, workbook
from tests.support.viewers import viewer_of

pytestmark = pytest.mark.both_databases
HEADS = ("Title", "Firstname", "Lastname", "DateOfBirth", "Gender", "NINumber", "ECSNumber",
         "Occupation", "HSAssessment", "RequestType", "Image")  # fmt: skip
GOOD = ("Ms", "Zofia", "Dąbrowska", date(1995, 3, 27), "F", "AB123456C", None, 317, "yes",
        "Initial", None)  # fmt: skip


def xlsx(*rows, heads=HEADS):
    book = Workbook()
    for row in (heads, *rows):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.fixture
def bring(portal, inside):
    """Bring a file into a new draft of Calder Vale's, have it read, and return the draft's id."""

    def _bring(data, name="cards.xlsx", import_id=None):
        viewer = viewer_of(portal, "provider@demo.example")
        with inside(viewer), transaction():
            draft = (
                db.session.get_one(Import, import_id)
                if import_id
                else service.new_draft("applications", "", now())
            )
            key = storage_of(portal.config).put(data)
            service.bring_file(draft, name=name, key=key, size=len(data), at=now())
            found = draft.id
        with portal.app_context():
            drain()
        return found

    return _bring


@pytest.fixture
def as_priya(portal, inside):
    return lambda: inside(viewer_of(portal, "provider@demo.example"))


def rows_of(import_id):
    statement = select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.id)
    return list(db.session.scalars(statement))


def test_a_file_is_read_into_rows_with_its_errors_by_cell(bring, as_priya):
    wrong = ("Ms", "Zofia", None, "31/02/2005", "Q", "AB12", None, 999, "no", "Initial", None)
    draft = bring(xlsx(GOOD, wrong))
    with as_priya():
        import_ = queries.find_import(draft)
        assert queries.counts(import_).total == 2
        first, second = queries.grid(import_, queries.GridAsked()).rows
        assert first.cells["birth_date"].text == "27/03/1995"
        assert set(first.errors) == {"image"}
        assert {"surname", "birth_date", "gender", "ni_number", "occupation",
                "health_and_safety"} <= set(second.errors)  # fmt: skip
        assert "31" in second.cells["birth_date"].raw


def test_a_cell_is_put_right_in_place(bring, as_priya):
    draft = bring(xlsx((*GOOD[:5], "AB12", *GOOD[6:])))
    with as_priya(), transaction():
        (row,) = rows_of(draft)
        service.edit_row(row, {"ni_number": "ab 12 34 56 c"}, row.version, now())
    with as_priya():
        (row,) = rows_of(draft)
        assert row.values["ni_number"] == "AB123456C"
        assert queries.grid_row(row).cells["ni_number"].is_typed


def test_equal_errors_are_put_right_together_and_undone(bring, as_priya):
    rows = [(*GOOD[:2], f"Name{chr(65 + n)}", *GOOD[3:5], None, None, "31A", *GOOD[8:])
            for n in range(3)]  # fmt: skip
    draft = bring(xlsx(*rows))
    with as_priya(), transaction():
        import_ = queries.find_import(draft)
        fix = next(f for f in queries.fixes(import_) if f.field == "occupation")
        assert (fix.raw, fix.count) == ("31A", 3)
        action = service.fix_all(import_, "occupation", "31A", "317", now())
        assert action.count == 3
    with as_priya(), transaction():
        import_ = queries.find_import(draft)
        assert not [f for f in queries.fixes(import_) if f.field == "occupation"]
        service.undo(queries.last_action(import_), now())
        assert [f.count for f in queries.fixes(import_) if f.field == "occupation"] == [3]


def test_dates_that_show_the_month_first_are_asked_about_once(bring, as_priya):
    rows = [(*GOOD[:2], f"Name{n}".replace(str(n), chr(65 + n)), text, *GOOD[4:5], None, *GOOD[6:])
            for n, text in enumerate(("03/04/1990", "12/25/1991", "05/06/1992"))]  # fmt: skip
    draft = bring(xlsx(*rows))
    with as_priya(), transaction():
        import_ = queries.find_import(draft)
        (decision,) = queries.decisions(import_)
        assert (decision.field, decision.guess, decision.count) == (
            "birth_date",
            Guess.DAY_MONTH,
            3,
        )
        service.decide(decision.file, "birth_date", Guess.DAY_MONTH, "month", now())
    with as_priya():
        assert [row.values["birth_date"] for row in rows_of(draft)] == [
            "1990-03-04", "1991-12-25", "1992-05-06",
        ]  # fmt: skip


def test_somebody_known_by_number_is_found_and_a_namesake_is_asked_about(bring, as_priya):
    with as_priya(), transaction():
        values = {"first_names": "Zofia", "surname": "Dąbrowska", "birth_date": date(1995, 3, 27)}
        known = add_person(values | {"ni_number": "AB123456C"}).id
        namesake = add_person(values | {"surname": "Smith"}).id
    draft = bring(xlsx(GOOD, (*GOOD[:2], "Smith", *GOOD[3:5], None, *GOOD[6:])))
    with as_priya(), transaction():
        first, second = rows_of(draft)
        assert first.person_id == known
        assert (second.person_id, second.asks[""]) == (None, "person")
        assert second.matches[0]["person"] == namesake
        service.choose_person([second], Choice.SAME, now())
    with as_priya():
        assert rows_of(draft)[1].person_id == namesake


def test_the_same_row_brought_again_asks_first(bring, as_priya):
    bring(xlsx(GOOD))
    draft = bring(xlsx(GOOD, (*GOOD[:2], "Other", *GOOD[3:5], None, *GOOD[6:])))
    with as_priya(), transaction():
        first, second = rows_of(draft)
        assert "brought before" in first.repeat_of
        assert second.repeat_of == ""
        service.allow_repeats([first], now())
        assert rows_of(draft)[0].repeat_of == ""


def test_the_same_file_again_is_asked_about_as_a_whole(bring, as_priya):
    data = xlsx(GOOD)
    bring(data)
    draft = bring(data)
    with as_priya():
        (file,) = queries.find_import(draft).files
        assert file.state == "asking"
        assert "brought before" in file.words


def test_headings_that_leave_a_doubt_are_confirmed_once(bring, as_priya, portal):
    heads = ("Title", "Forname", "Family nam", *HEADS[3:])
    draft = bring(xlsx(GOOD, heads=heads))
    with as_priya(), transaction():
        (file,) = queries.find_import(draft).files
        assert file.state == "asking"
        proposed = service.proposal(file)
        assert [each.field for each in proposed][:3] == ["title", "first_names", "surname"]
        assert proposed[1].examples == ("Zofia",)
        service.confirm_heads(file, [each.field for each in proposed], file.version, now())
    with portal.app_context():
        drain()
    again = bring(xlsx((*GOOD[:2], "Other", *GOOD[3:]), heads=heads))
    with as_priya():
        assert len(rows_of(draft)) == 1
        assert (
            db.session.scalars(select(ImportFile.state).where(ImportFile.import_id == again)).one()
            == "read"
        )


def test_saying_anew_what_columns_hold_keeps_what_was_typed(bring, as_priya, portal):
    heads = ("Title", "Forname", "Family nam", *HEADS[3:])
    other, third = (*GOOD[:2], "Silva", *GOOD[3:]), (*GOOD[:2], "Roy", *GOOD[3:])
    draft = bring(xlsx(GOOD, other, third, heads=heads))
    columns = []

    def confirm(swap):
        with as_priya(), transaction():
            (file,) = queries.find_import(draft).files
            columns[:] = columns or [each.field for each in service.proposal(file)]
            mapping = [*columns]
            if swap:
                mapping[1], mapping[2] = mapping[2], mapping[1]
            service.confirm_heads(file, mapping, file.version, now())
        with portal.app_context():
            drain()

    confirm(swap=True)
    with as_priya(), transaction():
        first, second, _ = rows_of(draft)
        service.edit_row(first, {"surname": "Typed"}, first.version, now())
        service.remove_rows(queries.find_import(draft), [second], now())
    confirm(swap=False)
    with as_priya():
        first, second, last = rows_of(draft)
        assert (first.values["first_names"], first.values["surname"]) == (GOOD[1], "Typed")
        assert second.state == "removed"
        assert (last.values["first_names"], last.values["surname"]) == (GOOD[1], "Roy")
        assert [row.number for row in (first, second, last)] == [2, 3, 4]


def test_a_corrected_download_changes_only_what_was_changed(bring, as_priya, portal):
    bad = (*GOOD[:2], "=Smith", *GOOD[3:5], "AB12", *GOOD[6:])
    draft = bring(xlsx(GOOD, bad))
    key = portal.config["SECRET_KEY"]
    with as_priya():
        heads, wrong = queries.errors_heads_and_rows(queries.find_import(draft), key)
        rows = [
            ErrorRow(token, cells, [Wrong(words, at) for at, words in errors.items() if at >= 0])
            for token, cells, errors in wrong
        ]
        before = {row.number: row.version for row in rows_of(draft)}
    assert len(rows) == 2  # both lack a photo
    book = load_workbook(io.BytesIO(b"".join(write_errors(heads, rows))))
    sheet = book.active
    column = next(cell.column for cell in sheet[1] if cell.value == "NINumber")
    line = next(row[0].row for row in sheet.iter_rows(min_row=2) if row[column - 1].value == "AB12")
    sheet.cell(line, column, "AB123457C")
    file = io.BytesIO()
    book.save(file)
    bring(file.getvalue(), "corrected.xlsx", draft)
    with as_priya():
        first, second = rows_of(draft)
        assert second.values["ni_number"] == "AB123457C"
        assert second.typed == {"ni_number": "AB123457C"}
        assert (first.typed, first.version) == ({}, before[2])


def details(place):
    return Details(
        customer_reference="PO 77", accounts_contact_name="Alma Reyes",
        accounts_contact_email="alma@example.com", delivery_attention="Alma Reyes",
        invoice_to=place, deliver_to=place,
    )  # fmt: skip


def submit(portal, as_priya, draft):
    """Finalise the valid rows of a draft, let the worker end, and return the order."""
    with as_priya(), transaction():
        import_ = queries.find_import(draft)
        quoted = service.quote(import_)
        order = service.finalise(import_, details(import_.organisation_id), import_.version, now())
        assert order.state == "assembling"
        order_id = order.id
    with portal.app_context():
        drain()
    return order_id, quoted.total


def test_valid_rows_become_registrations_on_one_order_and_the_rest_stays(portal, as_priya):
    rows = [row_of(n) for n in range(12)]
    rows[3] = row_of(3, **{"Email ID": "nowhere"})
    with as_priya():
        draft = bring_rows(portal.config, workbook(rows))
    with portal.app_context():
        drain()
    order_id, total = submit(portal, as_priya, draft)
    with as_priya():
        import_ = queries.find_import(draft)
        assert queries.counts(import_) == queries.Counts(error=1, done=11)
        assert (import_.state, import_.finaliser) == ("open", "")
        order = db.session.get_one(Order, order_id)
        assert (order.state, order.customer_reference) == ("open", "PO 77")
        figures = order_queries.figures_of(order)
        assert (figures.lines, figures.total) == (11, total)
        made = db.session.scalars(select(Registration).where(Registration.kind == "standard"))
        assert {each.state for each in made} == {"on_order"}
        posted = db.session.scalars(
            select(Letter.code).where(Letter.code.in_(("standard_registered", "order_submitted")))
        ).all()
        assert (posted.count("standard_registered"), posted.count("order_submitted")) == (11, 1)


def test_applications_are_made_of_the_rows_and_photos(portal, bring, as_priya):
    rows = [(*GOOD[:2], f"Name{letters(n)}", *GOOD[3:5], None, *GOOD[6:10], f"p{n}.jpg")
            for n in range(3)]  # fmt: skip
    draft = bring(xlsx(*rows))
    with as_priya(), transaction():
        import_ = queries.find_import(draft)
        with_a_photo_each(import_, portal.config, [f"p{n}.jpg" for n in range(2)])
        assert [row.state for row in rows_of(draft)] == ["valid", "valid", "error"]
    order_id, _total = submit(portal, as_priya, draft)
    with as_priya():
        made = db.session.scalars(select(CardApplication)).all()
        assert [each.state for each in made] == ["awaiting_payment"] * 2
        assert all(each.person.photo_id for each in made)
        assert {each.occupation.code for each in made} == {"317"}
        assert len({each.batch_id for each in made}) == 1
        assert queries.counts(queries.find_import(draft)) == queries.Counts(error=1, done=2)
        order = db.session.get_one(Order, order_id)
        assert order_queries.figures_of(order).lines == 2


def test_whoever_finalises_second_is_told_who_is_at_it(portal, as_priya):
    with as_priya():
        draft = bring_rows(portal.config, workbook([row_of(1)]))
    with portal.app_context():
        drain()
    with as_priya(), transaction():
        import_ = queries.find_import(draft)
        seen = import_.version
        service.finalise(import_, details(import_.organisation_id), seen, now())
    with as_priya(), transaction():
        import_ = queries.find_import(draft)
        with pytest.raises(ConflictError, match="Priya Anand is finalising"):
            service.finalise(import_, details(import_.organisation_id), seen, now())
        with pytest.raises(ConflictError, match="Priya Anand is finalising"):
            service.verify(import_, now())


def test_somebody_registered_on_the_standard_already_is_an_error_of_the_row(portal, as_priya):
    for expected in ("done", "error"):
        with as_priya():
            draft = bring_rows(portal.config, workbook([row_of(1, Title=TITLES[expected])]))
        with portal.app_context():
            drain()
        if expected == "done":
            submit(portal, as_priya, draft)
        with as_priya():
            (row,) = rows_of(draft)
            assert row.state == expected
    with as_priya():
        found = queries.grid(queries.find_import(draft), queries.GridAsked()).rows[0]
        assert "registered on this standard already" in found.errors["standard"]


TITLES = {"done": "Ms", "error": "Mrs"}
"""Another title, so that the second row is no repeat."""
