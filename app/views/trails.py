"""Trails as guide C writes them, by its menu: Home >> Apprenticeship >> Registration >> Batch."""

from flask import url_for
from flask_babel import gettext

Crumb = tuple[str, str | None]
"""A label, and where it leads; nowhere for a heading of the menu or the page itself."""


class GuideTrail(list[Crumb]):
    """A trail whose steps are joined as guide C joins them (C14)."""

    separator = ">>"


def registration_trail(*further: Crumb) -> GuideTrail:
    """Return the trail to a way of registering people on standards, and on from there."""
    return GuideTrail(
        [
            (gettext("Home"), url_for("DashboardView.home")),
            (gettext("Apprenticeship"), url_for("StandardsView.list")),
            (gettext("Registration"), None),
            *further,
        ]
    )
