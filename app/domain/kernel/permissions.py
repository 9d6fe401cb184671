"""Every permission of the portal, in one list: what it is called, looks like and lets you do."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from app.domain.kernel.words import N_


class Permission(Enum):
    """One thing somebody may do: ``can_<action>`` on ``<resource>`` in Flask-AppBuilder's words.

    The first 23 are the guide's "Portal Icons Explained" (A103 to A125); the others belong to
    the awarding body's own staff.
    """

    VIEW_EMPLOYEES = (
        "Employees", "view", N_("Can View Employees"), "users",
        N_("See the people your organisation has registered, and their details."),
    )  # fmt: skip
    VIEW_PURCHASES = (
        "Purchases", "view", N_("Can View Purchases"), "receipt",
        N_("See orders, their lines, invoices and the financial history."),
    )  # fmt: skip
    VIEW_APPLICATIONS = (
        "Applications", "view", N_("Can View Card Applications"), "id",
        N_("See registrations and card applications and how far they have come."),
    )  # fmt: skip
    RESET_PASSWORDS = (
        "Users", "reset_passwords", N_("Can Reset User Passwords"), "key",
        N_("Send a colleague what they need to choose a new password."),
    )  # fmt: skip
    USE_FUNDS = (
        "Funds", "use", N_("Can Use Funds"), "coins",
        N_("Pay orders from the credit your organisation has bought in advance."),
    )  # fmt: skip
    COMPLETE_PURCHASES = (
        "Purchases", "complete", N_("Can Complete Card Purchases"), "credit-card",
        N_("Pay an order by card, or register it for electronic transfer."),
    )  # fmt: skip
    CHANGE_EMPLOYEES = (
        "Employees", "change", N_("Can Change Employee Details"), "user-edit",
        N_("Change a person's details, and see numbers and dates of birth unmasked."),
    )  # fmt: skip
    FILL_IN_APPLICATIONS = (
        "Applications", "fill_in", N_("Can Fill In Applications"), "forms",
        N_("Register apprentices and trainees, finalise registrations and record stages."),
    )  # fmt: skip
    ADD_USERS = (
        "Users", "add", N_("Can Add Users"), "user-star",
        N_("Give colleagues an account in your organisation."),
    )  # fmt: skip
    ADD_EMPLOYEES = (
        "Employees", "add", N_("Can Add Employees"), "user-plus",
        N_("Add a person who is not yet known to your organisation."),
    )  # fmt: skip
    CREATE_PURCHASES = (
        "Purchases", "create", N_("Can Create New Purchases"), "shopping-cart-plus",
        N_("Put registrations that are ready for ordering into a new order."),
    )  # fmt: skip
    REMOVE_USERS = (
        "Users", "remove", N_("Can Remove Users"), "user-x",
        N_("End a colleague's account in your organisation."),
    )  # fmt: skip
    REMOVE_EMPLOYEES = (
        "Employees", "remove", N_("Can Remove Employees"), "user-minus",
        N_("End a person's employment; the person and their awards remain."),
    )  # fmt: skip
    CHANGE_PERMISSIONS = (
        "Users", "change_permissions", N_("Can Change User Permissions"), "shield-cog",
        N_("See who holds which permission, and grant or withdraw those you hold yourself."),
    )  # fmt: skip
    ADD_TO_PURCHASES = (
        "Purchases", "add_to", N_("Can Add to Existing Purchases"), "basket-plus",
        N_("Add registrations to an order that is still open, or take them out again."),
    )  # fmt: skip
    ENDORSE_SUPERVISOR = (
        "Endorsements", "supervisor", N_("Can Endorse Qualified Supervisor Status"), "QS",
        N_("Confirm that a person may supervise others' work."),
    )  # fmt: skip
    ENDORSE_GRADING = (
        "Endorsements", "grading", N_("Can Endorse Change in Grading"), "stairs-up",
        N_("Confirm that a person has reached another grade."),
    )  # fmt: skip
    CONTRACT_WORKERS = (
        "Contracts", "workers", N_("Can Add/Remove Contract Workers"), "helmet",
        N_("Say who works on a contract."),
    )  # fmt: skip
    ADD_SUBCONTRACTORS = (
        "Contracts", "subcontractors", N_("Can Add Subcontractors"), "building-plus",
        N_("Bring another company into a contract."),
    )  # fmt: skip
    CREATE_CONTRACTS = (
        "Contracts", "create", N_("Can Create Contracts as Client"), "file-plus",
        N_("Open a contract in which your organisation is the client."),
    )  # fmt: skip
    VIEW_CONTRACTS = (
        "Contracts", "view", N_("Can View Contract Details"), "file-search",
        N_("See contracts and who works on them."),
    )  # fmt: skip
    CREATE_GROUPS = (
        "Companies", "create_groups", N_("Can Create Company Groups"), "sitemap",
        N_("Bring companies together under one group."),
    )  # fmt: skip
    EDIT_EMPLOYER = (
        "Companies", "edit", N_("Can Edit Employer Details"), "building-cog",
        N_("Change your organisation's address, contacts and invoice details."),
    )  # fmt: skip
    ALLOCATE_RECEIPTS = (
        "Receipts", "allocate", N_("Can Allocate Receipts"), "building-bank",
        N_("Enter bank transfers and allocate them to orders (finance department)."),
    )  # fmt: skip
    READ_LETTERS = (
        "Letters", "read", N_("Can Read Letters"), "mail-opened",
        N_("See every letter the portal has written, and whether it arrived."),
    )  # fmt: skip
    SEND_LETTERS = (
        "Letters", "send", N_("Can Send Letters Again"), "mail-forward",
        N_("Send a letter once more."),
    )  # fmt: skip
    EDIT_CATALOGUE = (
        "Catalogue", "edit", N_("Can Edit the Catalogue"), "list-details",
        N_("Change schemes, pathways, products and prices."),
    )  # fmt: skip

    PROCESS_APPLICATIONS = (
        "Processing", "process", N_("Can Process Card Applications"), "printer",
        N_("Take card applications in hand, put them on hold, produce and dispatch cards."),
    )  # fmt: skip

    KEEP_ASSESSMENTS = (
        "Assessments", "keep", N_("Can Keep Assessments"), "clipboard-check",
        N_("Keep venues and dates of health and safety assessments, and record who attended and "
           "who passed."),
    )  # fmt: skip

    VIEW_DOCUMENTS = (
        "Documents", "view", N_("Can View Documents"), "certificate",
        N_("See the jobs issued and the records of your learners, and preview their documents."),
    )  # fmt: skip
    EXPORT_DOCUMENTS = (
        "Documents", "export", N_("Can Export Documents"), "file-zip",
        N_("Export documents as PDF, and fetch what was exported under Downloads."),
    )  # fmt: skip
    NOTIFY_LEARNERS = (
        "Documents", "notify", N_("Can Notify Learners"), "mail-share",
        N_("Write to learners that their documents have been issued."),
    )  # fmt: skip
    MAKE_AWARDS = (
        "Awards", "make", N_("Can Make Awards"), "award",
        N_("Record what was achieved on a completed registration, singly or by upload."),
    )  # fmt: skip
    ISSUE_DOCUMENTS = (
        "Awards", "issue", N_("Can Issue Documents"), "rubber-stamp",
        N_("Issue certificates, transcripts and letters, try failed ones again, print and send."),
    )  # fmt: skip
    CANCEL_DOCUMENTS = (
        "Awards", "cancel", N_("Can Cancel and Replace Documents"), "file-off",
        N_("Cancel, expire or replace a document that was issued."),
    )  # fmt: skip
    EDIT_TEMPLATES = (
        "Awards", "design", N_("Can Edit Document Templates"), "template",
        N_("Change what certificates, transcripts and letters look like."),
    )  # fmt: skip

    def __init__(self, resource: str, action: str, label: str, icon: str, sentence: str) -> None:
        self.resource = resource
        self.action = action
        self.label = label
        self.icon = icon
        self.sentence = sentence

    @property
    def fab_name(self) -> str:
        """The name of the permission in Flask-AppBuilder's registry."""
        return f"can_{self.action}"

    @property
    def code(self) -> str:
        """One word for the permission: ``Purchases.complete``."""
        return f"{self.resource}.{self.action}"


