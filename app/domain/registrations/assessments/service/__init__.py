"""Changes to assessments: venues and dates kept, people booked, results recorded."""

from app.domain.registrations.assessments.service.booking import (
    book,
    cancel_bookings,
    move_bookings,
    sort_out_bookings,
)
from app.domain.registrations.assessments.service.keeping import (
    SlotDraft,
    add_slots,
    cancel_slots,
    change_slot,
    entered,
    save_venue,
    sort_out_slots,
)
from app.domain.registrations.assessments.service.results import (
    attend,
    fail,
    miss,
    pass_,
    reopen,
    retract,
)

__all__ = [
    "SlotDraft",
    "add_slots",
    "attend",
    "book",
    "cancel_bookings",
    "cancel_slots",
    "change_slot",
    "entered",
    "fail",
    "miss",
    "move_bookings",
    "pass_",
    "reopen",
    "retract",
    "save_venue",
    "sort_out_bookings",
    "sort_out_slots",
]
