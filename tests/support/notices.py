"""Notifying learners as people do: through the notify box."""

import re

from sqlalchemy import select

from app.domain.awards.models import Notice
from app.domain.kernel.viewer import SYSTEM
from app.extensions import db

ANN = ("Siân", "O’Brien-Zieliński")
NAME = " ".join(ANN)


def hidden(page):
    """Return what the form of a page sends along."""
    form = page[page.index('name="once"') - 400 :] if 'name="once"' in page else page
    pairs = re.findall(r'<input type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', form)
    return dict(pairs)


def box_of(job, name=NAME):
    return f"/notify/documents/{job.documents[name][0]}"


def press(client, path, *, token=None, headers=None, **typed):
    """Open the box at ``path`` and press its button."""
    form = hidden(client.get(path).text) | typed
    if token:
        form["once"] = token
    return client.post(path, data=form, headers=headers or {})


def told(inside):
    with inside(SYSTEM):
        return list(db.session.scalars(select(Notice).order_by(Notice.id)))
