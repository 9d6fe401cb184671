"""FINALISE VALID: the rows, the order's details if any, the declaration (A84, A88 to A90)."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext, ngettext

from app.clock import now
from app.domain.imports import queries
from app.domain.imports.models import Import
from app.domain.imports.queries import GridAsked
from app.domain.imports.rules import RowState
from app.domain.imports.service import finalising
from app.domain.imports.targets import ordering, target_of
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.permissions import Permission
from app.domain.kernel.words import N_
from app.domain.orders import fields
from app.domain.orders import queries as orders
from app.domain.orders.service import purchase as purchases
from app.errors import DomainError, FieldErrors, ForbiddenError, NotFoundError, StaleError
from app.forms import subjects
from app.security import current
from app.security.current import may
from app.security.guard import refusal_text
from app.views import imports_drawn as drawn
from app.views import purchase
from app.views.base import PortalView, fragment
from app.views.imports_drawn import Drawn, RowDrawer
from app.views.imports_grid import FINALISE, back
from app.views.imports_guard import requires
from app.views.saving import saving

ROWS = 25
LABELS = {"invoice_to": N_("Billing To Office"), "deliver_to": N_("Deliver to Office")}
"""The guide's words for two fields of an order (A88)."""
ORDER = (
    "customer_reference", "raised_at", "invoice_to", "deliver_to", "accounts_contact_name",
    "delivery_attention", "accounts_contact_email",
)  # fmt: skip
PURPOSE = "finalise upload"


