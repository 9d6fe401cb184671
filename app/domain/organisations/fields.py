"""What an organisation says of itself (A125)."""

from app.domain.kernel.fields import Field, Subject
from app.domain.kernel.words import N_

DETAIL = Subject(
    "organisation_detail",
    (
        Field("address", N_("Address"), required=True, multiline=True, max_length=400, width=30,
              hint=N_("One line of the address on each line")),
        Field("postcode", N_("Postcode"), "postcode", required=True, width=10),
        Field("email", N_("Email for accounts"), "email", required=True, width=30),
        Field("phone", N_("Telephone"), "phone", width=20),
        Field("vat_number", N_("VAT number"), "vat", width=20),
    ),
)  # fmt: skip
