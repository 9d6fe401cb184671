"""Files of an upload: brought, read, asked about, taken out (A85)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext, ngettext
from werkzeug.datastructures import FileStorage

from app.clock import now
from app.domain.imports import headers, queries, service
from app.domain.imports.headers import FULL_NAME
from app.domain.imports.models import Import, ImportFile
from app.domain.imports.targets import target_of
from app.domain.kernel.permissions import Permission
from app.domain.registrations.service import do_once
from app.errors import ConflictError, FieldErrors
from app.forms import subjects
from app.sheets.reading import safe_name
from app.storage import storage_of
from app.views import imports_drawn as drawn
from app.views import imports_panels as panels
from app.views.base import PortalView
from app.views.imports_answers import upload_of
from app.views.imports_drawn import Drawn
from app.views.imports_grid import back
from app.views.imports_guard import requires
from app.views.saving import saving

MOST_FILES = 20
"""Files that one form may bring; more come with the next."""
SAMPLES = 3


@dataclass(frozen=True)
class Taker:
    """Somebody else who takes files that are brought: which ones, and what becomes of them."""

    takes: Callable[[FileStorage], bool]
    bring: Callable[[Import, Sequence[FileStorage]], object]


TAKERS: list[Taker] = []
"""Who takes files that are no spreadsheets; another part of the workbench adds itself."""


def brought() -> list[FileStorage]:
    """Return the files of the posted form; raise ConflictError in words for none or too many."""
    files = [each for each in request.files.getlist("files") if each.filename]
    if not files:
        raise ConflictError(gettext("Choose at least one file first."))
    if len(files) > MOST_FILES:
        raise ConflictError(
            gettext("Bring at most %(most)s files at once, then the others.", most=MOST_FILES)
        )
    return files


def kept(files: list[FileStorage]) -> list[tuple[str, str, int]]:
    """Put files into the storage; return the name, key and size of each."""
    storage = storage_of(current_app.config)
    found = []
    for each in files:
        size = each.stream.seek(0, 2)
        each.stream.seek(0)
        found.append((safe_name(each.filename or ""), storage.put(each.stream), size))
    return found


def bring_into(upload: Import, files: list[FileStorage]) -> None:
    """Hand the files that were brought to whoever reads their kind."""
    drawn.must_be_open(upload)
    left = files
    for taker in TAKERS:
        theirs = [each for each in left if taker.takes(each)]
        left = [each for each in left if each not in theirs]
        if theirs:
            taker.bring(upload, theirs)
    for name, key, size in kept(left):
        with saving():
            service.bring_file(upload, name=name, key=key, size=size, at=now())
    words = ngettext("%(num)d file was brought.", "%(num)d files were brought.", len(files))
    flash(words, "success")


class ImportFilesView(PortalView):
    """What is asked about each file, and what its columns mean."""

    route_base = "/uploads"
    resource = "Applications"

    @expose("/<row(Import):upload>/files", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def bring(self, upload: Import) -> ResponseReturnValue:
        """Bring more files into an upload (A85)."""
        bring_into(upload, brought())
        return back(upload, panels.FILES)

    @expose("/files/<row(ImportFile):file>/sheet", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def sheet(self, file: ImportFile) -> ResponseReturnValue:
        """Choose which sheet of a workbook is read."""
        upload = upload_of(file)
        wanted = request.form.get("sheet", "")
        if wanted not in file.sheets:
            raise ConflictError(gettext("Choose one of the sheets."))
        with saving():
            service.choose_sheet(file, wanted, _version(), now())
        return back(upload, panels.FILES)

    @expose("/files/<row(ImportFile):file>/headings", methods=["GET", "POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def heads(self, file: ImportFile) -> ResponseReturnValue:
        """Confirm what each column of a file means; it is remembered for the organisation."""
        upload = upload_of(file)
        proposed = service.proposal(file)
        if request.method == "GET":
            return self._heads(upload, file, proposed, [each.field for each in proposed], {})
        names = {*target_of(upload).subject().names, FULL_NAME}
        typed = [request.form.get(f"column-{each.column}", "") for each in proposed]
        mapping = [text if text in names else None for text in typed]
        try:
            with saving():
                service.confirm_heads(file, mapping, _version(), now())
        except FieldErrors as error:
            page = self._heads(upload, file, proposed, mapping, error.errors)
            return page, error.status
        return back(upload)

    @expose("/files/<row(ImportFile):file>/repeat", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def repeat(self, file: ImportFile) -> ResponseReturnValue:
        """Bring the same file again, or leave it out."""
        upload = upload_of(file)
        with saving():
            service.answer_repeat(
                file, again=request.form.get("choice") == "again", version=_version(), at=now()
            )
        return back(upload, panels.FILES)

    @expose("/files/<row(ImportFile):file>/take-out", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def take_out(self, file: ImportFile) -> ResponseReturnValue:
        """Take a file out, with its rows that are not finalised."""
        upload = upload_of(file)
        with saving():
            service.take_out(file, _version(), now())
        words = gettext("%(name)s was taken out. Bring it again to undo that.", name=file.name)
        flash(words, "success")
        return back(upload, panels.FILES)

    def _heads(
        self, upload: Import, file: ImportFile, proposed: list[Any], mapping: list[str | None],
        errors: dict[str, str],
    ) -> str:  # fmt: skip
        title = gettext("The columns of %(name)s", name=file.name)
        fields = target_of(upload).subject().fields
        taken = set(mapping)
        page = {
            "title": title,
            "text": gettext("Say once what each column means. It is remembered for your "
                            "organisation: files with the same headings are read without asking."),
            "crumbs": drawn.crumbs(upload, (title, None)),
            "errors": subjects.summary(errors),
            "columns": [
                _column(each, field, errors)
                for each, field in zip(proposed, mapping, strict=True)
            ],
            "fields": [
                *((each.name, gettext(each.column), each.required is True) for each in fields),
                (FULL_NAME, gettext("The whole name, first and last together"), False),
            ],
            "missing": [gettext(each.column) for each in headers.lacking(taken, fields)],
            "version": file.version,
            "back": url_for("ImportGridView.grid", upload=upload, panel=panels.FILES),
        }  # fmt: skip
        return str(self.render_template("uploads/headings.html", page=page))


def _column(proposed: Any, field: str | None, errors: dict[str, str]) -> Drawn:
    return {
        "number": proposed.column,
        "head": proposed.head,
        "field": field or "",
        "sure": proposed.sure,
        "examples": [text for text in proposed.examples if text][:SAMPLES],
        "error": subjects.say(errors.get(f"column-{proposed.column}", "")),
    }


def _version() -> int:
    return request.form.get("version", 0, type=int)


def begin(target: str, name: str) -> Import:
    """Return a new upload, made once however often its form is sent."""
    result, _new = do_once(
        request.form.get("once", ""), "new upload",
        lambda: str(service.new_draft(target, name, now()).id),
    )  # fmt: skip
    found = queries.find_import(int(result))
    assert found is not None
    return found