class ImportFinaliseView(PortalView):
    """Valid rows become what is on one order, or awards; the rest stays as it is."""

    route_base = "/uploads"
    resource = "Applications"

    @expose("/<row(Import):upload>/finalise", methods=["GET", "POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def finalise(self, upload: Import) -> ResponseReturnValue:
        """Show which rows are finalised and what they cost; finalise them (A84, A90)."""
        if request.method == "POST":
            return self._submit(upload)
        words = _not_yet(upload)
        if words:
            flash(words, "warning")
            return back(upload)
        return self._page(upload, purchase.first_values() if ordering(upload) else {}, {})

    @expose("/<row(Import):upload>/quote", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def quote(self, upload: Import) -> ResponseReturnValue:
        """Say what the valid rows cost at present; nothing is saved."""
        if ordering(upload) is None:
            raise NotFoundError
        return fragment("orders/_quote.html", **_quote(upload))

    def _submit(self, upload: Import) -> ResponseReturnValue:
        """Finalise the valid rows, once however often it is sent."""
        _allowed(upload)
        try:
            details = None
            if ordering(upload):
                details = purchase.read_details(orders.purchase_choices()[0])
            if request.form.get("declared") != "yes":
                words = gettext("Tick the box: the rows are finalised exactly as they stand here.")
                raise FieldErrors({"declared": words})
            with saving():
                purchases.once(
                    request.form.get("once", ""), PURPOSE, lambda: _begin(upload, details)
                )
        except (ForbiddenError, NotFoundError):
            raise
        except DomainError as error:
            return self._again(upload, error)
        return redirect(url_for("ImportGridView.progress", upload=upload, was=FINALISE), 303)

    def _again(self, upload: Import, error: DomainError) -> ResponseReturnValue:
        """Show the form again with what was typed, or say who was faster."""
        if not drawn.is_open(upload):
            flash(error.text, "warning")
            return back(upload)
        wrong = error.errors if isinstance(error, FieldErrors) else {"": error.text}
        stale = error if isinstance(error, StaleError) else None
        return self._page(upload, request.form, wrong if stale is None else {}, stale), error.status

    def _page(
        self, upload: Import, raw: Mapping[str, Any], errors: Mapping[str, str],
        stale: StaleError | None = None,
    ) -> str:  # fmt: skip
        counted = queries.counts(upload)
        words, ordered = drawn.words_of(upload), ordering(upload)
        title = gettext(words.finalise)
        after = request.values.get("after", 0, type=int)
        going = queries.grid(upload, GridAsked(state=RowState.VALID.value, after=after, size=ROWS))
        drawer = RowDrawer(upload)
        page = {
            "title": title,
            "text": drawn.counted_in_words(counted),
            "crumbs": drawn.crumbs(upload, (title, None)),
            "errors": subjects.summary(errors),
            "stale": subjects.both_versions(
                stale, gettext("Look at the rows again, then send it if you still want to.")
            ),
            "going": ngettext(*words.going, counted.valid),
            "staying": _staying(counted),
            "heads": drawer.heads,
            "rows": drawer.rows(going.rows),
            "pager": _pager(upload, going, counted.valid),
            "orders": ordered is not None,
            "fields": _fields(raw, errors) if ordered else [],
            "declaration": {
                "id": "declared", "name": "declared", "label": gettext(words.declaration),
                "required": True, "value": raw.get("declared") == "yes",
                "error": errors.get("declared"),
            },
            "may_create": may(_finalising(upload)),
            "refusal": refusal_text(_finalising(upload)),
            "submit_label": gettext(words.submit),
            "quote": _quote(upload) if ordered else None,
            "quote_url": url_for("ImportFinaliseView.quote", upload=upload),
            "hidden": [("once", new_token()), ("version", upload.version)],
            "submit": url_for("ImportFinaliseView.finalise", upload=upload),
            "back": url_for("ImportGridView.grid", upload=upload),
        }  # fmt: skip
        return str(self.render_template("uploads/finalise.html", page=page))


def _finalising(upload: Import) -> Permission:
    """Return the permission that finalising takes."""
    return target_of(upload).needs(Permission.CREATE_PURCHASES)


def _allowed(upload: Import) -> None:
    """Raise ForbiddenError where buying, or making the new people, is not the reader's."""
    for each in finalising.needed(upload):
        if not may(each):
            raise ForbiddenError(refusal_text(each))


def _not_yet(upload: Import) -> str:
    """Say why the rows of an upload cannot be finalised now, so that none is shown in vain."""
    try:
        drawn.must_be_open(upload)
    except DomainError as error:
        return error.text
    if queries.working(upload) is not None:
        return gettext("The rows are still being checked. Finalise them when that has ended.")
    if not queries.counts(upload).valid:
        return gettext("No row is valid yet: put the errors right first.")
    return ""


def _begin(upload: Import, details: Any) -> int:
    drawn.must_be_open(upload)
    finalising.finalise(upload, details, request.form.get("version", 0, type=int), now())
    return int(upload.id)


def _staying(counted: Any) -> str:
    rest = counted.error + counted.asks
    if not rest:
        return gettext("No row stays behind.")
    return ngettext(
        "%(num)d row stays in this draft until it is put right.",
        "%(num)d rows stay in this draft until they are put right.",
        rest,
    )


def _fields(raw: Mapping[str, Any], errors: Mapping[str, str]) -> list[Drawn]:
    places, _orders = orders.purchase_choices()
    raw = {"invoice_to": places[0].id, "deliver_to": places[0].id, **raw} if places else raw
    subject = fields.details(purchase.choices(places))
    found = {}
    for each in subject.fields:
        label = {"label": gettext(LABELS[each.name])} if each.name in LABELS else {}
        found[each.name] = subjects.drawn_field(each, raw, errors, **label)
    standing = current.standing()
    assert standing is not None
    assert standing.active is not None
    place = standing.active
    found["raised_at"] = {
        "kind": "fixed",
        "label": gettext("Raised at level of"),
        "value": f"{gettext(place.kind.level)} {gettext('Purchase')} - {place.name}",
    }
    return [found[name] for name in ORDER]


def _quote(upload: Import) -> Drawn:
    try:
        quoted = finalising.quote(upload)
    except DomainError as error:
        return {"quote": None, "words": error.text}
    number = sum(line.quantity for line in quoted.lines)
    count = ngettext(*drawn.words_of(upload).number, number)
    if not quoted.lines:
        return {"quote": None, "words": gettext("No row is valid at present.")}
    return {"quote": purchase.quote_lines(quoted), "words": count}


def _pager(upload: Import, going: Any, total: int) -> Drawn | None:
    if going.before is None and going.after is None:
        return None
    first = url_for("ImportFinaliseView.finalise", upload=upload)
    after = None
    if going.after is not None:
        after = url_for("ImportFinaliseView.finalise", upload=upload, after=going.after)
    return {
        "text": gettext("%(n)s of %(total)s", n=len(going.rows), total=f"{total:,}"),
        "start": first if going.before is not None else None,
        "before": None, "after": after, "end": None,
    }  # fmt: skip
