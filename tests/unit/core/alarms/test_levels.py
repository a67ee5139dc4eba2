"""One alarm that rises and falls with the levels of its rule."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.suppression import SuppressionKind
from gateway.core.rules.events import Breached, Cleared, StillActive
from gateway.core.rules.requests import KeepActive
from gateway.core.rules.rule import RuleSpec
from tests.unit.core.alarms.panels import EVIDENCE, FINE, P1, Panel
from tests.unit.core.seams import LoneSeam
from tests.unit.core.sites import at, site

INFO = {"severity": "info", "when": "pressure > 1"}
WARNING = {"severity": "warning", "when": "pressure > 2"}
CRITICAL = {"severity": "critical", "when": "pressure > 3"}


class LevelPanel(Panel):
    """An annunciator with one rule of several levels."""

    def __init__(
        self, *levels: object, earlier: Sequence[AlarmRecord] | None = None, start_s: float = 0, **fields: object
    ) -> None:
        title = {"en": "Pressure"}
        spec = {"id": "pressure", "applies_to": {"profile": "pump"}, "title": title, "levels": levels, **fields}
        files = site(RuleSpec.model_validate(spec))
        self.rules = {rule.spec.severity.value: rule for rule in files.rules}
        self.seam = LoneSeam(Annunciator.name, alarm=5)
        self.alarms = Annunciator(files.site, files.rules, self.seam)
        if earlier is not None:
            self.alarms.restore(earlier, at(start_s))

    def reach(self, at_s: float, severity: str) -> None:
        self.alarms.on(Breached(rule=self.rules[severity], subject=P1, time=at(at_s), evidence=EVIDENCE))

    def leave(self, at_s: float, severity: str) -> None:
        self.alarms.on(Cleared(rule=self.rules[severity], subject=P1, time=at(at_s), evidence=FINE))

    def still(self, at_s: float, severity: str) -> None:
        self.alarms.on(StillActive(rule=self.rules[severity], subject=P1, time=at(at_s), evidence=EVIDENCE))

    def acknowledge(self, at_s: float) -> None:
        self.alarms.act(Acknowledge(alarm=5, by="Li Wei"), at(at_s))

    def seen(self) -> list[tuple[str, str, str]]:
        """Step, state and severity of each event."""
        return [(event["step"], event["state"], event["severity"]) for event in self.events()]


def test_a_level_that_rises_tells_people_again_of_the_same_alarm() -> None:
    panel = LevelPanel(WARNING, CRITICAL)
    panel.reach(0, "warning")
    panel.acknowledge(1)
    panel.reach(2, "critical")
    assert panel.seen() == [
        ("raise", "unacknowledged", "warning"),
        ("acknowledge", "acknowledged", "warning"),
        ("raise", "unacknowledged", "critical"),
    ]
    (view,) = panel.alarms.standing()
    assert (view.number, view.severity) == (5, "critical")


def test_a_lower_level_that_is_reached_later_tells_nobody() -> None:
    panel = LevelPanel(WARNING, CRITICAL)
    panel.reach(0, "critical")
    panel.reach(60, "warning")
    assert panel.seen() == [("raise", "unacknowledged", "critical")]


def test_a_level_that_falls_is_shown_and_the_last_one_returns_the_alarm() -> None:
    panel = LevelPanel(INFO, WARNING, CRITICAL)
    for second, severity in enumerate(("critical", "warning", "info")):
        panel.reach(second, severity)
    panel.acknowledge(5)
    panel.leave(10, "critical")
    panel.leave(20, "warning")
    panel.leave(30, "info")
    assert panel.seen()[2:] == [
        ("fall", "acknowledged", "warning"),
        ("fall", "acknowledged", "info"),
        ("return", "normal", "info"),
    ]


def test_a_level_that_ends_below_the_worst_changes_nothing() -> None:
    panel = LevelPanel(WARNING, CRITICAL)
    panel.reach(0, "critical")
    panel.reach(0, "warning")
    panel.leave(5, "warning")
    panel.leave(6, "critical")
    assert panel.seen() == [("raise", "unacknowledged", "critical"), ("return", "returned", "critical")]


def test_a_level_that_rises_again_after_it_fell_tells_people_again() -> None:
    panel = LevelPanel(WARNING, CRITICAL)
    panel.reach(0, "critical")
    panel.reach(0, "warning")
    panel.leave(5, "critical")
    panel.reach(9, "critical")
    assert [step for step, _, _ in panel.seen()] == ["raise", "fall", "raise"]


def test_a_level_that_rises_while_suppressed_is_told_when_that_is_over() -> None:
    panel = LevelPanel(WARNING, CRITICAL)
    panel.reach(0, "warning")
    panel.acknowledge(1)
    panel.suppress(2)
    panel.reach(3, "critical")
    panel.release(9)
    assert panel.seen()[2:] == [("suppress", "suppressed", "critical"), ("raise", "unacknowledged", "critical")]


def test_an_alarm_that_rose_while_suppressed_still_waits_for_the_acknowledgement_of_what_was_told_before() -> None:
    panel = LevelPanel(WARNING, CRITICAL)
    panel.reach(0, "warning")
    panel.suppress(2)
    panel.reach(3, "critical")
    panel.leave(4, "critical")
    panel.leave(5, "warning")
    assert panel.seen()[1:] == [
        ("suppress", "suppressed", "critical"),
        ("fall", "unacknowledged", "warning"),
        ("return", "returned", "warning"),
    ]


@pytest.mark.parametrize("restarts", [False, True])
def test_an_alarm_that_falls_back_to_the_level_that_was_acknowledged_stays_acknowledged(restarts: bool) -> None:
    panel = LevelPanel(WARNING, CRITICAL)
    panel.reach(0, "warning")
    panel.acknowledge(1)
    panel.suppress(2)
    panel.reach(3, "critical")
    if restarts:
        panel = LevelPanel(WARNING, CRITICAL, earlier=panel.stored(), start_s=4)
        panel.suppress(4)
        panel.still(4, "warning")
        panel.still(4, "critical")
    panel.leave(5, "critical")
    panel.release(9)
    (record,) = panel.stored()
    assert panel.seen()[-1] == ("fall", "acknowledged", "warning")
    assert (record.acknowledged_at, record.acknowledged_by) == (at(1), "Li Wei")


@pytest.mark.parametrize("falls", [False, True])
def test_people_are_told_once_more_of_an_alarm_that_a_person_had_put_aside_whatever_its_level_did(falls: bool) -> None:
    panel = LevelPanel(WARNING, CRITICAL)
    panel.reach(0, "warning")
    panel.suppress(1)
    panel.suppress(1, SuppressionKind.OUT_OF_SERVICE)
    panel.reach(2, "critical")
    panel.release(3, "out_of_service:1")
    if falls:
        panel.leave(4, "critical")
    panel.release(5)
    assert panel.seen()[-1] == ("raise", "unacknowledged", "warning" if falls else "critical")


def test_a_suppressed_alarm_that_rises_stays_so_and_is_told_once() -> None:
    panel = LevelPanel(WARNING, CRITICAL)
    panel.suppress(0)
    panel.reach(1, "warning")
    panel.reach(2, "critical")
    panel.release(9)
    assert panel.seen() == [
        ("suppress", "suppressed", "warning"),
        ("suppress", "suppressed", "critical"),
        ("raise", "unacknowledged", "critical"),
    ]


@pytest.mark.parametrize("order", [("critical", "warning"), ("warning", "critical")])
def test_a_restart_knows_the_levels_that_hold(order: Sequence[str]) -> None:
    panel = LevelPanel(WARNING, CRITICAL)
    panel.reach(0, "warning")
    panel.reach(1, "critical")
    again = LevelPanel(WARNING, CRITICAL, earlier=panel.stored(), start_s=5)
    for severity in order:
        again.still(5, severity)
    again.leave(6, "critical")
    again.leave(7, "warning")
    assert [step for step, _, _ in again.seen()] == ["fall", "return"]


def test_an_alarm_whose_level_is_not_in_the_files_any_more_goes_on_with_the_nearest() -> None:
    panel = LevelPanel(WARNING, CRITICAL)
    panel.reach(0, "critical")
    again = LevelPanel(INFO, WARNING, earlier=panel.stored(), start_s=5)
    (kept,) = [request for request in again.seam.asked if isinstance(request, KeepActive)]
    assert (kept.rule, kept.severity) == ("pressure", "warning")
    again.leave(6, "warning")
    assert [step for step, _, _ in again.seen()] == ["return"]


def test_a_level_that_rises_in_blindness_is_news_also_of_an_alarm_that_waits_until_the_gateway_hears() -> None:
    panel = LevelPanel(WARNING, CRITICAL)
    panel.suppress(0)
    panel.reach(1, "warning")
    panel.be_blind(2)
    panel.release(3)
    panel.reach(4, "critical")
    assert panel.seen()[-1] == ("raise", "unacknowledged", "critical")
