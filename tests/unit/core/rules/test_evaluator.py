"""Evaluations: breached and cleared conditions, on-delays and off-delays."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gateway.core.devices.latest import Devices
from gateway.core.kernel.blindness import Blindness
from gateway.core.kernel.events import Event
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import MILLISECOND
from gateway.core.rules.evaluation import CONFIRM_WITHIN, EvaluationRecord
from gateway.core.rules.evaluator import Evaluator
from gateway.core.rules.events import Breached, Cleared, StillActive
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.groups.part import Groups
from gateway.core.rules.requests import KeepActive
from gateway.core.rules.rule import RuleSpec
from gateway.core.rules.windows.part import Windows
from gateway.core.telemetry.readings import STAMPED, Message, Reading
from tests.unit.core.seams import LoneSeam
from tests.unit.core.sites import at, rule_spec, site

P1 = Subject.of_device("p1")
BREACH, FINE = 0.01, 0.5
EVIDENCE = Evidence(7, "t", "{}", at(-9), at(-9), {"pressure": BREACH})


class Desk:
    """An evaluator with devices below it and nothing above."""

    def __init__(self, *rules: RuleSpec) -> None:
        files = site(*rules)
        self.seam = LoneSeam(Evaluator.name)
        self.blindness = Blindness()
        self.blindness.since = None
        self.devices = Devices(files.site, files.profiles, LoneSeam(Devices.name))
        windows = Windows(files.site, files.rules, self.devices, self.blindness, LoneSeam(Windows.name))
        groups = Groups(files.site, files.rules, self.devices, self.blindness, LoneSeam(Groups.name))
        self.evaluator = Evaluator(
            files.site, files.rules, self.devices, self.blindness, self.seam, windows=windows, groups=groups
        )
        self._number = 0

    def say(self, at_s: float, pressure: float, device: str = "p1") -> list[Event]:
        """A reading, and what the rules make of it."""
        self._number += 1
        reading = Reading(device, "pump", at(at_s), at(at_s), {"pressure": pressure}, STAMPED)
        message = Message(f"pump/{device}", msgspec.json.encode({"ts": at(at_s) // MILLISECOND}), at(at_s))
        fresh = self.devices.update(reading, message, 1)
        assert fresh is not None
        self.evaluator.evaluate(fresh, message, self._number)
        return self.seam.taken()

    def tick(self, at_s: float) -> list[Event]:
        """Time passes."""
        for _, key in self.seam.timers.due(at(at_s)):
            assert isinstance(key, tuple)
            self.evaluator.tick(key, at(at_s))
        return self.seam.taken()


def test_a_breach_is_emitted_once_with_the_reading_that_began_it() -> None:
    desk = Desk(rule_spec())
    (breach,) = desk.say(5, BREACH)
    assert isinstance(breach, Breached)
    assert (breach.rule.id, breach.subject, breach.time, breach.evidence.message) == ("low-pressure", P1, at(5), 1)
    assert desk.say(6, BREACH) == []


def test_the_evidence_of_a_delayed_breach_is_the_reading_with_which_it_began() -> None:
    desk = Desk(rule_spec(**{"for": "5s"}))
    for second in range(5):
        assert desk.say(second, BREACH) == []
    (breach,) = desk.tick(5)
    assert isinstance(breach, Breached)
    assert (breach.time, breach.evidence.message, breach.evidence.time) == (at(5), 1, at(0))


def test_the_end_of_a_condition_is_emitted_after_its_off_delay() -> None:
    desk = Desk(rule_spec(clear_when="pressure > 0.3", clear_for="30s"))
    desk.say(0, BREACH)
    assert desk.say(1, 0.2) == desk.say(2, 0.4) == []
    (cleared,) = desk.tick(32)
    assert isinstance(cleared, Cleared)
    assert (cleared.subject, cleared.time) == (P1, at(32))


def test_a_delay_is_stored_when_it_begins_and_when_it_is_cancelled() -> None:
    desk = Desk(rule_spec(**{"for": "5s"}))
    desk.say(0, BREACH)
    begun = desk.evaluator.finish()
    assert begun is not None
    record = begun["low-pressure", P1]
    assert record is not None
    assert (record.active, record.delay_since) == (False, at(0))
    desk.say(1, FINE)
    assert desk.evaluator.finish() == {("low-pressure", P1): None}
    assert (desk.evaluator.finish(), desk.seam.timers.next_due()) == (None, None)


def test_devices_are_evaluated_each_by_itself() -> None:
    desk = Desk(rule_spec())
    assert len(desk.say(0, BREACH, "p1")) == len(desk.say(0, BREACH, "p2")) == 1
    assert [type(event) for event in desk.say(1, FINE, "p2")] == [Cleared]
    assert desk.say(1, BREACH, "p1") == []


def test_after_a_restart_an_active_breach_is_not_emitted_again_but_its_end_is() -> None:
    desk = Desk(rule_spec())
    desk.evaluator.restore([EvaluationRecord("low-pressure", P1, True, None, EVIDENCE)], at(0))
    assert [type(event) for event in desk.say(1, BREACH)] == [StillActive]
    assert [type(event) for event in desk.say(2, FINE)] == [Cleared]


def test_after_a_restart_time_alone_ends_a_delay_only_after_the_grace() -> None:
    desk = Desk(rule_spec(**{"for": "5s"}))
    desk.blindness.since = at(0)
    desk.evaluator.restore([EvaluationRecord("low-pressure", P1, False, at(-9), EVIDENCE)], at(0))
    assert desk.seam.timers.next_due() is None
    desk.blindness.since = None
    desk.evaluator.set_hearing(at(0))
    assert desk.seam.timers.next_due() == at(0) + CONFIRM_WITHIN
    (breach,) = desk.say(1, BREACH)
    assert isinstance(breach, Breached)
    assert breach.evidence == EVIDENCE


def test_an_evaluation_whose_rule_or_device_is_gone_ends() -> None:
    desk, gone = Desk(rule_spec()), Subject.of_device("p9")
    rows = [
        EvaluationRecord("no-more", P1, True, None, EVIDENCE),
        EvaluationRecord("low-pressure", gone, False, at(0), EVIDENCE),
    ]
    desk.evaluator.restore(rows, at(0))
    assert desk.evaluator.finish() == {("no-more", P1): None, ("low-pressure", gone): None}


LEVELS = [
    {"severity": "warning", "when": "pressure > 1", "clear_for": "10s"},
    {"severity": "critical", "when": "pressure > 2", "clear_for": "2s"},
]


def leveled() -> RuleSpec:
    """One rule of two levels."""
    title = {"en": "Pressure"}
    fields = {"id": "pressure", "applies_to": {"profile": "pump"}, "title": title, "levels": LEVELS}
    return RuleSpec.model_validate(fields)


def severities(events: Sequence[Event]) -> list[tuple[str, str]]:
    """What was emitted, and of which level."""
    return [
        (type(event).__name__, event.rule.spec.severity.value)
        for event in events
        if isinstance(event, Breached | Cleared | StillActive)
    ]


def test_each_level_of_a_rule_breaches_and_clears_by_itself_the_most_severe_first() -> None:
    desk = Desk(leveled())
    assert severities(desk.say(0, 1.5)) == [("Breached", "warning")]
    assert severities(desk.say(1, 2.5)) == [("Breached", "critical")]
    assert desk.say(2, 0.5) == []
    assert severities(desk.tick(4)) == [("Cleared", "critical")]
    assert severities(desk.tick(12)) == [("Cleared", "warning")]
    assert severities(desk.say(20, 2.5)) == [("Breached", "critical"), ("Breached", "warning")]


def test_the_levels_of_a_rule_are_stored_each_by_itself() -> None:
    desk = Desk(leveled())
    desk.say(0, 2.5)
    stored = desk.evaluator.finish() or {}
    assert sorted(key for key, _ in stored) == ["pressure/critical", "pressure/warning"]
    again = Desk(leveled())
    again.evaluator.restore([record for record in stored.values() if record is not None], at(1))
    assert severities(again.seam.taken()) == [("StillActive", "critical"), ("StillActive", "warning")]
    assert severities(again.say(2, 1.5)) == []
    assert severities(again.tick(4)) == [("Cleared", "critical")]


def test_a_raised_alarm_whose_evaluation_is_lost_keeps_its_level() -> None:
    desk = Desk(leveled())
    desk.evaluator.serve(KeepActive(rule="pressure", subject=P1, severity="critical", evidence=EVIDENCE, time=at(0)))
    assert severities(desk.say(0, 1.5)) == [("Breached", "warning")]
    assert severities(desk.tick(2)) == [("Cleared", "critical")]
