from __future__ import annotations

from benchmarks.month.report import judge, lingering, load_of
from benchmarks.month.schedule import Fault
from benchmarks.month.told import Screen, Told

LEAK = Fault(device="leak-1", kind="leak", begin=1000.0, end=2000.0, told_by=("water-leak*",), also=("trouble",))
SELF_TEST = Fault(device="smoke-1", kind="self_test", begin=1000.0, end=1060.0)


def told(at: float, rule: str = "water-leak", subject: str = "device:leak-1", alarm: int = 1) -> Told:
    return Told(at, alarm, rule, subject, "critical")


def screen(*all_told: Told) -> Screen:
    return Screen(0, told=list(all_told))


def test_a_fault_is_found_by_the_first_alarm_of_its_rules() -> None:
    [judgement], unexplained = judge([LEAK], [told(1100), told(1005), told(1001, rule="trouble")])

    assert judgement.delay == 5.0
    assert unexplained == []


def test_a_fault_is_missed_where_another_device_or_rule_is_told_of() -> None:
    [judgement], unexplained = judge([LEAK], [told(1005, subject="device:leak-2"), told(1005, rule="pump-dry-run")])

    assert judgement.told is None
    assert len(unexplained) == 2


def test_an_alarm_before_its_fault_or_long_after_it_is_false() -> None:
    _, unexplained = judge([LEAK], [told(999.0), told(2000 + 1801.0), told(2000 + 1799.0)])

    assert [each.at for each in unexplained] == [999.0, 3801.0]


def test_a_harmless_act_explains_no_alarm_and_is_not_missed() -> None:
    judgements, unexplained = judge([SELF_TEST], [told(1001, rule="smoke-fire", subject="device:smoke-1")])

    assert judgements == []
    assert len(unexplained) == 1


def test_an_alarm_of_a_group_may_be_due_to_a_fault_of_any_device() -> None:
    _, unexplained = judge([LEAK], [told(1005, subject="zone:east"), told(1005, subject="gateway:self")])

    assert [each.subject for each in unexplained] == ["gateway:self"]


def test_an_alarm_lingers_that_stands_over_an_hour_after_its_fault() -> None:
    first = told(1005)

    assert lingering([LEAK], [(first, 2000 + 3599.0)]) == []
    assert lingering([LEAK], [(first, 2000 + 3601.0)]) == [(first, 3601.0)]


def test_a_flood_is_more_than_ten_alarms_in_ten_minutes() -> None:
    ten = [told(10.0 * number, alarm=number) for number in range(10)]

    assert load_of(screen(*ten), 1).floods == 0
    flood = load_of(screen(*ten, told(599.0, alarm=10)), 1)
    assert flood.floods == 1
    assert flood.flood_share == 600.0 / 86400.0


def test_alarms_are_counted_by_hour_and_day() -> None:
    load = load_of(screen(told(10), told(20, alarm=2), told(90_000, alarm=3)), 2)

    assert (load.alarms, load.worst_hour, load.worst_day, load.a_day) == (3, 2, 2, 1.5)
    assert load.severities == {"critical": 1.0, "warning": 0.0, "info": 0.0}


def test_one_alarm_chatters_that_is_told_three_times_in_a_minute() -> None:
    assert load_of(screen(told(0), told(30), told(59)), 1).chattering == 1
    assert load_of(screen(told(0), told(30), told(60)), 1).chattering == 0
    assert load_of(screen(told(0), told(30, alarm=2), told(59, alarm=3)), 1).chattering == 0


def test_an_alarm_is_stale_for_the_days_beyond_the_first() -> None:
    day = 86400.0

    assert load_of(Screen(0, stood=[(told(0.0), 3 * day), (told(0.0), 0.5 * day)]), 2).stale_a_day == 1.0
