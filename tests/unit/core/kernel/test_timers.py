"""One heap for the timers of all parts."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.core.kernel.timers import Timers

KEYS = st.tuples(st.sampled_from(["rules", "work"]), st.sampled_from("abc"))


def test_timers_come_due_in_the_order_of_their_times_whichever_part_owns_them() -> None:
    timers = Timers()
    timers.set("work", 1, 30)
    timers.set("rules", ("r", "p1"), 10)
    timers.set("work", 2, 20)
    assert timers.next_due() == 10
    assert list(timers.due(25)) == [("rules", ("r", "p1")), ("work", 2)]
    assert timers.next_due() == 30


def test_a_timer_that_is_set_while_others_come_due_comes_due_too() -> None:
    timers = Timers()
    timers.set("work", "first", 10)
    came = []
    for part, key in timers.due(12):
        came.append(key)
        if key == "first":
            timers.set(part, "second", 12)
            timers.set(part, "third", 13)
    assert came == ["first", "second"]
    assert timers.next_due() == 13


def test_timers_that_are_due_at_once_come_in_the_order_of_their_keys_however_they_were_set() -> None:
    for order in ("abc", "cab", "bca"):
        timers = Timers()
        for key in order:
            timers.set("rules", key, 10)
        assert [key for _, key in timers.due(10)] == ["a", "b", "c"]


def test_a_timer_that_is_put_off_again_and_again_takes_one_place() -> None:
    timers = Timers()
    for due in range(1_000, 2_000):
        timers.set("rules", "a", due)
        timers.cancel("rules", "a")
    assert (len(timers), timers.next_due()) == (1, None)


class TimersLikeADict(RuleBasedStateMachine):
    """They behave like a dictionary of due times that is searched for the least."""

    def __init__(self) -> None:
        super().__init__()
        self.timers = Timers()
        self.model: dict[tuple[str, str], int] = {}
        self.now = 0

    @rule(key=KEYS, due=st.integers(-5, 20))
    def set(self, key: tuple[str, str], due: int) -> None:
        self.timers.set(*key, self.now + due)
        self.model[key] = self.now + due

    @rule(key=KEYS)
    def cancel(self, key: tuple[str, str]) -> None:
        self.timers.cancel(*key)
        self.model.pop(key, None)

    @rule(passed=st.integers(0, 10))
    def wait(self, passed: int) -> None:
        self.now += passed
        due = {key for key, time in self.model.items() if time <= self.now}
        times = [self.model[part, str(key)] for part, key in self.timers.due(self.now)]
        assert sorted(times) == times
        assert len(times) == len(due)
        for key in due:
            del self.model[key]

    @invariant()
    def the_next_is_the_least(self) -> None:
        assert self.timers.next_due() == min(self.model.values(), default=None)


TestTimers = TimersLikeADict.TestCase
TestTimers.settings = settings(max_examples=100, stateful_step_count=30)
