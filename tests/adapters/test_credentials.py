"""Credentials: what they say, and that nothing of them can be changed unseen."""

import copy
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft201909Validator, FormatChecker
from PIL import Image
from pyld import jsonld

from app.documents.credentials import (
    Issuer,
    Reason,
    bake,
    did_document,
    profile_document,
    sign,
    unbake,
    verify,
)
from app.documents.credentials.canonical import UncanonicalError, canonicalise
from app.documents.credentials.multikey import read_multikey
from tests.support.credentials import (
    CERTIFICATE,
    ISSUED,
    LIST_URL,
    PUBLIC_URL,
    a_document,
    a_key,
    an_issuer,
    public,
    signed,
    unsigned,
)

SCHEMA = Path(__file__).parent / "vectors/schemas/ob_v3p0_achievementcredential_schema.json"
KEY = a_key()
CREDENTIAL = signed(KEY)
LATER = ISSUED + timedelta(days=30)


def schema_errors(credential: dict[str, Any]) -> list[str]:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    found = Draft201909Validator(schema, format_checker=FormatChecker()).iter_errors(credential)
    return [error.message for error in found]


def test_a_credential_says_who_achieved_what_and_names_the_holder_by_name_alone():
    subject = CREDENTIAL["credentialSubject"]

    assert CREDENTIAL["issuer"] == {
        "id": "did:web:portal.hallmark.example",
        "type": ["Profile"],
        "name": "The Example Awarding Body",
        "url": "https://www.awards.example",
    }
    assert CREDENTIAL["id"] == f"{PUBLIC_URL}/V/7KQ2M9XAV4TB4"
    assert CREDENTIAL["validFrom"] == "2026-11-20T00:00:00Z"
    assert CREDENTIAL["validUntil"] == "2029-11-19T23:59:59Z"
    assert subject["identifier"] == [
        {
            "type": "IdentityObject",
            "hashed": False,
            "identityHash": "Siân Oluwaseun O’Brien-Zieliński",
            "identityType": "name",
        }
    ]
    assert CERTIFICATE["enrolment_number"] not in json.dumps(CREDENTIAL)
    assert subject["achievement"]["name"] == CERTIFICATE["award"]["title"]
    assert subject["achievement"]["humanCode"] == "999/0001/2"
    assert subject["creditsEarned"] == 37
    results = {
        described["name"]: result["value"]
        for described, result in zip(
            subject["achievement"]["resultDescription"], subject["result"], strict=True
        )
    }
    assert results == {
        "Outcome": "Pass", "Grade": "Merit", "LV01 Brakes": "Pass", "LV02 Steering": "Pass",
    }  # fmt: skip


def test_a_credential_names_its_place_on_the_status_list():
    assert CREDENTIAL["credentialStatus"] == {
        "id": f"{LIST_URL}#93400",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "93400",
        "statusListCredential": LIST_URL,
    }


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"expires_on": None, "components": [], "centre": None},
        {"award": {"credits": 12.5, "grade": "", "level": None, "number": ""}},
        {"award": {"credits": None, "awarded_on": None, "outcome": None, "grade": None}},
    ],
)
def test_credentials_follow_the_schema_of_open_badges_3(changes):
    credential = signed(KEY, **changes)

    assert schema_errors(credential) == []
    assert verify(credential, public(KEY)).holds


def test_the_schema_would_find_a_credential_without_criteria():
    broken = copy.deepcopy(CREDENTIAL)
    del broken["credentialSubject"]["achievement"]["criteria"]

    assert any("criteria" in message for message in schema_errors(broken))


def test_equal_achievements_have_equal_ids_and_others_have_others():
    def achievement(**changes: Any) -> str:
        return unsigned(**changes)["credentialSubject"]["achievement"]["id"]

    assert achievement() == achievement(person={"full_name": "Another Holder"})
    assert achievement() != achievement(award={"title": "Level 2 Certificate in Brakes"})
    assert achievement() != achievement(components=[])


def test_a_certificate_dated_tomorrow_is_valid_from_the_moment_of_its_issue():
    # In summer, a day begins in London while it is still yesterday in UTC.
    credential = unsigned(issued_on="2026-11-21")

    assert credential["validFrom"] == "2026-11-20T09:30:00Z"


@pytest.mark.parametrize("record_type", ["transcript", "letter"])
def test_only_certificates_become_credentials(record_type):
    with pytest.raises(ValueError, match="Only a certificate"):
        unsigned(record_type=record_type)


def test_a_signed_credential_holds_for_whoever_has_the_public_key():
    assert verify(CREDENTIAL, public(KEY)).holds
    assert verify(CREDENTIAL, public(a_key(), KEY), at=LATER).holds
    assert verify({**CREDENTIAL, "proof": [CREDENTIAL["proof"]]}, public(KEY)).holds
    assert verify(json.loads(json.dumps(CREDENTIAL)), public(KEY)).holds


