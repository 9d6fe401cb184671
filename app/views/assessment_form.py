"""Booking an assessment: one or several people, on a date that has free places (A5)."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask import flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_appbuilder import expose
from flask_babel import gettext

from app.clock import now
from app.domain.kernel.columns import row_id
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.permissions import Permission
from app.domain.people import queries as people_queries
from app.domain.people.models import Person
from app.domain.registrations import service as registrations
from app.domain.registrations.assessments import queries, service
from app.domain.registrations.assessments.rules import MOST_AT_ONCE
from app.errors import ConflictError, FieldErrors, NotFoundError, NotSavedError
from app.forms import subjects
from app.security.guard import requires
from app.views.assessment_bookings import read_slot, slot_label, slot_options
from app.views.base import PortalView, ticked_in
from app.views.saving import saving

Drawn = dict[str, Any]
LISTS = ("ApprenticesView", "TraineesView", "ApplicationsView", "PeopleView")
"""The lists whose ticked people can be booked."""


class BookingFormView(PortalView):
    """The form that books; it comes from a date, from people ticked in a list, or empty."""

    route_base = "/assessments/book"
    resource = "Applications"

    @expose("/", methods=["GET", "POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def book(self) -> ResponseReturnValue:
        """Book people on a date: all of them or none."""
        chosen = _chosen()
        if request.method == "GET":
            return self._form(chosen, {})
        try:
            errors = _errors(chosen)
            if errors:
                raise FieldErrors(errors)
            with saving():
                booked, _ = registrations.do_once(
                    request.form.get("once", ""), "book assessments", lambda: _book(chosen)
                )
        except FieldErrors as error:
            return self._form(chosen, error.errors), error.status
        except (ConflictError, NotSavedError) as error:
            return self._form(_chosen(), {"": error.text}), error.status
        slot_id, _, words = booked.partition(":")
        flash(words, "success")
        return redirect(url_for("BookingsView.list", tab="booked", f_slot=slot_id), 303)

    @expose("/chosen", methods=["POST"])
    @requires(Permission.FILL_IN_APPLICATIONS)
    def choose(self) -> ResponseReturnValue:
        """Show the form with the people whose rows were ticked in a list; nothing is saved."""
        rows = ticked_in(LISTS).rows
        ids = {row.id if isinstance(row, Person) else row.person_id for row in rows}
        if len(ids) > MOST_AT_ONCE:
            raise ConflictError(
                gettext("Choose at most %(most)s people at a time.", most=MOST_AT_ONCE)
            )
        return self._form(queries.people(ids), {})

    @expose("/people")
    @requires(Permission.FILL_IN_APPLICATIONS)
    def people(self) -> ResponseReturnValue:
        """Return own people for the look-up, as JSON."""
        found = people_queries.search(request.args.get("q", ""))
        results = [{"value": each.id, "text": each.full_name, "note": _born(each)}
                   for each in found]  # fmt: skip
        return jsonify(results=results)

    def _form(self, chosen: Sequence[Person], errors: dict[str, str]) -> str:
        title = gettext("Book an assessment")
        offered = {person.id: person for person in (*chosen, *queries.people_in_need())}
        page = {
            "title": title,
            "text": gettext("Book one or several people on a date that has free places. Each gets "
                            "an email with the time and the place."),
            "action": url_for("BookingFormView.book"),
            "crumbs": [
                (gettext("Dashboard"), url_for("DashboardView.home")),
                (gettext("Health and safety assessments"), url_for("SlotsView.list")),
                (title, None),
            ],
            "errors": subjects.summary(errors),
            "groups": [
                {"legend": gettext("Date"), "fields": [_slot_field(errors)]},
                {"legend": gettext("People"),
                 "fields": _people(offered.values(), chosen, errors)},
            ],
            "submit": gettext("Book"),
            "submit_icon": "calendar-plus",
            "cancel": url_for("SlotsView.list"),
            "hidden": [("once", request.form.get("once") or new_token())],
        }  # fmt: skip
        return str(self.render_template("portal/form.html", page=page))


def _chosen() -> list[Person]:
    """Return the people that were ticked or looked up; raise NotFoundError for one not known."""
    names = ("person", "more")
    ids = {row_id(text) for name in names for text in request.values.getlist(name) if text.strip()}
    if len(ids) > MOST_AT_ONCE:
        raise ConflictError(gettext("Choose at most %(most)s people at a time.", most=MOST_AT_ONCE))
    found = queries.people(ids)
    if len(found) != len(ids):
        raise NotFoundError
    return found


def _errors(chosen: Sequence[Person]) -> dict[str, str]:
    errors: dict[str, str] = {}
    if request.form.get("slot", "") not in {str(key) for key, _ in slot_options()}:
        errors["slot"] = gettext("Choose a date that has free places.")
    if not chosen:
        errors["person"] = gettext("Choose at least one person.")
    return errors


def _book(chosen: Sequence[Person]) -> str:
    slot = read_slot(request.form.get("slot", ""))
    made = service.book(slot, [person.id for person in chosen], now())
    names = ", ".join(each.person.full_name for each in made[:5])
    if len(made) > 5:
        names = f"{names} {gettext('and %(n)s more', n=len(made) - 5)}"
    words = gettext("Booked on %(date)s: %(names)s.", date=str(slot), names=names)
    return f"{slot.id}:{words}"[:400]


def _slot_field(errors: dict[str, str]) -> Drawn:
    options, wanted = slot_options(), request.values.get("slot", "")
    if wanted and wanted not in {str(key) for key, _ in options}:
        slot = queries.find_slot(row_id(wanted))
        options += [(slot.id, slot_label(slot))] if slot is not None else []
    return {
        "id": "slot", "name": "slot", "label": gettext("Date and venue"), "kind": "select",
        "required": True, "options": options, "value": wanted, "width": "full",
        "error": subjects.say(errors["slot"]) if "slot" in errors else None,
        "hint": None if options else gettext("No date has free places at present."),
    }  # fmt: skip


def _people(
    offered: Iterable[Person], chosen: Sequence[Person], errors: dict[str, str]
) -> list[Drawn]:
    """Return the ticks of those who may need an assessment, and a look-up of all others."""
    options = [(person.id, f"{person.full_name}, {_born(person)}") for person in offered]
    error = subjects.say(errors["person"]) if "person" in errors else None
    ticks: Drawn = {
        "id": "person", "name": "person", "label": gettext("Who needs an assessment"),
        "kind": "select", "multiple": True, "required": True, "options": options,
        "value": [person.id for person in chosen], "error": error,
        "hint": gettext("People whose registration or application still lacks it, and those you "
                        "chose"),
    }  # fmt: skip
    look_up: Drawn = {
        "id": "more", "name": "more", "label": gettext("Somebody else you know"), "kind": "lookup",
        "multiple": True, "required": False, "options": [], "value": [],
        "url": url_for("BookingFormView.people"), "hint": gettext("Search by name or number"),
    }  # fmt: skip
    if options:
        return [ticks, look_up]
    alone = {"id": "person", "label": ticks["label"], "required": True, "error": error}
    return [look_up | alone]


def _born(person: Person) -> str:
    """Tell people of one name apart, without the whole date of birth."""
    return gettext("born %(year)s", year=person.birth_date.year)
