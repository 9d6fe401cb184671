"""Rows of an upload put right by several people: undo, choices, answers that come late."""

import io
from datetime import UTC, datetime

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from app.clock import now
from app.domain.imports import queries, service
from app.domain.imports.models import ImportAction, ImportRow
from app.domain.imports.rules import Choice, Guess, Notation
from app.domain.imports.service import reading
from app.domain.kernel.tables import Job
from app.domain.people.service import add_person
from app.errors import ConflictError, NotFoundError
from app.extensions import db
from app.jobs.worker import drain
from app.sheets.errors import ErrorRow, write_errors
from app.storage import storage_of
from app.transaction import transaction
from tests.support import bulk
from tests.support.uploads import bring as bring_rows
from tests.support.uploads import letters, row_of, uln, workbook
from tests.support.viewers import viewer_of
from tests.support.workbench import BORN, card, rows_of

pytestmark = pytest.mark.both_databases
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def as_priya(portal, inside):
    viewer = viewer_of(portal, "provider@demo.example")
    return lambda: inside(viewer)


@pytest.fixture
def work(portal):
    def _work():
        with portal.app_context():
            drain()

    return _work


@pytest.fixture
def brought(portal, as_priya, work):
    """Bring rows into a new draft, have them read, and return the draft's id."""

    def _brought(data, target="standards", **more):
        with as_priya():
            draft = bring_rows(portal.config, data, target, **more)
        work()
        return draft

    return _brought


def test_undoing_a_fix_keeps_what_somebody_typed_since(brought, as_priya):
    rows = [card(n, Occupation="31A") for n in range(3)]
    draft = brought(bulk.xlsx(*rows), "applications")
    with as_priya(), transaction():
        service.fix_all(queries.find_import(draft), "occupation", "31A", "317", now())
    with as_priya(), transaction():
        row = rows_of(draft)[1]
        service.edit_row(row, {"ni_number": "AB123456C"}, row.version, now())
    with as_priya(), transaction():
        import_ = queries.find_import(draft)
        assert service.undo(queries.last_action(import_), now()) == 2
    with as_priya():
        first, second, third = rows_of(draft)
        assert (first.typed, third.typed) == ({}, {})
        assert second.typed == {"occupation": "317", "ni_number": "AB123456C"}


def test_undoing_a_choice_keeps_what_somebody_chose_since(brought, as_priya):
    with as_priya(), transaction():
        known = add_person(
            {"first_names": "Zofia", "surname": f"Name{letters(1)}", "birth_date": BORN}
        ).id
    draft = brought(bulk.xlsx(card(0), card(1)), "applications")
    with as_priya(), transaction():
        action = service.choose_person(
            [rows_of(draft)[1]], Choice.SEPARATE, now(), reason="twins"
        ).id
    with as_priya(), transaction():
        service.choose_person([rows_of(draft)[1]], Choice.SAME, now())
    with as_priya(), transaction():
        assert service.undo(db.session.get_one(ImportAction, action), now()) == 0
    with as_priya():
        row = rows_of(draft)[1]
        assert (row.choice, row.person_id) == ("same", known)


def test_putting_empty_cells_right_leaves_rows_with_another_error_there_alone(brought, as_priya):
    with as_priya(), transaction():
        bulk.know(1)

    rows = [bulk.row(0), bulk.row(0, Title="Mrs"), card(3, ECSNumber=None, RequestType="Renewal")]
    draft = brought(bulk.xlsx(*rows), "applications")
    with as_priya():
        import_ = queries.find_import(draft)
        groups = [f for f in queries.fixes(import_) if f.field == "scheme_number"]
        assert len(groups) == 2, groups
        missing = next(f for f in groups if "Row" not in f.words)
    with as_priya(), transaction():
        import_ = queries.find_import(draft)
        action = service.fix_all(
            import_, "scheme_number", "", "7100099", now(), words=missing.words
        )
        assert action.count == 1
    with as_priya():
        assert [row.typed for row in rows_of(draft)] == [{}, {}, {"scheme_number": "7100099"}]


def test_a_row_that_is_somebody_else_now_loses_the_person_chosen_for_it(brought, as_priya):
    with as_priya(), transaction():
        known = add_person(
            {"first_names": "Zofia", "surname": f"Name{letters(1)}", "birth_date": BORN}
        ).id
    draft = brought(bulk.xlsx(card(0), card(1)), "applications")
    with as_priya(), transaction():
        service.choose_person([rows_of(draft)[1]], Choice.SAME, now())
        assert rows_of(draft)[1].person_id == known
    with as_priya(), transaction():
        row = rows_of(draft)[1]
        said = {"first_names": "Mary", "surname": "Jones", "birth_date": "05/06/1971"}
        service.edit_row(row, said, row.version, now())
    with as_priya():
        row = rows_of(draft)[1]
        assert (row.choice, row.person_id) == ("", None)


def test_a_row_kept_separate_is_asked_about_when_it_names_somebody_else_known(brought, as_priya):
    with as_priya(), transaction():
        for name in (f"Name{letters(1)}", "Other"):
            add_person({"first_names": "Zofia", "surname": name, "birth_date": BORN})
    draft = brought(bulk.xlsx(card(0), card(1)), "applications")
    with as_priya(), transaction():
        service.choose_person([rows_of(draft)[1]], Choice.SEPARATE, now(), reason="twins")
    with as_priya(), transaction():
        row = rows_of(draft)[1]
        service.edit_row(row, {"ni_number": "AB123456C"}, row.version, now())
        assert rows_of(draft)[1].choice == "separate"
        row = rows_of(draft)[1]
        service.edit_row(row, {"surname": "Other"}, row.version, now())
    with as_priya():
        row = rows_of(draft)[1]
        assert (row.choice, row.asks.get("")) == ("", "person")


