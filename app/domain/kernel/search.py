"""Search by part of a name: trigram indexes on both databases."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, column, select, table, text

from app.domain.kernel.identifiers import name_key


def fold(words: str) -> str:
    """Return ``words`` as searchable text has them: no accents, no capitals, plain spaces."""
    return name_key(words)


@dataclass(frozen=True)
class Search:
    """A column of folded text with a trigram index (migration 0002).

    Every word must occur, in any order. Words of one or two letters, for which there is no
    trigram, must begin the text.
    """

    model: type[Any]
    column: str

    def criteria(self, words: str, dialect: str) -> list[ColumnElement[bool]]:
        """Return what must hold for a row to match ``words``."""
        searched = getattr(self.model, self.column)
        found: list[ColumnElement[bool]] = []
        for place, word in enumerate(fold(words).split()):
            if len(word) < 3:
                found.append(searched.startswith(word, autoescape=True))
            elif dialect == "postgresql":
                found.append(searched.contains(word, autoescape=True))
            else:
                found.append(self.model.id.in_(self._matches(word, place)))
                if len(word) > 3:  # its trigrams may stand apart
                    found.append(searched.contains(word, autoescape=True))
        return found

    def _matches(self, word: str, place: int) -> Any:
        name = f"{self.model.__tablename__}_fts"
        trigrams = {word[start : start + 3] for start in range(len(word) - 2)}
        terms = " AND ".join('"' + each.replace('"', '""') + '"' for each in sorted(trigrams))
        quoted: Any = bindparam(f"word_{place}", terms)
        match = text(f"{name} MATCH :word_{place}").bindparams(quoted)
        return select(column("rowid")).select_from(table(name)).where(match)
