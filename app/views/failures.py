"""One error contract for pages, htmx fragments and the API."""

import logging
from typing import Any

from flask import Flask, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.errors import DomainError, FieldErrors, StaleError
from app.security import current
from app.storage import (
    StorageUnavailableError,
    StoredFileDamagedError,
    StoredFileMissingError,
)
from app.transaction import give_up

log = logging.getLogger(__name__)


def register(portal: Flask) -> None:
    """Answer every refusal and failure in our own words."""
    portal.register_error_handler(DomainError, _refused)
    portal.register_error_handler(CSRFError, _expired)
    portal.register_error_handler(HTTPException, _http)
    portal.register_error_handler(StaleDataError, _stale)
    portal.register_error_handler(OperationalError, _unreachable)
    portal.register_error_handler(StorageUnavailableError, _unreachable)
    portal.register_error_handler(StoredFileMissingError, _lost)
    portal.register_error_handler(StoredFileDamagedError, _lost)
    portal.register_error_handler(Exception, _failed)


def answer(
    code: int, text: str | None = None, facts: list[tuple[str, str]] | None = None, **extra: Any
) -> ResponseReturnValue:
    """Return a refusal in the form the caller reads: JSON, a fragment or a page."""
    error = {"code": code, "text": text, "facts": facts or []}
    if request.path.startswith("/api/"):
        body = {"error": {"status": code, "message": text, "request_id": g.get("request_id")}}
        body["error"].update(extra)
        return jsonify(body), code
    if request.headers.get("HX-Request") == "true":
        return make_response(render_template("portal/error_fragment.html", error=error), code)
    layout = "portal/base.html" if _signed_in() else "portal/plain.html"
    page = render_template("portal/error.html", error=error, layout=layout)
    response = make_response(page, code)
    response.headers["Cache-Control"] = "no-store"
    return response


def _signed_in() -> bool:
    try:
        return current.standing() is not None
    except Exception:  # the database itself may be what failed
        log.exception("no frame for the error page")
        g.standing = None
        return False


def _refused(error: DomainError) -> ResponseReturnValue:
    if isinstance(error, FieldErrors):
        return answer(422, " ".join(error.errors.values()), fields=error.errors)
    facts: list[tuple[str, str]] = []
    if isinstance(error, StaleError):
        facts = [
            (label, gettext("theirs: %(theirs)s, yours: %(yours)s", theirs=theirs,
                            yours=error.yours.get(label, "")))
            for label, theirs in error.theirs.items()
        ]  # fmt: skip
    return answer(error.status, error.text, facts)


def _expired(error: CSRFError) -> ResponseReturnValue:
    return answer(
        400,
        gettext("This page was open too long, or you signed in or out meanwhile. Go back, open it "
                "again and send it once more. Nothing was changed."),
    )  # fmt: skip


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error.get_response()
    response = make_response(answer(error.code))
    if allowed := error.get_headers():
        response.headers.update({k: v for k, v in allowed if k in ("Allow", "Retry-After")})
    return response


def _stale(_error: StaleDataError) -> ResponseReturnValue:
    return answer(
        409, gettext("Somebody else changed this at the same moment. Open it again to see how it "
                     "stands now. Nothing of yours was saved.")
    )  # fmt: skip


def _unreachable(error: OperationalError | StorageUnavailableError) -> ResponseReturnValue:
    log.exception("database or storage refused", exc_info=error)
    give_up()
    return answer(503)


def _lost(error: Exception) -> ResponseReturnValue:
    log.exception("request %s wants a file that is lost", g.get("request_id"), exc_info=error)
    give_up()
    return answer(
        404, gettext("The storage no longer has this file as it was kept. Tell us the request id, "
                     "so that it can be restored.")
    )  # fmt: skip


def _failed(error: Exception) -> ResponseReturnValue:
    log.exception("request %s failed", g.get("request_id"), exc_info=error)
    give_up()
    return answer(500)
