"""The letters about card applications: what is missing, and that the card is on its way (A143)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select

from app.domain.kernel import outbox
from app.domain.kernel.outbox import Draft
from app.domain.organisations.models import Organisation, OrganisationDetail, PortalUser
from app.domain.registrations.models import CardApplication
from app.domain.registrations.rules import REQUESTS, Request
from app.extensions import db

ON_HOLD = "application_on_hold"
DISPATCHED = "application_dispatched"


def post_on_hold(applications: Sequence[CardApplication], at: datetime) -> None:
    """Tell whoever applied what is missing and who must act: the user, else the organisation."""
    recipients = recipients_of(applications)
    drafts = []
    for each in applications:
        email, name = recipients[each.id]
        said = {
            "link": f"/applications/{each.id}",
            "reason": each.hold_reason,
            "waits_for_you": each.waits_for == "provider",
        }
        drafts.append(_draft(ON_HOLD, each, email, name, said))
    outbox.post(db.session(), drafts, at=at)


def post_dispatched(applications: Sequence[CardApplication], at: datetime) -> None:
    """Tell people that their cards are on their way; who has no address gets no letter."""
    drafts = [
        _draft(DISPATCHED, each, each.person.email, each.person.full_name, {})
        for each in applications
    ]
    outbox.post(db.session(), drafts, at=at)


def _draft(
    code: str, application: CardApplication, email: str, name: str, more: dict[str, Any]
) -> Draft:
    facts = {
        "recipient_name": name,
        "person_name": application.person.full_name,
        "reference": str(application.number),
        "request": REQUESTS[Request(application.kind)],
    }
    about = (CardApplication.__tablename__, application.id)
    return Draft(code, email, name, about, application.provider_id, facts | more)


class Applied(Protocol):
    """A row that somebody made for an organisation."""

    id: Any
    created_by_id: Any
    provider_id: Any


def recipients_of(applications: Sequence[Applied]) -> dict[int, tuple[str, str]]:
    """Return address and name of whoever made each row: the user, else the organisation."""
    users = {each.created_by_id for each in applications if each.created_by_id}
    owners = {each.provider_id for each in applications}
    session = db.session()
    by_user: dict[int, tuple[str, str]] = {
        user.id: (user.email, user.full_name)
        for user in session.scalars(select(PortalUser).where(PortalUser.id.in_(users)))
    }
    statement = (
        select(Organisation.id, OrganisationDetail.email, Organisation.name)
        .join(OrganisationDetail, OrganisationDetail.organisation_id == Organisation.id)
        .where(Organisation.id.in_(owners))
    )
    by_owner: dict[int, tuple[str, str]] = {
        row[0]: (row[1], row[2]) for row in session.execute(statement)
    }
    return {
        each.id: by_user.get(each.created_by_id or 0) or by_owner.get(each.provider_id, ("", ""))
        for each in applications
    }
