"""Prints the address of a deep page of a generated list: python -m bench.deep ADDRESS PAGE."""

import sys
from urllib.parse import urlsplit

from flask import request

from app import create_app
from app.domain.kernel.viewer import SYSTEM, seen_by
from app.views.base import PortalModelView
from app.views.listing import PAGE


def address_of(start: str, number: int) -> str:
    """Return where the page ``number`` of the list at ``start`` begins, found by paging there."""
    portal = create_app()
    path = urlsplit(start).path
    with portal.test_request_context(start), seen_by(SYSTEM):
        views = portal.appbuilder.baseviews  # type: ignore[attr-defined]  # set by FAB
        lists = [view for view in views if isinstance(view, PortalModelView)]
        (view,) = [each for each in lists if f"{each.route_base}/" == path]
        asked = view.asked(request.args)
        page = view.listing.page(asked, size=PAGE * (number - 1))
        return view.address(asked, after=page.after)


if __name__ == "__main__":
    print(address_of(sys.argv[1], int(sys.argv[2])))
