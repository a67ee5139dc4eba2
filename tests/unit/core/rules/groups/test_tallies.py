"""What is kept of members for each function: the same as if all were looked at."""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.rules.groups.exact_sum import ExactSum
from gateway.core.rules.groups.functions import GroupFunction
from gateway.core.rules.groups.stretch import Word
from gateway.core.rules.groups.tallies import CountTally, ValueTally

MEMBERS = ("a", "b", "c", "d")
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(st.lists(st.tuples(st.sampled_from(MEMBERS), st.none() | NUMBERS), max_size=30))
def test_values_are_those_of_a_look_at_all_members(moves: list[tuple[str, float | None]]) -> None:
    tallies = {
        name: ValueTally(GroupFunction(name, metric="x"), MEMBERS, (None, None))
        for name in ("sum", "mean", "min", "max", "spread")
    }
    values: dict[str, float | None] = dict.fromkeys(MEMBERS)
    for member, value in moves:
        is_new = values[member] != value
        values[member] = value
        assert all(tally.set(member, value) is is_new for tally in tallies.values())
    known = [value for value in values.values() if value is not None]
    exact = sum((Fraction(value) for value in known), Fraction(0))
    found = {name: tally.derived() for name, tally in tallies.items()}
    if len(known) < len(MEMBERS):
        assert found["sum"] is None
        assert found["mean"] is None
    else:
        assert found["sum"] is not None
        assert found["mean"] is not None
        assert found["mean"].value == _rounded(exact / len(MEMBERS))
        assert found["sum"].value == _rounded(exact)
    if not known:
        assert found["min"] is found["max"] is found["spread"] is None
        return
    is_whole = len(known) == len(MEMBERS)
    assert found["max"] == (max(known), max(known), max(known) if is_whole else math.inf)
    assert found["min"] == (min(known), min(known) if is_whole else -math.inf, min(known))
    apart = max(known) - min(known)
    assert found["spread"] == (apart, apart, apart if is_whole else math.inf)


def _rounded(exact: Fraction) -> float:
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


@given(
    st.lists(
        st.tuples(st.sampled_from(MEMBERS), st.sampled_from([True, False, None]), st.integers(0, 20)), max_size=30
    ),
    st.integers(0, 10),
    st.integers(0, 40),
)
def test_counts_are_those_of_a_look_at_all_members(
    moves: list[tuple[str, bool | None, int]], within: int, at: int
) -> None:
    tally = CountTally(GroupFunction("count", within=within), MEMBERS)
    share = CountTally(GroupFunction("share", within=within), MEMBERS)
    verdicts: dict[str, bool | None] = dict.fromkeys(MEMBERS)
    began: dict[str, int] = {}
    ended: dict[str, int] = {}
    for member, verdict, time in moves:
        if verdicts[member] is True and verdict is not True:
            ended[member] = max(time, began[member])  # the device's clock was set back
        elif verdict is True and verdicts[member] is not True:
            began[member] = time
            ended.pop(member, None)
        verdicts[member] = verdict
        for each in (tally, share):
            each.set(member, verdict, Word(time, time, is_stamped=True))
    remembered = [name for name in MEMBERS if name in ended and at < ended[name] + within]
    counted = [name for name in MEMBERS if verdicts[name] or (within and name in remembered)]
    unknown = [name for name in MEMBERS if verdicts[name] is None and name not in counted]
    low, high = len(counted), len(counted) + len(unknown)
    assert tally.derived(at) == (low, low, high)
    assert share.derived(at) == (low / 4, low / 4, high / 4)
    assert tally.least(at) == low
    assert [*tally.counted(at)] == counted
    ends = [ended[name] + within for name in ended if verdicts[name] is not True and ended[name] + within > at]
    assert tally.next_end(at) == min(ends, default=None)
    for name in MEMBERS:
        assert tally.is_clear(name, at) is (verdicts[name] is False and name not in counted)

    then = [name for name in MEMBERS if (verdicts[name] or name in remembered) and began[name] <= at]
    assert [*tally.counted_then(at)] == then
    found = tally.derived_then(at)
    assert found[:2] == (len(then), len(then))
    assert float(found.high) >= len({*then, *(name for name in MEMBERS if verdicts[name] is None)})
    known = [name for name in MEMBERS if verdicts[name] or name in ended]
    assert tally.begins_after(at) == sorted(began[name] for name in known if at < began[name] < at + within)


def test_a_sum_keeps_no_trace_of_what_has_left_it() -> None:
    total = ExactSum()
    for value in (1e300, 0.1, 1e-300, -7.0):
        total.move(None, value)
    total.move(1e300, None)
    total.move(-7.0, None)
    assert total.over(1) == 0.1
    total.move(0.1, 0.3)
    assert total.over(2) == 0.15


def test_values_that_are_no_numbers_are_unknown() -> None:
    tally = ValueTally(GroupFunction("max", metric="x"), ("a", "b"), (None, None))
    tally.set("a", 1.0)
    tally.set("b", 2.0)
    tally.set("b", math.nan)
    assert tally.derived() == (1.0, 1.0, math.inf)
    tally.set("b", math.inf)
    assert [*tally.unknown()] == ["b"]
