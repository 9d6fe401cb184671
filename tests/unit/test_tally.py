"""Counting in memory, and telling a database now and then."""

import pytest

from app.domain.kernel import tally
from app.domain.kernel.tally import Tally, places_of


class Books:
    """Stands for the table that all processes tell; it counts what it was told."""

    def __init__(self):
        self.sums = {}
        self.told = 0

    def __call__(self, bucket, ends, times):
        self.told += 1
        self.sums[bucket, ends] = self.sums.get((bucket, ends), 0) + times
        return self.sums[bucket, ends]


@pytest.fixture
def at(monkeypatch):
    moment = [1_000_000.0]
    monkeypatch.setattr(tally.time, "time", lambda: moment[0])
    return moment


def test_past_the_limit_is_refused_until_the_window_ends(at):
    books, limit = Books(), Tally("x", most=3, seconds=60)
    assert [limit.add("a", books) for _ in range(3)] == [0, 0, 0]
    wait = limit.add("a", books)
    assert 0 < wait <= 60
    assert limit.wait("a") == wait
    assert limit.wait("b") == 0
    at[0] += wait
    assert limit.wait("a") == 0
    assert limit.add("a", books) == 0


def test_the_database_is_told_in_batches(at):
    books, limit = Books(), Tally("x", most=100, seconds=60, batch=10)
    for _ in range(25):
        limit.add("a", books)
    assert books.told == 2
    assert sum(books.sums.values()) == 20


def test_processes_learn_from_each_other(at):
    books = Books()
    one, other = (Tally("x", most=20, seconds=60, batch=5) for _ in range(2))
    for _ in range(15):
        one.add("a", books)
    assert [other.add("a", books) for _ in range(4)] == [0, 0, 0, 0]
    assert other.add("a", books) == 0  # 20 altogether
    assert other.add("a", books) > 0
    assert one.wait("a") == 0  # it learns with its next batch
    for _ in range(5):
        one.add("a", books)
    assert one.wait("a") > 0


def test_an_item_counts_once(at):
    books, limit = Books(), Tally("x", most=2, seconds=60, batch=50)
    for _ in range(9):
        assert limit.add("a", books, "same") == 0
    assert limit.add("a", books, "second") == 0
    assert limit.add("a", books, "third") > 0


def test_memory_is_bounded(at, monkeypatch):
    monkeypatch.setattr(tally, "_MOST_KEYS", 10)
    books, limit = Books(), Tally("x", most=1, seconds=60)
    for place in range(100):
        limit.add(str(place), books)
    assert len(limit._counts) <= 11


@pytest.mark.parametrize(
    ("address", "one", "network"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("unix:", "unknown", "unknown"),
        ("", "unknown", "unknown"),
    ],
)
def test_what_counts_as_one_address(address, one, network):
    assert places_of(address) == (one, network)
