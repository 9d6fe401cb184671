"""Signed ids of rows: what a download of rows in error carries, and brings back."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import blake2b

from itsdangerous import BadSignature, Signer

ROW_ID_HEAD = "Row id"
ERRORS_HEAD = "Errors"
_SALT = "row of an import"
_LENGTH = 4
"""Signs of each cell's stamp."""

Token = tuple[int, tuple[str, ...]]
"""The id of a row, and the stamp of each of its cells as they were handed out."""


def stamp(text: str) -> str:
    """Return in four signs what a cell said, by which it is known to be untouched."""
    return urlsafe_b64encode(blake2b(text.encode(), digest_size=3).digest()).decode()


def row_token(key: str, row_id: int, texts: Sequence[str] = ()) -> str:
    """Return what stands for a row, with these cells, in a file that people edit."""
    told = f"{row_id}~{''.join(map(stamp, texts))}"
    return Signer(key, salt=_SALT).sign(told).decode()


def read_row_token(key: str, token: str) -> Token | None:
    """Return the row that a token stands for, and its cells; None for one that is not ours."""
    try:
        row_id, _, stamps = Signer(key, salt=_SALT).unsign(token.strip()).decode().partition("~")
        cells = (stamps[at : at + _LENGTH] for at in range(0, len(stamps), _LENGTH))
        return int(row_id), tuple(cells)
    except (BadSignature, ValueError):
        return None
