"""Imports as drafts: begun, named, discarded and restored; resumed by whoever may."""

from datetime import datetime

from app.clock import local
from app.domain.imports import queries
from app.domain.imports.models import Import
from app.domain.imports.rules import DISCARDED, DONE, FINALISING, OPEN, READING, WAITING
from app.domain.imports.targets import target_named
from app.domain.kernel import jobs, workflow
from app.domain.kernel import viewer as viewers
from app.domain.kernel.words import say
from app.errors import ConflictError, FieldErrors, ForbiddenError, NotFoundError, StaleError
from app.extensions import db

LONGEST_NAME = 120
READ_FILE, REREAD, SETTLE, FINALISE = (
    "read_import_file", "reread_import", "settle_import", "finalise_import"
)  # fmt: skip
JOBS = (READ_FILE, REREAD, SETTLE, FINALISE)


def new_draft(target: str, name: str, at: datetime) -> Import:
    """Begin an import for the viewer's organisation; without a name it is called by its day."""
    viewer = viewers.of(db.session())
    if viewer.organisation_id is None or viewer.user_id is None:
        raise ForbiddenError("Choose the organisation that you work for first.")
    wanted = target_named(target)
    if wanted.is_for_staff and not viewer.everything:
        raise NotFoundError
    import_ = Import(
        organisation_id=viewer.organisation_id,
        target=wanted.code,
        name=_name(name) or say("Upload of %(day)s", day=f"{local(at):%-d %B %Y, %H:%M}"),
        created_by_id=viewer.user_id,
        created_at=at,
        changed_at=at,
        state=OPEN.code,
    )
    db.session.add(import_)
    db.session.flush()
    return import_


def open_draft(target: str, at: datetime) -> Import:
    """Return the newest draft of the viewer's organisation, or begin one."""
    return queries.newest_draft(target) or new_draft(target, "", at)


def _name(name: str) -> str:
    tidy = " ".join(name.split())
    if len(tidy) > LONGEST_NAME:
        raise FieldErrors({"name": say("At most %(most)s characters fit.", most=LONGEST_NAME)})
    return tidy


def rename(import_: Import, name: str, version: int, at: datetime) -> None:
    """Give an import another name; raise FieldErrors for an empty one, StaleError when late."""
    tidy = _name(name)
    if not tidy:
        raise FieldErrors({"name": say("Give it a name by which you find it again.")})
    queries.refuse_unless_ours(import_)
    workflow.lock(db.session(), [import_])
    if version != import_.version:
        raise StaleError(
            "Somebody else changed this upload since you opened the page. Look at it again.",
            theirs={"Name": import_.name}, yours={"Name": tidy},
        )  # fmt: skip
    import_.name, import_.changed_at = tidy, at
    db.session.flush()


def discard(import_: Import, version: int, at: datetime) -> None:
    """Put a draft away; what was finalised of it stays. It can be restored."""
    open_for_change(import_, at)
    _move(import_, "discard", at)


def restore(import_: Import, version: int, at: datetime) -> None:
    """Bring a discarded draft back; what was left unread or unchecked is taken up again."""
    queries.refuse_unless_ours(import_)
    workflow.lock(db.session(), [import_])
    if import_.state == OPEN.code:
        return
    _move(import_, "restore", at)
    for file in import_.files:
        if file.state in (WAITING.code, READING.code):
            enqueue(READ_FILE, import_, at, file=file.id)
    enqueue(REREAD, import_, at)


def open_for_change(import_: Import, at: datetime) -> None:
    """Lock an import whose rows are to be changed; a finalised one is opened again.

    Raise ConflictError, saying who is at it, while it is being finalised, and for whoever works
    elsewhere.
    """
    queries.refuse_unless_ours(import_)
    workflow.lock(db.session(), [import_])
    if import_.state == FINALISING.code:
        raise ConflictError(
            f"{import_.finaliser} is finalising this upload at the moment. Wait until that has "
            "ended; what is left can then be changed."
        )
    if import_.state == DISCARDED.code:
        raise ConflictError("This upload was discarded. Restore it first.")
    if import_.state == DONE.code:
        _move(import_, "reopen", at)
    import_.changed_at = at
    db.session.flush()


def locked(import_id: int) -> Import | None:
    """Return an import for a worker, locked; None once it was discarded."""
    import_ = db.session.get(Import, import_id)
    if import_ is None:
        return None
    workflow.lock(db.session(), [import_])
    return None if import_.state == DISCARDED.code else import_


def _move(import_: Import, move: str, at: datetime) -> None:
    workflow.make_moves(db.session(), [import_], move, at=at, values={"changed_at": at})


def enqueue(kind: str, import_: Import, at: datetime, **payload: int) -> None:
    """Have a worker do something for an import, as the present viewer."""
    viewer = viewers.of(db.session())
    key = f"import:{import_.id}" + "".join(f":{value}" for value in payload.values())
    said = {
        "import": import_.id, "user": viewer.user_id, "organisation": viewer.organisation_id,
    }  # fmt: skip
    jobs.enqueue(db.session(), kind, {**said, **payload}, key=key, at=at)