def test_a_key_of_somebody_else_is_no_key():
    assert verify(CREDENTIAL, public(a_key())).reason is Reason.UNKNOWN_KEY
    forged = signed(a_key())
    forged["proof"]["verificationMethod"] = CREDENTIAL["proof"]["verificationMethod"]
    assert verify(forged, public(KEY)).reason is Reason.ALTERED


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (datetime(2026, 11, 19, 23, 59, 59, tzinfo=UTC), Reason.NOT_YET),
        (datetime(2026, 11, 20, tzinfo=UTC), None),
        (datetime(2029, 11, 19, 23, 59, 59, tzinfo=UTC), None),
        (datetime(2029, 11, 20, tzinfo=UTC), Reason.EXPIRED),
    ],
)
def test_a_credential_has_its_time(at, reason):
    verdict = verify(CREDENTIAL, public(KEY), at=at)

    assert verdict.reason is reason
    assert verdict.holds is (reason is None)
    assert verdict.words.endswith(".")


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value of a document that is no object or list."""
    if isinstance(value, dict):
        return [way for name, inner in value.items() for way in leaves(inner, (*path, name))]
    if isinstance(value, list):
        return [way for place, inner in enumerate(value) for way in leaves(inner, (*path, place))]
    return [path]


def changed(way: tuple[Any, ...], change: Callable[[Any], Any]) -> dict[str, Any]:
    credential = copy.deepcopy(CREDENTIAL)
    inner = credential
    for step in way[:-1]:
        inner = inner[step]
    inner[way[-1]] = change(inner[way[-1]])
    return credential


def another(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}x"


@pytest.mark.parametrize("way", leaves(CREDENTIAL), ids=lambda way: ".".join(map(str, way)))
def test_no_value_can_be_changed(way):
    assert not verify(changed(way, another), public(KEY)).holds


def without_last_day(credential: dict[str, Any]) -> None:
    del credential["validUntil"]


def last_day_in_a_list(credential: dict[str, Any]) -> None:
    credential["validUntil"] = [credential["validUntil"]]


def status_behind_a_long_name(credential: dict[str, Any]) -> None:
    status = credential.pop("credentialStatus")
    credential["https://www.w3.org/2018/credentials#credentialStatus"] = status


def a_word_without_meaning(credential: dict[str, Any]) -> None:
    credential["credentialSubject"]["distinction"] = "with honours"


def a_type_without_meaning(credential: dict[str, Any]) -> None:
    credential["type"].append("Doctorate")


def an_address_without_a_host(credential: dict[str, Any]) -> None:
    credential["credentialSubject"]["achievement"]["image"] = "crest.png"


def a_context_of_their_own(credential: dict[str, Any]) -> None:
    credential["@context"].append({"validUntil": None})


def a_context_from_elsewhere(credential: dict[str, Any]) -> None:
    credential["@context"].append("https://contexts.invalid/v1")


def a_second_description(credential: dict[str, Any]) -> None:
    credential["@included"] = [{"id": credential["id"], "name": "Doctorate"}]


def another_issuer(credential: dict[str, Any]) -> None:
    credential["issuer"]["id"] = "did:web:elsewhere.example"


def another_suite(credential: dict[str, Any]) -> None:
    credential["proof"]["cryptosuite"] = "eddsa-jcs-2022"


def two_proofs(credential: dict[str, Any]) -> None:
    credential["proof"] = [credential["proof"]] * 2


def a_short_signature(credential: dict[str, Any]) -> None:
    credential["proof"]["proofValue"] = credential["proof"]["proofValue"][:-10]


@pytest.mark.parametrize(
    "attack",
    [
        without_last_day, last_day_in_a_list, status_behind_a_long_name, a_word_without_meaning,
        a_type_without_meaning, an_address_without_a_host, a_context_of_their_own,
        a_context_from_elsewhere, a_second_description, another_issuer, another_suite, two_proofs,
        a_short_signature,
    ],
)  # fmt: skip
def test_ways_of_saying_something_else_under_the_same_signature_are_refused(attack):
    credential = copy.deepcopy(CREDENTIAL)

    attack(credential)

    verdict = verify(credential, public(KEY), at=datetime(2035, 1, 1, tzinfo=UTC))
    assert verdict.reason in {Reason.ALTERED, Reason.MALFORMED}


def nested(levels: int) -> dict[str, Any]:
    inner: dict[str, Any] = {}
    for _ in range(levels):
        inner = {"type": ["Profile"], "parentOrg": inner}
    return inner


@pytest.mark.parametrize(
    "credential",
    [
        None, [], "text", 7, {}, {"proof": None}, {"proof": []}, {"proof": {}},
        {**CREDENTIAL, "issuer": None}, {**CREDENTIAL, "issuer": {"id": 7}},
        {**CREDENTIAL, "@context": 7}, {**CREDENTIAL, "@context": "https://example.org"},
        {**CREDENTIAL, "validFrom": None}, {**CREDENTIAL, "id": ["a", "b"]},
        {**CREDENTIAL, "proof": CREDENTIAL["proof"] | {"proofValue": 7}},
        {**CREDENTIAL, "proof": CREDENTIAL["proof"] | {"verificationMethod": None}},
        {**CREDENTIAL, "credentialSubject": nested(300)},
        {**CREDENTIAL, "credentialSubject": nested(3000)},
    ],
)  # fmt: skip
def test_anything_may_be_brought_and_nothing_breaks(credential):
    assert verify(credential, public(KEY)).reason in {Reason.ALTERED, Reason.MALFORMED}


@pytest.mark.parametrize("alike", [4, 12, 4_000])
def test_a_document_made_to_take_for_ever_is_given_up(alike):
    # Twins without ids, whose parts are alike: every order of those would have to be tried.
    part = {"type": ["Profile"]}
    twin = {"type": ["Profile"], "parentOrg": [dict(part) for _ in range(alike)]}
    credential = {**CREDENTIAL, "evidence": [twin, copy.deepcopy(twin)]}

    assert verify(credential, public(KEY)).reason is Reason.ALTERED
    if alike > 4:
        with pytest.raises(UncanonicalError, match=r"cannot be told apart|too long"):
            canonicalise({name: v for name, v in credential.items() if name != "proof"})


def test_the_canonical_form_is_that_of_pyld_as_it_comes():
    # Ours keeps contexts between credentials: the second time counts.
    for document in (unsigned(), unsigned(components=[]), unsigned()):
        stock = jsonld.normalize(
            document,
            {
                "algorithm": "URDNA2015",
                "format": "application/n-quads",
                "documentLoader": canonicalise._load,
            },
        )

        assert canonicalise(document) == stock


def test_threads_may_sign_and_verify_at_once():
    def work(number: int) -> bool:
        credential = signed(KEY, person={"full_name": f"Holder {number}"})
        return verify(credential, public(KEY)).holds and str(number) in json.dumps(credential)

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(work, range(40)))


def test_what_has_no_meaning_is_never_signed():
    with pytest.raises(UncanonicalError, match="no meaning"):
        sign({**unsigned(), "honours": "first"}, KEY, at=ISSUED)
    with pytest.raises(UncanonicalError, match=r"https://contexts\.invalid"):
        sign({**unsigned(), "@context": ["https://contexts.invalid/v1"]}, KEY, at=ISSUED)


def test_two_keys_stand_in_the_did_document_so_that_old_credentials_hold():
    fresh = a_key()

    document = did_document(an_issuer(), public(fresh, KEY))

    assert document["id"] == "did:web:portal.hallmark.example"
    assert document["assertionMethod"] == [
        f"{document['id']}#{fresh.id}", f"{document['id']}#{KEY.id}",
    ]  # fmt: skip
    keys = {
        method["id"].partition("#")[2]: read_multikey(method["publicKeyMultibase"])
        for method in document["verificationMethod"]
    }
    assert verify(CREDENTIAL, keys).holds
    assert verify(signed(fresh), keys).holds


@pytest.mark.parametrize(
    ("public_url", "did"),
    [
        ("https://Portal.Hallmark.Example/", "did:web:portal.hallmark.example"),
        ("http://localhost:8080", "did:web:localhost%3A8080"),
        ("https://example.org/awards/portal", "did:web:example.org:awards:portal"),
    ],
)
def test_the_issuer_is_named_after_the_public_address(public_url, did):
    assert Issuer.of(public_url, a_document()["body"]).did == did


def test_the_profile_of_the_issuer_can_be_read_by_itself():
    profile = profile_document(Issuer.of(PUBLIC_URL, {"name": "Example Awards", "website": ""}))

    assert profile["url"] == PUBLIC_URL
    assert '"Example Awards"' in canonicalise(profile)


def a_picture() -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), "#12397f").save(picture, "PNG")
    return picture.getvalue()


def test_a_badge_carries_its_credential():
    baked = bake(a_picture(), CREDENTIAL)

    with Image.open(io.BytesIO(baked)) as opened:
        assert opened.size == (64, 64)
    assert unbake(baked) == CREDENTIAL
    assert verify(unbake(baked), public(KEY)).holds
    assert unbake(a_picture()) is None