MANY = 2_100
"""Rows that are read in two blocks."""


def dates(count, text):
    return [card(n, DateOfBirth=text) for n in range(count)]


def test_what_dates_have_shown_is_not_forgotten_with_a_killed_worker(
    portal, as_priya, work, monkeypatch
):
    rows = [card(0, DateOfBirth="12/25/1991"), *dates(MANY - 1, "03/04/1990")]
    stored = reading.store
    calls = []

    def killed(plan, checked):
        calls.append(len(checked))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return stored(plan, checked)

    with as_priya():
        draft = bring_rows(portal.config, bulk.xlsx(*rows), "applications")
    monkeypatch.setattr(reading, "store", killed)
    with pytest.raises(KeyboardInterrupt):
        work()
    monkeypatch.undo()
    with as_priya(), transaction():
        jobs = Job.__table__
        db.session.connection().execute(update(jobs).values(lease_until=LONG_AGO))
    work()
    with as_priya():
        import_ = queries.find_import(draft)
        assert {"month_first", "either"} <= set(import_.files[0].seen["birth_date"])
        assert [each.asks.get("birth_date") for each in rows_of(draft)] == ["day_month"] * MANY


def test_an_answer_given_while_the_file_is_read_counts_for_all_its_rows(
    portal, as_priya, work, monkeypatch
):
    stored = reading.store
    calls = []

    def answered(plan, checked):
        file = stored(plan, checked)
        if not calls:
            service.decide(file, "birth_date", Guess.DAY_MONTH, "month", now())
        calls.append(len(checked))
        return file

    rows = [card(0, DateOfBirth="12/25/1991"), *dates(MANY - 1, "03/04/1990")]
    with as_priya():
        draft = bring_rows(portal.config, bulk.xlsx(*rows), "applications")
    monkeypatch.setattr(reading, "store", answered)
    work()
    with as_priya():
        assert len(calls) > 1
        assert {each.values.get("birth_date") for each in rows_of(draft)} == {
            "1991-12-25", "1990-03-04",
        }  # fmt: skip


@pytest.mark.parametrize("name", ["", "nonsense", "ern"])
def test_only_columns_of_a_file_are_answered_about(brought, as_priya, name):
    draft = brought(bulk.xlsx(card(0)), "applications")
    with as_priya(), transaction():
        (file,) = queries.find_import(draft).files
        for answer in (
            lambda: service.decide(file, name, Guess.DAY_MONTH, "day", now()),
            lambda: service.undo_notation(file, name, Notation.BLANKS, now()),
        ):
            with pytest.raises(NotFoundError):
                answer()


def test_a_row_finalised_meanwhile_is_not_removed_or_read_anew(brought, as_priya):
    draft = brought(workbook([row_of(1)]))
    with as_priya(), transaction():
        (row,) = rows_of(draft)
        import_ = queries.find_import(draft)
        rows = ImportRow.__table__
        db.session.connection().execute(
            update(rows).where(rows.c.id == row.id).values(state="done")
        )
        with pytest.raises(ConflictError):
            service.remove_rows(import_, [row], now())
        with pytest.raises(ConflictError):
            service.undo_notation_of(row, "surname", row.version, now())
        with pytest.raises(ConflictError):
            service.choose_person([row], Choice.SEPARATE, now(), reason="twins")


def test_a_corrected_download_leaves_alone_what_a_colleague_put_right_meanwhile(
    portal, brought, as_priya, work
):
    rows = [card(n, NINumber="AB12", Occupation="31A", Title="Mx.") for n in range(2)]
    draft = brought(bulk.xlsx(*rows), "applications")
    with as_priya():
        heads, wrong = queries.errors_heads_and_rows(
            queries.find_import(draft), portal.config["SECRET_KEY"]
        )
        lines = [ErrorRow(token, cells, []) for token, cells, _errors in wrong]
        book = load_workbook(io.BytesIO(b"".join(write_errors(heads, lines))))
    with as_priya(), transaction():
        row = rows_of(draft)[0]
        typed = {"ni_number": "AB123456C", "occupation": "318"}
        service.edit_row(row, typed, row.version, now())
    sheet = book.active
    (column,) = [cell.column for cell in sheet[1] if cell.value == "Occupation"]
    for line in range(2, sheet.max_row + 1):
        if sheet.cell(line, column).value == "31A":
            sheet.cell(line, column, "317")
    file = io.BytesIO()
    book.save(file)
    with as_priya(), transaction():
        data = file.getvalue()
        key = storage_of(portal.config).put(data)
        import_ = queries.find_import(draft)
        service.bring_file(import_, name="corrected.xlsx", key=key, size=len(data), at=now())
    work()
    with as_priya():
        first, second = rows_of(draft)
        assert first.typed == {"ni_number": "AB123456C", "occupation": "317"}
        assert second.typed == {"occupation": "317"}


def test_taking_a_file_out_frees_the_rows_that_said_the_same(portal, brought, as_priya, work):
    draft = brought(workbook([row_of(1)]), name="first.xlsx")
    with as_priya(), transaction():
        data = workbook([row_of(2, ULN=uln(1))])
        key = storage_of(portal.config).put(data)
        import_ = queries.find_import(draft)
        service.bring_file(import_, name="second.xlsx", key=key, size=len(data), at=now())
    work()
    with as_priya(), transaction():
        import_ = queries.find_import(draft)
        assert queries.counts(import_) == queries.Counts(valid=1, error=1)
        service.take_out(import_.files[0], import_.files[0].version, now())
    work()
    with as_priya():
        assert queries.counts(queries.find_import(draft)) == queries.Counts(valid=1)
