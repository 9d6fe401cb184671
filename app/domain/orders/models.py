"""Tables: orders with lines, card payments, bank receipts, the ledger, invoices."""

from datetime import date, datetime

from flask_appbuilder import Model
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.clock import now
from app.domain.catalogue.models import AdministeringBody, Product
from app.domain.kernel.audit import Audited
from app.domain.kernel.columns import Document, Key, UtcDateTime
from app.domain.kernel.money import pounds
from app.domain.kernel.scope import Owned, PartOf, Scoped, StaffOnly, System
from app.domain.kernel.tables import StoredFile
from app.domain.kernel.workflow import Stateful
from app.domain.orders.rules import ORDER, PAYMENT
from app.domain.organisations.models import Organisation, PortalUser
from app.domain.registrations.models import CardApplication, Registration


class Order(Stateful, Audited, Model):
    """A purchase, raised at the level of one organisation, which owns the row."""

    __tablename__ = "orders"
    __workflow__ = ORDER
    __scope__ = Owned("organisation_id")
    __table_args__ = (
        CheckConstraint("method in ('', 'card', 'bacs')", name="ck_orders_method"),
        Index("ix_orders_state_raised", "state", "raised_at", "id"),
        Index("ix_orders_raised", "raised_at", "id"),
        Index("ix_orders_owner", "organisation_id", "state", "raised_at", "id"),
        Index("ix_orders_customer_reference", "customer_reference", "id"),
    )

    id: Mapped[Key]
    reference: Mapped[str] = mapped_column(String(18), unique=True)
    """Our Ref: with check characters, fit for a bank transfer."""
    customer_reference: Mapped[str] = mapped_column(String(40), default="")
    """The customer's own reference or P.O. number."""
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    """Raised at the level of this organisation (A15, A48)."""
    administering_body_id: Mapped[int] = mapped_column(ForeignKey("administering_bodies.id"))
    invoice_to_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    deliver_to_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    delivery_attention: Mapped[str] = mapped_column(String(160), default="")
    accounts_contact_name: Mapped[str] = mapped_column(String(160), default="")
    accounts_contact_email: Mapped[str] = mapped_column(String(320), default="")
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    method: Mapped[str] = mapped_column(String(4), default="")
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship(foreign_keys=[organisation_id])
    invoice_to: Mapped[Organisation] = relationship(foreign_keys=[invoice_to_id])
    deliver_to: Mapped[Organisation] = relationship(foreign_keys=[deliver_to_id])
    administering_body: Mapped[AdministeringBody] = relationship()
    raised_by: Mapped[PortalUser] = relationship(foreign_keys=[raised_by_id])
    lines: Mapped[list["OrderLine"]] = relationship(back_populates="order", order_by="OrderLine.id")
    payments: Mapped[list["Payment"]] = relationship(back_populates="order", order_by="Payment.id")
    invoice: Mapped["Invoice | None"] = relationship(back_populates="order", uselist=False)

    def __str__(self) -> str:
        return self.reference

    @property
    def title_reference(self) -> str:
        """What the guide heads an order with: the customer's reference, else ours."""
        return self.customer_reference or self.reference


