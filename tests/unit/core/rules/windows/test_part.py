"""Rules that derive values: what they tell people, with readings that come, are late, or stay away."""

from __future__ import annotations

from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway import parts
from gateway.core.alarms.actions import Acknowledge
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.times import HOUR, SECOND
from gateway.core.kernel.values import Value
from gateway.core.rules.rule import RuleSpec
from gateway.core.rules.windows.part import Windows
from gateway.core.telemetry.readings import PAST, STALE, STAMPED, Reading
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database
from gateway.store.devices.tables import READER as SNAPSHOTS
from gateway.store.rules.windows import READER as WINDOWS
from gateway.store.telemetry.journal import Journal
from gateway.store.writer import Writer
from tests.unit.core.sites import Bench, Seen, at, rule_spec, states
from tests.unit.empty_store import open_empty

STARTS = rule_spec(id="short-cycling", let={"starts_1h": {"rising": "running", "over": "1h"}}, when="starts_1h > 2")


def derived(let: dict[str, object], when: str, **fields: object) -> RuleSpec:
    applies_to = {"profile": "pump", "devices": ["p1"]}
    return rule_spec(id="derived", applies_to=applies_to, let={"x": let}, when=when, **{"ticket": None, **fields})


def value(bench: Bench, now_s: float, device: str = "p1") -> Value | None:
    """The value of `x` of the only rule, when it is now."""
    found = bench.engine.part(Windows).of(device).derived(bench.site.rules[0].let, at(now_s))
    return found["x"].value if "x" in found else None


def start_and_stop(bench: Bench, at_s: float) -> list[str]:
    return states(bench.pump(at_s, running=True)) + states(bench.pump(at_s + 10, running=False))


def tick_until(bench: Bench, until_s: float) -> list[Seen]:
    """Whatever is due until then."""
    seen = []
    while (due := bench.engine.next_due()) is not None and due <= at(until_s):
        seen.append(Seen(bench.engine.tick(due)))
    return seen


def told(seen: list[Seen]) -> list[str]:
    """The states of the alarms of devices."""
    return [alarm.state.value for each in seen for alarm in each.alarms if alarm.subject.device is not None]


def test_a_pump_that_starts_too_often_is_told_with_how_often_it_did() -> None:
    bench = Bench(STARTS)
    bench.pump(0, running=False)
    assert [start_and_stop(bench, 60.0 * n) for n in (1, 2)] == [[], []]

    seen = bench.pump(180, running=True)

    assert states(seen) == ["unacknowledged"]
    evidence = seen.alarms[0].evidence
    assert evidence is not None
    assert evidence.values == {"running": True, "starts_1h": 3}


def test_it_returns_by_time_alone_when_a_start_has_left_the_window() -> None:
    bench = Bench(STARTS)
    bench.pump(0, running=False)
    for n in range(1, 4):
        start_and_stop(bench, 60.0 * n)

    assert told(tick_until(bench, 60 + 3_590)) == []
    assert told(tick_until(bench, 60 + 3_720)) == ["returned"]


def test_a_breach_by_time_alone_has_the_latest_reading_as_its_evidence() -> None:
    bench = Bench(derived({"since": "running"}, "x > 600"))
    bench.pump(0, running=True)
    bench.pump(60, running=False, pressure=0.5)

    seen = [each for each in tick_until(bench, 700) if each.alarms]

    assert told(seen) == ["unacknowledged"]
    evidence = seen[0].alarms[0].evidence
    assert evidence is not None
    assert (evidence.time, evidence.topic) == (at(60), "site/s1/pump/p1/telemetry")
    assert evidence.values == {"running": False, "pressure": 0.5, "x": 601.0}


def test_a_delay_that_begins_by_time_alone_ends_by_time_alone() -> None:
    bench = Bench(derived({"since": "running"}, "x > 600", **{"for": "5m"}))
    bench.pump(0, running=True)
    bench.pump(60, running=False)

    assert told(tick_until(bench, 60 + 600 + 290)) == []
    assert told(tick_until(bench, 60 + 600 + 320)) == ["unacknowledged"]


def test_a_mean_of_readings_is_judged_and_not_the_latest() -> None:
    bench = Bench(derived({"mean": "pressure", "over": "1m"}, "x < 0.1"))
    for second in range(0, 50, 10):
        assert states(bench.pump(second, pressure=0.5)) == []
    assert states(bench.pump(50, pressure=0.0)) == []

    assert states(bench.pump(105, pressure=0.0)) == ["unacknowledged"]