@dataclass(frozen=True)
class Group:
    """Permissions explained together; a composite's label is the guide's "Full …" permission."""

    label: str
    icon: str
    sentence: str
    parts: tuple[Permission, ...]
    composite: bool = True


COMPOSITES: Final = (
    Group(
        N_("Full Employee Access"), "users-group",
        N_("View, add and leave employees, and change employee details."),
        (Permission.VIEW_EMPLOYEES, Permission.ADD_EMPLOYEES, Permission.REMOVE_EMPLOYEES,
         Permission.CHANGE_EMPLOYEES),
    ),
    Group(
        N_("Full Purchasing Access"), "shopping-cart",
        N_("View purchases, create new purchases, add to existing purchases, and complete "
           "purchases."),
        (Permission.VIEW_PURCHASES, Permission.CREATE_PURCHASES, Permission.ADD_TO_PURCHASES,
         Permission.COMPLETE_PURCHASES),
    ),
    Group(
        N_("Full Applications Access"), "id-badge-2",
        N_("View, fill in and finalise card applications."),
        (Permission.VIEW_APPLICATIONS, Permission.FILL_IN_APPLICATIONS),
    ),
    Group(
        N_("Full Applications Endorsement Access"), "rosette-discount-check",
        N_("Endorse change in grading and endorse qualified supervisor status."),
        (Permission.ENDORSE_GRADING, Permission.ENDORSE_SUPERVISOR),
    ),
    Group(
        N_("Full User Admin Access"), "user-shield",
        N_("Add and remove users, change user permissions, and reset user passwords."),
        (Permission.ADD_USERS, Permission.REMOVE_USERS, Permission.CHANGE_PERMISSIONS,
         Permission.RESET_PASSWORDS),
    ),
    Group(
        N_("Full General Admin Access"), "settings",
        N_("Create company groups and edit employer details."),
        (Permission.CREATE_GROUPS, Permission.EDIT_EMPLOYER),
    ),
)  # fmt: skip
"""The guide's composites (A97 to A102): each is the sum of its parts, derived, never stored."""

