"""The letters about documents that ended: to the centre, with the reason."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app.domain.awards.models import IssuedDocument
from app.domain.awards.rules import RECORD_TYPES, RecordType
from app.domain.kernel import outbox
from app.domain.kernel.outbox import Draft
from app.domain.organisations.models import Organisation, OrganisationDetail
from app.extensions import db

ENDED = "document_ended"


def post_ended(documents: Sequence[IssuedDocument], move: str, reason: str, at: datetime) -> None:
    """Tell each centre which of its documents no longer hold, and why."""
    owners = {each.provider_id for each in documents}
    statement = (
        select(Organisation.id, OrganisationDetail.email, Organisation.name)
        .join(OrganisationDetail, OrganisationDetail.organisation_id == Organisation.id)
        .where(Organisation.id.in_(owners))
    )
    addresses = {row[0]: (row[1], row[2]) for row in db.session.execute(statement)}
    drafts = []
    for each in documents:
        email, name = addresses.get(each.provider_id, ("", ""))
        said = {
            "recipient_name": name,
            "person_name": each.holder,
            "reference": each.reference,
            "record_type": RECORD_TYPES[RecordType(each.record_type)],
            "title": each.title,
            "ended": move,
            "reason": reason,
            "replaced_by": each.replaced_by.reference if each.replaced_by else "",
            "link": f"/records/{each.id}",
        }
        about = (IssuedDocument.__tablename__, each.id)
        drafts.append(Draft(ENDED, email, name, about, each.provider_id, said))
    outbox.post(db.session(), drafts, at=at)