def test_the_mean_of_an_empty_window_is_unknown_and_changes_nothing() -> None:
    bench = Bench(derived({"mean": "pressure", "over": "1m"}, "x < 0.1 || running && !running"))
    assert states(bench.pump(0, pressure=0.0, running=False)) == ["unacknowledged"]

    assert states(bench.pump(600, running=False)) == []
    assert value(bench, 600) is None
    assert states(bench.pump(601, pressure=0.5)) == ["returned"]


def test_an_empty_window_counts_nothing_and_never_what_it_had_earlier() -> None:
    bench = Bench(derived({"count": "pressure", "over": "1m"}, "x < 1"))
    for second in range(0, 60, 10):
        bench.pump(second, pressure=0.5)
    assert value(bench, 50) == 6

    assert told(tick_until(bench, 105)) == []
    assert told(tick_until(bench, 130)) == ["unacknowledged"]
    assert value(bench, 130) == 0


def test_nobody_is_told_of_too_little_before_the_window_was_heard() -> None:
    bench = Bench(derived({"rising": "running", "over": "1h"}, "x < 1"))

    assert states(bench.pump(10, running=False)) == []
    assert told(tick_until(bench, 3_000)) == []
    assert told(tick_until(bench, 3_700)) == ["unacknowledged"]


def test_too_little_of_a_device_that_was_never_heard_is_told_when_the_window_was_heard() -> None:
    bench = Bench(derived({"count": "running", "over": "1h"}, "x < 1"))

    assert told(tick_until(bench, 3_000)) == []
    assert told(tick_until(bench, 3_700)) == ["unacknowledged"]


def test_nobody_is_told_of_too_little_because_the_gateway_was_blind() -> None:
    bench = Bench(derived({"rising": "running", "over": "1h"}, "x < 1"))
    start_and_stop(bench, 10)
    tick_until(bench, 3_000)
    bench.engine.set_blind(at(3_000))
    bench.engine.set_hearing(at(5_000))

    assert states(bench.pump(5_001, running=False)) == []
    assert told(tick_until(bench, 7_800)) == []
    assert told(tick_until(bench, 9_000)) == ["unacknowledged"]


def test_too_much_is_told_at_once_also_when_the_gateway_was_blind() -> None:
    bench = Bench(STARTS)
    bench.pump(0, running=False)
    start_and_stop(bench, 10)
    bench.engine.set_blind(at(100))
    bench.engine.set_hearing(at(2_000))
    start_and_stop(bench, 2_010)

    assert start_and_stop(bench, 2_030)[:1] == ["unacknowledged"]


def test_time_in_a_state_counts_no_blind_time() -> None:
    bench = Bench(derived({"time_in": "running", "over": "2h"}, "x > 1800"))
    bench.pump(0, running=True)
    bench.engine.set_blind(at(600))
    assert told(tick_until(bench, 4_000)) == []
    bench.engine.set_hearing(at(4_000))

    assert states(bench.pump(4_001, running=True)) == []
    assert value(bench, 4_001) == 601


def test_after_blindness_a_device_has_its_turn_before_time_alone_decides() -> None:
    bench = Bench(derived({"since": "running"}, "x > 600"))
    bench.pump(0, running=False)
    tick_until(bench, 590)
    bench.engine.set_blind(at(595))
    bench.engine.set_hearing(at(596))

    assert told(tick_until(bench, 655)) == []
    assert told(tick_until(bench, 670)) == ["unacknowledged"]


def test_time_alone_decides_nothing_in_blindness() -> None:
    bench = Bench(derived({"since": "running"}, "x > 600"))
    bench.pump(0, running=False)
    bench.engine.set_blind(at(300))

    assert told(tick_until(bench, 10_000)) == []


def test_what_a_device_buffered_is_counted_by_its_own_times() -> None:
    bench = Bench(derived({"rising": "running", "over": "1h"}, "x > 2"))
    bench.pump(0, running=False)
    bench.engine.set_blind(at(30))
    backlog = [bench.message("p1", 1_000 + n / 100, stamp_s=60 + 60 * n, running=n % 2 == 1) for n in range(6)]

    seen = bench.step(backlog)

    assert states(seen) == ["unacknowledged"]
    assert value(bench, 1_000.05) == 3


