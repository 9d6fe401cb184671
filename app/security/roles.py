"""The built-in roles: which role holds which permissions, on one page."""

from collections.abc import Mapping
from typing import Final

from app.domain.kernel.permissions import DOCUMENTS, PORTAL_PERMISSIONS, Permission
from app.domain.kernel.words import N_

P = Permission

ROLES: Final[Mapping[str, frozenset[Permission]]] = {
    N_("Awarding body staff"): frozenset(Permission) - {P.ALLOCATE_RECEIPTS},
    N_("Finance department"): frozenset(
        {P.VIEW_PURCHASES, P.VIEW_APPLICATIONS, P.ALLOCATE_RECEIPTS, P.READ_LETTERS}
    ),
    N_("Training provider"): frozenset({*PORTAL_PERMISSIONS, *DOCUMENTS.parts}),
    N_("Office"): frozenset(
        {P.VIEW_APPLICATIONS, P.FILL_IN_APPLICATIONS, P.VIEW_PURCHASES, P.VIEW_DOCUMENTS}
    ),
    N_("Centre administrator"): frozenset(
        {P.VIEW_EMPLOYEES, P.VIEW_APPLICATIONS, P.FILL_IN_APPLICATIONS, P.VIEW_PURCHASES,
         P.ADD_EMPLOYEES, P.CREATE_PURCHASES, P.ADD_TO_PURCHASES, P.COMPLETE_PURCHASES,
         *DOCUMENTS.parts}
    ),
    N_("Permission manager"): frozenset(
        {P.CHANGE_PERMISSIONS, P.ADD_USERS, P.REMOVE_USERS, P.RESET_PASSWORDS}
    ),
    N_("Employer contact"): frozenset(),
    N_("Learner"): frozenset(),
}  # fmt: skip
"""The name of a role is its key in the database; only the awarding body edits these."""
