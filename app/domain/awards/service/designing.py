"""Templates and settings of documents: changed by staff, kept in every version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.domain.awards import queries
from app.domain.awards.models import DocumentSettings, TemplateVersion
from app.domain.kernel import viewer as viewers
from app.domain.kernel.tables import StoredFile
from app.errors import ConflictError
from app.extensions import db

LONGEST = 60_000
"""Characters that a template may have."""


def save_template(
    record_type: str, source: str, note: str, *, seen: int, at: datetime
) -> TemplateVersion:
    """Add a version of a template; documents asked for from now on are made by it.

    ``seen`` is the number of the version that was changed. Raise ConflictError when somebody
    else has added one meanwhile, or when nothing was changed.
    """
    newest = queries.newest_templates()[record_type]
    if newest.number != seen:
        raise ConflictError(
            "Somebody else has saved a newer version meanwhile. Copy your text, open the newest "
            "version and put your change into it."
        )
    if source == newest.source:
        raise ConflictError("Nothing was changed.")
    version = TemplateVersion(
        record_type=record_type, number=newest.number + 1, source=source, note=note,
        made_by_id=viewers.of(db.session()).user_id, made_at=at,
    )  # fmt: skip
    db.session.add(version)
    db.session.flush()
    return version


def change_settings(settings: DocumentSettings, values: Mapping[str, Any]) -> None:
    """Change how documents are issued; those that were issued stay as they are."""
    for name, value in values.items():
        setattr(settings, name, "" if value is None else value)
    db.session.flush()


def set_logo(settings: DocumentSettings, logo: StoredFile) -> None:
    """Print another logo on documents from now on."""
    db.session.add(logo)
    settings.logo = logo
    db.session.flush()
