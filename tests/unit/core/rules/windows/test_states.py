"""The states of a condition within a window, against a recount of all that was ever said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.times import SECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.windows.heard import Gaps
from gateway.core.rules.windows.since import Flat, Latest, Since
from gateway.core.rules.windows.states import Before, Said, States

OVER: Micros = 60 * SECOND
BEGIN: Micros = 1_800_000_000 * SECOND

Values = dict[str, Value]
Step = tuple[Micros, Values, Micros]
STEPS = st.lists(
    st.tuples(
        st.one_of(st.just(0), st.integers(-OVER, 20 * SECOND)),
        st.fixed_dictionaries({}, optional={"on": st.booleans(), "level": st.sampled_from([1.0, 2.0, 3.0])}),
        st.one_of(st.just(0), st.integers(0, 15 * SECOND), st.just(2 * OVER)),
    ),
    min_size=1,
    max_size=80,
)


def running(facts: Mapping[str, Value]) -> bool | None:
    """`on && level > 1`: unknown where it depends on what was never said."""
    on, level = facts.get("on"), facts.get("level")
    if on is False or (isinstance(level, float) and level <= 1):
        return False
    return None if on is None or level is None else True


def of_states(**facts: Value) -> tuple[States, Gaps]:
    gaps = Gaps()
    return States(running, ("on", "level"), facts, begin=BEGIN, capacity=1000, gaps=gaps), gaps


def recount(said: Sequence[tuple[Micros, Values]], now: Micros) -> tuple[int, int, int, int, int]:
    """Edges up and down, readings with which it holds, and the time in which it is known to hold and not to hold."""
    facts: Values = {}
    times, states, known, edges = [BEGIN], [running({})], None, [0]
    for time, values in sorted(said, key=lambda each: each[0]):
        facts |= values
        state = running(facts)
        edges.append(0 if state is None or known in (None, state) else 1 if state else -1)
        known = known if state is None else state
        times.append(time)
        states.append(state)
    inside = np.array(times[1:]) > now - OVER
    ends = np.clip(np.array([*times[1:], now]), now - OVER, now) - np.clip(np.array(times), now - OVER, now)
    return (
        int(np.sum(np.array(edges[1:])[inside] == 1)),
        int(np.sum(np.array(edges[1:])[inside] == -1)),
        int(np.sum(np.array([state is True for state in states[1:]])[inside])),
        int(ends[np.array([state is True for state in states])].sum()),
        int(ends[np.array([state is False for state in states])].sum()),
    )


@given(STEPS)
def test_states_are_counted_as_in_a_recount_also_when_readings_come_late(steps: list[Step]) -> None:
    states, _ = of_states()
    said: list[tuple[Micros, Values]] = []
    latest = now = BEGIN
    for offset, values, passes in steps:
        time = max(BEGIN, latest + offset)
        is_late, latest = time < latest, max(latest, time)
        now = max(now, latest)
        if time > now - OVER:
            states.add(time, values, is_late=is_late)
            if not is_late or (time, values) not in said:  # what is late and there already was said again
                said.append((time, values))
        for moment in (now, now + passes):
            now = moment
            states.leave_until(now - OVER)
            found = (states.rising, states.falling, states.holding, *states.lasted(now - OVER, now))
            assert found == recount(said, now)
        latest = max(latest, now)


@given(STEPS, st.integers(0, 80))
def test_restored_states_are_those_that_were_stored(steps: list[Step], stored_after: int) -> None:
    one, _ = of_states()
    other, _ = of_states()
    latest = BEGIN
    for number, (offset, values, passes) in enumerate(steps):
        latest += abs(offset) + passes
        for each in (one, other):
            each.add(latest, values)
            each.leave_until(latest - OVER)
        if number == stored_after:
            row = msgspec.msgpack.encode((one.before, one.said))
            before, said = msgspec.msgpack.decode(row, type=tuple[Before, list[Said]])
            other, _ = of_states()
            other.restore(before, said)
    assert (one.rising, one.falling, one.holding) == (other.rising, other.falling, other.holding)
    assert one.lasted(latest - OVER, latest) == other.lasted(latest - OVER, latest)


def test_a_state_that_is_known_at_the_beginning_lasts_from_there() -> None:
    states, _ = of_states(on=True, level=2.0)

    assert states.lasted(BEGIN - OVER, BEGIN + 5 * SECOND) == (5 * SECOND, 0)


def test_an_unknown_state_is_no_edge() -> None:
    states, _ = of_states()
    states.add(BEGIN + 1, {"on": True})
    states.add(BEGIN + 2, {"level": 2.0})

    assert (states.rising, states.holding) == (0, 1)


def test_blind_time_belongs_to_no_state_unless_it_was_heard_afterwards() -> None:
    states, gaps = of_states(on=True, level=2.0)
    gaps.open(BEGIN + 10 * SECOND)
    states.add(BEGIN + 20 * SECOND, {"on": True})  # stamped: the broker had kept it
    states.add(BEGIN + 25 * SECOND, {"on": False})
    gaps.close(BEGIN + 30 * SECOND)
    states.add(BEGIN + 40 * SECOND, {"on": True})

    held, not_held = states.lasted(BEGIN - OVER, BEGIN + 45 * SECOND)

    assert held == (10 + 5 + 5) * SECOND
    assert not_held == 10 * SECOND


def test_of_more_readings_than_there_is_room_for_the_oldest_leave_and_are_counted() -> None:
    states = States(running, ("on", "level"), {"level": 2.0}, begin=BEGIN, capacity=4, gaps=Gaps())
    for second in range(10):
        states.add(BEGIN + second, {"on": second % 2 == 1})

    assert (len(states), states.lost, states.rising) == (4, 6, 2)


def of_since(**facts: Value) -> tuple[Since, Gaps]:
    gaps = Gaps()
    return Since(running, ("on", "level"), facts, begin=BEGIN, gaps=gaps), gaps


def test_the_time_since_a_condition_held_grows_by_time_alone() -> None:
    since, _ = of_since(on=True, level=2.0)
    assert since.lasted(BEGIN + 5) == (0, 0)

    since.add(BEGIN + 10, {"on": False})

    assert [since.lasted(BEGIN + at) for at in (10, 15, 100)] == [(0, 0), (5, 5), (90, 90)]


def test_what_has_never_held_has_not_held_for_at_least_as_long_as_it_is_known() -> None:
    since, _ = of_since(on=False)

    assert since.lasted(BEGIN + 60) == (60, None)


def test_the_time_since_an_unknown_condition_held_is_unknown() -> None:
    assert of_since()[0].lasted(BEGIN + 60) is None


def test_blind_time_is_not_known_to_be_time_since() -> None:
    since, gaps = of_since(on=True, level=2.0)
    since.add(BEGIN + 10, {"on": False})
    gaps.open(BEGIN + 20)
    gaps.close(BEGIN + 60)

    assert since.lasted(BEGIN + 70) == (20, 60)


def test_a_late_reading_with_which_it_held_shortens_the_time_since() -> None:
    since, _ = of_since(on=True, level=2.0)
    since.add(BEGIN + 10, {"on": False})
    since.add(BEGIN + 50, {"on": False})

    since.add(BEGIN + 30, {"on": True})

    assert since.lasted(BEGIN + 60) == (30, 30)


def test_a_value_is_flat_up_to_the_latest_reading() -> None:
    flat = Flat(0.5)
    assert flat.lasted is None
    for at, value in ((0, 1.0), (10, 1.4), (20, 0.6), (30, 1.6), (35, 1.2)):
        flat.add(BEGIN + at, value)

    assert flat.lasted == 5


def test_a_drift_is_a_movement_when_it_is_far_enough_from_where_it_began() -> None:
    flat = Flat(0.5)
    for at in range(10):
        flat.add(BEGIN + at, at / 10)

    assert flat.lasted == 3  # at 0.6 it has moved by more than 0.5


def test_a_late_reading_that_differs_ends_a_flat_time() -> None:
    flat = Flat(0.0)
    for at, value in ((0, 1.0), (30, 1.0), (20, 2.0)):
        flat.add(BEGIN + at, value)

    assert flat.lasted == 10


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ([(1, "a")], (None, "a")),
        ([(1, "a"), (2, "b")], ("a", "b")),
        ([(1, "a"), (3, "b"), (2, "c")], ("c", "b")),
        ([(2, "a"), (3, "b"), (1, "c")], ("a", "b")),
    ],
)
def test_the_value_before_the_latest_is_so_by_its_time(
    said: list[tuple[Micros, Value]], values: tuple[Value | None, Value | None]
) -> None:
    latest = Latest()
    for time, value in said:
        latest.add(time, value)

    assert latest.values == values


def test_close_gaps_become_one_when_there_are_too_many() -> None:
    gaps = Gaps()
    for number in range(300):
        gaps.open(BEGIN + number * 10)
        gaps.close(BEGIN + number * 10 + 5)

    assert len(gaps.closed) == 200
    assert all(before[1] < after[0] for before, after in pairwise(gaps.closed))
    assert gaps.missed(BEGIN, BEGIN + 3000) >= 1500


def test_gaps_move_with_the_clock() -> None:
    gaps = Gaps()
    gaps.open(100)
    gaps.close(200)
    gaps.open(300)

    gaps.move(50, since=150)

    assert gaps.closed == [(100, 250)]
    assert (gaps.missed(0, 300), gaps.missed(300, 400)) == (150, 50)
