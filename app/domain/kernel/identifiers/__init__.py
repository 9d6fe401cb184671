"""Readers of the numbers, names and addresses by which people and organisations are known.

`read_x` gives the one form that is stored or raises `IdentifierError` in words, `show_x` the form
that people read, `mask_x` the form for those who may not see it, and `warn_x` doubts about a value
that is accepted all the same.
"""

from app.domain.kernel.identifiers.contact import (
    email_key,
    mask_email,
    mask_phone,
    mask_postcode,
    read_email,
    read_phone,
    read_postcode,
    show_email,
    show_phone,
    show_postcode,
    warn_phone,
    warn_postcode,
)
from app.domain.kernel.identifiers.names import mask_name, name_key, read_name, show_name
from app.domain.kernel.identifiers.numbers import (
    mask_ern,
    mask_nino,
    mask_uln,
    mask_vat_number,
    read_ern,
    read_nino,
    read_uln,
    read_vat_number,
    show_ern,
    show_nino,
    show_uln,
    show_vat_number,
    warn_nino,
)
from app.domain.kernel.typed import IdentifierError

__all__ = [
    "IdentifierError",
    "email_key",
    "mask_email",
    "mask_ern",
    "mask_name",
    "mask_nino",
    "mask_phone",
    "mask_postcode",
    "mask_uln",
    "mask_vat_number",
    "name_key",
    "read_email",
    "read_ern",
    "read_name",
    "read_nino",
    "read_phone",
    "read_postcode",
    "read_uln",
    "read_vat_number",
    "show_email",
    "show_ern",
    "show_name",
    "show_nino",
    "show_phone",
    "show_postcode",
    "show_uln",
    "show_vat_number",
    "warn_nino",
    "warn_phone",
    "warn_postcode",
]
