"""How the registration form is drawn: its parts as templates/registrations/ takes them."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.clock import now, today
from app.domain.kernel import tickets
from app.domain.kernel.columns import row_id
from app.domain.kernel.dates import DateError, read_date
from app.domain.kernel.idempotency import new_token
from app.domain.kernel.money import Quote, percent, pounds
from app.domain.kernel.permissions import Permission
from app.domain.orders import queries as orders
from app.domain.organisations import queries as organisations
from app.domain.people import queries as people_queries
from app.domain.people import service as people
from app.domain.people.fields import PERSON
from app.domain.people.models import Person
from app.domain.people.queries import KnownElsewhere
from app.domain.registrations import fields, queries
from app.domain.registrations.fields import WORDS
from app.domain.registrations.rules import ALWAYS, PHOTO, Kind
from app.errors import ConflictError, DomainError
from app.forms.subjects import both_versions, drawn_field, say, summary
from app.security import current
from app.transaction import transaction
from app.views import photos
from app.views.registration_draft import Draft

ASKED = "asked elsewhere"
NEEDED = frozenset(each.code for each in (*ALWAYS, PHOTO))
"""Fields that may be left empty when saving, but not when finalising."""
Drawn = dict[str, Any]


def drawn_form(draft: Draft, endpoint: str, crumbs: Callable[[str], Any]) -> Drawn:
    """Return the whole form, with everything typed and every error."""
    words = WORDS[draft.kind]
    row = draft.registration
    title = gettext(words.new)
    if row is not None:
        title = gettext("Edit registration %(number)s", number=row.number)
    cancel = url_for(f"{endpoint}.list", tab="attention")
    return {
        "title": title,
        "text": gettext("Both the person and the employer get an email to confirm what you save."),
        "crumbs": crumbs(title),
        "is_new": row is None,
        "errors": _summary(draft),
        "stale": both_versions(
            draft.stale_error, gettext("Press SAVE again to put yours in place of theirs.")
        ),
        "words": {"details": gettext(words.details), "search": gettext(words.search),
                  "employer_details": gettext(words.employer_details)},
        "person": _known(draft),
        "who": [_person_field(draft, name) for name in draft.person_subject.names],
        "photo": _photo(draft, endpoint) if draft.may_set_photo else None,
        "course": [_field(draft, name) for name in fields.DETAILS if name != "pathway"],
        "pathway": _pathway(draft),
        "employer": [_employer_field(draft, name, endpoint) for name in fields.EMPLOYER],
        "price": _price(draft),
        "matches": _matches(draft.duplicates, None, "") if draft.duplicates else None,
        "hidden": _hidden(draft),
        "may_add": current.may(Permission.ADD_EMPLOYEES),
        "found": None,
        "submit": gettext("SAVE"),
        "cancel": url_for(f"{endpoint}.show", row=row.id) if row is not None else cancel,
        "urls": {
            name: url_for(f"{endpoint}.{handler}")
            for name, handler in (("search", "search_known"), ("matches", "matches"),
                                  ("pathway", "pathway"), ("price", "price"))
        },
    }  # fmt: skip


def _hidden(draft: Draft) -> list[tuple[str, Any]]:
    version, person_version = draft.versions
    pairs = [
        ("once", draft.once or new_token()),
        ("person", draft.person.id if draft.person and draft.registration is None else ""),
        ("version", version),
        ("person_version", person_version),
        ("photo_ticket", draft.photo.ticket if draft.photo else ""),
    ]
    return [(name, "" if value is None else value) for name, value in pairs]


def _summary(draft: Draft) -> list[dict[str, str]]:
    ids = {"who": "matches", "": "", "employer": "employer"}
    errors = summary(draft.errors)
    return [error | {"id": ids.get(error["id"], error["id"])} for error in errors]


def _marked(drawn: Drawn) -> Drawn:
    """Return a field that says when it is needed, in place of "optional"."""
    return drawn | {"unless": gettext("needed to finalise")} if drawn["name"] in NEEDED else drawn


def _field(draft: Draft, name: str) -> Drawn:
    field = draft.subject.field(name)
    required = name == "scheme" or field.required is True
    drawn = _marked(drawn_field(field, draft.raw, draft.errors, required=required))
    if name == "scheme" and draft.registration is not None:
        drawn |= {"options": [(s.id, s.name) for s in draft.schemes]}
    return drawn


def _person_field(draft: Draft, name: str) -> Drawn:
    # Somebody else's details: the browser must not offer the reader's own.
    return _marked(drawn_field(PERSON.field(name), draft.raw, draft.errors, autocomplete="off"))


def _pathway(draft: Draft) -> Drawn:
    drawn = _marked(drawn_field(draft.subject.field("pathway"), draft.raw, draft.errors))
    scheme = draft.scheme
    if scheme is not None:
        shown = [(p.id, p.name) for p in draft.pathways if p.scheme_id == scheme.id]
    else:
        named = {each.id: each.name for each in draft.schemes}
        shown = [(p.id, f"{p.name}, {named[p.scheme_id]}") for p in draft.pathways]
    return drawn | {"options": shown}


def _employer_field(draft: Draft, name: str, endpoint: str) -> Drawn:
    field = draft.subject.field(name)
    drawn = _marked(drawn_field(field, draft.raw, draft.errors, autocomplete="off"))
    if name == "employer":
        known = str(draft.raw.get("employer") or "").strip()
        found = organisations.employer(row_id(known)) if known else None
        options = [(found.id, found.name)] if found is not None else []
        drawn |= {"options": options, "url": url_for(f"{endpoint}.employers")}
    return drawn


def _photo(draft: Draft, endpoint: str) -> Drawn:
    preview = None
    if draft.photo is not None:
        preview = url_for(f"{endpoint}.uploaded_photo", ticket=draft.photo.ticket)
    elif draft.registration is not None and draft.person and draft.person.photo_id:
        preview = url_for(f"{endpoint}.photo", row=draft.registration.id)
    error = draft.errors.get("photo")
    return _marked(photos.drawn_upload(say(error) if error else None, preview))


def _known(draft: Draft) -> Drawn | None:
    """Return what is shown of a person already known, masked unless the reader may change them."""
    if draft.person is None:
        return None
    editable = set(draft.person_subject.names)
    pairs = [
        (gettext(field.label), field.show_to(getattr(draft.person, field.name) or None,
                                             sees_personal=draft.sees_personal))
        for field in PERSON.fields
        if field.name not in editable
    ]  # fmt: skip
    return {
        "name": draft.person.full_name,
        "pairs": pairs,
        "can_forget": draft.registration is None,
        "has_photo": draft.person.photo_id is not None,
    }


def drawn_pathway(kind: Kind, args: MultiDict[str, str]) -> Drawn:
    """Return the pathway's field for the scheme just chosen."""
    return _pathway(_chosen(kind, args))


