"""Signed ids of rows: what a download of rows in error carries, and brings back."""

from itsdangerous import BadSignature, Signer

ROW_ID_HEAD = "Row id"
ERRORS_HEAD = "Errors"
_SALT = "row of an import"


def row_token(key: str, row_id: int) -> str:
    """Return what stands for a row in a file that people edit."""
    return Signer(key, salt=_SALT).sign(str(row_id)).decode()


def read_row_token(key: str, token: str) -> int | None:
    """Return the row that a token stands for; None for one that is not ours."""
    try:
        return int(Signer(key, salt=_SALT).unsign(token.strip()))
    except (BadSignature, ValueError):
        return None