SINGLES: Final = Group(
    N_("Funds and contracts"), "file-text", N_("Permissions that belong to no full access."),
    (Permission.USE_FUNDS, Permission.CONTRACT_WORKERS, Permission.ADD_SUBCONTRACTORS,
     Permission.CREATE_CONTRACTS, Permission.VIEW_CONTRACTS),
    composite=False,
)  # fmt: skip

DOCUMENTS: Final = Group(
    N_("Full Documents Access"), "certificate-2",
    N_("View and export documents, and notify learners."),
    (Permission.VIEW_DOCUMENTS, Permission.EXPORT_DOCUMENTS, Permission.NOTIFY_LEARNERS),
)  # fmt: skip
"""What the centre portal adds to the guide's composites: documents that were issued."""

STAFF: Final = Group(
    N_("Awarding body"), "building-bank", N_("Permissions of the awarding body's own staff."),
    (Permission.ALLOCATE_RECEIPTS, Permission.READ_LETTERS, Permission.SEND_LETTERS,
     Permission.EDIT_CATALOGUE, Permission.PROCESS_APPLICATIONS, Permission.KEEP_ASSESSMENTS,
     Permission.MAKE_AWARDS, Permission.ISSUE_DOCUMENTS, Permission.CANCEL_DOCUMENTS,
     Permission.EDIT_TEMPLATES),
    composite=False,
)  # fmt: skip

TENANT_GROUPS: Final = (*COMPOSITES, SINGLES, DOCUMENTS)
PORTAL_PERMISSIONS: Final = tuple(p for group in (*COMPOSITES, SINGLES) for p in group.parts)
"""The 23 single permissions of the guide."""


def resources() -> dict[str, tuple[Permission, ...]]:
    """Return each resource with all of its permissions."""
    found: dict[str, list[Permission]] = {}
    for permission in Permission:
        found.setdefault(permission.resource, []).append(permission)
    return {resource: tuple(parts) for resource, parts in found.items()}