def drawn_price(kind: Kind, args: MultiDict[str, str]) -> Drawn | None:
    """Return what a registration on the scheme just chosen will cost."""
    return _price(_chosen(kind, args))


def _chosen(kind: Kind, args: MultiDict[str, str]) -> Draft:
    draft = Draft(kind)
    draft.raw = {"scheme": args.get("scheme", ""), "pathway": args.get("pathway", "")}
    scheme, pathway = draft.scheme, draft.pathway
    if scheme is not None and pathway is not None and pathway.scheme_id != scheme.id:
        draft.raw["pathway"] = ""
    return draft


def _price(draft: Draft) -> Drawn | None:
    scheme = draft.scheme
    if scheme is None or draft.registration is not None:
        return None
    return drawn_quote(lambda: orders.quote_for_scheme(scheme, current.active_organisation_id()))


def drawn_quote(ask: Callable[[], Quote]) -> Drawn:
    """Return a quote as registrations/price.html has it, or why there is none."""
    try:
        quote = ask()
    except DomainError as error:
        return {"refused": error.text}
    lines = [(line.description, pounds(line.net)) for line in quote.lines]
    lines += [
        (gettext("VAT %(rate)s", rate=percent(each.rate)), pounds(each.vat))
        for each in quote.vat_by_category
    ]
    return {
        "refused": None,
        "lines": lines,
        "total": pounds(quote.total),
        "note": gettext("Charged when you submit a purchase, not when you save. Prices of "
                        "%(day)s.", day=f"{today():%d/%m/%Y}"),
    }  # fmt: skip


# People already known ----------------------------------------------------------------------------


def drawn_matches(values: Mapping[str, Any], asked_before: str) -> Drawn:
    """Return who may be the person typed: one's own, and somebody known elsewhere."""
    own = people_queries.matches(values)
    strong = any(match.weight >= people_queries.SURE for match in own)
    elsewhere, asked, refused = None, "", None
    if not strong:
        elsewhere, asked, refused = _elsewhere(values, asked_before)
    return _matches(own, elsewhere, asked) | {"refused": refused}


