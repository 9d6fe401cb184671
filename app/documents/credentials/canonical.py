"""The canonical form of a credential: RDFC-1.0 N-Quads of its JSON-LD, from bundled contexts."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyld import jsonld
from pyld.canon import URDNA2015
from pyld.context_resolver import ContextResolver

VC_CONTEXT = "https://www.w3.org/ns/credentials/v2"
BADGE_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"

_FOLDER = Path(__file__).parent / "contexts"
_FILES = {VC_CONTEXT: "credentials-v2.json", BADGE_CONTEXT: "open-badges-3.0.3.json"}
# What is no full address becomes one, so that a signature covers it; otherwise it would be dropped.
_NOWHERE = "https://relative.invalid/"
_MOST_VALUES = 5_000  # of a document; one with a hundred components has a thousand
_LONGEST_LIST = 500  # PyLD takes the square of it
_MOST_KEPT = 500  # contexts of types; certificates and status lists use nine
_MOST_WORK = 200  # steps of telling nameless nodes apart; our own credentials need none


class UncanonicalError(ValueError):
    """A document has no canonical form here; the text says why."""


class Canonicaliser:
    """Makes canonical forms with a closed set of contexts: ``address -> document``.

    Processed contexts are kept, so that a credential takes a millisecond or two. Safe to share
    between threads, one of which works at a time.
    """

    def __init__(self, contexts: Mapping[str, Mapping[str, Any]]) -> None:
        self._contexts = contexts
        self._processed: dict[str, Any] = {}
        self._scoped: dict[Any, Any] = {}
        self._lock = threading.Lock()  # neither PyLD's caches nor ours may be shared

    def __call__(self, document: Mapping[str, Any]) -> str:
        """Return the N-Quads of ``document``, one statement a line, sorted.

        Raise UncanonicalError for a word without a meaning, which no signature would cover; for a
        context that is not bundled; and for a document made to take for ever.
        """
        options = {
            "base": _NOWHERE,
            "documentLoader": self._load,
            "contextResolver": ContextResolver(self._processed, self._load),
        }
        processor = _Processor(self._scoped)
        try:
            if _size(document) > _MOST_VALUES:
                raise UncanonicalError("The document is too long.")
            with self._lock:
                dataset = processor.to_rdf(dict(document), options)
                quads: str = _Bounded().main(dataset, {"format": "application/n-quads"})
        except jsonld.JsonLdError as error:
            raise _first_cause(error) from error
        except RecursionError as error:
            raise UncanonicalError("The document is nested too deeply.") from error
        return quads

    def _load(self, address: str, _options: object) -> dict[str, Any]:
        if address not in self._contexts:
            raise UncanonicalError(f"The context {address} is not one that is known here.")
        return {
            "contentType": "application/ld+json",
            "contextUrl": None,
            "documentUrl": address,
            "document": self._contexts[address],
            "tag": "static",  # may be kept for ever
        }


class _Processor(jsonld.JsonLdProcessor):
    """PyLD's processor, which reads the context of a type once and not for each node of it.

    It keeps contexts by the one that was active before, and makes a nameless copy of that for
    every typed node: half of the time of a credential with ten results.
    """

    def __init__(self, scoped: dict[Any, Any]) -> None:
        super().__init__(on_property_dropped=_refuse)
        self._scoped = scoped

    def _process_context(
        self,
        active_ctx: Any,
        local_ctx: Any,
        options: Any,
        override_protected: bool = False,
        propagate: bool = True,
        validate_scoped: bool = True,
        cycles: Any = None,
    ) -> Any:
        rest = (options, override_protected, propagate, validate_scoped, cycles)
        if propagate or not validate_scoped or cycles or "_uuid" not in active_ctx:
            return super()._process_context(active_ctx, local_ctx, *rest)
        key = (active_ctx["_uuid"], id(local_ctx), override_protected)
        kept = self._scoped.get(key)
        if kept is None:  # the context is kept, too, so that no other can come by its id
            kept = (local_ctx, super()._process_context(active_ctx, local_ctx, *rest))
            if len(self._scoped) >= _MOST_KEPT:
                self._scoped.clear()
            self._scoped[key] = kept
        return kept[1]


class _Bounded(URDNA2015):
    """RDFC-1.0 that gives up on nameless nodes woven so alike that it would never end."""

    def __init__(self) -> None:
        super().__init__()
        self._work = 0

    def hash_n_degree_quads(self, id_: str, issuer: object) -> Any:
        self._spend(1)
        return super().hash_n_degree_quads(id_, issuer)

    def create_hash_to_related(self, id_: str, issuer: object) -> Any:
        related = super().create_hash_to_related(id_, issuer)
        for alike in related.values():
            # Each order of these is tried: six are 720, which is more than is ever allowed.
            self._spend(_MOST_WORK if len(alike) > 5 else 2 ** len(alike))
        return related

    def _spend(self, steps: int) -> None:
        self._work += steps
        if self._work > _MOST_WORK:
            raise UncanonicalError("Too many parts of the document cannot be told apart.")


def _size(value: Any) -> int:
    """Count the values of a document; a list that is too long counts as too many."""
    if isinstance(value, Mapping):
        return 1 + sum(map(_size, value.values()))
    if isinstance(value, list):
        return sum(map(_size, value)) if len(value) <= _LONGEST_LIST else _MOST_VALUES + 1
    return 1


def _refuse(word: str | None) -> None:
    raise UncanonicalError(f"The contexts give the word {word!r} no meaning.")


def _first_cause(error: BaseException) -> UncanonicalError:
    """Return the reason in our words when we gave one, otherwise PyLD's sentence."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UncanonicalError):
            return cause
        cause = cause.__cause__
    return UncanonicalError(str(error).splitlines()[0])


def _bundled() -> dict[str, Any]:
    return {
        address: json.loads((_FOLDER / name).read_text(encoding="utf-8"))
        for address, name in _FILES.items()
    }


canonicalise = Canonicaliser(_bundled())
"""The canonical form of our own credentials."""