def test_a_late_reading_enters_the_window_at_its_own_time() -> None:
    bench = Bench(derived({"mean": "pressure", "over": "5m"}, "x < 0.1"))
    bench.pump(0, pressure=1.0)
    bench.pump(60, pressure=2.0)

    assert bench.pump(61, stamp_s=30, pressure=0.0).late == 1
    assert value(bench, 61) == 1.0
    bench.step([bench.message("p1", 62, stamp_s=30, pressure=0.0)])  # it is said again
    assert value(bench, 62) == 1.0


def test_records_of_the_past_enter_and_what_a_server_says_again_does_not() -> None:
    bench = Bench(derived({"mean": "pressure", "over": "5m"}, "x < 0.1"))
    windows = bench.engine.part(Windows).of("p1")
    message = bench.message("p1", 200)
    for received_s, stamp_s, pressure, origin in (
        (200, 200, 1.0, STAMPED),
        (201, 110, 0.0, PAST),
        (202, 110, 0.0, PAST),
        (203, 120, 2.0, PAST),
        (204, 130, 2.4, STALE),
        (205, -200, 2.4, PAST),
    ):
        reading = Reading("p1", "pump", at(stamp_s), at(received_s), {"pressure": pressure}, origin)
        windows.read(reading, message, 1)

    assert value(bench, 205) == 1.0


def test_a_stamp_in_the_future_discards_no_later_reading() -> None:
    bench = Bench(derived({"count": "pressure", "over": "30s"}, "x > 100"))
    bench.pump(0, stamp_s=50, pressure=1.0)
    for second in (10, 20):
        bench.pump(second, pressure=1.0)

    assert value(bench, 20) == 3


def test_a_feed_that_lags_is_judged_with_its_lag() -> None:
    bench = Bench(derived({"count": "pressure", "over": "60s"}, "x > 100"))
    for second in range(0, 60, 10):
        bench.pump(second + 120, stamp_s=second, pressure=1.0)

    assert value(bench, 170) == 6
    assert value(bench, 191) == 4


def test_a_window_goes_on_when_the_clock_of_the_device_is_set_back() -> None:
    bench = Bench(derived({"count": "pressure", "over": "60s"}, "x > 100"))
    for second in range(0, 50, 10):
        bench.pump(second, pressure=1.0)
    for second in range(50, 90, 10):
        bench.pump(second, stamp_s=second - 200, pressure=1.0)

    assert bench.devices["p1"].newest == at(80 - 200)
    assert value(bench, 80) == 5  # the first with the new clock seemed to be late


def test_a_window_goes_on_when_the_clock_of_the_gateway_is_set() -> None:
    bench = Bench(derived({"count": "pressure", "over": "60s"}, "x > 100"))
    for second in range(0, 50, 10):
        bench.send(second, "site/s1/pump/p1/telemetry", b'{"pressure": 1}')

    bench.engine.clock_set(3_600_000_000)

    assert value(bench, 3_640) == 5
    bench.send(3_650, "site/s1/pump/p1/telemetry", b'{"pressure": 1}')
    assert value(bench, 3_650) == 6


def test_nobody_is_told_of_too_little_when_the_gateway_learns_the_time() -> None:
    bench = Bench(derived({"count": "running", "over": "1h"}, "x < 1"), knows_time=False)

    bench.engine.clock_set(86_400_000_000)

    assert told(tick_until(bench, 86_400 + 3_000)) == []
    assert told(tick_until(bench, 86_400 + 3_700)) == ["unacknowledged"]


def test_the_rate_of_a_counter_is_unknown_with_the_first_reading_of_a_device() -> None:
    bench = Bench(derived({"rate": "starts", "over": "1m"}, "x > 0.1"))

    assert states(bench.pump(0, starts=500_000)) == []
    assert value(bench, 0) is None
    bench.pump(30, starts=500_006)
    assert value(bench, 30) == pytest.approx(0.2)


def test_a_counter_that_first_appears_on_a_device_that_was_heard_has_begun_at_zero() -> None:
    bench = Bench(derived({"rate": "starts", "over": "1m"}, "x > 0.01"))
    for second in range(0, 120, 10):
        bench.pump(second, running=False)

    assert states(bench.pump(120, running=False, starts=1)) == ["unacknowledged"]
    assert value(bench, 120) == pytest.approx(1 / 60)


def test_the_value_before_the_latest_can_be_compared_with_it() -> None:
    bench = Bench(derived({"previous": "mode"}, 'mode == "hand" && x == "automatic"'))
    bench.pump(0, mode=1)

    assert states(bench.pump(1, mode=0)) == ["unacknowledged"]
    assert states(bench.pump(2, mode=0)) == ["returned"]


