"""Which row a photo belongs to, by the name of its file: pure, and never a guess."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.kernel.identifiers import name_key
from app.domain.kernel.words import N_, say

_ENDINGS = frozenset({
    "jpg", "jpeg", "jfif", "png", "webp", "heic", "heif", "gif", "bmp", "tif", "tiff",
    "xlsx", "xls", "ods", "csv",
})  # fmt: skip
_NAMED = 3
"""How many rows are named when several could be meant."""

NO_ROW = N_("No row has this file name, number or name. Choose the row.")
TAKEN_OFF = N_("It was taken off its row. Choose the row.")


@dataclass(frozen=True)
class RowNames:
    """What a photo of this row may be called."""

    id: int
    called: str
    """How people find the row: its number, and the file where there are several."""
    image: str = ""
    numbers: tuple[str, ...] = ()
    surname: str = ""
    first_names: str = ""


@dataclass(frozen=True)
class PhotoName:
    """A photo that is to be matched; ``chosen`` is the row that somebody chose for it."""

    id: int
    name: str
    chosen: int | None = None


@dataclass(frozen=True)
class Found:
    """The row of a photo, or why it has none."""

    row: int | None
    words: str = ""


def bare(name: str) -> str:
    """Return the name of a file without folders and without the ending of its kind."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    stem, dot, ending = last.rpartition(".")
    return stem if dot and stem and ending.casefold() in _ENDINGS else last


def whole_key(name: str) -> str:
    """Return the key of a whole file name: capitals and accents' encoding do not matter."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", last).casefold())


def file_key(name: str) -> str:
    """Return the key of a file name without its ending: accents and underscores are folded."""
    return name_key(bare(name).replace("_", " "))


def number_key(text: str) -> str:
    """Return a number without anything that people put between its characters."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in folded if sign.isalnum()).upper()


def letters_key(*parts: str) -> str:
    """Return names run together: no accents, capitals, blanks, hyphens or other separators."""
    return "".join(sign for sign in name_key(*parts) if sign.isalnum())


def pair(photos: Sequence[PhotoName], rows: Sequence[RowNames]) -> dict[int, Found]:
    """Return for each photo its row, or in words why none was found.

    A row chosen by hand stands before one that names the file, that before a number, that before
    a name; of several photos that fit a row alike, the one brought last is taken.
    """
    index = _Index(rows)
    fits = {photo.id: index.fit(photo) for photo in photos}
    holders: dict[int, PhotoName] = {}
    for photo in photos:
        row = fits[photo.id].row
        rival = holders.get(row) if row is not None else None
        if row is not None and (rival is None or _stands_before(photo, rival, fits)):
            holders[row] = photo
    return {photo.id: _told(photo, fits[photo.id], holders, index) for photo in photos}


@dataclass(frozen=True)
class _Fit:
    row: int | None
    rank: int = 0
    words: str = ""


def _stands_before(photo: PhotoName, rival: PhotoName, fits: Mapping[int, _Fit]) -> bool:
    return (-fits[photo.id].rank, photo.id) > (-fits[rival.id].rank, rival.id)


def _told(photo: PhotoName, fit: _Fit, holders: Mapping[int, PhotoName], index: _Index) -> Found:
    if fit.row is None:
        return Found(None, fit.words)
    holder = holders[fit.row]
    if holder is photo:
        return Found(fit.row)
    return Found(None, say(
        "Row %(row)s has another photo, “%(name)s”. Choose a row, or remove one of the two.",
        row=index.called(fit.row), name=holder.name,
    ))  # fmt: skip


@dataclass
class _Index:
    rows: Sequence[RowNames]
    by_whole: dict[str, list[RowNames]] = field(default_factory=lambda: defaultdict(list))
    by_file: dict[str, list[RowNames]] = field(default_factory=lambda: defaultdict(list))
    by_number: dict[str, list[RowNames]] = field(default_factory=lambda: defaultdict(list))
    by_name: dict[str, list[RowNames]] = field(default_factory=lambda: defaultdict(list))
    by_first: dict[str, list[RowNames]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self._by_id = {row.id: row for row in self.rows}
        for row in self.rows:
            _put(self.by_whole, [whole_key(row.image)], row)
            _put(self.by_file, [file_key(row.image)], row)
            _put(self.by_number, map(number_key, row.numbers), row)
            first_names = row.first_names.split()
            if row.surname.strip() and first_names:
                _put(self.by_name, _either_order(row.surname, row.first_names), row)
                _put(self.by_first, _either_order(row.surname, first_names[0]), row)

    def called(self, row_id: int) -> str:
        """Return how people find the row."""
        return self._by_id[row_id].called

    def fit(self, photo: PhotoName) -> _Fit:
        """Return the row that the name of the photo fits, and how strongly."""
        if photo.chosen in self._by_id:
            return _Fit(photo.chosen)
        roads = (
            (self.by_whole, whole_key(photo.name)),
            (self.by_file, file_key(photo.name)),
            (self.by_number, number_key(bare(photo.name))),
            (self.by_name, letters_key(bare(photo.name))),
        )
        for rank, (road, key) in enumerate(roads, 1):
            found = road.get(key, [])
            if len(found) == 1:
                return _Fit(found[0].id, rank)
            if found:
                return _Fit(None, words=_several(found))
        return _Fit(None, words=self._nearly(roads[-1][1]))

    def _nearly(self, letters: str) -> str:
        """Name the one row that has this last name and first of several first names."""
        found = self.by_first.get(letters, [])
        if len(found) != 1:
            return NO_ROW
        row = found[0]
        return say("No row has exactly this name. Row %(row)s may be meant: %(name)s. Choose the "
                   "row.", row=row.called, name=f"{row.first_names} {row.surname}")  # fmt: skip


def _put(road: dict[str, list[RowNames]], keys: Iterable[str], row: RowNames) -> None:
    for key in set(keys) - {""}:
        road[key].append(row)


def _either_order(surname: str, first_names: str) -> tuple[str, str]:
    return letters_key(surname, first_names), letters_key(first_names, surname)


def _several(rows: Sequence[RowNames]) -> str:
    called = [row.called for row in rows]
    if len(called) == 2:
        return say("Two rows could be meant: %(first)s and %(second)s. Choose the row.",
                   first=called[0], second=called[1])  # fmt: skip
    return say("%(n)s rows could be meant, among them %(some)s. Choose the row.",
               n=len(called), some=", ".join(called[:_NAMED]))  # fmt: skip
