"""The decorator that every handler wears: it lets in, and loads the rows that the address names."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar

from flask import g, redirect, request, url_for
from flask_appbuilder.security.decorators import permission_name
from werkzeug.routing import BaseConverter, ValidationError

from app.domain.kernel.columns import HIGHEST_ID
from app.domain.kernel.permissions import Permission
from app.errors import ForbiddenError, NotFoundError
from app.extensions import db
from app.security import current

Handler = TypeVar("Handler", bound=Callable[..., Any])


class RowReference:
    """A row that an address names, not yet looked for."""

    def __init__(self, model: type[Any], row_id: int) -> None:
        self.model = model
        self.row_id = row_id

    def load(self) -> Any:
        """Return the row, through the scope; raise NotFoundError when there is none for us."""
        row = db.session.get(self.model, self.row_id)
        if row is None:
            raise NotFoundError
        return row


class RowConverter(BaseConverter):
    """``<row(Order):order>``: the id of an Order, loaded by the guard."""

    regex = r"[1-9][0-9]{0,9}"
    models: dict[str, type[Any]] = {}  # filled once, by wiring

    def __init__(self, url_map: Any, model: str) -> None:
        super().__init__(url_map)
        self.model = self.models[model]

    def to_python(self, value: str) -> RowReference:
        """Return a reference, which the guard loads."""
        if int(value) > HIGHEST_ID:
            raise ValidationError
        return RowReference(self.model, int(value))

    def to_url(self, value: Any) -> str:
        """Return the id of a row, or the id given."""
        return str(getattr(value, "id", value))


class WholeNumberConverter(BaseConverter):
    """``<int:row>``: a number that an integer column can hold; there is no page at another."""

    regex = r"[0-9]{1,10}"

    def to_python(self, value: str) -> int:
        """Return the number."""
        if int(value) > HIGHEST_ID:
            raise ValidationError
        return int(value)


def _load_rows(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.load() if isinstance(value, RowReference) else value
        for name, value in values.items()
    }


Meant = Callable[[Permission, Mapping[str, Any]], Permission]
"""What a permission means for the rows that an address names."""


def requires(
    permission: Permission, *, meant: Meant | None = None, others: Sequence[Permission] = ()
) -> Callable[[Handler], Handler]:
    """Let in only those who hold ``permission``; rows named in the address are loaded in scope.

    With ``meant`` the rows are loaded first, and it says what is asked for instead: one of
    ``others``. Whoever holds none of them is refused before anything is looked for.
    """

    def guard(handler: Handler) -> Handler:
        @wraps(handler)
        def guarded(self: Any, *args: Any, **values: Any) -> Any:
            if meant is not None and any(map(current.may, (permission, *others))):
                values = _load_rows(values)
                return _refusal(meant(permission, values)) or handler(self, *args, **values)
            refusal = _refusal(permission)
            return refusal or handler(self, *args, **_load_rows(values))

        marked = permission_name(permission.action)(guarded)
        marked.required_permission = permission
        return marked  # type: ignore[no-any-return]  # FAB's decorator is not typed

    return guard


def guarded_by(attribute: str) -> Callable[[Handler], Handler]:
    """Let in only those who hold the permission that the view's class keeps in ``attribute``."""

    def guard(handler: Handler) -> Handler:
        @wraps(handler)
        def guarded(self: Any, *args: Any, **values: Any) -> Any:
            refusal = _refusal(getattr(self, attribute))
            return refusal or handler(self, *args, **_load_rows(values))

        guarded.guarded_by = attribute  # type: ignore[attr-defined]  # read by a test
        return guarded  # type: ignore[return-value]  # wraps keeps the signature

    return guard


guarded_by_class = guarded_by("permission")


def for_signed_in(handler: Handler) -> Handler:
    """Let in everybody who is signed in: pages that concern only themselves."""

    @wraps(handler)
    def guarded(self: Any, *args: Any, **values: Any) -> Any:
        if current.signed_in_user() is None:
            return to_sign_in()
        return handler(self, *args, **_load_rows(values))

    guarded.open_to = "everybody signed in"  # type: ignore[attr-defined]  # read by a test
    return guarded  # type: ignore[return-value]  # wraps keeps the signature


def open_to_all(reason: str) -> Callable[[Handler], Handler]:
    """Mark a handler that needs nobody signed in, with the reason."""

    def mark(handler: Handler) -> Handler:
        handler.open_to = reason  # type: ignore[attr-defined]  # read by a test
        return handler

    return mark


def _refusal(permission: Permission) -> Any:
    found = current.standing()
    if found is None:
        return to_sign_in()
    if not found.may(permission):
        raise ForbiddenError(refusal_text(permission))
    return None


def refusal_text(permission: Permission) -> str:
    """Return in words what is needed and who can give it."""
    return (
        f"This needs the permission “{permission.label}” in the organisation you are working "
        f"for. Somebody there who may change user permissions can give it to you."
    )


def to_sign_in() -> Any:
    """Send the reader to sign in, and back here afterwards."""
    g.pop("standing", None)
    if request.headers.get("HX-Request") == "true" or request.path.startswith("/api/"):
        raise ForbiddenError("You are signed out. Open the page again to sign in.")
    target = request.full_path.rstrip("?") if request.method == "GET" else ""
    return redirect(url_for("SignInView.login", next=target or None))
