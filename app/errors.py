"""Refusals: exceptions whose text a person can act on."""

from collections.abc import Mapping


class DomainError(Exception):
    """Something was refused; the text says what, and what would be right."""

    status = 409

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class NotFoundError(DomainError):
    """The row does not exist for whoever asks, which includes rows of somebody else."""

    status = 404

    def __init__(self, text: str = "This does not exist, or it is not yours to see.") -> None:
        super().__init__(text)


class ForbiddenError(DomainError):
    """The one who asks may not do this; the text says what is needed and who can give it."""

    status = 403


class IllegalMoveError(DomainError):
    """A workflow does not allow this move from the state the row is in."""


class StaleError(DomainError):
    """The row was changed by somebody else since it was read.

    ``theirs`` and ``yours`` map a label to the two values, for the page that shows both;
    ``told`` says who changed it last, and when.
    """

    def __init__(
        self,
        text: str,
        *,
        theirs: Mapping[str, str] | None = None,
        yours: Mapping[str, str] | None = None,
        told: str = "",
    ) -> None:
        super().__init__(text)
        self.told = told
        self.theirs = dict(theirs or {})
        self.yours = dict(yours or {})


class NotSavedError(DomainError):
    """The database failed while something was saved; the same may work a moment later."""

    status = 503


class ConflictError(DomainError):
    """What was asked contradicts what already stands."""


class FieldErrors(DomainError):
    """Several fields are wrong; ``errors`` maps a field's name to what is wrong with it."""

    status = 422

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("Some answers need to be put right.")
        self.errors = dict(errors)
