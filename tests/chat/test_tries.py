"""Wrong passwords are counted for a minute, and for no more addresses than can be kept."""

import pytest

from chat.tries import WrongTries, counted_as


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_who_waits_waits_until_the_oldest_of_ten_is_a_minute_old() -> None:
    clock = Clock()
    tries = WrongTries(clock)
    for second in range(10):
        clock.now = float(second)
        assert tries.wait("a") == 0
        tries.note("a", bytes([second]))
    assert (tries.wait("a"), tries.wait("b")) == (51, 0)
    clock.now = 59.5
    assert tries.wait("a") == 1
    clock.now = 60.0
    assert tries.wait("a") == 0
    tries.note("a", b"another")
    assert tries.wait("a") == 1, "the second oldest counts now"


def test_of_too_many_addresses_the_quietest_is_forgotten() -> None:
    tries = WrongTries(Clock())
    for number in range(10):
        tries.note("first", bytes([number]))
    for number in range(999):
        tries.note(str(number), b"wrong")
    assert tries.wait("first") == 60
    tries.note("one more", b"wrong")
    assert tries.wait("first") == 0


def test_a_wrong_one_is_known_again_where_it_came_from() -> None:
    tries = WrongTries(Clock())
    tries.note("a", b"old")
    assert (tries.has("a", b"old"), tries.has("a", b"new"), tries.has("b", b"old")) == (True, False, False)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("x" * 60_000, "unknown", True),
    ],
)
def test_what_one_visitor_may_take_is_counted_as_one(one: str, other: str, same: bool) -> None:
    assert (counted_as(one) == counted_as(other)) is same
