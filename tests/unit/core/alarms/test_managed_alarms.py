"""Whatever people, pumps, calendars and shelves do in whatever order, and wherever the gateway restarts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from gateway.core.alarms.actions import Acknowledge, Comment, Reset
from gateway.core.alarms.lifecycle import State
from gateway.core.alarms.maintenance_actions import EndMaintenance, StartMaintenance
from gateway.core.alarms.shelf import EndShelf, ShelveAlarm, ShelveRule, TakeOutOfService, UnshelveAlarm
from gateway.core.configuration import Configuration
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Micros
from gateway.core.rules.active_hours import compile_hours_of
from gateway.core.rules.rule import RuleSpec
from gateway.core.site.maintenance import MaintenanceSpec, compile_window
from tests.unit.core.managed.twins import Twins, histories_of, seconds
from tests.unit.core.sites import rule_spec, site

TWICE_A_DAY = {"hours": ["16:10-16:40", "17:30-18:30"]}
OVER_MIDNIGHT = {"hours": "22:00-16:20"}
"""In Shanghai, where tests begin at 16:00."""
LEVELS = RuleSpec.model_validate(
    {
        "id": "high",
        "applies_to": {"profile": "pump"},
        "title": {"en": "High pressure"},
        "levels": [
            {"severity": "info", "when": "pressure > 0.8", "clear_for": "20s"},
            {"severity": "warning", "when": "pressure > 1.2", "for": "10s"},
            {"severity": "critical", "when": "pressure > 1.8"},
        ],
    }
)
RULES = (
    rule_spec(id="stopped", when="!running"),
    rule_spec(id="low", inhibited_by=["stopped"], realarm="2m"),
    rule_spec(id="slow", when="pressure < lowest", inhibited_by=["stopped"], latched=True, **{"for": "20s"}),
    rule_spec(id="danger", when="pressure > 2", life_safety=True, latched=True),
    LEVELS,
    rule_spec(id="by-day", when="!running", active=TWICE_A_DAY, **{"for": "20s"}),
    rule_spec(id="by-night", when="pressure < lowest", active=OVER_MIDNIGHT, chatter={"count": 2, "within": "2m"}),
    rule_spec(id="mean", when="average < 0.3", let={"average": {"mean": "pressure", "over": "2m"}}, **{"for": "10s"}),
    rule_spec(id="often", when="starts_of_late > 2", let={"starts_of_late": {"rising": "running", "over": "5m"}}),
    rule_spec(id="stuck", when="flat_for >= 60", let={"flat_for": {"flat": "pressure"}}),
    rule_spec(id="idle", when="stood > 200", let={"stood": {"time_in": "!running", "over": "10m"}}, latched=True),
    rule_spec(id="unused", when="unused_for > 900", let={"unused_for": {"since": "running"}}, inhibited_by=["idle"]),
)
HOURS = {
    each.id: compile_hours_of(each.active, ZoneInfo("Asia/Shanghai"), {}) for each in RULES if each.active is not None
}
NAMES = sorted(each.id for each in RULES)
DEVICES = ("p1", "p2")
AT_ONCE: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "stopped": lambda facts: facts.get("running") is False,
    "low": lambda facts: facts.get("pressure", 1) < 0.1,
    "danger": lambda facts: facts.get("pressure", 1) > 2,
    "high": lambda facts: facts.get("pressure", 0) > 0.8,
}
"""The rules that a value breaches at once, and when."""
DEVICE = st.sampled_from(DEVICES)
DURATION = st.sampled_from([10 * SECOND, MINUTE, 10 * MINUTE, HOUR])
NUMBER = st.integers(1, 12)
PEOPLE = st.sampled_from([None, "Wang Fang"])
SHORT = st.sampled_from(seconds(1, 3, 20, 61))
PRESSURE = st.sampled_from([0.01, 0.01, 0.5, 1.0, 1.5, 2.4])


def configuration() -> Configuration:
    """Two pumps under these rules; the second is worked on every day."""
    made = site(*RULES)
    spec = {"devices": ["p2"], "every": {"hours": "16:25-16:50"}, "reason": {"en": "Inspection"}}
    window = compile_window(MaintenanceSpec.model_validate(spec), frozenset({"p2"}), made.site.zone, {})
    return replace(made, site=replace(made.site, maintenance=(window,)))


class ManagedPumps(Twins):
    """Pumps that say all kinds of things, people who decide all kinds of things, and calendars."""

    FILES = configuration()

    @rule(device=DEVICE, pressure=PRESSURE, running=st.sampled_from([True, True, False]), wait=SHORT)
    def hear(self, device: str, pressure: float, running: bool, wait: Micros) -> None:
        self.say(device, wait, pressure=pressure, running=running)

    @rule(device=DEVICE, times=st.integers(2, 6), wait=SHORT, pressure=PRESSURE)
    def start_and_stop(self, device: str, times: int, wait: Micros, pressure: float) -> None:
        for time in range(times):
            self.say(device, wait, pressure=pressure, running=time % 2 == 1)

    @rule(device=DEVICE, pressure=PRESSURE, lag=st.sampled_from(seconds(2, 30, 100)), stamped=st.booleans())
    def hear_a_part(self, device: str, pressure: float, lag: Micros, stamped: bool) -> None:
        self.say(device, 0, pressure=pressure, lag=lag if stamped else None)

    def say(self, device: str, wait: Micros, *, lag: Micros | None = 0, **values: object) -> None:
        stamp = {} if lag is None else {"ts": (self.now - lag) // MILLISECOND}
        self.read(f"site/s1/pump/{device}/telemetry", msgspec.json.encode({**stamp, **values}))
        self.pass_time(wait)

    @rule(duration=st.sampled_from(seconds(1, 10, 60, 121, 700, 3700)))
    def wait(self, duration: Micros) -> None:
        self.pass_time(duration)

    @rule(number=NUMBER, reset=st.booleans())
    def acknowledge(self, number: int, reset: bool) -> None:
        kind = Reset if reset else Acknowledge
        self.act(kind(alarm=number, by="Li Wei"))

    @rule(number=NUMBER)
    def comment(self, number: int) -> None:
        self.act(Comment(alarm=number, by="Li Wei", note="seen"))

    @rule(number=NUMBER, duration=DURATION, one_shot=st.booleans(), second=PEOPLE)
    def shelve(self, number: int, duration: int, one_shot: bool, second: str | None) -> None:
        self.act(ShelveAlarm(alarm=number, by="Li", why="x", duration=duration, one_shot=one_shot, confirmed_by=second))

    @rule(name=st.sampled_from(NAMES), device=DEVICE, duration=DURATION, second=PEOPLE)
    def shelve_rule(self, name: str, device: str, duration: int, second: str | None) -> None:
        subject = Subject.of_device(device)
        self.act(ShelveRule(rule=name, subject=subject, by="Li", why="x", duration=duration, confirmed_by=second))

    @rule(device=DEVICE, duration=st.one_of(st.none(), DURATION), second=PEOPLE)
    def take_out(self, device: str, duration: int | None, second: str | None) -> None:
        self.act(TakeOutOfService(device=device, by="Li", why="x", duration=duration, confirmed_by=second))

    @rule(number=st.integers(1, 4))
    def end_shelf(self, number: int) -> None:
        self.act(EndShelf(shelf=number, by="Li"))

    @rule(number=NUMBER)
    def unshelve(self, number: int) -> None:
        self.act(UnshelveAlarm(alarm=number, by="Li"))

    @rule(devices=st.sampled_from([("p1",), ("p1", "p2")]), duration=DURATION)
    def start_maintenance(self, devices: tuple[str, ...], duration: int) -> None:
        self.act(StartMaintenance(devices=devices, duration=duration, reason="bearing", by="Li Wei"))

    @rule(number=st.integers(1, 3))
    def end_maintenance(self, number: int) -> None:
        self.act(EndMaintenance(maintenance=number, by="Li Wei"))

    @rule()
    def snapshot(self) -> None:
        self.save()

    @rule(down=st.sampled_from(seconds(0, 1, 30, 50, 700)), saved=st.booleans(), finish=st.booleans())
    def restart(self, down: Micros, saved: bool, finish: bool) -> None:
        """One run restarts; the other is blind for as long."""
        if saved:
            self.save()
        self.replace_one(down)
        if finish:
            self.find_link()
            self.pass_time(SECOND)

    @rule()
    def break_link(self) -> None:
        self.lose_link()

    @rule()
    def mend_link(self) -> None:
        self.find_link()
        self.pass_time(SECOND)

    @rule(by=st.sampled_from([HOUR, -10 * MINUTE, DAY]))
    def set_clock(self, by: Micros) -> None:
        """Not where a run that starts later cannot know of it: over an end of active hours, or soon after an alarm
        that is over, as that is not stored anew, and may count as chattering."""
        ends = [hours.latest_end(self.now + by) for hours in HOURS.values()]
        over = [alarm for alarm in self.patient.alarms.values() if alarm.state is State.NORMAL and alarm.occurred]
        is_over_end = by > 0 and any(end is not None and end > self.now for end in ends)
        is_soon = any(
            self.now - time <= 2 * MINUTE for alarm in over if alarm.occurred for time in alarm.occurred.times
        )
        if not is_over_end and not is_soon:
            self.clock_set(by)
            self.pass_time(0)

    @invariant()
    def what_holds_is_told_or_suppressed(self) -> None:
        for run in self.runs:
            standing = {(record.rule, record.subject.id): record for record in run.standing()}
            for device in DEVICES:
                facts = run.engine.devices[device].facts
                for name in (name for name, holds in AT_ONCE.items() if holds(facts)):
                    record = standing[name, device]
                    assert record.state in (State.UNACKNOWLEDGED, State.ACKNOWLEDGED, State.SUPPRESSED)
                    assert record.returned_at is None

    @invariant()
    def outside_its_hours_no_alarm_of_a_rule_holds(self) -> None:
        for name, hours in HOURS.items():
            if not hours.is_active(self.now):
                holding = [each for run in self.runs for each in run.standing() if each.rule == name]
                # The end of one that chatters was perhaps held back before: it is told when it is quiet.
                assert all(each.returned_at or (each.occurred and each.occurred.is_better) for each in holding)


TestManagedPumps = histories_of(ManagedPumps, 150)
