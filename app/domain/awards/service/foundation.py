"""What issuing needs before the first document: settings, and a template for each type."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from app.domain.awards.models import DocumentSettings, TemplateVersion
from app.extensions import db

LETTER = """Congratulations on your achievement.

{centre} registered you on {title}. We are pleased to confirm that {name} has been assessed and \
that the outcome is: {outcome}.

Keep this letter with your certificate. Anybody to whom you show either can check it with the \
code or the number that is printed on it."""


def lay(templates: Mapping[str, str], at: datetime) -> None:
    """Make the settings and the first version of each template, unless they exist."""
    session = db.session()
    if session.scalar(select(DocumentSettings.id).limit(1)) is None:
        session.add(DocumentSettings(letter=LETTER))
    known = set(session.scalars(select(TemplateVersion.record_type)))
    for record_type, source in templates.items():
        if record_type not in known:
            session.add(
                TemplateVersion(
                    record_type=record_type,
                    number=1,
                    source=source,
                    note="The first version",
                    made_at=at,
                )
            )
    session.flush()
