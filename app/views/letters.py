"""Letters: what the portal wrote to whom, whether it arrived, and sending one again."""

from typing import Any, ClassVar

from flask import Response, current_app, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext

from app.clock import now, start_of
from app.domain.catalogue.queries import contact_block
from app.domain.kernel import mailroom
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.permissions import Permission
from app.domain.kernel.search import Search
from app.domain.kernel.tables import Letter
from app.domain.kernel.words import N_
from app.letters.catalogue import LETTERS
from app.letters.contexts import Brand
from app.letters.rendering import RenderedLetter, render
from app.letters.senders import sender_of
from app.security.current import may
from app.security.guard import requires
from app.transaction import transaction
from app.views import cells
from app.views.base import Column, Filter, ListTab, PortalModelView

SEALED_OFF = {
    "default-src": "'none'",
    "style-src": "'unsafe-inline'",
    "img-src": "data:",
    "frame-ancestors": "'self'",
    "sandbox": "",
}
"""The policy of a letter shown on its own: it may style itself, and nothing else."""


def title_of(letter: Letter) -> str:
    """Return what kind of letter it is."""
    kind = LETTERS.get(letter.code)
    return gettext(kind.title) if kind else letter.code


def about(letter: Letter) -> str:
    """Return whom or what a letter is about."""
    context = letter.context
    reference = context.get("order_reference") or context.get("reference") or ""
    return " ".join(str(part) for part in (context.get("person_name"), reference) if part)


def brand() -> Brand:
    """Return in whose name letters are written."""
    block = contact_block() or {}
    return Brand(
        name=block.get("name") or current_app.config["APP_NAME"],
        email=block.get("email", ""),
        telephone=block.get("tel", ""),
        public_url=current_app.config["PUBLIC_URL"],
    )


def written(letter: Letter) -> RenderedLetter:
    """Return a letter as its recipient reads it."""
    return render(letter.code, letter.context, brand())


class LettersView(PortalModelView):
    """Every letter the portal has written, as the awarding body's staff see them."""

    datamodel = SQLAInterface(Letter)
    route_base = "/letters"
    resource = "Letters"
    permission = Permission.READ_LETTERS
    title = N_("Letters")
    text = N_("What the portal has written to whom, and whether it arrived.")
    crumb = N_("Administration")
    record_template = "letters/record.html"
    search = Search(Letter, "search_text")
    search_hint = N_("Search by recipient, person or reference")
    default_sort = "-created_at"
    columns = (
        Column(N_("Letter"), lambda row: cells.lead(title_of(row), sub=about(row))),
        Column(N_("To"), lambda row: cells.text(row.to_name, sub=row.to_email)),
        Column(N_("Written"), lambda row: cells.moment(row.created_at), Letter.created_at),
        Column(N_("Delivery"), lambda row: cells.badge(mailroom.STATES[row.state])),
        Column(N_("Sent"), lambda row: cells.moment(row.sent_at)),
        Column(N_("Tries"), lambda row: cells.number(row.tries)),
    )
    tabs: ClassVar[tuple[ListTab, ...]] = (
        ListTab("all", N_("All")),
        ListTab("queued", N_("Waiting"), Letter.state == "queued",
                title=N_("Letters waiting to be sent"),
                text=N_("A letter that cannot be delivered now is tried again by itself.")),
        ListTab("sent", N_("Sent"), Letter.state == "sent", title=N_("Letters sent")),
        ListTab("failed", N_("Not delivered"), Letter.state == "failed",
                title=N_("Letters not delivered"),
                text=N_("Correct the address where it was entered, or send the letter again.")),
    )  # fmt: skip
    filters = (
        Filter("code", N_("Letter"), "select", lambda code: Letter.code == code,
               lambda: [(code, gettext(kind.title)) for code, kind in LETTERS.items()]),
        Filter("from", N_("Written from"), "date", lambda day: Letter.created_at >= start_of(day)),
    )  # fmt: skip

    def row_name(self, row: Letter) -> str:
        """Call a letter by its kind and recipient."""
        return gettext("%(letter)s, to %(name)s", letter=title_of(row), name=row.to_name)

    def empty(self, tab: ListTab) -> dict[str, Any]:
        """Say when a letter comes to stand here."""
        text = {
            "queued": gettext("Every letter has been sent."),
            "failed": gettext("Every letter has arrived where it was sent to."),
        }.get(tab.code, gettext("The first one is written when a registration is saved."))
        return super().empty(tab) | {"icon": "mail", "text": text}

    def record(self, row: Letter) -> dict[str, Any]:
        """Return a letter with its delivery and its words."""
        letter, state = written(row), mailroom.STATES[row.state]
        copies = mailroom.copies_of(row)
        return {
            "title": letter.subject,
            "text": gettext("To %(name)s, %(email)s", name=row.to_name, email=row.to_email),
            "badge": {"tone": state.tone, "icon": state.icon, "label": gettext(state.label)},
            "crumbs": [
                (gettext("Dashboard"), url_for("DashboardView.home")),
                (gettext("Letters"), url_for("LettersView.list")),
                (letter.subject, None),
            ],
            "actions": self._actions(row),
            "groups": [{"title": gettext("Delivery"), "pairs": _facts(row)}],
            "related": [*_subject(row), *([_related(copies)] if copies else [])],
            "letter": letter,
            "content_url": url_for("LettersView.content", letter=row.id),
        }

    def _actions(self, row: Letter) -> list[dict[str, Any]]:
        if not may(Permission.SEND_LETTERS) or row.state == "queued":
            return []
        asks = gettext("The same letter goes to %(email)s once more.", email=row.to_email)
        return [
            {
                "label": gettext("SEND AGAIN"),
                "icon": "mail-forward",
                "method": "post",
                "primary": True,
                "href": url_for("LettersView.send_again", letter=row.id),
                "hidden": [("once", new_token())],
                "confirm": asks,
            }
        ]

    @expose("/<row(Letter):letter>/content")
    @requires(Permission.READ_LETTERS)
    def content(self, letter: Letter) -> Response:
        """Show the letter itself, for the frame on its record page."""
        response = make_response(written(letter).html)
        response.headers["Cache-Control"] = "no-store"
        return response

    content.talisman_view_options = {
        "content_security_policy": SEALED_OFF,
        "content_security_policy_nonce_in": [],
        "frame_options": "SAMEORIGIN",
    }

    @expose("/<row(Letter):letter>/send-again", methods=["POST"])
    @requires(Permission.SEND_LETTERS)
    def send_again(self, letter: Letter) -> ResponseReturnValue:
        """Post a letter once more."""
        to_email, letter_id = letter.to_email, letter.id
        with transaction():
            mailroom.send_again(letter, request.form.get("once", ""), at=now())
        flash(gettext("The letter goes to %(email)s again.", email=to_email), "success")
        return redirect(url_for("LettersView.show", row=letter_id), 303)


