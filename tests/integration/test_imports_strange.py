"""Cells that no spreadsheet should hold: each is an error in words, and no job fails."""

import io
import zipfile

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from app.clock import now
from app.domain.imports import queries, service
from app.domain.imports.models import ImportFile, ImportRow
from app.domain.kernel.tables import Job
from app.extensions import db
from app.jobs.worker import drain
from app.transaction import transaction
from tests.support import bulk
from tests.support.uploads import HEADS, row_of, workbook
from tests.support.uploads import bring as bring_rows
from tests.support.viewers import viewer_of

pytestmark = pytest.mark.both_databases
NUMBERS = ("NaN", "inf", "-inf", "1e999", "-1e999", "1e308", "9223372036854775808", "-0.0",
           "38438.5", "1e-320")  # fmt: skip
TEXTS = ("\x00", "a\x00b", "_x0000_", "_xD800_", "_xDFFF_x", "‮Smith", "፩፩፩፩፩", "²²²²²", "①②/③/④⑤",
         "٠٣/٠٤/١٩٩٥", "O'Brien", "=1+1", "'=1+1", "x" * 32_000, "é" * 5_000, "1" * 5_000,
         "1e99999999", "🎂" * 300, "\u202e\u2066", "1/1/0001", "31/12/9999", "1.1.1899",
         "00:00", "-", "'", "''", ",", "a, ", "nan", "Infinity", "TRUE")  # fmt: skip


@pytest.fixture
def as_priya(portal, inside):
    viewer = viewer_of(portal, "provider@demo.example")
    return lambda: inside(viewer)


@pytest.fixture
def read(portal, as_priya):
    def _read(data, target="standards", name="rows.xlsx"):
        with as_priya():
            draft = bring_rows(portal.config, data, target, name)
        with portal.app_context():
            drain()
        with as_priya():
            assert db.session.scalars(select(Job.error).where(Job.error.is_not(None))).all() == []
            for file in db.session.scalars(select(ImportFile).where(ImportFile.import_id == draft)):
                assert file.state == "read", file.words
        return draft

    return _read


def rows_of(import_id):
    statement = select(ImportRow).where(ImportRow.import_id == import_id).order_by(ImportRow.id)
    return list(db.session.scalars(statement))


def with_numbers(data, numbers):
    """Put numbers that no writer would write in place of the marks 1111110, 1111111 …"""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            text = old.read(part)
            for at, number in enumerate(numbers):
                text = text.replace(f"<v>{1111110 + at}</v>".encode(), f"<v>{number}</v>".encode())
            new.writestr(part, text)
    return out.getvalue()


def csv_of(rows):
    lines = "\r\n".join(
        "\t".join('"' + str("" if c is None else c).replace('"', '""') + '"' for c in row)
        for row in rows
    )
    return lines.encode("utf-16", "replace")


@pytest.mark.parametrize("target", ["standards", "applications"])
def test_numbers_that_are_none_are_errors_and_fail_no_job(read, as_priya, target):
    heads, good = (HEADS, row_of(1)) if target == "standards" else (bulk.HEADS, bulk.row(0))
    rows = [
        [1111110 + at if place in (at_, at_ + 1) else each for place, each in enumerate(good)]
        for at in range(len(NUMBERS))
        for at_ in range(0, len(good), 3)
    ]
    draft = read(with_numbers(workbook(rows, heads), NUMBERS), target)
    with as_priya():
        import_ = queries.find_import(draft)
        assert queries.counts(import_).total == len(rows)
        assert queries.counts(import_).error > len(rows) // 2
        _see_everything(import_)


@pytest.mark.parametrize("target", ["standards", "applications"])
def test_texts_that_nobody_types_are_errors_and_fail_no_job(read, as_priya, target):
    heads, good = (HEADS, row_of(1)) if target == "standards" else (bulk.HEADS, bulk.row(0))
    rows = [
        [text if place % 3 == part else each for place, each in enumerate(good)]
        for text in TEXTS
        for part in range(3)
    ]
    draft = read(csv_of([heads, *rows]), target, "rows.csv")
    with as_priya():
        import_ = queries.find_import(draft)
        assert queries.counts(import_).total == len(rows)
        _see_everything(import_)
    with as_priya(), transaction():
        row = rows_of(draft)[0]
        assert any("\ufffd" in str(cell) for cell in row.cells)
        service.edit_row(row, {"surname": "Smith"}, row.version, now())
        service.verify(queries.find_import(draft), now())


@pytest.mark.parametrize("target", ["standards", "applications"])
def test_coded_characters_of_a_workbook_fail_no_job(read, as_priya, target):
    heads, good = (HEADS, row_of(1)) if target == "standards" else (bulk.HEADS, bulk.row(0))
    rows = [
        [f"a{text}b" if place % 3 == part else each for place, each in enumerate(good)]
        for text in ("_x0000_", "_xD800_", "_xDC00_", "_xFFFE_", "_x0001_")
        for part in range(3)
    ]
    draft = read(workbook(rows, heads), target)
    with as_priya():
        import_ = queries.find_import(draft)
        assert queries.counts(import_).total == len(rows)
        _see_everything(import_)


def _see_everything(import_):
    queries.grid(import_, queries.GridAsked())
    queries.fixes(import_)
    queries.decisions(import_)
    queries.notations(import_)
    list(queries.errors_heads_and_rows(import_, "key")[1])


@pytest.mark.parametrize("count", [1, 2])
def test_sheets_with_very_long_names_are_chosen_and_read_again(portal, as_priya, count):
    book = Workbook()
    book.remove(book.active)
    names = [f"{'long ' * 30}{number}" for number in range(count)]
    for name in names:
        sheet = book.create_sheet()
        sheet._WorkbookChild__title = name  # longer than spreadsheet programs allow
        for line in (["Name", *bulk.HEADS[3:]], ["Zofia Lis", *bulk.row(0)[3:]]):
            sheet.append(line)
    file = io.BytesIO()
    book.save(file)
    with as_priya():
        draft = bring_rows(portal.config, file.getvalue(), "applications")
    for step in ("sheet", "heads")[2 - count :]:
        with portal.app_context():
            drain()
        with as_priya(), transaction():
            (asking,) = queries.find_import(draft).files
            assert asking.state == "asking", asking.words
            if step == "sheet":
                service.choose_sheet(asking, names[1], asking.version, now())
            else:
                mapping = [each.field for each in service.proposal(asking)]
                mapping[0] = "full_name"
                service.confirm_heads(asking, mapping, asking.version, now())
    with portal.app_context():
        drain()
    with as_priya():
        (read,) = queries.find_import(draft).files
        assert (read.state, read.words) == ("read", "")
        assert len(rows_of(draft)) == 1
