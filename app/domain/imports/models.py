"""Tables of the workbench: imports with their files, rows, cell errors, photos and headings."""

from datetime import date, datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.domain.imports.rules import FILE, IMPORT, RowState
from app.domain.kernel.audit import Audited
from app.domain.kernel.columns import Document, Json, Key, SortText, UtcDateTime
from app.domain.kernel.scope import Owned, PartOf, Scoped
from app.domain.kernel.tables import StoredFile
from app.domain.kernel.workflow import Stateful
from app.domain.orders.models import Order
from app.domain.organisations.models import Organisation, PortalUser


class Import(Stateful, Audited, Model):
    """A named draft into which files are brought, until its rows are finalised."""

    __tablename__ = "imports"
    __workflow__ = IMPORT
    __scope__ = Owned("organisation_id")
    __table_args__ = (
        Index("ix_imports_owner", "organisation_id", "target", "state", "changed_at", "id"),
        Index("ix_imports_changed", "changed_at", "id"),
    )

    id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    target: Mapped[str] = mapped_column(String(20))
    """What its rows become: a code of ``targets.TARGETS``."""
    name: Mapped[str] = mapped_column(String(120))
    created_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    finaliser: Mapped[str] = mapped_column(String(200), default="")
    """Who is at finalising it, for a colleague who comes to it meanwhile."""
    details: Mapped[Document] = mapped_column(Json, default=dict)
    """What SUBMIT PURCHASE said, while its rows are being finalised; where nothing is ordered, how
    many rows were finalised ``before``."""
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    """The order that its finalised rows stand on, the newest of several."""
    invalid_share: Mapped[int] = mapped_column(default=0)
    """Per cent of its strong numbers that are invalid: past 5 nobody elsewhere is asked for."""

    organisation: Mapped[Organisation] = relationship()
    created_by: Mapped[PortalUser] = relationship()
    order: Mapped[Order | None] = relationship()
    files: Mapped[list["ImportFile"]] = relationship(
        back_populates="import_", order_by="ImportFile.id"
    )

    def __str__(self) -> str:
        return self.name


class ImportFile(Stateful, Audited, Model):
    """One spreadsheet brought into an import: how it is read, and what was answered about it."""

    __tablename__ = "import_files"
    __workflow__ = FILE
    __scope__ = PartOf("import_")
    __table_args__ = (Index("ix_import_files_import", "import_id", "id"),)

    id: Mapped[Key]
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"))
    stored_id: Mapped[int] = mapped_column(ForeignKey("files.id"))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(8), default="")
    sheet: Mapped[str] = mapped_column(String(120), default="")
    sheets: Mapped[list[str]] = mapped_column(Json, default=list)
    """The sheets that hold data, where somebody has to choose one."""
    heads: Mapped[list[str]] = mapped_column(Json, default=list)
    head_row: Mapped[int] = mapped_column(default=0)
    """The row of the headings, counted from 0."""
    mapping: Mapped[list[str | None]] = mapped_column(Json, default=list)
    """The field of each column; None is a column that is left out."""
    confirmed: Mapped[bool] = mapped_column(default=False)
    choices: Mapped[Document] = mapped_column(Json, default=dict)
    """{field: {guess: answer}}: what was answered about a column."""
    plain: Mapped[Document] = mapped_column(Json, default=dict)
    """{field: [notation, …]}: notations that somebody undid for a whole column."""
    seen: Mapped[Document] = mapped_column(Json, default=dict)
    """{field: [evidence, …]}: what the values of a column have shown of how they are written."""
    told: Mapped[list[str]] = mapped_column(Json, default=list)
    """Sentences about the file for whoever brought it."""
    words: Mapped[str] = mapped_column(String(600), default="")
    """Why it is refused, or what is asked."""
    row_count: Mapped[int] = mapped_column(default=0)
    template: Mapped[str] = mapped_column(String(120), default="")
    brought_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    brought_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    import_: Mapped[Import] = relationship(back_populates="files")
    stored: Mapped[StoredFile] = relationship()

    def __str__(self) -> str:
        return self.name