def _facts(row: Letter) -> list[tuple[str, str]]:
    kind = LETTERS.get(row.code)
    return [
        (gettext("Letter"), title_of(row)),
        (gettext("Purpose"), gettext(kind.purpose) if kind else cells.DASH),
        (gettext("About"), about(row) or cells.DASH),
        (gettext("From"), sender_of(row.code, current_app.config)),
        (gettext("Written"), cells.moment(row.created_at).text),
        (gettext("Sent"), cells.moment(row.sent_at).text),
        (gettext("Tries"), str(row.tries)),
        (gettext("Outcome"), row.outcome or cells.DASH),
        *([(gettext("Next try"), cells.moment(row.try_at).text)] if row.state == "queued" else []),
        (gettext("Message-ID"), row.message_id),
    ]


REGISTERED = {"trainee": "TraineesView.show", "standard": "StandardsView.show"}
"""Where registrations are shown, by kind; apprentices, where a letter names none."""


SUBJECTS = {
    "orders": ("OrdersView.show", "receipt", Permission.VIEW_PURCHASES),
    "registrations": ("ApprenticesView.show", "id", Permission.VIEW_APPLICATIONS),
    "card_applications": ("ApplicationsView.show", "id", Permission.VIEW_APPLICATIONS),
    "assessment_bookings": ("BookingsView.show", "clipboard-check", Permission.VIEW_APPLICATIONS),
    "documents": ("RecordsView.show", "certificate", Permission.VIEW_DOCUMENTS),
    "document_reports": ("ReportsView.show", "message-report", Permission.VIEW_DOCUMENTS),
    "notices": ("NoticesView.show", "mail-share", Permission.NOTIFY_LEARNERS),
}
"""Where what a letter is about is shown, with which icon, and who may open it."""


def _subject(row: Letter) -> list[dict[str, Any]]:
    """Return a link to what the letter is about, for those who may open it."""
    if row.subject_table not in SUBJECTS:
        return []
    endpoint, icon, permission = SUBJECTS[row.subject_table]
    if row.subject_table == "registrations":
        endpoint = REGISTERED.get(row.context.get("kind", ""), endpoint)
    if not may(permission) or endpoint not in current_app.view_functions:
        return []
    link = {"href": url_for(endpoint, row=row.subject_id), "icon": icon, "label": about(row)}
    return [{"title": gettext("About"), "rows": [link]}]


def _related(copies: list[Letter]) -> dict[str, Any]:
    rows = []
    for each in copies:
        state = mailroom.STATES[each.state]
        label = gettext("Sent again") if each.resend_of_id else gettext("The first letter")
        rows.append(
            {
                "href": url_for("LettersView.show", row=each.id),
                "icon": "mail",
                "label": label,
                "note": cells.moment(each.created_at).text,
                "state": {"tone": state.tone, "icon": state.icon, "label": gettext(state.label)},
            }
        )
    return {"title": gettext("The same letter"), "rows": rows}
