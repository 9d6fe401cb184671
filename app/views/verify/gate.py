"""How often one address may ask: too seldom to try numbers out."""

from flask import Flask

from app.domain.kernel import limits
from app.domain.kernel.quick import Quick
from app.domain.kernel.tally import Tally, places_of

QUARTER, HOUR = 15 * 60, 3600
NETWORK = 10
"""A network may do so many times what one of its addresses may."""


class Gate:
    """The limits of these pages; `docs/decisions/0012` says why these."""

    def __init__(self, quick: Quick) -> None:
        self._quick = quick
        self._tallies: dict[str, tuple[Tally, Tally]] = {}
        self._add("misses", most=20, seconds=QUARTER)
        self._add("numbers", most=120, seconds=HOUR, batch=20)
        self._add("files", most=30, seconds=QUARTER)
        self._add("frames", most=300, seconds=QUARTER, batch=10)
        self._add("pictures", most=300, seconds=QUARTER, batch=20)
        self._add("letters", most=5, seconds=HOUR)

    def _add(self, name: str, *, most: int, seconds: int, batch: int = 1) -> None:
        one = Tally(f"verify {name}", most=most, seconds=seconds, batch=batch)
        many = Tally(f"verify {name}", most=most * NETWORK, seconds=seconds, batch=batch)
        self._tallies[name] = one, many

    def wait(self, name: str, address: str) -> int:
        """Return for how many seconds an address is refused; 0 when it is not. Asks no database."""
        return max(
            tally.wait(place)
            for tally, place in zip(self._tallies[name], places_of(address), strict=True)
        )

    def count(self, name: str, address: str, item: str | None = None) -> int:
        """Count once, or once for each ``item``, and return as `wait` does."""
        return max(
            tally.add(place, self._told, item)
            for tally, place in zip(self._tallies[name], places_of(address), strict=True)
        )

    def forget(self) -> None:
        """Forget what this process counted."""
        for pair in self._tallies.values():
            for tally in pair:
                tally.forget()

    def _told(self, bucket: str, ends: int, times: int) -> int:
        return limits.count_quickly(self._quick, bucket, ends, times)


def gate_of(portal: Flask) -> Gate:
    """Return the gate of this process."""
    found: Gate = portal.extensions["verify_gate"]
    return found
