"""Devices that depend on each other fall silent, go down and come back, in whatever order, and wherever it restarts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.inhibition import is_cause
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.alarms.maintenance_actions import EndMaintenance, StartMaintenance
from gateway.core.alarms.shelf import EndShelf, ShelveRule
from gateway.core.configuration import Configuration
from gateway.core.devices.dependence import Dependence
from gateway.core.devices.presence import Presences
from gateway.core.devices.watched import Presence
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import HOUR, MILLISECOND, MINUTE, SECOND, Micros
from gateway.core.profiles.profile import Profile
from gateway.core.rules.compiling import rules_of
from gateway.core.rules.rule import RuleSpec
from gateway.core.rules.silence import SILENT
from gateway.core.site.site import DeviceSpec, Site, SiteHeader
from tests.unit.core.managed.heard_time import HeardTime
from tests.unit.core.managed.run import Run
from tests.unit.core.managed.twins import Twins, histories_of, seconds

BEAT: Micros = 10 * SECOND
"""Everything happens at whole beats. Silence is looked for every 5 s at most, and from the start of a run on: so both
runs look at the same moments."""
PROFILE = Profile.model_validate(
    {
        "profile": "sensor",
        "title": {"en": "Sensor"},
        "metrics": {
            "value": {"type": "float", "range": [0, 100]},
            "level": {"type": "float", "stale_after": "2m"},
            "leak": {"type": "bool"},
            "online": {"type": "bool"},
        },
        "messages": [
            {"topic": "site/{site}/sensor/{device}/telemetry", "time": "ts"},
            {"topic": "site/{site}/sensor/{device}/online", "format": "plain", "values": {"online": {}}},
        ],
    }
)
DEVICES: dict[str, dict[str, Any]] = {
    "panel": {"expect_every": "60s", "criticality": "high"},
    "hub": {"expect_every": "30s", "powered_by": "panel"},
    "far": {"expect_every": "30s", "reports_via": "hub"},
    "both": {"expect_every": "20s", "powered_by": "panel", "reports_via": "hub"},
    "box": {"powered_by": "panel"},
    "inner": {"expect_every": "40s", "powered_by": "box", "criticality": "low"},
    "lone": {"expect_every": "30s"},
}
"""The box is not expected to send: what it powers depends on the panel."""
TICKET = {"category": "communication", "priority": "P3", "team": "engineering"}
RULES = (
    {"id": "offline", "when": "!online", "for": "10s", "device_down": True, "ticket": TICKET},
    {"id": "leak", "when": "leak", "life_safety": True},
    {"id": "hot", "when": "value > 50", "inhibited_by": ["offline"], "clear_for": "1m"},
    {"id": "full", "when": "level > 50", "clear_for": "20s", "realarm": "3m"},
    {"id": "warm", "when": "mean > 40", "let": {"mean": {"mean": "value", "over": "3m"}}, "for": "30s"},
)
NAMES = ("offline", "leak", "hot", SILENT)
DEVICE = st.sampled_from(sorted(DEVICES))
SOME = st.sets(DEVICE)
DURATION = st.sampled_from([MINUTE, 10 * MINUTE, HOUR])


def configuration() -> Configuration:
    """The site."""
    header = SiteHeader.model_validate({"id": "s1", "name": {"en": "Site"}})
    specs = {
        name: DeviceSpec.model_validate({"id": name, "profile": "sensor", **given}) for name, given in DEVICES.items()
    }
    common = {"applies_to": {"profile": "sensor"}, "title": {"en": "Title"}, "severity": "warning"}
    rules = [RuleSpec.model_validate({**common, **given}) for given in RULES]
    compiled = tuple(each for given in rules for each in rules_of(given, PROFILE))
    return Configuration(Site(header, specs), {"sensor": PROFILE}, compiled)


FILES = configuration()
TOPOLOGY = FILES.site.topology
EVERY = {name: every for name, spec in FILES.site.devices.items() if (every := PROFILE.expect_every_of(spec))}
DEPENDENCE = Dependence(TOPOLOGY, EVERY)


class ManagedDevices(Twins):
    """Devices that send at their intervals, or do not, and what people do meanwhile."""

    FILES = FILES

    def __init__(self) -> None:
        self.model = HeardTime(EVERY)
        self.beats = 0
        super().__init__()

    def both(self, do: Callable[[Run], Changes]) -> None:
        """Check each silence that begins: nothing on which its device depends had failed before, nor what is next to it
        in the same step."""
        known, failed = [len(run.told) for run in self.runs], self.failed(self.patient)
        super().both(do)
        self.model.look(self.now)
        for run, before in zip(self.runs, known, strict=True):
            states = {told.alarm: told.state for told in run.told[:before]}
            for told in run.told[before:]:
                begins = states.get(told.alarm, State.NORMAL) in (State.NORMAL, State.RETURNED)
                if told.rule == SILENT and told.step in (Step.RAISE, Step.SUPPRESS) and begins:
                    ancestors, next_to_it = {*TOPOLOGY.ancestors_of(told.device)}, {*DEPENDENCE.parents_of(told.device)}
                    assert not self.failed(run) & (next_to_it | (failed & ancestors)), told
                states[told.alarm] = told.state

    def lose_link(self) -> None:
        self.model.end(self.now)
        super().lose_link()

    def find_link(self) -> None:
        self.model.begin(self.now)
        super().find_link()

    def clock_set(self, by: Micros) -> None:
        self.model.clock_set(by)
        super().clock_set(by)

    def heard_until(self, checkpoint: Checkpoint) -> Micros:
        until = super().heard_until(checkpoint)
        self.model.end(until)
        return until

    @rule(alive=SOME, beats=st.sampled_from([3, 6, 9, 12, 30]), value=st.sampled_from([1.0, 1.0, 60.0]))
    def talk(self, alive: set[str], beats: int, value: float) -> None:
        """These devices send at their intervals, and the others nothing."""
        for _ in range(beats):
            self.beats += 1
            self.pass_time(BEAT)
            for device in sorted(alive):
                if self.beats % (EVERY.get(device, 50 * SECOND) // BEAT) == 0:
                    self.say(device, value=value)

    @rule(dead=st.sets(DEVICE, max_size=2))
    def settle(self, dead: set[str]) -> None:
        """All is well for long, but for some devices and what they power or carry: that is found, and no more."""
        cut_off = {below for device in dead & EVERY.keys() for below in TOPOLOGY.descendants_of(device)}
        self.mend_link()
        self.report_online({*DEVICES}, online=True)
        self.talk({*DEVICES} - dead - cut_off, 80, 1.0)
        for run in self.runs:
            presences = run.engine.part(Presences)
            for device in EVERY:
                state = presences.find(device).state
                if device in cut_off:
                    assert state in (Presence.UNREACHABLE, Presence.SILENT), device
                else:
                    assert state is (Presence.SILENT if device in dead else Presence.HEARD), device

    @rule(device=DEVICE, values=st.sampled_from([{"leak": True}, {"leak": False}, {"level": 60.0}, {"level": 1.0}]))
    def change(self, device: str, values: dict[str, object]) -> None:
        self.say(device, **values)

    @rule(devices=SOME, online=st.booleans())
    def report_online(self, devices: set[str], online: bool) -> None:
        """A bridge says of devices whether they are there."""
        for device in sorted(devices):
            self.read(f"site/s1/sensor/{device}/online", b"true" if online else b"false")
        self.pass_time(BEAT)

    def say(self, device: str, **values: object) -> None:
        payload = msgspec.json.encode({"ts": self.now // MILLISECOND, **values})
        self.model.say(device, self.now)
        self.read(f"site/s1/sensor/{device}/telemetry", payload)

    @rule(duration=st.sampled_from(seconds(10, 60, 90, 200, 1200)))
    def be_quiet(self, duration: Micros) -> None:
        self.pass_time(duration)

    @rule(number=st.integers(1, 10))
    def acknowledge(self, number: int) -> None:
        self.act(Acknowledge(alarm=number, by="Li Wei"))

    @rule(name=st.sampled_from(NAMES), device=DEVICE, duration=DURATION, second=st.sampled_from([None, "Wang Fang"]))
    def shelve(self, name: str, device: str, duration: int, second: str | None) -> None:
        subject = Subject.of_device(device)
        self.act(ShelveRule(rule=name, subject=subject, by="Li", why="x", duration=duration, confirmed_by=second))

    @rule(number=st.integers(1, 3))
    def end_shelf(self, number: int) -> None:
        self.act(EndShelf(shelf=number, by="Li"))

    @rule(devices=st.sets(DEVICE, min_size=1), duration=DURATION)
    def start_maintenance(self, devices: set[str], duration: int) -> None:
        self.act(StartMaintenance(devices=tuple(sorted(devices)), duration=duration, reason="x", by="Li"))

    @rule(number=st.integers(1, 2))
    def end_maintenance(self, number: int) -> None:
        self.act(EndMaintenance(maintenance=number, by="Li"))

    @rule()
    def snapshot(self) -> None:
        self.save()

    @rule(down=st.sampled_from(seconds(10, 60, 700)), saved=st.booleans(), finish=st.booleans())
    def restart(self, down: Micros, saved: bool, finish: bool) -> None:
        if saved:
            self.save()
        self.replace_one(down)
        if finish:
            self.mend_link()

    @rule()
    def break_link(self) -> None:
        self.lose_link()
        self.pass_time(BEAT)

    @rule()
    def mend_link(self) -> None:
        """After a beat: no hearing begins in the very microsecond of the last message before it, heard or not."""
        self.pass_time(BEAT)
        self.find_link()
        self.pass_time(BEAT)

    @rule(by=st.sampled_from([HOUR, -10 * MINUTE]))
    def set_clock(self, by: Micros) -> None:
        self.clock_set(by)
        self.pass_time(0)

    @invariant()
    def both_know_the_same_of_each_device(self) -> None:
        patient, restarted = (run.engine.part(Presences) for run in self.runs)
        for device in DEVICES:
            assert patient.find(device) == restarted.find(device), device

    def failed(self, run: Run) -> set[str]:
        """What is silent or down, as people know."""
        return {
            str(each.subject.device) for each in run.standing() if each.rule in ("offline", SILENT) and is_cause(each)
        }

    @invariant()
    def a_device_is_silent_as_the_model_says(self) -> None:
        """One that depends on others is silent later than by itself, or not."""
        for run in self.runs:
            presences = run.engine.part(Presences)
            silent = {device for device in DEVICES if presences.find(device).state is Presence.SILENT}
            assert silent <= self.model.silent
            assert {device for device in self.model.silent - silent if not TOPOLOGY.parents_of(device)} == set()

    @invariant()
    def a_leak_is_told_or_two_people_have_shelved_it(self) -> None:
        for run in self.runs:
            standing = {(record.rule, record.subject.id): record for record in run.standing()}
            for device in DEVICES:
                if run.engine.devices[device].values.get("leak") is True:
                    record = standing["leak", device]
                    assert record.state in (State.UNACKNOWLEDGED, State.ACKNOWLEDGED, State.SUPPRESSED)


TestManagedDevices = histories_of(ManagedDevices, 100)


def test_since_when_a_device_is_cut_off_is_known_over_a_restart() -> None:
    history = ManagedDevices()
    history.restart(down=10 * SECOND, finish=True, saved=False)
    history.report_online({*DEVICES}, online=False)
    history.break_link()
    history.set_clock(HOUR)
    history.restart(down=10 * SECOND, finish=False, saved=False)
    history.settle({"both"})
    history.a_restart_changes_nothing_that_people_are_told()
    history.teardown()
