"""What a process remembers of roles: never what belongs to another stamp."""

from app.security.access import RoleContents


def test_a_thread_that_reads_a_later_stamp_takes_nothing_from_an_earlier_one():
    contents = RoleContents()
    earlier = contents.at(1)
    later = contents.at(2)

    earlier._held[7] = frozenset({("can_view", "Old")})

    assert later is contents.at(2)
    assert 7 not in later._held
    assert earlier._held[7]
