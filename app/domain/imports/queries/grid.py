"""The grid: rows page by page, each cell as people read it, with what is wrong or waits."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import exists, select

from app.domain.imports import checking
from app.domain.imports.cells import text_of
from app.domain.imports.headers import FULL_NAME
from app.domain.imports.models import CellError, Import, ImportRow
from app.domain.imports.rules import Guess, Notation, RowState
from app.domain.imports.targets import target_of
from app.domain.imports.tokens import row_token
from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.identifiers import name_key
from app.extensions import db

LIVE = (RowState.ERROR.value, RowState.ASKS.value, RowState.VALID.value)
SIZE = 50
EXPORTED_AT_ONCE = 1_000


@dataclass(frozen=True)
class GridAsked:
    """Which rows are wanted: of a state, with a certain cell error, by name, after or before."""

    state: str = ""
    field: str = ""
    raw: str | None = None
    search: str = ""
    after: int = 0
    before: int = 0
    size: int = SIZE


@dataclass(frozen=True)
class GridCell:
    """A cell as people read it; ``raw`` is what came in the file."""

    text: str = ""
    raw: str = ""
    mark: Notation | None = None
    ask: Guess | None = None
    error: str = ""
    is_typed: bool = False


@dataclass(frozen=True)
class GridRow:
    """A row with its cells by field; ``errors`` of the row as a whole have the field ""."""

    row: ImportRow
    cells: Mapping[str, GridCell]
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def whole(self) -> str:
        """What is wrong with the row as a whole, or where the grid has no column."""
        return " ".join(words for name, words in self.errors.items() if name not in self.cells)


@dataclass(frozen=True)
class GridPage:
    """A page of rows, and where the pages before and after it begin."""

    rows: list[GridRow]
    before: int | None = None
    after: int | None = None


def grid(import_: Import, asked: GridAsked) -> GridPage:
    """Return a page of an import's rows, in the order in which they came."""
    statement = select(ImportRow).where(*_criteria(import_, asked))
    if asked.before:
        statement = statement.where(ImportRow.id < asked.before).order_by(ImportRow.id.desc())
    else:
        statement = statement.where(ImportRow.id > asked.after).order_by(ImportRow.id)
    rows = list(db.session.scalars(statement.limit(asked.size + 1)))
    more, rows = len(rows) > asked.size, rows[: asked.size]
    if asked.before:
        rows.reverse()
    earlier = more if asked.before else asked.after > 0
    later = bool(asked.before) or more
    return GridPage(
        grid_rows(import_, rows),
        rows[0].id if rows and earlier else None,
        rows[-1].id if rows and later else None,
    )


def _criteria(import_: Import, asked: GridAsked) -> list[Any]:
    found: list[Any] = [ImportRow.import_id == import_.id]
    if asked.state:
        found.append(ImportRow.state == asked.state)
    else:
        found.append(ImportRow.state != RowState.REMOVED.value)
    if asked.field:
        wrong = exists().where(CellError.row_id == ImportRow.id, CellError.field == asked.field)
        if asked.raw is not None:
            wrong = wrong.where(CellError.raw == asked.raw)
        found.append(wrong)
    for word in name_key(asked.search[:100]).split():
        found.append(ImportRow.name_key.contains(word, autoescape=True))
    return found


def grid_row(row: ImportRow) -> GridRow:
    """Return one row as the grid shows it."""
    import_ = db.session.get_one(Import, row.import_id)
    return grid_rows(import_, [row])[0]


def grid_rows(import_: Import, rows: Sequence[ImportRow]) -> list[GridRow]:
    """Return rows as the grid shows them: one statement for their errors."""
    subject = target_of(import_).subject()
    columns = {file.id: _columns(file.mapping) for file in import_.files}
    errors = errors_of([row.id for row in rows])
    return [
        GridRow(
            row,
            {
                one.name: _cell(one, row, columns.get(row.file_id or 0, {}), errors.get(row.id, {}))
                for one in subject.fields
            },
            errors.get(row.id, {}),
        )
        for row in rows
    ]


def _columns(mapping: Sequence[str | None]) -> dict[str, int]:
    return {name: at for at, name in enumerate(mapping) if name}