def test_a_value_that_is_said_again_too_soon_is_the_same_reading() -> None:
    bench = Bench(derived({"previous": "pressure", "apart": "5s"}, "pressure > 1 && x > 1"))
    bench.pump(0, pressure=0.5)

    assert states(bench.pump(10, pressure=2)) == []
    assert states(bench.pump(14.999, pressure=2)) == []
    assert value(bench, 14.999) == 0.5
    assert states(bench.pump(15, pressure=2)) == ["unacknowledged"]


def test_of_readings_that_come_too_soon_the_last_is_the_one_before() -> None:
    bench = Bench(derived({"previous": "pressure", "apart": "5s"}, "x > 1"))
    for second, pressure in ((0, 0.5), (10, 2.0), (12, 0.7), (15, 0.6)):
        bench.pump(second, pressure=pressure)

    assert value(bench, 15) == 0.7


def test_a_late_reading_too_near_the_latest_changes_nothing() -> None:
    bench = Bench(derived({"previous": "pressure", "apart": "5s"}, "x > 1"))
    bench.pump(0, pressure=0.5)
    bench.pump(20, pressure=0.6)
    bench.pump(17, pressure=2.0)

    assert value(bench, 20) == 0.5


def test_a_sensor_that_does_not_move_is_told_and_a_silent_one_is_not() -> None:
    bench = Bench(derived({"flat": "pressure", "by": 0.01}, "x >= 60"))
    bench.pump(0, pressure=0.5)
    bench.pump(10, pressure=0.6)
    assert told(tick_until(bench, 1_000)) == []

    assert states(bench.pump(1_000, pressure=0.605)) == ["unacknowledged"]


def test_rules_that_declare_the_same_share_its_window() -> None:
    let = {"mean": "pressure", "over": "1m"}
    bench = Bench(
        rule_spec(id="one", let={"x": let}, when="x < 1"), rule_spec(id="other", let={"low": let}, when="low < 2")
    )

    assert len(list(bench.engine.part(Windows).of("p1"))) == 1


def test_a_condition_may_use_the_functions_of_numbers() -> None:
    bench = Bench(rule_spec(when="abs(pressure - lowest) > 1 || max(pressure, 0.1) < min(0.2, lowest, 5)"))

    assert states(bench.pump(0, pressure=1.0)) == []
    assert states(bench.pump(1, pressure=1.2)) == ["unacknowledged"]


def test_a_rule_may_clear_by_what_it_derives() -> None:
    let = {"mean": {"mean": "pressure", "over": "1m"}, "low_for": {"time_in": "pressure < lowest", "over": "1m"}}
    rule = rule_spec(let=let, when="pressure < lowest", clear_when="mean > 1 && low_for < 30", clear_for="5s")
    bench = Bench(rule)
    assert states(bench.pump(0, pressure=0.0)) == ["unacknowledged"]

    for second in (10, 20, 30, 40, 50):  # at 50 it was low for 10 s, and at most for the 10 s before the beginning
        assert states(bench.pump(second, pressure=1.5)) == []
        assert told(tick_until(bench, second + 4.9)) == []

    assert told(tick_until(bench, 55)) == ["returned"]


def test_each_level_of_a_rule_reads_what_it_derives() -> None:
    levels = [
        {"severity": "warning", "when": "x > 1"},
        {"severity": "critical", "when": "y > 20"},
    ]
    let = {"x": {"rising": "running", "over": "1h"}, "y": {"time_in": "running", "over": "1h"}}
    fields = {key: value for key, value in rule_spec().model_dump(by_alias=True).items() if key in ("title", "ticket")}
    rule = RuleSpec.model_validate(
        {"id": "restless", "applies_to": {"profile": "pump"}, "levels": levels, "let": let, **fields}
    )
    bench = Bench(rule)
    bench.pump(0, running=False)
    start_and_stop(bench, 10)

    seen = bench.pump(30, running=True)
    assert [alarm.severity for alarm in seen.alarms] == ["warning"]
    assert [alarm.severity for each in tick_until(bench, 120) for alarm in each.alarms] == ["critical"]


def test_a_latched_alarm_by_a_window_stays_until_somebody_resets_it() -> None:
    bench = Bench(derived({"count": "pressure", "over": "1m"}, "x > 1", latched=True))
    bench.pump(0, pressure=1.0)
    bench.pump(10, pressure=1.0)
    bench.act(Acknowledge(alarm=1, by="Li Wei"), 20)

    assert told(tick_until(bench, 200)) == ["latched"]


