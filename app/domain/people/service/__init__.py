"""Changes to people: made known, changed, linked to another organisation, employed."""

from app.domain.people.service.asking import numbers_of_others
from app.domain.people.service.many import add_many, change_many, employ_many, link_many
from app.domain.people.service.numbers import give_numbers, set_numbers
from app.domain.people.service.single import (
    CHOICE,
    Assessed,
    add_person,
    change_person,
    employ,
    keep_photo,
    link_known,
    look_elsewhere,
    offer,
    record_assessments,
)

__all__ = [
    "CHOICE",
    "Assessed",
    "add_many",
    "add_person",
    "change_many",
    "change_person",
    "employ",
    "employ_many",
    "give_numbers",
    "keep_photo",
    "link_known",
    "link_many",
    "look_elsewhere",
    "numbers_of_others",
    "offer",
    "record_assessments",
    "set_numbers",
]