def errors_of(row_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return what is wrong with rows, by row and field."""
    statement = (
        select(CellError.row_id, CellError.field, CellError.words)
        .where(CellError.row_id.in_(row_ids))
        .order_by(CellError.id)
    )
    found: dict[int, dict[str, str]] = {}
    for row_id, name, words in db.session.execute(statement):
        found.setdefault(row_id, {}).setdefault(name, words)
    return found


def _cell(
    one: Field, row: ImportRow, columns: Mapping[str, int], errors: Mapping[str, str]
) -> GridCell:
    raw = _raw(one.name, row, columns)
    typed = row.typed.get(one.name)
    mark, ask = row.marks.get(one.name), row.asks.get(one.name)
    if ask is None and one.name in ("first_names", "surname") and FULL_NAME in row.asks:
        ask = row.asks[FULL_NAME]
    return GridCell(
        _text(one, row, raw if typed is None else typed),
        raw,
        Notation.of_mark(mark),
        Guess(ask) if ask else None,
        errors.get(one.name, ""),
        typed is not None,
    )


def _raw(name: str, row: ImportRow, columns: Mapping[str, int]) -> str:
    at = columns.get(name)
    if at is None and name in ("first_names", "surname"):
        at = columns.get(FULL_NAME)
    return text_of(row.cells[at]) if at is not None and at < len(row.cells) else ""


def _text(one: Field, row: ImportRow, otherwise: str) -> str:
    if one.name not in row.values:
        return otherwise
    value = checking.real_value(one, row.values[one.name])
    return one.show(value)


def shown_texts(subject: Subject, row: ImportRow, import_: Import) -> dict[str, str]:
    """Return the text of each cell of a row as the grid and the downloads show it."""
    file = next((each for each in import_.files if each.id == row.file_id), None)
    columns = _columns(file.mapping) if file else {}
    return {
        one.name: _text(one, row, row.typed.get(one.name, _raw(one.name, row, columns)))
        for one in subject.fields
    }


def known_people(import_: Import, *, after: int = 0, size: int = 25) -> list[GridRow]:
    """Return rows that wait for a choice of person, or because they were brought before."""
    statement = (
        select(ImportRow)
        .where(
            ImportRow.import_id == import_.id,
            ImportRow.state.in_(LIVE),
            ImportRow.asks[""].as_string().is_not(None),
            ImportRow.id > after,
        )
        .order_by(ImportRow.id)
        .limit(size)
    )
    return grid_rows(import_, list(db.session.scalars(statement)))


def errors_heads_and_rows(
    import_: Import, key: str, text: Callable[[str, GridRow], str] | None = None
) -> tuple[list[str], Iterator[tuple[str, list[str], dict[int, str]]]]:
    """Return the headings of the download of rows in error, and each row of it.

    A row is its signed id, its cells as shown, and what is wrong by the place of the cell; -1 is
    the row as a whole. Rows that wait for a choice are not among them. ``text`` gives the text of a
    cell by its field, for readers who do not see all of them.
    """
    subject = target_of(import_).subject()
    heads = [one.column for one in subject.fields]
    return heads, _wrong_rows(import_, subject, key, text or _plain_text)


def _plain_text(name: str, row: GridRow) -> str:
    return row.cells[name].text


def _wrong_rows(
    import_: Import, subject: Subject, key: str, text: Callable[[str, GridRow], str]
) -> Iterator[tuple[str, list[str], dict[int, str]]]:
    places = {one.name: at for at, one in enumerate(subject.fields)}
    after = 0
    while True:
        asked = GridAsked(state=RowState.ERROR.value, after=after, size=EXPORTED_AT_ONCE)
        page = grid(import_, asked)
        for each in page.rows:
            wrong: dict[int, str] = {}
            for name, words in each.errors.items():
                at = places.get(name, -1)
                wrong[at] = f"{wrong[at]} {words}" if at in wrong else words
            cells = [text(name, each) for name in places]
            yield row_token(key, each.row.id, cells), cells, wrong
        if page.after is None:
            return
        after = page.after