def test_devices_without_such_rules_have_no_windows_and_no_timers() -> None:
    bench = Bench(rule_spec())
    bench.pump(0, pressure=0.5)

    assert bench.engine.part(Windows).are_none
    assert bench.engine.next_due() is None


def test_the_timers_of_many_devices_are_due_together() -> None:
    bench = Bench(rule_spec(let={"x": {"since": "running"}}, when="x > 300"))
    tick_until(bench, 60)
    for device, at_s in (("p1", 61.2), ("p2", 61.7)):
        bench.pump(at_s, device, running=True)
        bench.pump(at_s + 0.1, device, running=False)
    tick_until(bench, 70)

    assert bench.engine.next_due() == at(362)
    assert states(Seen(bench.engine.tick(at(362)))) == ["unacknowledged", "unacknowledged"]


def test_nothing_is_due_while_no_reading_that_leaves_matters() -> None:
    bench = Bench(derived({"count": "pressure", "over": "1m"}, "x > 100"))
    tick_until(bench, 300)
    bench.pump(400, pressure=0.5)
    assert bench.engine.next_due() is None


class Runs:
    """A site that is restarted between any two steps, on a real store."""

    def __init__(self, database: Database, *rules: RuleSpec) -> None:
        self._database, self._rules = database, rules
        self.bench = Bench(*rules, checkpoint=self._checkpoint(), hears=False)
        self.keep(self.bench.beginning)
        self.hear(0)

    def _checkpoint(self) -> Checkpoint:
        return load_checkpoint(self._database, parts.tables())

    def keep(self, *steps: Seen) -> None:
        Writer(self._database, parts.tables()).commit([each.changes for each in steps])

    def hear(self, at_s: float) -> None:
        self.keep(Seen(self.bench.engine.set_hearing(at(at_s))))

    def restart(self, at_s: float, *rules: RuleSpec) -> None:
        self.bench = Bench(*(rules or self._rules), checkpoint=self._checkpoint(), start_s=at_s, hears=False)
        self.keep(self.bench.beginning)
        self.hear(at_s)

    def snapshot(self, at_s: float) -> None:
        while True:
            self.keep(Seen(self.bench.engine.snapshot(at(at_s))))
            if not self.bench.engine.has_unsaved:
                return


EVERYTHING = {
    "mean": {"mean": "pressure", "over": "1m"},
    "low": {"min": "pressure", "over": "1m"},
    "high": {"max": "pressure", "over": "1m"},
    "total": {"sum": "pressure", "over": "1m"},
    "middle": {"median": "pressure", "over": "1m"},
    "p90": {"percentile": "pressure", "percent": 90, "over": "1m"},
    "spread": {"stdev": "pressure", "over": "1m"},
    "readings": {"count": "pressure", "over": "1m"},
    "lows": {"count": "pressure < lowest", "over": "1m"},
    "pace": {"rate": "starts", "over": "1m"},
    "trend": {"slope": "pressure", "over": "1m"},
    "moved": {"change": "pressure", "over": "1m"},
    "before": {"previous": "pressure"},
    "earlier": {"previous": "pressure", "apart": "4s"},
    "ups": {"rising": "running", "over": "1m"},
    "downs": {"falling": "running && pressure < 1", "over": "1m"},
    "on": {"time_in": "running", "over": "1m"},
    "idle": {"since": "running"},
    "still": {"flat": "pressure", "by": 0.5},
}
ALL = rule_spec(id="all", let=EVERYTHING, when=" + ".join(EVERYTHING) + " < -1e9")


def _to_nine_digits(part: Value) -> Value:
    return float(f"{part:.9g}") if isinstance(part, float) else part


def everything(bench: Bench, now_s: float) -> dict[str, tuple[Value, Value, Value]]:
    """All derived values of p1, to nine digits."""
    found = bench.engine.part(Windows).of("p1").derived(bench.site.rules[0].let, at(now_s))
    return {
        name: (_to_nine_digits(each[0]), _to_nine_digits(each[1]), _to_nine_digits(each[2]))
        for name, each in found.items()
    }


READINGS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 1.0, 5.0, 30.0]),
        st.sampled_from([0.0, 0.0, 0.0, 3.0, 40.0]),
        st.fixed_dictionaries(
            {},
            optional={
                "pressure": st.sampled_from([0.0, 0.05, 0.3, 1.5, 2.5]),
                "running": st.booleans(),
                "starts": st.integers(0, 20),
            },
        ),
        st.sampled_from(["", "", "", "snapshot", "restart", "snapshot restart"]),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=60)
