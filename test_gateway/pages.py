"""The hosted page on which a customer pays with a test card, or leaves."""

from typing import Any
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

pages = Blueprint("pages", __name__)

#: Test cards, and why each is declined; an empty reason pays.
CARDS = {
    "4242424242424242": "",
    "4000000000000002": "The bank said no and gave no reason.",
    "4000000000009995": "The bank said that there is not enough money in the account.",
}


@pages.get("/favicon.ico")
def icon() -> ResponseReturnValue:
    """Have no picture, and say so without an error in the browser's console."""
    return "", 204


@pages.get("/pay/<id>")
def show(id: str) -> ResponseReturnValue:
    """Show the payment page, or how the payment ended."""
    return _page(_checkout(id))


@pages.post("/pay/<id>")
def pay(id: str) -> ResponseReturnValue:
    """Try the card; a second click gets the first result."""
    checkout = _checkout(id)
    typed = "".join(request.form.get("card", "").split()).replace("-", "")
    if checkout["status"] in ("paid", "abandoned"):
        return _result(checkout)
    if typed not in CARDS:
        return _page(checkout, error=_what_is_wrong(typed)), 422
    reason = CARDS[typed]
    _settle(id, "declined" if reason else "paid", reason=reason)
    return _result(_checkout(id))


@pages.post("/pay/<id>/leave")
def leave(id: str) -> ResponseReturnValue:
    """Give up, and go back to the shop."""
    checkout = _checkout(id)
    _settle(id, "abandoned", reason="left")
    if _checkout(id)["status"] == "paid":
        return _result(_checkout(id))
    return redirect(checkout["cancel_url"], 303)


def _part(name: str) -> Any:
    return current_app.extensions["gateway"][name]


def _checkout(id: str) -> dict[str, Any]:
    _part("store").run_out()
    checkout: dict[str, Any] | None = _part("store").find_checkout(id=id)
    if checkout is None:
        abort(404)
    return checkout


def _settle(id: str, status: str, *, reason: str) -> None:
    _part("store").settle(id, status, reason=reason)
    _part("messenger").wake()


def _result(checkout: dict[str, Any]) -> ResponseReturnValue:
    if checkout["status"] == "paid":
        return redirect(_success_url(checkout), 303)
    return redirect(url_for("pages.show", id=checkout["id"]), 303)


def _success_url(checkout: dict[str, Any]) -> str:
    return str(checkout["success_url"]).replace("{CHECKOUT_SESSION_ID}", checkout["id"])


def _what_is_wrong(typed: str) -> str:
    if not typed:
        return "Type the number of a test card."
    return (
        f"This has {len(typed)} characters and is not a test card."
        " Use one of the numbers below, never a card of your own."
    )


def _page(checkout: dict[str, Any], *, error: str = "") -> Response:
    response = make_response(
        render_template(
            "pay.html",
            checkout=checkout,
            error=error,
            success_url=_success_url(checkout),
        )
    )
    # A browser holds redirects after a form to form-action, so the shop has to be named too.
    shop = {_origin(checkout["success_url"]), _origin(checkout["cancel_url"])}
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none';"
        f" form-action 'self' {' '.join(sorted(shop))}"
    )
    return response


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
