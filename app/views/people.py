"""Employees: the people an organisation has registered, as a generated list and record."""

from typing import Any, ClassVar

from flask import url_for
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_babel import gettext
from sqlalchemy.orm import selectinload

from app.domain.kernel import audit, identifiers
from app.domain.kernel.permissions import Permission
from app.domain.kernel.search import Search
from app.domain.kernel.words import N_
from app.domain.people.models import Employment, Person
from app.security.current import may
from app.views import cells
from app.views.assessed import book_one, book_ticked, bookings_of, result_of
from app.views.base import Column, ListTab, PortalModelView
from app.views.history import timeline


def hidden(mask: str, shown: str) -> str:
    """Return a personal number in full to those who may change employees, else masked."""
    return shown if may(Permission.CHANGE_EMPLOYEES) else mask


def _birth_date(person: Person) -> str:
    return hidden(f"••/••/{person.birth_date:%Y}", f"{person.birth_date:%d/%m/%Y}")


def _number(value: str | None, show: Any, mask: Any) -> str:
    return hidden(mask(value), show(value)) if value else cells.DASH


def _email(person: Person) -> str:
    return _number(person.email, identifiers.show_email, identifiers.mask_email)


def _employer(person: Person) -> str:
    current = [each for each in person.employments if each.ended_on is None]
    return current[-1].employer.name if current else ""


class PeopleView(PortalModelView):
    """Everybody whom the organisation knows (A103)."""

    datamodel = SQLAInterface(Person)
    route_base = "/employees"
    resource = "Employees"
    permission = Permission.VIEW_EMPLOYEES
    title = N_("Employees")
    text = N_("The people your organisation has registered.")
    crumb = N_("Administration")
    search = Search(Person, "name_key")
    search_hint = N_("Search by name")
    default_sort = "name_key"
    eager = (selectinload(Person.employments).joinedload(Employment.employer),)
    tabs: ClassVar[tuple[ListTab, ...]] = (ListTab("all", ""),)
    columns = (
        Column(
            N_("Name"), lambda p: cells.lead(p.full_name, sub=_employer(p)), Person.name_key
        ),
        Column(N_("Date of Birth"), lambda p: cells.text(_birth_date(p))),
        Column(
            N_("NI number"),
            lambda p: cells.text(
                _number(p.ni_number, identifiers.show_nino, identifiers.mask_nino)
            ),
        ),
        Column(N_("Email"), lambda p: cells.text(_email(p))),
        Column(N_("Known since"), lambda p: cells.day(p.created_at)),
    )  # fmt: skip

    def bulk(self, tab: ListTab) -> list[dict[str, Any]]:
        """Let those who may book assessments for ticked people."""
        return book_ticked("PeopleView")

    def record(self, row: Person) -> dict[str, Any]:
        """Return the facts of one person."""
        pairs = [
            (gettext("Title"), row.title or cells.DASH),
            (gettext("First name(s)"), row.first_names),
            (gettext("Surname"), row.surname),
            (gettext("Date of Birth"), _birth_date(row)),
            (gettext("NI number"),
             _number(row.ni_number, identifiers.show_nino, identifiers.mask_nino)),
            (gettext("ULN"), _number(row.uln, identifiers.show_uln, identifiers.mask_uln)),
            (gettext("Email"), _email(row)),
            (gettext("Phone"), _number(row.phone, identifiers.show_phone, identifiers.mask_phone)),
            (gettext("Employer"), _employer(row) or cells.DASH),
            (gettext("Health and safety assessment"), result_of(row)),
        ]  # fmt: skip
        return {
            "title": row.full_name,
            "actions": book_one(row),
            "related": [bookings_of(row)] if may(Permission.VIEW_APPLICATIONS) else [],
            "groups": [{"title": gettext("Personal details"), "pairs": pairs}],
            "fact_note": None
            if may(Permission.CHANGE_EMPLOYEES)
            else gettext("Dates of birth and numbers show in full to those who may change "
                         "employee details."),
            "timeline": timeline(audit.history("people", row.id)),
            "crumbs": [
                (gettext("Dashboard"), url_for("DashboardView.home")),
                (gettext("Employees"), url_for("PeopleView.list")),
                (row.full_name, None),
            ],
        }  # fmt: skip
