"""Credentials that prove themselves: Open Badges 3.0 with Data Integrity proofs, and QR codes."""

from app.documents.credentials.address import (
    Address,
    AddressError,
    make_address,
    prove,
    read_address,
)
from app.documents.credentials.badge import build_credential
from app.documents.credentials.baking import bake, unbake
from app.documents.credentials.facts import Facts
from app.documents.credentials.issuer import Issuer, did_document, profile_document
from app.documents.credentials.proof import Reason, Verdict, sign, verify
from app.documents.credentials.status import (
    LIST_SIZE,
    decode_list,
    encode_list,
    is_revoked,
    is_set,
    status_list_credential,
)

__all__ = [
    "LIST_SIZE",
    "Address",
    "AddressError",
    "Facts",
    "Issuer",
    "Reason",
    "Verdict",
    "bake",
    "build_credential",
    "decode_list",
    "did_document",
    "encode_list",
    "is_revoked",
    "is_set",
    "make_address",
    "profile_document",
    "prove",
    "read_address",
    "sign",
    "status_list_credential",
    "unbake",
    "verify",
]
