"""Who is looking: fixed when a database session begins, and never changed in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.extensions import db

ALL_TABLES = frozenset({"*"})


@dataclass(frozen=True, slots=True)
class Viewer:
    """The one on whose behalf rows are read and written.

    ``reach`` holds the ids of the organisations whose rows are theirs: the active one and all
    below it. ``everything`` lifts the row criteria, for the awarding body's staff and for named
    viewers; ``reads`` and ``writes`` then name the tables that they may touch.
    """

    name: str
    user_id: int | None = None
    user_name: str = ""
    organisation_id: int | None = None
    reach: frozenset[int] = frozenset()
    everything: bool = False
    email: str | None = None
    reads: frozenset[str] = ALL_TABLES
    writes: frozenset[str] = ALL_TABLES
    permissions: frozenset[str] = field(default=frozenset(), compare=False)

    def may_read(self, table: str) -> bool:
        """Tell whether rows of ``table`` exist for this viewer at all."""
        return self.reads is ALL_TABLES or table in self.reads

    def may_write(self, table: str) -> bool:
        """Tell whether this viewer may change rows of ``table``."""
        return self.writes is ALL_TABLES or table in self.writes

    @property
    def actor(self) -> str:
        """The name that the audit trail shows."""
        return self.user_name or self.name


def _named(name: str, *, reads: set[str], writes: set[str]) -> Viewer:
    return Viewer(
        name, user_name=name, everything=True, reads=frozenset(reads), writes=frozenset(writes)
    )


NOBODY = Viewer("nobody")
"""Signed out: no rows of anybody exist."""

SYSTEM = Viewer("System", user_name="System", everything=True)
"""Set-up, migrations, the demo world's foundations and the command line."""

_PAYING = {
    "orders", "order_lines", "payments", "gateway_events", "invoices", "transfers", "receipts",
    "allocations", "registrations", "registration_stages", "registration_batches",
    "card_applications", "card_batches",
}  # fmt: skip
_ALWAYS = {"events", "letters", "jobs", "counters", "files"}
_DIRECTORY = {
    "organisations", "organisation_ancestry", "organisation_details", "ab_user", "people",
    "schemes", "pathways", "stage_definitions", "administering_bodies", "products", "prices",
    "vat_rates", "standards", "standard_versions", "packages", "occupations",
}  # fmt: skip

GATEWAY = _named("Payment gateway", reads=_PAYING | _ALWAYS | _DIRECTORY, writes=_PAYING | _ALWAYS)
"""Webhooks, and the sweep that re-reads payments whose outcome is unknown."""

LETTERS = _named(
    "Letters",
    reads=_ALWAYS | _DIRECTORY | {"notices"},
    writes={"letters", "jobs", "events", "notices"},
)
"""The worker that renders and delivers letters, and notes what became of notices."""

BOUNCES = _named("Bounces", reads={"notices"}, writes={"notices", "events", "jobs"})
"""What reports that letters came back: their mailbox, and the webhook of a mail service."""

_DOCUMENTS = {
    "awards", "documents", "print_jobs", "paper_copies", "template_versions", "document_settings",
    "export_files", "notices", "verification_facts", "status_lists",
}  # fmt: skip

PRINTER = _named(
    "Documents",
    reads=_PAYING | _DOCUMENTS | _ALWAYS | _DIRECTORY,
    writes={"invoices", "documents", "export_files", "verification_facts", "status_lists",
            "files", "events", "letters", "jobs"},
)  # fmt: skip
"""The worker that renders, seals and stores documents."""

VERIFIER = _named(
    "Verify",
    reads={"verification_facts", "document_settings", "documents", "organisations",
           "organisation_details", "verification_requests", "files", "letters", "jobs",
           "rate_counts"},
    writes={"verification_requests", "files", "letters", "jobs", "events"},
)  # fmt: skip
"""The public verify pages, and the worker that checks lists for them."""

SEALER = _named("Audit", reads={"events", "event_seals"}, writes={"event_seals"})
"""The worker that seals committed events into the hash chain."""

NAMED_VIEWERS = (GATEWAY, LETTERS, BOUNCES, PRINTER, VERIFIER, SEALER)
"""Every road without a signed-in user, apart from SYSTEM; the tenancy test walks them."""


def of(session: Session) -> Viewer:
    """Return the viewer of ``session``; without one, nobody."""
    viewer = session.info.get("viewer", NOBODY)
    assert isinstance(viewer, Viewer)
    return viewer


class ViewerChangedError(RuntimeError):
    """A session met a second viewer: rows read for the first would be shown to the second."""


def fix(session: Session, viewer: Viewer) -> None:
    """Give ``session`` its viewer; raise ViewerChangedError when it already has another."""
    present = session.info.get("viewer")
    if present is not None and present != viewer:
        raise ViewerChangedError(f"{present.name} cannot become {viewer.name} in one session")
    session.info["viewer"] = viewer


@contextmanager
def seen_by(viewer: Viewer) -> Iterator[None]:
    """Work in a session of its own for ``viewer``: a job, a webhook, the command line."""
    db.session.remove()
    fix(db.session(), viewer)
    try:
        yield
    finally:
        db.session.remove()
