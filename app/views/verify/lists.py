"""Many numbers at once, for whoever confirms an e-mail address: asked, sent, followed, reported."""

from flask import current_app, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from app.clock import now
from app.domain.awards.verification import queries, service
from app.domain.awards.verification.models import VerificationRequest
from app.domain.awards.verification.rules import LOOKS
from app.domain.kernel import limits
from app.domain.kernel.identifiers import read_email
from app.domain.kernel.viewer import VERIFIER, seen_by
from app.errors import ConflictError, NotFoundError
from app.security.guard import open_to_all
from app.storage import storage_of
from app.transaction import transaction
from app.views.verify.routes import allow, drawn, pages

DAY = 24 * 3600
LETTERS, NUMBERS, MISSES = 3, 600, 100
"""In a day for one address: letters, numbers checked, and numbers that were not ours."""
LIST_BYTES = 100_000
pages_with_lists = pages
"""The blueprint, with the pages of this module on it."""


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="verify list")


def _confirmed(token: str) -> str:
    """Return the address that a link confirms; raise ConflictError for a false or old one."""
    try:
        return str(_signer().loads(token[:1000], max_age=DAY))
    except SignatureExpired as error:
        raise ConflictError(gettext("This link is older than a day. Ask for a new one.")) from error
    except BadSignature as error:
        raise ConflictError(
            gettext("This link is not whole. Open it from the letter again.")
        ) from error


@pages.get("/verify/list")
@open_to_all("anyone may ask for the link by which a list is sent")
def list_start() -> ResponseReturnValue:
    """Ask for the address that the link is sent to."""
    return drawn("list_start", email="", error="")


@pages.post("/verify/list")
@open_to_all("anyone may ask for the link by which a list is sent")
def list_letter() -> ResponseReturnValue:
    """Send the link."""
    typed = request.form.get("email", "")
    try:
        email = read_email(typed).casefold()
    except ValueError as error:
        return drawn("list_start", 422, email=typed[:320], error=str(error))
    allow("letters")
    bucket = service.bucket_of("letters", None, email)
    limits.spend(bucket, most=LETTERS, seconds=DAY)
    with seen_by(VERIFIER), transaction():
        service.post_link(email, f"/verify/list/{_signer().dumps(email)}", now())
    return drawn("list_sent", email=email)


@pages.get("/verify/list/<string:token>")
@open_to_all("the link in a letter leads here")
def list_form(token: str) -> ResponseReturnValue:
    """Take the list of whoever confirmed an address."""
    return drawn("list_form", email=_confirmed(token), token=token, typed="", error="")


@pages.post("/verify/list/<string:token>")
@open_to_all("the link in a letter leads here")
def list_send(token: str) -> ResponseReturnValue:
    """Have a list checked."""
    email = _confirmed(token)
    text = posted_list()
    try:
        numbers = service.read_list(text)
    except ConflictError as error:
        return drawn("list_form", 422, email=email, token=token, typed=text, error=error.text)
    allow_list(email, None, len(numbers))
    with seen_by(VERIFIER), transaction():
        number = service.ask(numbers, email=email, at=now()).id
    return redirect(f"/verify/list/{token}/{number}", 303)


def posted_list() -> str:
    """Return the list of a posted form: what was typed, then what a text file holds."""
    brought = request.files.get("list")
    held = brought.stream.read(LIST_BYTES) if brought is not None else b""
    text = held.decode("utf-8-sig", "replace").replace("\0", "")
    return f"{request.form.get('numbers', '')}\n{text}".strip()[:LIST_BYTES]


def allow_list(email: str, organisation_id: int | None, count: int) -> None:
    """Count the numbers of a list; raise TooManyError when whoever asks had too many checked."""
    misses = service.bucket_of("misses", organisation_id, email)
    if limits.spent(misses, seconds=DAY) > MISSES:
        raise limits.TooManyError(
            gettext("Too many of the numbers in your lists were not ours. You can send the next "
                    "list tomorrow.")
        )  # fmt: skip
    bucket = service.bucket_of("numbers", organisation_id, email)
    limits.spend(bucket, most=NUMBERS, seconds=DAY, times=count)


@pages.get("/verify/list/<string:token>/<int:number>")
@open_to_all("whoever confirmed the address sees what becomes of their lists")
def list_shown(token: str, number: int) -> ResponseReturnValue:
    """Show how far a list is, and its report."""
    found = _theirs(token, number)
    return drawn("list_shown", token=token, asked=found, done=len(found.answers), looks=LOOKS)


@pages.get("/verify/list/<string:token>/<int:number>/report.pdf")
@open_to_all("whoever confirmed the address fetches their reports")
def list_report(token: str, number: int) -> ResponseReturnValue:
    """Give the report on a list."""
    return report_of(_theirs(token, number))


def report_of(found: VerificationRequest) -> ResponseReturnValue:
    """Return the sealed report on a list; raise ConflictError before there is one."""
    if found.file is None:
        raise ConflictError(gettext("The report is not ready yet. Look again in a minute."))
    response = make_response(storage_of(current_app.config).get(found.file.key))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{found.file.name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _theirs(token: str, number: int) -> VerificationRequest:
    found = queries.public_list(number, _confirmed(token))
    if found is None:
        raise NotFoundError
    return found