@given(READINGS)
def test_a_restart_at_any_point_derives_the_same(
    tmp_path_factory: pytest.TempPathFactory, readings: list[tuple[float, float, dict[str, Value], str]]
) -> None:
    with closing(open_empty(tmp_path_factory.mktemp("runs"))) as database:
        runs, straight = Runs(database, ALL), Bench(ALL)
        now = 0.0
        for passes, late, values, does in readings:
            now += passes + 0.25
            runs.keep(runs.bench.pump(now, "p1", stamp_s=now - late, **values))
            straight.pump(now, "p1", stamp_s=now - late, **values)
            if "snapshot" in does:
                runs.snapshot(now)
                now += 601
                runs.snapshot(now)
            if "restart" in does:
                runs.restart(now)
            assert everything(runs.bench, now) == everything(straight, now)


@pytest.mark.parametrize("by", [-600, 3600])
def test_a_restart_soon_after_the_clock_was_set_derives_the_same(database: Database, by: float) -> None:
    runs, straight = Runs(database, ALL), Bench(ALL)
    for second in range(10):
        runs.keep(runs.bench.pump(second, running=second % 2 == 0, pressure=1.0))
        straight.pump(second, running=second % 2 == 0, pressure=1.0)
    for bench in (runs.bench, straight):
        changes = bench.engine.clock_set(round(by * SECOND))
        runs.keep(*([Seen(changes)] if bench is runs.bench else []))

    runs.restart(9 + by)

    runs.keep(runs.bench.pump(11 + by, running=True, pressure=2.0))
    straight.pump(11 + by, running=True, pressure=2.0)
    assert everything(runs.bench, 11 + by) == everything(straight, 11 + by)


def test_frequent_restarts_do_not_put_off_for_ever_what_time_alone_decides(database: Database) -> None:
    runs = Runs(database, derived({"since": "running"}, "x > 60"))
    runs.keep(runs.bench.pump(0, running=True), runs.bench.pump(10, running=False))
    seen: list[Seen] = []
    for second in range(40, 1_000, 40):
        ticks = tick_until(runs.bench, second)
        runs.keep(*ticks)
        seen += ticks
        runs.snapshot(second)
        runs.restart(second + 1)
    assert told(seen) == ["unacknowledged"]


