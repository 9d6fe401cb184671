"""Where mail services report letters that came back; it carries no cookie, a secret is proof."""

import hashlib
import hmac
import logging
from collections.abc import Iterable
from typing import Any

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_appbuilder import BaseView, expose

from app.clock import now
from app.domain.awards.service import notifying
from app.domain.kernel.viewer import BOUNCES, seen_by
from app.errors import NotFoundError
from app.letters.bounces import LARGEST, Bounce, read_report, token_in
from app.security.guard import open_to_all
from app.transaction import transaction

log = logging.getLogger(__name__)
MOST = 500
"""Reports that one request may carry."""


class BouncesView(BaseView):
    """Takes reports of letters that came back."""

    route_base = "/mail"

    @expose("/bounces", methods=["POST"])
    @open_to_all("reports of mail services, which prove themselves by a shared secret")
    def take(self) -> ResponseReturnValue:
        """Take reports: a message as RFC 3464 has it, or JSON; 400 for a forged one.

        JSON is an object or a list of objects {"return_path", "action", "status", "diagnostic"},
        the last three as in RFC 3464. Known and unknown return paths are answered alike.
        """
        secret = current_app.config["BOUNCE_SECRET"]
        if not secret:
            raise NotFoundError
        if (request.content_length or 0) > LARGEST:
            return Response("Too large.\n", 413, mimetype="text/plain")
        body = request.get_data()
        if not _is_genuine(body, secret):
            log.warning("a report of a letter that came back was refused")
            return Response("The signature does not fit.\n", 400, mimetype="text/plain")
        reports = [(each.token, each.outcome) for each in _reports(body)]
        with seen_by(BOUNCES), transaction():
            notifying.came_back(reports, at=now())
        return "", 204


def _is_genuine(body: bytes, secret: str) -> bool:
    """Tell whether a report carries the secret, or is signed with it (HMAC-SHA-256, in hex)."""
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if bearer:
        return hmac.compare_digest(bearer.encode(), secret.encode())
    signature = request.headers.get("X-Signature", "").removeprefix("sha256=").strip()
    wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature.encode(), wanted.encode())


def _reports(body: bytes) -> Iterable[Bounce]:
    if not request.is_json:
        found = read_report(body)
        return [found] if found else []
    said = request.get_json(silent=True)
    told = said if isinstance(said, list) else [said]
    read = [_from_json(each) for each in told[:MOST] if isinstance(each, dict)]
    return [each for each in read if each is not None]


def _from_json(said: dict[str, Any]) -> Bounce | None:
    words = {name: value for name, value in said.items() if isinstance(value, str)}
    token = token_in(words.get("return_path", ""))
    if token is None or words.get("action", "").lower() != "failed":
        return None
    status, diagnostic = words.get("status", "").strip(), words.get("diagnostic", "").strip()
    told = diagnostic if status in diagnostic else f"{status} {diagnostic}".strip()
    return Bounce(token, " ".join(told.replace("\0", " ").split()) or status)