class OrderLine(Scoped, Audited, Model):
    """One thing bought: a product, what it is for, and its price as quoted.

    It is for a card application, or for a registration that needs none.
    """

    __tablename__ = "order_lines"
    __scope__ = PartOf("order")
    __table_args__ = (
        UniqueConstraint("application_id", name="uq_order_lines_application"),
        UniqueConstraint("registration_id", name="uq_order_lines_registration"),
        CheckConstraint(
            "(application_id is null) <> (registration_id is null)", name="ck_order_lines_subject"
        ),
        CheckConstraint("net = unit_net * quantity", name="ck_order_lines_net"),
        CheckConstraint("quantity > 0", name="ck_order_lines_quantity"),
        Index("ix_order_lines_order", "order_id"),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    application_id: Mapped[int | None] = mapped_column(ForeignKey("card_applications.id"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registrations.id"))
    quantity: Mapped[int] = mapped_column(default=1)
    unit_net: Mapped[int]
    vat_category: Mapped[str] = mapped_column(String(1))
    vat_rate: Mapped[int]
    vat_reason: Mapped[str] = mapped_column(String(200), default="")
    net: Mapped[int]
    vat: Mapped[int]

    order: Mapped[Order] = relationship(back_populates="lines")
    product: Mapped[Product] = relationship()
    application: Mapped[CardApplication | None] = relationship()
    registration: Mapped[Registration | None] = relationship()

    @property
    def subject(self) -> CardApplication | Registration:
        """What the line is for."""
        found = self.application or self.registration
        assert found is not None
        return found

    @property
    def total(self) -> int:
        """Net and VAT, in pence."""
        return self.net + self.vat


class Payment(Stateful, Audited, Model):
    """One attempt to pay an order by card."""

    __tablename__ = "payments"
    __workflow__ = PAYMENT
    __scope__ = PartOf("order")
    __table_args__ = (
        UniqueConstraint("order_id", "attempt", name="uq_payments_order_attempt"),
        CheckConstraint("amount > 0", name="ck_payments_amount"),
        Index("ix_payments_state", "state", "created_at"),
    )

    id: Mapped[Key]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    attempt: Mapped[int]
    gateway: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(80), unique=True)
    """Idempotency key at the gateway: the order and the attempt."""
    amount: Mapped[int]
    session_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    address: Mapped[str | None] = mapped_column(Text)
    """The hosted page where the customer pays."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Fixed with the attempt: a repeated request to the gateway has to be the same."""
    is_credit: Mapped[bool] = mapped_column(default=False)
    """The money came when the order no longer needed it: a receipt holds it for finance."""
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(Text)

    order: Mapped[Order] = relationship(back_populates="payments")


class GatewayEvent(Scoped, Model):
    """A webhook as it came, kept once however often the gateway sends it."""

    __tablename__ = "gateway_events"
    __scope__ = System()
    __table_args__ = (UniqueConstraint("gateway", "event_id", name="uq_gateway_events"),)

    id: Mapped[Key]
    gateway: Mapped[str] = mapped_column(String(20))
    event_id: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(80))
    session_id: Mapped[str] = mapped_column(String(200), default="")
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Receipt(Scoped, Audited, Model):
    """Money that came in: from the bank's statement, or by card when its order needed none."""

    __tablename__ = "receipts"
    __scope__ = StaffOnly()
    __table_args__ = (
        CheckConstraint("amount > 0", name="ck_receipts_amount"),
        Index("ix_receipts_received", "received_on", "id"),
    )

    id: Mapped[Key]
    received_on: Mapped[date]
    amount: Mapped[int]
    payer: Mapped[str] = mapped_column(String(160))
    narrative: Mapped[str] = mapped_column(String(200), default="")
    entered_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), unique=True)
    """The card payment that made the portal enter this receipt by itself."""

    entered_by: Mapped[PortalUser | None] = relationship()
    payment: Mapped[Payment | None] = relationship()
    allocations: Mapped[list["Allocation"]] = relationship(
        back_populates="receipt", order_by="Allocation.id"
    )

    def __str__(self) -> str:
        return f"{pounds(self.amount)} from {self.payer}"


class Allocation(Scoped, Audited, Model):
    """A part of a receipt, given to an order."""

    __tablename__ = "allocations"
    __scope__ = PartOf("order", staff_write=True)
    __table_args__ = (
        CheckConstraint("amount > 0", name="ck_allocations_amount"),
        Index("ix_allocations_order", "order_id"),
        Index("ix_allocations_receipt", "receipt_id"),
    )

    id: Mapped[Key]
    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipts.id"))
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    amount: Mapped[int]
    allocated_by_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    allocated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    receipt: Mapped[Receipt] = relationship(back_populates="allocations")
    order: Mapped[Order] = relationship()
    allocated_by: Mapped[PortalUser] = relationship()


class Transfer(Scoped, Model):
    """A line of the ledger: an amount goes from one account to another, so all sum to zero."""

    __tablename__ = "transfers"
    __scope__ = System()
    __table_args__ = (
        CheckConstraint("amount > 0", name="ck_transfers_amount"),
        CheckConstraint("debit <> credit", name="ck_transfers_accounts"),
        UniqueConstraint("cause", name="uq_transfers_cause"),
        Index("ix_transfers_debit", "debit"),
        Index("ix_transfers_credit", "credit"),
        Index("ix_transfers_order", "order_id"),
    )

    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    debit: Mapped[str] = mapped_column(String(40))
    credit: Mapped[str] = mapped_column(String(40))
    amount: Mapped[int]
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id"))
    cause: Mapped[str] = mapped_column(String(80))
    """What made the transfer, once: "payment 17", "receipt 4", "invoice 9 net"."""


class Invoice(Scoped, Audited, Model):
    """An issued invoice: never edited; its numbers have no gaps."""

    __tablename__ = "invoices"
    __scope__ = PartOf("order")
    __table_args__ = (CheckConstraint("total = net + vat", name="ck_invoices_total"),)

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(unique=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    net: Mapped[int]
    vat: Mapped[int]
    total: Mapped[int]
    content: Mapped[Document]
    """Everything printed, frozen when it was issued."""
    file_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"))

    order: Mapped[Order] = relationship(back_populates="invoice")
    file: Mapped[StoredFile | None] = relationship()

    @property
    def shown_number(self) -> str:
        """The number as printed: INV-000123."""
        return f"INV-{self.number:06d}"