def test_a_crash_between_two_saves_loses_no_sample_however_often_the_journal_is_tidied(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.telemetry.journal.RECENT_MESSAGES", 0)
    let = {name: each for name, each in EVERYTHING.items() if name != "trend"}  # of level values it is some 1e-19
    rule = rule_spec(id="all", let=let, when=" + ".join(let) + " < -1e9")
    runs, straight = Runs(database, rule), Bench(rule)
    journal = Journal(database)
    deleted = 0
    for n in range(300):
        now = 3.0 * n
        pressure, running, starts = n % 7 / 4, n % 3 > 0, n % 11
        runs.keep(runs.bench.pump(now, pressure=pressure, running=running, starts=starts))
        straight.pump(now, pressure=pressure, running=running, starts=starts)
        if n % 20 == 0:
            runs.snapshot(now)
            journal.measure()
            deleted += journal.prune((SNAPSHOTS, WINDOWS))
        if n % 13 == 0:
            runs.restart(now)
        assert everything(runs.bench, now) == everything(straight, now)
    assert deleted > 200


def test_a_crash_after_the_clock_was_set_finds_the_windows_moved(database: Database) -> None:
    rule = derived({"count": "running", "over": "1h"}, "x > 100")
    runs = Runs(database, rule)
    runs.keep(Seen(runs.bench.engine.snapshot(at(0))))
    for second in range(0, 600, 60):
        runs.keep(runs.bench.send(second, "site/s1/pump/p1/telemetry", b'{"running": true}'))
    runs.keep(Seen(runs.bench.engine.clock_set(HOUR)))
    assert value(runs.bench, 3_600 + 600) == 10
    runs.restart(3_600 + 600)
    assert value(runs.bench, 3_600 + 600) == 10
    assert value(runs.bench, 3_600 + 3_600 + 299) == 5


def test_a_rule_whose_window_is_changed_begins_anew_and_others_go_on(database: Database) -> None:
    kept = rule_spec(id="kept", let={"x": {"count": "running", "over": "1m"}}, when="x > 100")
    changed = rule_spec(id="changed", let={"y": {"count": "pressure", "over": "2m"}}, when="y > 100")
    runs = Runs(database, kept, rule_spec(id="changed", let={"y": {"count": "pressure", "over": "1m"}}, when="y > 100"))
    for second in range(5):
        runs.keep(runs.bench.pump(second, running=True, pressure=1.0))

    runs.restart(5, kept, changed)
    runs.keep(runs.bench.pump(6, running=True, pressure=1.0))

    windows, (one, other) = runs.bench.engine.part(Windows).of("p1"), runs.bench.site.rules
    assert windows.derived(one.let, at(6))["x"].value == 6
    assert windows.derived(other.let, at(6))["y"].value == 1


def test_the_windows_of_a_rule_that_is_removed_are_removed(database: Database) -> None:
    runs = Runs(database, STARTS)
    runs.restart(5, rule_spec())
    runs.restart(6, STARTS)

    assert runs.bench.beginning.changes.parts[Windows.name].windows


def test_a_delay_on_a_derived_value_goes_on_over_a_restart(database: Database) -> None:
    rule = derived({"since": "running"}, "x > 60", **{"for": "5m"})
    runs = Runs(database, rule)
    runs.keep(runs.bench.pump(0, running=True), runs.bench.pump(10, running=False))
    runs.keep(*tick_until(runs.bench, 200), Seen(runs.bench.engine.snapshot(at(200))))

    runs.restart(300)

    assert told(tick_until(runs.bench, 460)) == []
    assert told(tick_until(runs.bench, 490)) == ["unacknowledged"]  # 300 s from 80 on, without the 100 s of the restart


def test_an_alarm_by_a_window_stays_over_a_restart_and_returns_when_it_is_over(database: Database) -> None:
    runs = Runs(database, STARTS)
    runs.keep(runs.bench.pump(0, running=False))
    for n in range(1, 4):
        for state in (True, False):
            runs.keep(runs.bench.pump(60.0 * n + 10 * (not state), running=state))

    runs.restart(200)

    assert told(tick_until(runs.bench, 3_600)) == []
    assert told(tick_until(runs.bench, 3_800)) == ["returned"]


def due_s(bench: Bench) -> float | None:
    """When something is due next, in seconds."""
    due = bench.engine.next_due()
    return None if due is None else (due - at(0)) / SECOND


def test_a_count_is_looked_at_when_it_falls_to_its_threshold_and_below() -> None:
    bench = Bench(derived({"rising": "running", "over": "10m"}, "x > 1"))
    tick_until(bench, 700)  # by then enough of its window was heard
    for at_s in (701, 721, 741):
        tick_until(bench, at_s)
        bench.pump(at_s, running=True)
        tick_until(bench, at_s + 10)
        bench.pump(at_s + 10, running=False)
    tick_until(bench, 760)

    assert due_s(bench) == 1321
    assert told(tick_until(bench, 1322)) == ["returned"]
    assert due_s(bench) == 1341
    tick_until(bench, 1341)
    assert due_s(bench) is None


def test_a_count_of_which_not_all_was_heard_is_looked_at_when_enough_will_be() -> None:
    bench = Bench(derived({"rising": "running", "over": "10m"}, "x < 1"))
    bench.pump(1, running=False)
    tick_until(bench, 61)  # until then each device has its turn

    assert due_s(bench) == 540
    assert told(tick_until(bench, 540)) == ["unacknowledged"]


def test_how_long_a_state_lasted_is_looked_at_when_it_may_reach_its_threshold() -> None:
    bench = Bench(derived({"time_in": "running", "over": "10m"}, "x > 300"))
    tick_until(bench, 600)
    bench.pump(601, running=True)
    tick_until(bench, 602)

    assert due_s(bench) == 901
    assert told(tick_until(bench, 901)) == []
    assert told(tick_until(bench, 902)) == ["unacknowledged"]


@pytest.mark.parametrize("when", ["x > 86400", "min(x, 90000) > 86400", "max(x, lowest) > 86400"])
def test_how_long_ago_something_was_is_looked_at_when_it_passes_its_threshold(when: str) -> None:
    bench = Bench(derived({"since": "running"}, when))
    bench.pump(0, running=True)
    tick_until(bench, 60)
    bench.pump(65, running=False)
    tick_until(bench, 66)

    assert due_s(bench) == 65 + 86_400
    assert told(tick_until(bench, 65 + 86_400)) == []
    assert told(tick_until(bench, 70 + 86_400)) == ["unacknowledged"]
    assert due_s(bench) is None


def test_a_count_of_none_is_looked_at_again_after_the_next_reading_has_left() -> None:
    bench = Bench(derived({"count": "pressure", "over": "1m"}, "x < 1"))
    bench.pump(0, pressure=1.0)
    tick_until(bench, 70)

    assert [alarm.state for alarm in bench.pump(100, pressure=1.0).alarms] == ["returned"]
    assert told(tick_until(bench, 159)) == []
    assert told(tick_until(bench, 161)) == ["unacknowledged"]


def test_a_count_that_blindness_left_open_is_looked_at_when_its_window_is_whole() -> None:
    """No reading of what it counts comes after it."""
    bench = Bench(derived({"rising": "running", "over": "5m"}, "x < 1 && pressure < 1"))
    bench.pump(0, running=False, pressure=2.0)
    tick_until(bench, 600)
    bench.engine.set_blind(at(600))
    bench.engine.set_hearing(at(700))
    bench.pump(760, pressure=0.5)

    assert told(tick_until(bench, 960)) == []
    assert told(tick_until(bench, 1001)) == ["unacknowledged"]


@pytest.mark.parametrize("function", [{"mean": "pressure"}, {"median": "pressure"}, {"rising": "running"}])
def test_a_window_of_a_rule_that_is_never_evaluated_lets_its_readings_leave(function: dict[str, str]) -> None:
    bench = Bench(derived({**function, "over": "1m"}, "lowest > 1e6 && x > 3"))
    for second in range(400):
        bench.pump(second, running=second % 2 == 0, pressure=1.0)

    assert bench.engine.counts()["window_overflows"] == 0
    assert bench.engine.part(Windows).of("p1").size <= 61


@pytest.mark.parametrize("when", ["x * 2 > 600", "x == 300 || x > 300", "x > 300 + pressure"])
def test_what_is_not_only_compared_with_a_constant_is_looked_at_in_its_period(when: str) -> None:
    bench = Bench(derived({"since": "running"}, when))
    bench.pump(0, running=True, pressure=1)
    bench.pump(65, running=False)

    assert told(tick_until(bench, 70)) == []
    assert due_s(bench) == 80


def test_a_mean_does_not_change_by_silence() -> None:
    rule = rule_spec(
        id="derived",
        let={"x": {"mean": "pressure", "over": "1m"}, "y": {"count": "pressure", "over": "10m"}},
        when="x > 1.5 && y > 1",
    )
    bench = Bench(rule)
    tick_until(bench, 600)
    bench.pump(601, pressure=1.0)
    bench.pump(651, pressure=2.0)

    assert told(tick_until(bench, 1300)) == []
    assert states(bench.pump(1300, pressure=2.0)) == []  # the count has fallen


def test_a_late_reading_that_passes_a_threshold_is_looked_at() -> None:
    bench = Bench(derived({"rising": "running", "over": "10m"}, "x > 1"))
    tick_until(bench, 700)
    bench.pump(700, running=True)
    bench.pump(720, running=False)
    bench.pump(740, running=True)
    assert told(tick_until(bench, 745)) == []

    bench.pump(750, stamp_s=705, running=False)
    bench.pump(750, stamp_s=710, running=True)

    assert told(tick_until(bench, 751)) == ["unacknowledged"]


def test_what_the_set_clock_has_moved_is_looked_at() -> None:
    bench = Bench(derived({"since": "running"}, "x > 300"))
    bench.pump(0, running=True)
    bench.pump(65, running=False)
    tick_until(bench, 100)

    bench.engine.clock_set(-40 * SECOND)
    assert due_s(bench) is not None
    assert told(tick_until(bench, 324)) == []
    assert told(tick_until(bench, 326)) == ["unacknowledged"]


def test_a_delay_with_a_turn_of_its_own_is_looked_at_when_that_is_over() -> None:
    bench = Bench(derived({"falling": "running", "over": "40s"}, "x > 0", **{"for": "70s"}))
    tick_until(bench, 30)
    bench.engine.set_blind(at(30))
    bench.engine.set_hearing(at(35))
    bench.pump(36, running=True)
    bench.pump(37, running=False)  # its delay has a turn of 60 s, from 90 s on; what is left of the first ends at 115 s
    bench.engine.set_blind(at(40))
    bench.engine.set_hearing(at(90))

    assert told(tick_until(bench, 300)) == []
