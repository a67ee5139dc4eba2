"""When windows are looked at as time passes: rarely, and yet people are told the same as with a look each second."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.core.kernel.times import SECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.windows.looks import Looks, thresholds_on
from gateway.core.rules.windows.part import Windows
from tests.unit.core.sites import Bench, Seen, at, rule_spec

WRITTEN: tuple[dict[str, Any], ...] = (
    {"let": {"x": {"rising": "running", "over": "40s"}}, "when": "x > 1", "clear_when": "x < 1", "clear_for": "3s"},
    {"let": {"x": {"falling": "running", "over": "40s"}}, "when": "x >= 1 && pressure < 1", "for": "7s"},
    {
        "let": {"x": {"count": "pressure", "over": "20s"}},
        "when": "x < 2 && pressure < 2",
        "clear_when": "pressure >= 2",
        "for": "5s",
    },
    {"let": {"x": {"count": "pressure < lowest", "over": "30s"}}, "when": "x > 1 || (x < 1 && !running)"},
    {"let": {"x": {"time_in": "running", "over": "1m"}}, "when": "x > 15", "clear_when": "x < 9"},
    {"let": {"x": {"time_in": "!running", "over": "45s"}}, "when": "x <= 20 && running"},
    {"let": {"x": {"since": "running"}}, "when": "x > lowest * 300", "clear_when": "x < 5"},
    {
        "let": {"x": {"since": "pressure > 1"}},
        "when": "pressure < 1 && x < 25",
        "clear_when": "25 <= x || pressure > 1",
    },
    {
        "let": {"x": {"since": "!running"}, "y": {"mean": "pressure", "over": "20s"}},
        "when": "running && x >= 12 && y > 1",
        "for": "4s",
    },
    {
        "let": {"x": {"count": "pressure", "over": "30s"}, "y": {"mean": "pressure", "over": "30s"}},
        "when": "x >= 3 && y > 1",
        "clear_when": "x >= 3 && y < 1",
    },
    {
        "let": {"x": {"since": "running"}, "y": {"since": "pressure > 1"}},
        "when": "max(x, y) > 40 && min(x, y) < 15",
        "clear_when": "max(x, y, 3) < 8",
    },
    {
        "let": {"x": {"rising": "running", "over": "30s"}, "y": {"since": "running"}},
        "when": "x >= 1 && (y > 5 ? y < 25 : pressure > 1)",
        "for": "2s",
    },
)
RULES = [rule_spec(id=f"rule-{number}", **fields) for number, fields in enumerate(WRITTEN)]


class EachSecond(Looks):
    """Looks each second, whatever time may have moved."""

    __slots__ = ()

    def next(self, now: Micros, at: Micros, *, is_look: bool) -> Micros | None:
        super().next(now, at, is_look=is_look)
        return now + 1


class History:
    """A pump and a gateway, on one of the two."""

    def __init__(self, *, each_second: bool) -> None:
        self.bench = bench = Bench(*RULES)
        self.told: dict[str, list[tuple[str, Micros]]] = {}
        """Of each rule, what people were told and when."""
        self.looks = 0
        if each_second:
            for name, found in bench.engine.part(Windows).by_device.items():
                thresholds = thresholds_on(bench.devices[name], bench.site.rules)
                due, found.looks = found.looks.due, EachSecond(found, thresholds)
                found.looks.due = due

    def pass_until(self, now: Micros) -> None:
        while (due := self.bench.engine.next_due()) is not None and due <= now:
            self.looks += 1
            self.see(Seen(self.bench.engine.tick(due)))

    def see(self, seen: Seen) -> None:
        for alarm in seen.alarms:
            self.told.setdefault(alarm.rule, []).append((alarm.state.value, alarm.returned_at or alarm.raised_at))


SECONDS = st.sampled_from([0.0, 0.3, 1.0, 2.5, 7.0, 12.0, 20.0, 31.0, 65.0])
VALUES = st.fixed_dictionaries(
    {}, optional={"pressure": st.sampled_from([0.0, 0.05, 0.3, 1.5, 2.5]), "running": st.booleans()}
)
RUNNING = st.fixed_dictionaries({"running": st.booleans()})
"""What comes late moves no mean: of a mean, the next reading decides."""
READING = st.tuples(
    st.just("reading"),
    VALUES,
    st.sampled_from([0.0, 0.0, 0.2, 3.0, 25.0]),
)
DEEDS = st.lists(
    st.tuples(
        SECONDS,
        st.one_of(
            READING,
            READING,
            st.tuples(st.just("late"), RUNNING, st.sampled_from([1.0, 9.0, 30.0])),
            st.tuples(st.just("blind"), st.just({}), st.sampled_from([2.0, 20.0, 90.0])),
        ),
    ),
    min_size=4,
    max_size=16,
)


def run(deeds: list[tuple[float, tuple[str, dict[str, Value], float]]], *, each_second: bool) -> History:
    """What people are told. The lag of the feed shrinks at most, so that its time never runs back: what has left a
    window by then, which depends on the looks, does not come back."""
    history = History(each_second=each_second)
    bench, now, lag, stamp = history.bench, 0.0, 25.0, -25.0
    for passes, (deed, values, by) in deeds:
        now += passes
        history.pass_until(at(now))
        if deed == "reading":
            lag = min(lag, by)
            history.see(bench.pump(now, "p1", stamp_s=now - lag, **values))
            stamp = now - lag if values else stamp
        elif deed == "late":
            history.see(bench.pump(now, "p1", stamp_s=stamp - by, **values))
        else:
            history.see(Seen(bench.engine.set_blind(at(now))))
            now += by
            history.pass_until(at(now))
            history.see(Seen(bench.engine.set_hearing(at(now))))
    history.pass_until(at(now + 200))
    return history


@settings(max_examples=50)
@example(
    [
        (20.0, ("reading", {}, 0.0)),
        (0.0, ("late", {"running": True}, 1.0)),
        (0.0, ("blind", {}, 90.0)),  # the feed, which lags, passes it later
        (0.0, ("late", {"running": False}, 9.0)),
    ]
)
@given(DEEDS)
def test_people_are_told_the_same_as_with_a_look_each_second(
    deeds: list[tuple[float, tuple[str, dict[str, Value], float]]],
) -> None:
    seldom, often = run(deeds, each_second=False), run(deeds, each_second=True)

    assert {rule: [state for state, _ in told] for rule, told in seldom.told.items()} == {
        rule: [state for state, _ in told] for rule, told in often.told.items()
    }
    for rule, told in seldom.told.items():
        for (_, one), (_, other) in zip(told, often.told[rule], strict=True):
            assert abs(one - other) <= SECOND
    assert seldom.looks <= often.looks
