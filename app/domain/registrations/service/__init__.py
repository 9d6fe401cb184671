"""Changes to registrations: saved, finalised, ordered, moved through their stages."""

from app.domain.registrations.service.moving import (
    cancel,
    complete,
    finalise,
    put_on_order,
    return_to_attention,
    sort_out,
    start,
    take_off_order,
    withdraw,
)
from app.domain.registrations.service.saving import change, do_once, follow_person, register
from app.domain.registrations.service.stages import reach_stage, resume, undo_stage

__all__ = [
    "cancel",
    "change",
    "complete",
    "do_once",
    "finalise",
    "follow_person",
    "put_on_order",
    "reach_stage",
    "register",
    "resume",
    "return_to_attention",
    "sort_out",
    "start",
    "take_off_order",
    "undo_stage",
    "withdraw",
]
