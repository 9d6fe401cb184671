"""The public pages that Flask serves: asking, full codes with the document, files, the camera."""

import logging
from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from app.clock import today
from app.domain.awards.rules import RECORD_TYPES, RecordType
from app.domain.awards.verification import rules
from app.domain.awards.verification.rules import LOOKS, Fact, Finding
from app.domain.kernel.document_numbers import read_reference
from app.domain.kernel.limits import TooManyError
from app.errors import DomainError, NotFoundError
from app.security.guard import open_to_all
from app.storage import storage_of
from app.views.verify import NAME, answers, papers
from app.views.verify.answers import Answer
from app.views.verify.desk import desk_of, long_day, moment
from app.views.verify.gate import gate_of

log = logging.getLogger(__name__)

pages = Blueprint(NAME, __name__)


def allow(name: str, item: str | None = None) -> None:
    """Count one use of a limited road by this address; raise TooManyError past its limit."""
    _refuse(gate_of(_portal()).count(name, request.remote_addr or "", item))


def _refuse(wait: int) -> None:
    if wait:
        words = gettext(
            "That was tried too often from your network. Wait %(minutes)s minutes and try again.",
            minutes=max(1, -(-wait // 60)),
        )
        raise TooManyError(words, wait=wait)


def _portal() -> Any:
    return current_app._get_current_object()  # type: ignore[attr-defined]  # of a LocalProxy


def drawn(template: str, status: int = 200, **values: Any) -> Response:
    """Return a page in the frame of the public pages, kept by nobody."""
    html = render_template(f"verify/{template}.html", body=desk_of(_portal()).body, **values)
    response = make_response(html, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def answered(answer: Answer) -> Response:
    """Return the page that says what was found of a code or a file."""
    fact = answer.fact
    shown = papers.of(answer.code, fact) if fact and answer.code else ()
    status = 404 if fact is None and answer.finding is Finding.UNKNOWN else 200
    return drawn(
        "document", status, answer=answer, look=LOOKS[answer.finding], checked=moment(),
        key=_key_facts(fact) if fact and answer.is_whole else [], papers=shown,
        standing=_standing(fact), OF_STATES=tuple(rules.OF_STATES.values()),
    )  # fmt: skip


def _standing(fact: Fact | None) -> Mapping[str, Any] | None:
    """Return how the document of an altered file stands, which has nothing to do with the file."""
    if fact is None:
        return None
    found = rules.judge(fact, desk_of(_portal()).policy, today())
    return {"finding": found, "look": LOOKS[found]}


def _key_facts(fact: Fact) -> list[tuple[str, str]]:
    said = [
        (gettext("Name"), fact.holder),
        (gettext("Title"), fact.title),
        (gettext("Level"), fact.level),
        (gettext("Grade"), gettext(fact.grade) if fact.grade else ""),
        (gettext("Issued on"), long_day(fact.issued_on)),
        (gettext("Valid until"), long_day(fact.expires_on) if fact.expires_on else ""),
        (gettext("Document"), gettext(RECORD_TYPES[RecordType(fact.record_type)])),
        (gettext("Number"), fact.reference),
    ]
    return [pair for pair in said if pair[1]]


# Asking ----------------------------------------------------------------------------------------


@pages.get("/verify/")
@open_to_all("anyone checks a document")
def home() -> ResponseReturnValue:
    """Ask for a number, a code or a file."""
    response = drawn("home")
    response.headers["Cache-Control"] = "public, max-age=30"
    return response


# A full code -----------------------------------------------------------------------------------


@pages.get("/V/<string:code>")
@pages.get("/v/<string:code>", endpoint="small_code")
@open_to_all("the code on a document leads here")
def code(code: str) -> ResponseReturnValue:
    """Show the document of a full code as it was issued, with its present status (D57 to D59)."""
    return answered(_held(code))


def _held(text: str) -> Answer:
    """Return the answer for a code; wrong ones are counted, and after too many refused."""
    answer = answers.for_code(desk_of(_portal()), text)
    if answer.fact is None and answer.finding is Finding.UNKNOWN:
        allow("misses")
    return answer


@pages.get("/V/<string:code>/page/<int:number>.webp")
@open_to_all("whoever holds the code sees the document")
def picture(code: str, number: int) -> ResponseReturnValue:
    """Give the picture of one page of a document."""
    answer = _held(code)
    if answer.fact is None or not answer.code:
        raise NotFoundError
    allow("pictures")
    drawing = papers.page(answer.fact, number)
    response = make_response(drawing)
    response.headers["Content-Type"] = "image/webp"
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.get("/V/<string:code>/document.pdf")
@open_to_all("whoever holds the code may compare the file")
def pdf(code: str) -> ResponseReturnValue:
    """Give the document's own file, while it holds."""
    answer = _held(code)
    fact = answer.fact
    if fact is None or answer.finding not in (Finding.VALID, Finding.EXPIRED):
        raise NotFoundError
    allow("pictures")
    response = make_response(storage_of(current_app.config).get(fact.pdf_digest))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{fact.reference}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


# A file, a camera ------------------------------------------------------------------------------


@pages.get("/verify/file")
@open_to_all("the form for files stands on the first page")
def file_form() -> ResponseReturnValue:
    """Lead whoever opens the address again to the form."""
    return redirect("/verify/#file", 303)


@pages.post("/verify/file")
@open_to_all("anyone checks a file")
def file() -> ResponseReturnValue:
    """Say of an uploaded PDF or picture whether it is a document of ours."""
    allow("files")
    brought = request.files.get("file")
    if brought is None or not brought.filename:
        return drawn("refused", 422, code=422, words=gettext("Choose a file first."))
    desk = desk_of(_portal())
    seen = answers.look_at(brought.stream)
    if answers.is_pdf(seen):
        return answered(_counted(answers.for_pdf(desk, seen)))
    road = answers.road_of(desk, seen)
    return redirect(road, 303) if road else answered(answers.for_picture(seen))


def _counted(answer: Answer) -> Answer:
    """Count the number that a file claims as if it had been typed in."""
    if answer.fact is not None and not answer.is_whole:
        allow("numbers", answer.fact.reference)
    elif answer.fact is None and any(read_reference(text) for _, text in answer.said):
        allow("misses")
    return answer


@pages.post("/verify/frame")
@open_to_all("a camera looks for a code")
def frame() -> ResponseReturnValue:
    """Tell a camera page where the code in its picture leads, if it shows one."""
    allow("frames")
    road = answers.road_of(desk_of(_portal()), answers.look_at_frame(request.get_data()))
    return {"go": road}, 200, {"Cache-Control": "no-store"}


# Refusals --------------------------------------------------------------------------------------


@pages.errorhandler(DomainError)
def _refused(error: DomainError) -> ResponseReturnValue:
    response = drawn("refused", error.status, code=error.status, words=error.text)
    if isinstance(error, TooManyError) and error.wait:
        response.headers["Retry-After"] = str(error.wait)
    return response


@pages.errorhandler(Exception)
def _failed(error: Exception) -> ResponseReturnValue:
    log.exception("a document could not be checked", exc_info=error)
    words = gettext("We cannot check this just now. Please try again in a minute.")
    response = drawn("refused", 503, code=503, words=words)
    response.headers["Retry-After"] = "60"
    return response


@pages.errorhandler(HTTPException)
def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    words = {
        413: gettext("This file is too large. Our documents are far smaller."),
        404: gettext("There is no such page."),
    }.get(error.code, gettext("This could not be understood. Go back and try again."))
    return drawn("refused", error.code, code=error.code, words=words)