class ImportRow(Scoped, Model):
    """A row as it came, what was typed over it, and what it says; no words are stored twice.

    What it says (`values`, `marks`, `asks`, and its cell errors) follows from the rest and from
    its file, so it can be read anew at any time.
    """

    __tablename__ = "import_rows"
    __scope__ = Owned("organisation_id")
    __table_args__ = (
        CheckConstraint(
            "state in ('error', 'asks', 'valid', 'done', 'removed')", name="ck_import_rows_state"
        ),
        UniqueConstraint("file_id", "number", name="uq_import_rows_number"),
        Index("ix_import_rows_state", "import_id", "state", "id"),
        Index("ix_import_rows_digest", "organisation_id", "digest"),
        Index("ix_import_rows_uln", "import_id", "uln"),
        Index("ix_import_rows_ni", "import_id", "ni_number"),
        Index("ix_import_rows_scheme", "import_id", "scheme_number"),
        Index("ix_import_rows_name", "import_id", "name_key", "birth_date"),
    )

    id: Mapped[Key]
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("import_files.id"))
    """None: typed on the screen."""
    number: Mapped[int]
    """The row as the spreadsheet counts it; typed rows count from 1."""
    state: Mapped[str] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(default=1)
    cells: Mapped[list[Any]] = mapped_column(Json, default=list)
    """Its cells by column, as `cells.kept` writes them."""
    typed: Mapped[Document] = mapped_column(Json, default=dict)
    """{field: text}: what somebody typed in place of the cell."""
    plain: Mapped[list[str]] = mapped_column(Json, default=list)
    """Fields whose notation somebody undid in this row."""
    values: Mapped[Document] = mapped_column(Json, default=dict)
    """{field: value} of everything that could be read, as JSON holds it."""
    marks: Mapped[Document] = mapped_column(Json, default=dict)
    """{field: notation} that was applied."""
    asks: Mapped[Document] = mapped_column(Json, default=dict)
    """{field: guess} that waits for a choice; under "" why the row as a whole waits."""
    digest: Mapped[str] = mapped_column(String(32), default="")
    """Hash of its content: the same row brought again is asked about."""
    repeat_of: Mapped[str] = mapped_column(String(160), default="")
    """Where the same content was brought before; empty once that was answered."""
    is_repeat_allowed: Mapped[bool] = mapped_column(default=False)
    uln: Mapped[str | None] = mapped_column(String(10))
    ni_number: Mapped[str | None] = mapped_column(String(9))
    scheme_number: Mapped[str | None] = mapped_column(String(20))
    name_key: Mapped[str | None] = mapped_column(SortText)
    surname_key: Mapped[str | None] = mapped_column(SortText)
    birth_date: Mapped[date | None]
    matches: Mapped[list[Any]] = mapped_column(Json, default=list)
    """People who may be meant: [{"person", "name", "reasons", "weight", "elsewhere"}, …]."""
    asked_key: Mapped[str] = mapped_column(String(32), default="")
    """Hash of what other organisations were asked for: a question is asked and counted once."""
    choice: Mapped[str] = mapped_column(String(10), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    """Whom the row is about, once that is known or chosen."""
    choice_reason: Mapped[str] = mapped_column(String(200), default="")
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    """The prepared photo that belongs to the row."""
    application_id: Mapped[int | None] = mapped_column(ForeignKey("card_applications.id"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id"))
    award_id: Mapped[int | None] = mapped_column(ForeignKey("awards.id"))

    @property
    def shown_state(self) -> RowState:
        """The state with its label."""
        return RowState(self.state)


class CellError(Scoped, Model):
    """What is wrong with one cell; equal ones are put right together."""

    __tablename__ = "import_errors"
    __scope__ = Owned("organisation_id")
    __table_args__ = (
        Index("ix_import_errors_alike", "import_id", "field", "raw"),
        Index("ix_import_errors_row", "row_id"),
    )

    id: Mapped[Key]
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    row_id: Mapped[int] = mapped_column(ForeignKey("import_rows.id"))
    field: Mapped[str] = mapped_column(String(40))
    raw: Mapped[str] = mapped_column(String(200), default="")
    """What stands in the cell, as people see it."""
    words: Mapped[str] = mapped_column(String(400))
    is_late: Mapped[bool] = mapped_column(default=False)
    """Found by looking at other rows and at people, not in the row itself."""


class ImportAction(Scoped, Model):
    """Something done to many rows at once, which can be undone as long as nobody changed them."""

    __tablename__ = "import_actions"
    __scope__ = Owned("organisation_id")
    __table_args__ = (Index("ix_import_actions_import", "import_id", "id"),)

    id: Mapped[Key]
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    what: Mapped[str] = mapped_column(String(20))
    said: Mapped[str] = mapped_column(String(300))
    before: Mapped[Document] = mapped_column(Json, default=dict)
    """{row id: what the action changed of it, as it was and as it is since}."""
    count: Mapped[int] = mapped_column(default=0)
    done_by: Mapped[str] = mapped_column(String(200))
    done_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    is_undone: Mapped[bool] = mapped_column(default=False)


class ImportPhoto(Scoped, Model):
    """A picture brought into an import: matched to a row by number or name, cut to 35:45."""

    __tablename__ = "import_photos"
    __scope__ = Owned("organisation_id")
    __table_args__ = (
        Index("ix_import_photos_import", "import_id", "row_id", "id"),
        UniqueConstraint("import_id", "digest", name="uq_import_photos_digest"),
    )

    id: Mapped[Key]
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64))
    """Hash of its file's name and content: the same one brought again is made once."""
    source_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    """The whole picture, upright and without metadata: what the crop is taken from."""
    photo_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))
    """The prepared photo."""
    crop: Mapped[Document] = mapped_column(Json, default=dict)
    """{"x", "y", "width", "height"} in pixels of the source."""
    row_id: Mapped[int | None] = mapped_column(ForeignKey("import_rows.id"))
    is_chosen: Mapped[bool] = mapped_column(default=False)
    """Somebody chose the row: matching leaves it alone."""
    words: Mapped[str] = mapped_column(String(400), default="")
    """Why it cannot be used, or why no row was found."""
    brought_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    import_: Mapped[Import] = relationship()
    source: Mapped[StoredFile | None] = relationship(foreign_keys=[source_id])
    photo: Mapped[StoredFile | None] = relationship(foreign_keys=[photo_id])
    row: Mapped[ImportRow | None] = relationship()


class HeadMapping(Scoped, Model):
    """Headings that somebody of the organisation confirmed: not asked about again."""

    __tablename__ = "import_headings"
    __scope__ = Owned("organisation_id")
    __table_args__ = (
        UniqueConstraint("organisation_id", "target", "signature", name="uq_import_headings"),
    )

    id: Mapped[Key]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    target: Mapped[str] = mapped_column(String(20))
    signature: Mapped[str] = mapped_column(String(64))
    """Hash of the folded headings in their order."""
    mapping: Mapped[list[str | None]] = mapped_column(Json, default=list)
    confirmed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
