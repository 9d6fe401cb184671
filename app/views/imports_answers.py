"""Answers about many rows at once: equal errors, guesses, notations, people, repeats."""

from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import now
from app.domain.imports import queries, service
from app.domain.imports.models import Import, ImportFile
from app.domain.imports.rules import Choice, Guess, Notation
from app.domain.kernel.columns import row_id
from app.domain.kernel.permissions import Permission
from app.errors import ConflictError, ForbiddenError, NotFoundError
from app.security.current import may
from app.security.guard import refusal_text
from app.views import imports_drawn as drawn
from app.views import imports_panels as panels
from app.views.base import PortalView, chosen_versions
from app.views.imports_grid import back
from app.views.imports_guard import requires
from app.views.saving import saving

LONGEST_REASON = 200


class ImportAnswersView(PortalView):
    """What somebody decides about equal cells, columns and people of an upload."""

    route_base = "/uploads"
    resource = "Applications"

    @expose("/<row(Import):upload>/fix", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def fix(self, upload: Import) -> ResponseReturnValue:
        """Put all equal errors of a column right with one value."""
        drawn.must_be_open(upload)
        form = request.form
        new = form.get("new", "").strip()[:1000]
        if not new:
            raise ConflictError(gettext("Type the value that is right, then put them all right."))
        with saving():
            service.fix_all(
                upload, form.get("field", ""), form.get("raw", ""), new, now(),
                words=form.get("words"),
            )  # fmt: skip
        return back(upload, panels.RIGHT)

    @expose("/files/<row(ImportFile):file>/decide", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def decide(self, file: ImportFile) -> ResponseReturnValue:
        """Answer what was asked once about a column."""
        upload = upload_of(file)
        guess, answer = _guess(), request.form.get("answer", "")
        if answer not in guess.answers:
            raise ConflictError(gettext("Choose one of the answers."))
        with saving():
            service.decide(file, request.form.get("field", ""), guess, answer, now())
        return back(upload, panels.ASKS)

    @expose("/files/<row(ImportFile):file>/undecide", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def undecide(self, file: ImportFile) -> ResponseReturnValue:
        """Take an answer back: the column is asked about again."""
        upload = upload_of(file)
        with saving():
            service.undecide(file, request.form.get("field", ""), _guess(), now())
        return back(upload, panels.ASKS)

    @expose("/files/<row(ImportFile):file>/notation", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def notation(self, file: ImportFile) -> ResponseReturnValue:
        """Take a column as it came, or read it by its notation again."""
        upload = upload_of(file)
        wanted = request.form.get("notation", "")
        if wanted not in set(Notation):
            raise ConflictError(gettext("Choose which way of writing is meant."))
        verb = service.redo_notation if request.form.get("again") else service.undo_notation
        with saving():
            verb(file, request.form.get("field", ""), Notation(wanted), now())
        return back(upload, panels.NOTATIONS)

    @expose("/<row(Import):upload>/people", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def choose(self, upload: Import) -> ResponseReturnValue:
        """Say whether somebody known already is meant: the same person, or to be kept separate."""
        drawn.must_be_open(upload)
        said = request.form.get("same") or request.form.get("choice", "")
        choice, person_id = _choice(said)
        reason = request.form.get("reason", "").strip()
        if choice == Choice.SEPARATE and not 0 < len(reason) <= LONGEST_REASON:
            raise ConflictError(
                gettext("Say in a few words why they are not the same person, in at most "
                        "%(most)s characters.", most=LONGEST_REASON)
            )  # fmt: skip
        if choice == Choice.LINK and not may(Permission.ADD_EMPLOYEES):
            raise ForbiddenError(refusal_text(Permission.ADD_EMPLOYEES))
        rows = _ticked(upload)
        with saving():
            service.choose_person(rows, choice, now(), person_id=person_id, reason=reason)
        return back(upload, panels.ASKS)

    @expose("/<row(Import):upload>/repeats", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def repeat(self, upload: Import) -> ResponseReturnValue:
        """Bring rows again that were brought before, or leave them out."""
        drawn.must_be_open(upload)
        rows = _ticked(upload)
        with saving():
            if request.form.get("choice") == "again":
                service.allow_repeats(rows, now())
            else:
                service.remove_rows(upload, rows, now())
        return back(upload, panels.ASKS)


def upload_of(file: ImportFile) -> Import:
    """Return the upload of a file, which must be open for changes."""
    upload = queries.find_import(file.import_id)
    if upload is None:
        raise NotFoundError
    drawn.must_be_open(upload)
    return upload


def _guess() -> Guess:
    wanted = request.form.get("guess", "")
    if wanted not in set(Guess):
        raise ConflictError(gettext("Choose one of the answers."))
    return Guess(wanted)


def _choice(said: str) -> tuple[Choice, int | None]:
    """Read "same:17" of one of the people offered, or the choice alone."""
    code, _, person = said.partition(":")
    if code not in {each.value for each in Choice if each}:
        raise ConflictError(gettext("Choose what is right for these rows."))
    return Choice(code), row_id(person) if person else None


def _ticked(upload: Import) -> list[Any]:
    one = request.form.get("one", "")
    chosen = chosen_versions([one] if one else request.form.getlist("chosen"))
    if not chosen:
        raise ConflictError(gettext("Tick at least one row first."))
    return drawn.rows_of(upload, chosen)
