"""Wrong passwords are counted for a minute, and for no more addresses than can be kept."""

from chat.tries import WrongTries


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
        tries.note("a")
    assert (tries.wait("a"), tries.wait("b")) == (51, 0)
    clock.now = 59.5
    assert tries.wait("a") == 1
    clock.now = 60.0
    assert tries.wait("a") == 0
    tries.note("a")
    assert tries.wait("a") == 1, "the second oldest counts now"


def test_of_too_many_addresses_the_quietest_is_forgotten() -> None:
    tries = WrongTries(Clock())
    for _ in range(10):
        tries.note("first")
    for number in range(999):
        tries.note(str(number))
    assert tries.wait("first") == 60
    tries.note("one more")
    assert tries.wait("first") == 0