def _elsewhere(
    values: Mapping[str, Any], asked_before: str
) -> tuple[KnownElsewhere | None, str, str | None]:
    """Ask elsewhere, unless these very facts were asked a moment ago by the same form."""
    if not people_queries.can_ask_elsewhere(values):
        return None, asked_before, None
    key, viewer, digest = current_app.config["SECRET_KEY"], current.viewer(), _digest(values)
    try:
        before = tickets.redeem(key, ASKED, viewer, asked_before, seconds=tickets.MINUTES_15)
    except ConflictError:
        before = [None, None]
    if before[0] == digest:
        again = before[1]
        found = KnownElsewhere(again[0], again[1], tuple(again[2])) if again else None
        return found, asked_before, None
    try:
        with transaction():
            found = people.look_elsewhere(values, at=now())
    except DomainError as error:
        return None, "", error.text
    kept = [found.person_id, found.name, list(found.reasons)] if found else None
    return found, tickets.issue(key, ASKED, viewer, [digest, kept]), None


def _digest(values: Mapping[str, Any]) -> str:
    said = [str(values.get(name)) for name in people_queries.FACTS]
    secret = current_app.config["SECRET_KEY"]
    return hmac.new(secret.encode(), "\n".join(said).encode(), "sha256").hexdigest()


def _matches(
    own: list[people_queries.Match[Person]], elsewhere: KnownElsewhere | None, asked: str
) -> Drawn:
    numbers = _registered([match.person for match in own])
    return {
        "own": [
            {
                "id": match.person.id,
                "name": match.person.full_name,
                "initials": _initials(match.person.full_name),
                "note": numbers[match.person.id],
                "reasons": [gettext(each) for each in match.reasons],
            }
            for match in own
        ],
        "elsewhere": _masked(elsewhere) if elsewhere else None,
        "asked": asked,
        "refused": None,
        "may_link": current.may(Permission.ADD_EMPLOYEES),
    }


def _masked(found: KnownElsewhere) -> Drawn:
    return {
        "token": people.offer(found, current_app.config["SECRET_KEY"]),
        "name": found.name,
        "initials": _initials(found.name),
        "reasons": [gettext(each) for each in found.reasons],
    }


def _registered(found: list[Person]) -> dict[int, str]:
    """Return for each person where they are registered by us."""
    by_person = queries.of_person([person.id for person in found]) if found else {}
    return {
        person.id: gettext(
            "Registered by you, %(numbers)s",
            numbers=", ".join(str(each.number) for each in by_person[person.id][:3]),
        )
        if person.id in by_person
        else gettext("Known to you, not registered")
        for person in found
    }


def _initials(name: str) -> str:
    parts = name.split()
    return (parts[0][:1] + parts[-1][:1]).upper() if parts else ""


def drawn_search(kind: Kind, endpoint: str, text: str, second: str) -> Drawn:
    """Search for ``text`` among one's own people, and elsewhere when it is a strong number."""
    text, second = text.strip()[:100], second.strip()[:100]
    own = people_queries.search(text) if text else []
    facts: dict[str, Any] = people_queries.strong_number(text) if not own else {}
    elsewhere, refused = None, None
    if facts and second:
        facts |= _second(second)
        try:
            with transaction():
                elsewhere = people.look_elsewhere(facts, at=now())
        except DomainError as error:
            refused = error.text
    return {
        "asked": text,
        "second": second,
        "own": drawn_people(own, f"{endpoint}.add"),
        "elsewhere": _masked(elsewhere) if elsewhere else None,
        "link_url": url_for(f"{endpoint}.link"),
        "may_link": current.may(Permission.ADD_EMPLOYEES),
        "refused": refused,
        "needs_second": bool(facts) and not second,
    }


def drawn_people(found: Sequence[Person], endpoint: str) -> list[Drawn]:
    """Return one's own people as registrations/found.html has them; each leads to a form."""
    numbers = _registered(list(found))
    return [
        {
            "name": person.full_name,
            "initials": _initials(person.full_name),
            "note": numbers[person.id],
            "href": url_for(endpoint, person=person.id),
        }
        for person in found
    ]


def _second(text: str) -> dict[str, Any]:
    try:
        return {"birth_date": read_date(text)}
    except DateError:
        return {"surname": text}
