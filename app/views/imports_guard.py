"""The guard of uploads: what a page asks for depends on what the rows of its upload become."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import request

from app.domain.imports import queries
from app.domain.imports.models import Import
from app.domain.imports.targets import TARGETS
from app.domain.kernel.permissions import Permission
from app.errors import NotFoundError
from app.security import current, guard
from app.security.guard import Handler


def requires(permission: Permission) -> Callable[[Handler], Handler]:
    """Let in those who hold what ``permission`` means for the upload, or for the target posted.

    For others than the awarding body's staff its own targets do not exist.
    """
    others = {each.needs(permission) for each in TARGETS.values()} - {permission}
    return guard.requires(permission, meant=_meant, others=tuple(others))


def _meant(permission: Permission, rows: Mapping[str, Any]) -> Permission:
    uploads = [_upload_of(row) for row in rows.values() if hasattr(row, "__scope__")]
    code = uploads[0].target if uploads else request.values.get("target", "")
    target = TARGETS.get(code)
    if target is None:
        return permission
    if target.is_for_staff and not current.viewer().everything:
        raise NotFoundError
    return target.needs(permission)


def _upload_of(row: Any) -> Import:
    found = row if isinstance(row, Import) else queries.find_import(row.import_id)
    if found is None:
        raise NotFoundError
    return found
