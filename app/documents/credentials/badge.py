"""Open Badges 3.0 credentials from the frozen data of certificates."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from app.documents.credentials.canonical import BADGE_CONTEXT, VC_CONTEXT
from app.documents.credentials.issuer import Issuer
from app.documents.credentials.proof import Credential, timestamp
from app.domain.kernel.document_numbers import compact

_Data = Mapping[str, Any]


def build_credential(
    data: _Data, *, issuer: Issuer, status_list_url: str, status_index: int, at: datetime
) -> Credential:
    """Return the unsigned credential of one certificate, an OpenBadgeCredential of VC 2.0.

    ``data`` is the frozen data of the document, dates in ISO 8601. The holder is known by name
    alone: the enrolment number opens the learner's account, and a badge is made to be shown.
    Every part has an id or differs from its neighbours, so that no order of nameless parts has to
    be found out. Raise ValueError for a record that is no certificate.
    """
    if data["record_type"] != "certificate":
        raise ValueError("Only a certificate becomes a credential.")
    award = data["award"]
    until = _moment(data["expires_on"], time(23, 59, 59))
    awarded = _moment(award.get("awarded_on"), time())
    return {
        "@context": [VC_CONTEXT, BADGE_CONTEXT],
        "id": f"{issuer.public_url}/V/{compact(data['reference'])}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": award["title"],
        "issuer": issuer.profile(),
        "validFrom": _valid_from(data["issued_on"], at),
        **({"validUntil": until} if until else {}),
        **({"awardedDate": awarded} if awarded else {}),
        "credentialSubject": _subject(data, issuer),
        "credentialStatus": {
            "id": f"{status_list_url}#{status_index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(status_index),
            "statusListCredential": status_list_url,
        },
    }


def _subject(data: _Data, issuer: Issuer) -> dict[str, Any]:
    award = data["award"]
    described = [*_results(data)]
    achievement = _achievement(data, issuer, [name for name, _value in described])
    subject: dict[str, Any] = {
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "hashed": False,
                "identityHash": data["person"]["full_name"],
                "identityType": "name",
            }
        ],
        "achievement": achievement,
    }
    if award.get("credits"):
        subject["creditsEarned"] = _number(award["credits"])
    if data.get("centre"):
        subject["source"] = {
            "id": _urn(issuer.did, "centre", data["centre"]["number"], data["centre"]["name"]),
            "type": ["Profile"],
            "name": data["centre"]["name"],
        }
    if described:
        subject["result"] = [
            {"type": ["Result"], "resultDescription": description["id"], "value": value}
            for description, (_name, value) in zip(
                achievement["resultDescription"], described, strict=True
            )
        ]
    return subject


def _achievement(data: _Data, issuer: Issuer, results: list[str]) -> dict[str, Any]:
    """Return what was achieved; equal achievements have equal ids, in every credential."""
    award = data["award"]
    described = _described(award)
    achievement: dict[str, Any] = {
        "type": ["Achievement"],
        "achievementType": "Certificate",
        "name": award["title"],
        "description": f"{described}, awarded by {issuer.name}.",
        "criteria": {"narrative": f"The holder has met every requirement of {described}."},
        "creator": issuer.profile(),
    }
    if award.get("number"):
        achievement["humanCode"] = award["number"]
    if award.get("credits"):
        achievement["creditsAvailable"] = _number(award["credits"])
    own_id = _urn(issuer.did, json.dumps([achievement, results], sort_keys=True))
    if results:
        achievement["resultDescription"] = [
            {
                "id": _urn(own_id, str(place)),
                "type": ["ResultDescription"],
                "name": name,
                "resultType": "Result",
            }
            for place, name in enumerate(results)
        ]
    return {"id": own_id, **achievement}


def _results(data: _Data) -> Iterator[tuple[str, str]]:
    """Give name and value of what was measured: the whole, then each component with a result."""
    award = data["award"]
    for name, value in (("Outcome", award.get("outcome")), ("Grade", award.get("grade"))):
        if value:
            yield name, str(value)
    for component in data.get("components") or ():
        if component.get("result"):
            name = " ".join(filter(None, (component.get("code"), component["title"])))
            yield name, str(component["result"])


def _described(award: _Data) -> str:
    level = str(award.get("level") or "")
    words = [award["title"]]
    if award.get("number"):
        words.append(f"({award['number']})")
    if level and level.casefold() not in award["title"].casefold():
        words.append(f"at level {level}" if level.isdigit() else f"at {level}")
    return " ".join(words)


def _valid_from(issued_on: str, at: datetime) -> str:
    """Return when it begins: the day of issue, but never a moment that has yet to come."""
    begins = datetime.combine(date.fromisoformat(issued_on), time(), UTC)
    return timestamp(min(begins, at))


def _moment(day: str | None, clock: time) -> str | None:
    return timestamp(datetime.combine(date.fromisoformat(day), clock, UTC)) if day else None


def _number(value: Any) -> int | float:
    """Return credits as JSON writes them: whole ones without a decimal point."""
    number = float(value)
    return int(number) if number.is_integer() else number


def _urn(*parts: str) -> str:
    return uuid5(NAMESPACE_URL, "\n".join(parts)).urn
