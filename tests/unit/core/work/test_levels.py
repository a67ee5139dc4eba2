"""Which targets a ticket has: by priority, level and distance."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.times import DAY, HOUR, MINUTE, parse_duration
from gateway.core.kernel.urgency import Priority
from gateway.core.site.calendars import CalendarSpec, compile_calendar
from gateway.core.site.distance import Ring
from gateway.core.work.clocks import ClockKind
from gateway.core.work.holds import HoldReason
from gateway.core.work.level_spec import RingSpec, ServiceLevelSpec, WorkKind
from gateway.core.work.levels import RINGS, SHIPPED_LEVELS, Level, ServiceLevels, Work
from gateway.core.work.sla import DEFAULT_SLA

RESPOND, ON_SITE, RESOLVE = ClockKind
NIGHT = compile_calendar(
    CalendarSpec.model_validate({"hours": "18:00-08:00"}), ZoneInfo("UTC"), holidays={}, calendars={}
)
OPENED = 10 * HOUR
"""At ten in the morning of a day."""


def levels(*own: dict[str, Any], **further: Any) -> ServiceLevels:  # noqa: ANN401
    specs = tuple(ServiceLevelSpec.model_validate(each) for each in own)
    return ServiceLevels(levels=(*specs, *SHIPPED_LEVELS), calendars={"night": NIGHT}, **further)


def level(
    service_levels: ServiceLevels,
    priority: str = "P2",
    category: str = "pump",
    *,
    kind: WorkKind = WorkKind.FAULT,
    ring: Ring | None = None,
    at: int = OPENED,
) -> Level:
    return service_levels.of(Work(category=category, priority=Priority(priority), kind=kind, ring=ring), at)


def written(found: Level) -> list[str]:
    names = {MINUTE: "m", HOUR: "h", DAY: "d"}
    result = []
    for target in found.targets.values():
        unit = next(each for each in (DAY, HOUR, MINUTE) if target % each == 0)
        result.append(f"{target // unit}{names[unit]}")
    return result


def test_without_levels_the_deadlines_of_the_priority_hold_around_the_clock() -> None:
    for priority, deadlines in DEFAULT_SLA.items():
        found = level(levels(), priority.value)
        assert found.targets == {
            RESPOND: deadlines.respond,
            ON_SITE: deadlines.on_site,
            RESOLVE: deadlines.resolve,
        }
        assert (found.calendar, found.warn_share) == (None, 0.8)


def test_complaints_have_the_targets_of_the_service_rules_and_nobody_need_be_on_site() -> None:
    found = {each: level(levels(), each, kind=WorkKind.COMPLAINT) for each in ("P2", "P3", "P4")}
    assert {each: written(of) for each, of in found.items()} == {
        "P2": ["1h", "12h"],
        "P3": ["1d", "2d"],
        "P4": ["1d", "7d"],
    }
    assert [*found["P2"].targets] == [RESPOND, RESOLVE]


def test_an_emergency_is_one_whoever_complains_of_it() -> None:
    assert level(levels(), "P1", kind=WorkKind.COMPLAINT).targets == level(levels(), "P1").targets


@pytest.mark.parametrize(
    ("priority", "ring", "expected"),
    [
        ("P1", Ring.NEAR, ["1m", "5m", "1d"]),
        ("P1", Ring.MIDDLE, ["5m", "30m", "1d"]),
        ("P1", Ring.FAR, ["5m", "30m", "1d"]),
        ("P2", Ring.NEAR, ["1m", "5m", "1d"]),
        ("P2", Ring.MIDDLE, ["15m", "30m", "1d"]),
        ("P2", Ring.FAR, ["15m", "1h", "1d"]),
        ("P3", Ring.NEAR, ["1h", "8h", "2d"]),
    ],
)
def test_a_ring_shortens_emergencies_and_faults_and_never_lengthens(
    priority: str, ring: Ring, expected: list[str]
) -> None:
    assert written(level(levels(), priority, ring=ring)) == expected


def test_a_complaint_that_is_no_emergency_waits_no_shorter_because_it_is_near() -> None:
    assert written(level(levels(), "P2", kind=WorkKind.COMPLAINT, ring=Ring.NEAR)) == ["1h", "12h"]


def test_each_value_comes_from_the_first_level_that_gives_it() -> None:
    own = levels(
        {"category": "pump", "warn_at": "50%"},
        {"category": ["pump", "water"], "priority": ["P1", "P2"], "respond": "10m"},
        {"priority": "P2", "respond": "12m", "on_site": "3h", "calendar": "night"},
        {"calendar": "always"},
    )
    assert (written(level(own)), level(own).warn_share, level(own).calendar) == (["10m", "3h", "1d"], 0.5, "night")
    assert (written(level(own, category="gas")), level(own, category="gas").warn_share) == (["12m", "3h", "1d"], 0.8)
    assert level(own, "P3").calendar is None


def test_a_level_that_gives_less_leaves_the_rest_of_a_shipped_one() -> None:
    own = levels({"kind": "complaint", "priority": "P2", "resolve": "8h"})
    assert written(level(own, kind=WorkKind.COMPLAINT)) == ["1h", "8h"]


def test_a_level_of_some_hours_counts_for_what_is_opened_in_them() -> None:
    own = levels({"during": "night", "on_site": "4h"})
    assert written(level(own, at=OPENED)) == ["15m", "2h", "1d"]
    assert written(level(own, at=20 * HOUR)) == ["15m", "4h", "1d"]


def test_a_level_that_names_rings_says_itself_what_holds_there() -> None:
    own = levels({"ring": ["far"], "priority": "P2", "on_site": "90m"})
    assert written(level(own, ring=Ring.FAR)) == ["15m", "90m", "1d"]
    assert written(level(own, ring=Ring.MIDDLE)) == ["15m", "30m", "1d"]
    assert written(level(own)) == ["15m", "2h", "1d"]


def test_a_clock_that_a_level_takes_away_is_taken_away_in_every_ring() -> None:
    own = levels({"category": "edge", "on_site": "none"})
    assert [*level(own, category="edge", ring=Ring.NEAR).targets] == [RESPOND, RESOLVE]


def test_nothing_is_due_later_than_what_comes_after_it() -> None:
    assert written(level(levels({"on_site": "10m"}))) == ["10m", "10m", "1d"]
    assert written(level(levels({"resolve": "5m"}))) == ["5m", "5m", "5m"]


def test_holds_pause_what_their_reason_excuses_and_never_the_response() -> None:
    pauses = level(levels()).pauses
    assert pauses[HoldReason.PARTS] == {RESOLVE}
    assert pauses[HoldReason.ACCESS] == {ON_SITE, RESOLVE}
    assert pauses[HoldReason.OTHER] == frozenset()
    assert all(RESPOND not in kinds for kinds in pauses.values())


def test_no_hold_pauses_the_way_to_an_emergency_whatever_the_site_says() -> None:
    everything = dict.fromkeys(HoldReason, frozenset(ClockKind))
    assert set(level(levels(holds=everything), "P1").pauses.values()) == {frozenset({RESOLVE})}
    assert set(level(levels(holds=everything), "P2").pauses.values()) == {frozenset(ClockKind)}


def test_somebody_is_with_trapped_people_within_half_an_hour_wherever_the_lift_is() -> None:
    for ring in (None, *Ring):
        assert level(levels(), "P1", "elevator", ring=ring).targets[ON_SITE] <= 30 * MINUTE


DURATIONS = st.sampled_from(["1m", "4m", "20m", "45m", "90m", "5h", "30h", "none"])
RULES = st.fixed_dictionaries(
    {"respond": DURATIONS},
    optional={
        "category": st.sampled_from(["pump", "gas"]),
        "priority": st.sampled_from(["P1", ["P1", "P2"], "P3"]),
        "kind": st.sampled_from(WorkKind),
        "during": st.just("night"),
        "on_site": DURATIONS,
        "resolve": DURATIONS,
    },
)


@given(
    own=st.lists(RULES, max_size=4),
    rings=st.fixed_dictionaries({}, optional={each: st.sampled_from(["2m", "3h"]) for each in Ring}),
    priority=st.sampled_from(Priority),
    kind=st.sampled_from(WorkKind),
    ring=st.sampled_from(Ring),
    at=st.sampled_from([OPENED, 20 * HOUR]),
)
def test_whatever_the_levels_a_ring_makes_nothing_slower_and_targets_follow_one_another(
    own: list[dict[str, Any]], rings: dict[Ring, str], priority: Priority, kind: WorkKind, ring: Ring, at: int
) -> None:
    changed = {each: RingSpec.model_validate({"respond": target, "on_site": target}) for each, target in rings.items()}
    known = levels(*own, rings={**RINGS, **changed})
    without, within = (level(known, priority.value, kind=kind, ring=each, at=at) for each in (None, ring))
    assert within.targets.keys() == without.targets.keys()
    assert all(within.targets[each] <= without.targets[each] for each in within.targets)
    assert [*within.targets.values()] == sorted(within.targets.values())
    assert parse_duration("1m") <= min(within.targets.values(), default=MINUTE)
