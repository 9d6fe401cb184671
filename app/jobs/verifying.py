"""Checks a list of numbers in parts, and reports what was found, dated and sealed."""

from collections import Counter
from datetime import datetime
from typing import Any

from flask import current_app

from app.clock import local, now
from app.documents import workshop
from app.documents.verification_report import ReportLine, render_report
from app.domain.awards.verification import queries, rules, service
from app.domain.awards.verification.models import VerificationRequest
from app.domain.awards.verification.rules import LOOKS, Finding
from app.domain.kernel import limits
from app.domain.kernel.viewer import VERIFIER, seen_by
from app.extensions import db
from app.jobs.runner import Work
from app.storage import storage_of

DAY = 24 * 3600
MISSES = 100
"""Numbers that are not ours which one asker may bring in a day."""


def check_list(work: Work) -> None:
    """Answer the numbers that are not answered yet, then write the report unless there is one."""
    request_id = int(work.payload["id"])
    done, total = 0, 1
    while done < total:
        with work.chunk(VERIFIER):
            request = db.session.get_one(VerificationRequest, request_id)
            total = work.total = len(request.asked)
            done = work.done = service.answer_some(request, now())
    with seen_by(VERIFIER):
        request = db.session.get_one(VerificationRequest, request_id)
        if request.file_id is not None:
            return
        misses, bucket = service.misses_of(request), misses_bucket(request)
        body = queries.name_of_body()
        at = now()
        unsealed = _report(request, body, at)
    config = current_app.config
    pdf = workshop.sealed(config, unsealed, body=body, reason=f"Verified by {body}", at=at)
    key = storage_of(config).put(pdf)
    with work.chunk(VERIFIER):
        request = db.session.get_one(VerificationRequest, request_id)
        service.complete(request, key=key, size=len(pdf), at=now())
    if misses:
        limits.spend(bucket, most=service.MOST * MISSES, seconds=DAY, times=misses)


def misses_bucket(request: VerificationRequest) -> str:
    """Return under which name the misses of whoever asked are counted."""
    owner = None if request.is_public else request.organisation_id
    return service.bucket_of("misses", owner, request.email)


def _report(request: VerificationRequest, body: str, at: datetime) -> bytes:
    moment = local(at)
    findings = [Finding(each["finding"]) for each in request.answers]
    counted = Counter(findings)
    return render_report(
        body=body,
        number=str(request.id),
        asked_by=request.email,
        checked=f"{moment.day} {moment:%B %Y at %H:%M:%S %Z}",
        day=moment.date(),
        lines=[_line(each) for each in request.answers],
        counts={LOOKS[each].label.lower(): counted[each] for each in Finding if counted[each]},
        address=f"{current_app.config['PUBLIC_URL']}/verify/",
    )


def _line(answer: dict[str, Any]) -> ReportLine:
    finding = Finding(answer["finding"])
    look = LOOKS[finding]
    detail = ""
    if answer["initials"]:
        detail = f"Initials of the holder: {answer['initials']}"
    if answer["replaced_by"]:
        detail += f", replaced by {answer['replaced_by']}"
    if finding is Finding.MISTYPED:
        detail = rules.slip_in(answer["number"])
    return ReportLine(answer["number"], look.label, look.tone, detail)
