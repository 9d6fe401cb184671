"""Registration on standards by batch: choose, gather candidates, Save (C14 to C34)."""

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext, ngettext

from app.clock import now
from app.domain.catalogue.models import StandardVersion
from app.domain.imports.batches import queries, saving, service
from app.domain.imports.batches.models import BatchCandidate, BatchDraft
from app.domain.kernel.columns import row_id
from app.domain.kernel.permissions import Permission
from app.domain.orders.service.purchase import Details
from app.domain.people import service as people
from app.domain.registrations import service as registrations
from app.domain.registrations.standard_fields import DEFAULTS
from app.errors import DomainError, FieldErrors, ForbiddenError, NotFoundError, StaleError
from app.security import current
from app.security.current import may
from app.security.guard import refusal_text, requires
from app.transaction import transaction
from app.views import batch_page, batch_search
from app.views.base import PortalView, fragment
from app.views.batch_form import NEW, BatchForm
from app.views.saving import saving as saved

TAKES_PANEL = ("take", "new_person")


class BatchesView(PortalView):
    """The page on which a centre puts a batch together, and what it asks meanwhile."""

    route_base = "/apprenticeship/registration/batch"
    resource = "Applications"

    @expose("/", methods=["GET", "POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def start(self) -> ResponseReturnValue:
        """Begin a batch; the first button that is pressed keeps it."""
        form = BatchForm(None)
        if request.method == "GET":
            form.begin("")
            return self._page(form)
        return self._posted(form)

    @expose("/<row(BatchDraft):draft>", methods=["GET", "POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def batch(self, draft: BatchDraft) -> ResponseReturnValue:
        """Go on with a batch that is not saved yet."""
        if request.method == "POST":
            return self._posted(BatchForm(draft))
        if draft.saved_at is not None:
            return redirect(_became(draft))
        form = BatchForm(draft)
        form.begin(request.args.get("panel", ""))
        return self._page(form)

    @expose("/<row(BatchDraft):draft>/undo", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def undo(self, draft: BatchDraft) -> ResponseReturnValue:
        """Put back the candidate who was just taken out (C30)."""
        named = request.form.get("candidate", "")
        if named:
            candidate = _candidate(draft, named)
            with transaction():
                service.restore(candidate, now())
        return redirect(_at(draft, "candidates"), 303)

    @expose("/<row(BatchDraft):draft>/discard", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def discard(self, draft: BatchDraft) -> ResponseReturnValue:
        """Throw a batch away that was never saved."""
        with transaction():
            service.discard(draft)
        flash(gettext("The batch was thrown away. Nobody was registered."), "success")
        return redirect(url_for("BatchesView.start"), 303)

    @expose("/packages")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def packages(self) -> ResponseReturnValue:
        """Show the packages of the standard just chosen (C21)."""
        form = BatchForm(None)
        form.raw = {"standard": request.args.get("standard", "")}
        return fragment("standards/_packages.html", packages=batch_page.packages(form))

    @expose("/price")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def price(self) -> ResponseReturnValue:
        """Show what the batch costs with the package just chosen."""
        form = BatchForm(None)
        form.raw = {name: request.args.get(name, "") for name in ("standard", "package")}
        draft = queries.find(request.args.get("draft", type=row_id) or 0)
        count = queries.count(draft) if draft is not None else 0
        return fragment("standards/_price.html", price=batch_page.price(form.package, count))

    @expose("/contents/<row(StandardVersion):version>")
    @requires(Permission.VIEW_APPLICATIONS)
    def contents(self, version: StandardVersion) -> ResponseReturnValue:
        """Say what is included within each package, and its retail price (C20)."""
        page = batch_page.contents(version)
        return self.render_template("standards/contents.html", page=page)

    # What was posted ---------------------------------------------------------------------------

    def _page(self, form: BatchForm) -> str:
        page = batch_page.drawn(form, request.args.get("removed", ""))
        return str(self.render_template("standards/batch.html", page=page))

    def _posted(self, form: BatchForm) -> ResponseReturnValue:
        form.take(request.form)
        do, _, which = request.form.get("do", "").partition(":")
        is_new = form.draft is None
        try:
            with saved():
                address = self._work(form, _meant(form, do), which)
        except (ForbiddenError, NotFoundError):
            raise
        except DomainError as error:
            form.draft = None if is_new else form.draft
            return self._refused(form, error), error.status
        if form.found is not None:
            form.version = form.draft.version if form.draft else 0
            return self._page(form)
        return redirect(address, 303)

    def _refused(self, form: BatchForm, error: DomainError) -> str:
        """Show the page with all that was typed, and what is wrong."""
        if isinstance(error, StaleError):
            form.stale = error
            form.version = form.draft.version if form.draft else 0
            if form.panel is not None and form.panel.candidate is not None:
                form.panel.version = form.panel.candidate.version
        elif isinstance(error, FieldErrors):
            own = form.panel.errors if form.panel else {}
            form.errors |= {name: text for name, text in error.errors.items() if name not in own}
        else:
            form.errors[""] = error.text
        return self._page(form)

    def _work(self, form: BatchForm, do: str, which: str) -> str:
        takes = form.panel is not None and do not in ("close", "use") and (
            do in TAKES_PANEL or form.panel.is_touched
        )  # fmt: skip
        values, answers = _read(form, takes=takes)

        def work() -> str:
            draft = form.draft = form.draft or service.begin(now())
            version = service.keep(draft, values, form.version or draft.version, now())
            if takes:
                _take(form, answers, is_new=do == "new_person")
            return ACTIONS.get(do, _keep)(form, which, version)

        address, done_now = registrations.do_once(form.once, "batch", work)
        if not done_now and form.draft is None:
            form.found = None
        return address


def _meant(form: BatchForm, do: str) -> str:
    """Return what Enter in a field means: add the number typed, or the candidate whose form is."""
    if do != "enter":
        return do
    if form.number:
        return "search"
    return "take" if form.panel is not None else "keep"


def _read(form: BatchForm, *, takes: bool) -> tuple[dict[str, Any], dict[str, str]]:
    """Read the batch and, where it is taken, the candidate's form; raise all errors together."""
    errors: dict[str, str] = {}
    values: dict[str, Any] = {}
    answers: dict[str, str] = {}
    try:
        values = form.read()
    except FieldErrors as error:
        errors |= error.errors
    if takes:
        try:
            answers = form.read_panel()
        except FieldErrors as error:
            errors |= error.errors
    if errors:
        raise FieldErrors(errors)
    return values, answers


def _take(form: BatchForm, answers: dict[str, str], *, is_new: bool) -> None:
    """Add the new candidate who was typed, or change the one whose form was open."""
    panel, draft = form.panel, form.draft
    assert panel is not None
    assert draft is not None
    if panel.candidate is not None:
        service.answer(panel.candidate, answers, panel.version, now())
        return
    _need(Permission.ADD_EMPLOYEES)
    alike = form.look_alike(answers, form.entries())
    if alike and not is_new:
        panel.matches = alike
        words = gettext("Somebody like this is known already. Choose that person, or say that "
                        "this is a new one.")  # fmt: skip
        raise FieldErrors({"matches": words})
    service.add_new(draft, answers, now(), is_new=is_new)


def _need(permission: Permission) -> None:
    if not may(permission):
        raise ForbiddenError(refusal_text(permission))


def _at(draft: BatchDraft | None, anchor: str, **args: Any) -> str:
    return url_for("BatchesView.batch", draft=draft, _anchor=anchor, **args)


def _became(draft: BatchDraft) -> str:
    """Return where a saved batch is found: its order, or what is ready for ordering."""
    if draft.order_id is not None and may(Permission.VIEW_PURCHASES):
        return url_for("OrdersView.show", row=draft.order_id)
    return url_for("StandardsView.list", tab="ready")


def _candidate(draft: BatchDraft, text: str) -> BatchCandidate:
    found = queries.candidate_of(draft, row_id(text or "0"))
    if found is None:
        raise NotFoundError
    return found


# The buttons: each returns where the page goes on -------------------------------------------------


def _keep(form: BatchForm, _which: str, _version: int) -> str:
    if request.form.get("do") == "keep":
        flash(gettext("The batch is kept. You and your colleagues can go on with it later."),
              "success")  # fmt: skip
    return _at(form.draft, "candidates" if form.panel else "main")


def _choose(form: BatchForm, _which: str, _version: int) -> str:
    return _at(form.draft, "packages")


def _search(form: BatchForm, _which: str, _version: int) -> str:
    if not form.number:
        words = gettext("Type a candidate number to add, or a name to search for.")
        raise FieldErrors({"number": words})
    known = batch_search.numbered(form.number)
    if known is not None:
        return _add(form, str(known.id), 0)
    form.found = batch_search.found(form.number)
    return _at(form.draft, "found")


def _elsewhere(form: BatchForm, _which: str, _version: int) -> str:
    form.found = batch_search.elsewhere(form.number, request.form.get("second", ""), now())
    return _at(form.draft, "found")


def _add(form: BatchForm, which: str, _version: int) -> str:
    assert form.draft is not None
    candidate = service.add_known(form.draft, row_id(which or "0"), now())
    lacking = set(queries.entry(candidate).errors) - set(DEFAULTS)
    if lacking:  # C34: their details show, and what is missing is asked for
        return _at(form.draft, "panel", panel=str(candidate.id))
    return _at(form.draft, "candidates")


def _link(form: BatchForm, token: str, _version: int) -> str:
    _need(Permission.ADD_EMPLOYEES)
    person = people.link_known(token, current_app.config["SECRET_KEY"], at=now())
    return _add(form, str(person.id), 0)


def _new(form: BatchForm, _which: str, _version: int) -> str:
    _need(Permission.ADD_EMPLOYEES)
    return _at(form.draft, "panel", panel=NEW)


def _edit(form: BatchForm, which: str, _version: int) -> str:
    assert form.draft is not None
    return _at(form.draft, "panel", panel=str(_candidate(form.draft, which).id))


def _remove(form: BatchForm, which: str, _version: int) -> str:
    assert form.draft is not None
    candidate = _candidate(form.draft, which)
    service.remove(candidate, now())
    return _at(form.draft, "candidates", removed=str(candidate.id))


def _save(form: BatchForm, _which: str, version: int) -> str:
    draft = form.draft
    assert draft is not None
    details = _details(draft) if may(Permission.CREATE_PURCHASES) else None
    try:
        count = saving.save(draft, version, details, now())
    except FieldErrors as error:
        _open_first(form, error)
        raise
    flash(
        ngettext(
            "%(num)d candidate was registered. A confirmation goes out by email.",
            "%(num)d candidates were registered. A confirmation goes out to each by email.", count,
        ),
        "success",
    )  # fmt: skip
    return _became(draft)


def _open_first(form: BatchForm, error: FieldErrors) -> None:
    """Show the details of the first candidate who lacks something (C34)."""
    named = [name for name in error.errors if name.startswith("candidate-")]
    if named and form.panel is None:
        form.open(named[0].removeprefix("candidate-"))


def _details(draft: BatchDraft) -> Details:
    standing = current.standing()
    assert standing is not None
    user = standing.user
    return Details(
        customer_reference=draft.purchase_order_number,
        accounts_contact_name=user.full_name,
        accounts_contact_email=user.email,
        delivery_attention=user.full_name,
        invoice_to=draft.provider_id,
        deliver_to=draft.provider_id,
    )


ACTIONS: dict[str, Callable[[BatchForm, str, int], str]] = {
    "choose": _choose,
    "search": _search,
    "elsewhere": _elsewhere,
    "add": _add,
    "use": _add,
    "link": _link,
    "new": _new,
    "edit": _edit,
    "remove": _remove,
    "save": _save,
}
"""What each button of the page does besides keeping what was typed."""
