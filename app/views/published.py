"""What other verifiers read of the awarding body: its keys and its lists of revoked credentials."""

from typing import Any

from flask import Response, current_app, jsonify, session
from flask.typing import ResponseReturnValue
from flask_appbuilder import BaseView, expose

from app.documents import workshop
from app.domain.awards import queries
from app.errors import NotFoundError
from app.security.guard import open_to_all

FRESH = 300
"""Seconds for which caches may keep what stands here."""


class PublishedView(BaseView):
    """Documents for machines, without cookies; credentials name their addresses."""

    route_base = ""
    default_view = "did"

    @expose("/.well-known/did.json")
    @open_to_all("anyone may check what was signed")
    def did(self) -> ResponseReturnValue:
        """Give every key that ever signed a credential, so that old ones can be checked."""
        document = workshop.published_keys(current_app.config)
        return _published(document, "application/did+json")

    @expose("/status/<int:number>")
    @open_to_all("anyone may check whether a credential still holds")
    def status(self, number: int) -> ResponseReturnValue:
        """Give a signed status list."""
        credential = queries.published_list(number)
        if credential is None:
            raise NotFoundError
        return _published(credential, "application/vc")


def _published(document: Any, media_type: str) -> Response:
    session.modified = False  # the language that Flask-AppBuilder notes there is no news
    response = jsonify(document)
    response.mimetype = media_type
    response.headers["Cache-Control"] = f"public, max-age={FRESH}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
