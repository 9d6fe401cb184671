"""Limits on roads that must stay quick: counted here, told to the database now and then.

A write for each request would be slower than the request. So each process counts by itself, tells
the database in batches what it counted, and learns from that what all processes counted together.
Whoever passes a limit is refused from memory, until the window ends.
"""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Lock

_MOST_KEYS = 50_000
Write = Callable[[str, int, int], int]
"""Adds to the count of a bucket in the window that ends then, and returns the sum."""


@dataclass(slots=True)
class _Count:
    ends: int
    known: int = 0
    """What all processes had told the database when this one last did."""
    untold: int = 0
    seen: set[Hashable] = field(default_factory=set)

    @property
    def sum(self) -> int:
        return self.known + self.untold


class Tally:
    """How often something happened in a window, by key, over all processes.

    At most ``most`` times in ``seconds``; the database is told each time ``batch`` more came, so
    that so many per process can pass unseen by the others.
    """

    def __init__(self, name: str, *, most: int, seconds: int, batch: int = 1) -> None:
        self.name = name
        self.most = most
        self._seconds = seconds
        self._batch = batch
        self._counts: dict[str, _Count] = {}
        self._lock = Lock()

    def wait(self, key: str) -> int:
        """Return for how many seconds ``key`` is refused; 0 when it is not."""
        count = self._counts.get(key)
        if count is None or count.sum <= self.most:
            return 0
        return max(0, count.ends - int(time.time()))

    def add(self, key: str, write: Write, item: Hashable = None) -> int:
        """Count once, or once for each ``item``; return as `wait` does."""
        told, ends = 0, self._end_of_window()
        with self._lock:
            count = self._counts.get(key)
            if count is None or count.ends != ends:
                self._make_room()
                count = self._counts[key] = _Count(ends)
            if item is not None and item in count.seen:
                return self.wait(key)
            if item is not None and len(count.seen) <= self.most:
                count.seen.add(item)
            count.untold += 1
            if count.untold >= self._batch:
                told, count.untold = count.untold, 0
        if told:
            known = write(f"{self.name} {key}", ends, told)
            with self._lock:
                count.known = max(count.known, known)
        return self.wait(key)

    def forget(self) -> None:
        """Forget what this process counted; the database still knows what it was told."""
        with self._lock:
            self._counts.clear()

    def _end_of_window(self) -> int:
        return (int(time.time()) // self._seconds + 1) * self._seconds

    def _make_room(self) -> None:
        """Forget windows that ended, and the oldest half when strangers come by too many roads."""
        if len(self._counts) < _MOST_KEYS:
            return
        at = time.time()
        kept = {key: count for key, count in self._counts.items() if count.ends > at}
        if len(kept) >= _MOST_KEYS:
            kept = dict(list(kept.items())[_MOST_KEYS // 2 :])
        self._counts = kept


@lru_cache(maxsize=4096)
def places_of(address: str) -> tuple[str, str]:
    """Return what counts as one address, and its network: IPv6 /64 in /48, IPv4 in /24."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return "unknown", "unknown"
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if isinstance(found, IPv4Address):
        return str(found), str(ip_network((found, 24), strict=False))
    return str(ip_network((found, 64), strict=False)), str(ip_network((found, 48), strict=False))
