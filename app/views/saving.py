"""Saves what a form brought: a database that fails is answered in words, with the form kept."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from flask_babel import gettext
from sqlalchemy.exc import DBAPIError

from app.errors import NotSavedError
from app.transaction import transaction

log = logging.getLogger(__name__)


@contextmanager
def saving() -> Iterator[None]:
    """Do the block in one transaction; raise NotSavedError when the database fails at it."""
    try:
        with transaction():
            yield
    except DBAPIError as error:
        log.exception("a form could not be saved")
        raise NotSavedError(
            gettext("It could not be saved just now. Nothing you typed is lost: wait a moment and "
                    "send it again.")
        ) from error  # fmt: skip
