"""What somebody decides about people who may be known already, and about repeated rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.domain.imports.matching import LIVE
from app.domain.imports.models import Import, ImportAction, ImportRow
from app.domain.imports.picked import picked_rows
from app.domain.imports.rules import Choice
from app.domain.imports.service import drafts, rows, settling, storing
from app.domain.kernel.words import say, say_many
from app.errors import ConflictError, FieldErrors, NotFoundError
from app.extensions import db

LONGEST_REASON = 200
_SAID = {
    Choice.SAME: ("%(n)s row is about the person known.", "%(n)s rows are about people known."),
    Choice.LINK: ("%(n)s row is about the person another organisation knows.",
                  "%(n)s rows are about people whom other organisations know."),
    Choice.SEPARATE: ("%(n)s row is kept as a new person.", "%(n)s rows are kept as new people."),
    Choice.NONE: ("The choice for %(n)s row was taken back.",
                  "The choices for %(n)s rows were taken back."),
}  # fmt: skip


def choose_person(
    chosen: Sequence[ImportRow],
    choice: Choice,
    at: datetime,
    *,
    person_id: int | None = None,
    reason: str = "",
) -> ImportAction:
    """Say whom rows are about; it can be undone.

    SAME and LINK take the person named, or else the likeliest of each row. SEPARATE needs a
    reason. Raise NotFoundError for somebody whom a row does not offer.
    """
    reason = " ".join(reason.split())
    if choice is Choice.SEPARATE and not reason:
        raise FieldErrors({"reason": say("Say why this is somebody else.")})
    if len(reason) > LONGEST_REASON:
        raise FieldErrors({"reason": say("At most %(most)s characters fit.", most=LONGEST_REASON)})
    return _change(
        chosen, at, choice,
        lambda row: {"choice": choice.value, "choice_reason": reason,
                     "person_id": _person(row, choice, person_id)},
    )  # fmt: skip


def unchoose(chosen: Sequence[ImportRow], at: datetime) -> ImportAction:
    """Take back what was decided about the people of rows."""
    return _change(
        chosen, at, Choice.NONE,
        lambda _row: {"choice": "", "choice_reason": "", "person_id": None},
    )  # fmt: skip


def _person(row: ImportRow, choice: Choice, person_id: int | None) -> int | None:
    if choice is Choice.SEPARATE:
        return None
    offered = [
        each["person"] for each in row.matches if each["elsewhere"] is (choice is Choice.LINK)
    ]
    if person_id is not None and person_id not in offered:
        raise NotFoundError
    if not offered:
        raise ConflictError("Nobody is offered for some of these rows. Look at them one by one.")
    return person_id or offered[0]


def allow_repeats(chosen: Sequence[ImportRow], at: datetime) -> ImportAction:
    """Bring rows again although the same was brought before; it can be undone."""
    said = ("%(n)s row is brought once more.", "%(n)s rows are brought once more.")
    return _change(chosen, at, None, lambda _row: {"is_repeat_allowed": True}, said)


def _change(
    chosen: Sequence[ImportRow],
    at: datetime,
    choice: Choice | None,
    new: Any,
    said: tuple[str, str] | None = None,
) -> ImportAction:
    import_ = db.session.get(Import, chosen[0].import_id) if chosen else None
    if import_ is None or any(row.import_id != import_.id for row in chosen):
        raise NotFoundError
    drafts.open_for_change(import_, at)
    live = [row for row in picked_rows(import_, [row.id for row in chosen]) if row.state in LIVE]
    if not live:
        raise ConflictError("Tick at least one row first; finalised ones stay.")
    wanted = {row.id: new(row) for row in live}
    before = {
        str(row.id): {
            rows.WAS: {name: getattr(row, name) for name in wanted[row.id]},
            rows.NOW: wanted[row.id],
        }
        for row in live
    }
    storing.set_facts(wanted)
    kind = storing.kind_of(import_)
    ids = sorted(wanted)
    settling.settle_each(kind, ids, at)
    storing.expire_rows(import_)
    one, many = said or _SAID[choice or Choice.NONE]
    return rows.note_action(import_, "choose", say_many(one, many, n=len(ids)), before, at)
