"""What staff are asked about standards, their versions and packages, and centres approved."""

import re
from datetime import date

from app.domain.kernel.fields import Field, Subject, Values
from app.domain.kernel.words import N_, say

_REFERENCE = re.compile(r"(ST|FA|AU)[0-9]{4}")
_PLAN = re.compile(r"AP[0-9]{2}")
_PACKAGE = re.compile(r"[A-Z0-9]+")


def _check_reference(text: str, _today: date) -> str | None:
    if _REFERENCE.fullmatch(text):
        return None
    return say("A standard’s reference is ST and four digits, such as ST0499.")


def _check_plan(text: str, _today: date) -> str | None:
    if _PLAN.fullmatch(text):
        return None
    return say("An assessment plan is AP and two digits, such as AP01.")


def _check_package(text: str, _today: date) -> str | None:
    if _PACKAGE.fullmatch(text):
        return None
    return say("A package code is capital letters and digits without blanks, such as ACAP01D.")


def _check_window(values: Values) -> dict[str, str]:
    first, last = values["starts_from"], values["starts_until"]
    if first and last and last < first:
        return {"starts_until": say("The last day comes before the first one. Check both.")}
    return {}


def _check_term(values: Values) -> dict[str, str]:
    first, last = values["approved_from"], values["approved_until"]
    if first and last and last < first:
        return {"approved_until": say("The last day comes before the first one. Check both.")}
    return {}


STANDARD = Subject(
    "standard",
    (
        Field("reference", N_("Reference"), required=True, max_length=8, width=10,
              check=_check_reference, hint=N_("For example, ST0499")),
        Field("title", N_("Title"), required=True, max_length=160, width=40),
        Field("level", N_("Level"), "number", required=True, minimum=2, maximum=8, width=10),
    ),
)  # fmt: skip

VERSION = Subject(
    "standard version",
    (
        Field("standard_id", N_("Standard"), "lookup", required=True),
        Field("option", N_("Option"), max_length=60, width=30,
              hint=N_("Where a standard has several ways through it, such as Coach Builder")),
        Field("assessment_plan", N_("Assessment plan"), required=True, max_length=4, width=10,
              check=_check_plan, hint=N_("For example, AP01")),
        Field("version", N_("Version in the register"), max_length=8, width=10),
        Field("starts_from", N_("First day of starts"), "date"),
        Field("starts_until", N_("Last day of starts"), "date"),
        Field("minimum_months", N_("Shortest duration in months"), "number", required=True,
              minimum=1, maximum=72, width=10),
        Field("is_open", N_("Open for new registrations"), "yesno", required=True),
    ),
    checks=(_check_window,),
)  # fmt: skip

PACKAGE = Subject(
    "package",
    (
        Field("standard_version_id", N_("Standard version"), "lookup", required=True),
        Field("code", N_("Package Code"), required=True, max_length=12, width=20,
              check=_check_package),
        Field("description", N_("Description"), required=True, max_length=120, width=40),
        Field("contents", N_("What is included"), multiline=True, max_length=1000,
              hint=N_("One line for each part; centres read it before they choose")),
        Field("product_id", N_("Product"), "lookup", required=True,
              hint=N_("What is ordered; its price stands under Prices")),
        Field("is_open", N_("Open for new registrations"), "yesno", required=True),
    ),
)  # fmt: skip

APPROVAL = Subject(
    "centre approval",
    (
        Field("organisation_id", N_("Centre"), "lookup", required=True),
        Field("standard_version_id", N_("Standard version"), "lookup", required=True),
        Field("approved_from", N_("Approved from"), "date", required=True),
        Field("approved_until", N_("Approved until"), "date",
              hint=N_("The last day; empty while the approval stands")),
    ),
    checks=(_check_term,),
)  # fmt: skip
