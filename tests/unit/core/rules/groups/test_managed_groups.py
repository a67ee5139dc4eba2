"""Whatever detectors say in whatever order, and wherever the gateway restarts: groups tell the same.

No detector falls silent here: when that is noticed depends on when the gateway looks. test_silent_members.py does it.
"""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.lifecycle import State
from gateway.core.alarms.maintenance_actions import StartMaintenance
from gateway.core.alarms.shelf import EndShelf, Shelf, ShelveRule, TakeOutOfService
from gateway.core.alarms.suppression import SuppressionKind
from gateway.core.kernel.times import HOUR, MILLISECOND, MINUTE, SECOND, Micros
from tests.unit.core.managed.twins import Twins, histories_of, seconds
from tests.unit.core.rules.groups.zones import WEST, files, group_rule

DELAYS: dict[str, Any] = {"for": "20s", "clear_for": "20s"}
RULES = (
    group_rule(id="now"),
    group_rule(id="within", at_least={"devices": 2, "when": "smoke && !test", "within": "60s"}, severity="warning"),
    group_rule(
        id="all", group_by="tag", at_least={"devices": "all", "when": "smoke"}, **{"for": "20s", "clear_for": "20s"}
    ),
    group_rule(id="danger", at_least={"share": 0.5, "when": "smoke", "within": "30s"}, life_safety=True, latched=True),
    group_rule(id="calls", group_by="profile", at_least={"devices": 2, "when": "call", "within": "2m"}, realarm="5m"),
    group_rule(
        id="hot",
        at_least=None,
        severity=None,
        let={"total": {"sum": "temperature"}, "top": {"max": "temperature"}, "apart": {"spread": "temperature"}},
        levels=[
            {"severity": "info", "when": "total > 80 || top > 50", "clear_for": "10s"},
            {"severity": "critical", "when": "top > 90 || apart > 60", "for": "10s"},
        ],
    ),
    group_rule(id="any", at_least={"devices": 1, "when": "smoke"}, latched=True, severity="warning", chatter="never"),
    group_rule(
        id="few",
        at_least=None,
        let={"n": {"count": "smoke", "within": "30s"}, "top": {"max": "temperature"}},
        when="n < 1 && top > 40",
        severity="warning",
    ),
    group_rule(id="one", at_least=None, let={"burning": {"count": "smoke"}}, when="burning == 1", severity="info"),
)
MEMBERS = ("d1", "d2", "d3")
DEVICE = st.sampled_from(["d1", "d1", "d2", "d3", "d5"])
SHORT = st.sampled_from(seconds(0, 1, 3, 20, 61))
DURATION = st.sampled_from([10 * SECOND, MINUTE, 10 * MINUTE, HOUR])
PEOPLE = st.sampled_from([None, "Wang Fang"])


class ManagedGroups(Twins):
    """Detectors that say all kinds of things, and people who decide all kinds of things."""

    FILES = files(*RULES)

    @rule(device=DEVICE, smoke=st.booleans(), temperature=st.sampled_from([20, 45, 95, -5]), wait=SHORT)
    def hear(self, device: str, smoke: bool, temperature: int, wait: Micros) -> None:
        self.say(device, wait, smoke=smoke, temperature=temperature)

    @rule(device=DEVICE, smoke=st.booleans(), lag=st.sampled_from(seconds(2, 30, 100)), stamped=st.booleans())
    def hear_late(self, device: str, smoke: bool, lag: Micros, stamped: bool) -> None:
        self.say(device, 0, lag=lag if stamped else None, smoke=smoke)

    @rule(wait=SHORT, smoke=st.booleans())
    def hear_all(self, wait: Micros, smoke: bool) -> None:
        for device in MEMBERS:
            self.say(device, 0, smoke=smoke, temperature=20)
        self.pass_time(wait)

    @rule(device=DEVICE, wait=SHORT)
    def hear_a_call(self, device: str, wait: Micros) -> None:
        self.say(device, wait, call=True)

    @rule(device=DEVICE, test=st.booleans())
    def hear_a_part(self, device: str, test: bool) -> None:
        self.say(device, 0, test=test)

    def say(self, device: str, wait: Micros, *, lag: Micros | None = 0, **values: object) -> None:
        stamp = {} if lag is None else {"ts": (self.now - lag) // MILLISECOND}
        self.read(f"site/s1/detector/{device}", msgspec.json.encode({**stamp, **values}))
        self.pass_time(wait)

    @rule(duration=st.sampled_from(seconds(1, 10, 60, 121, 700)))
    def wait(self, duration: Micros) -> None:
        self.pass_time(duration)

    @rule(number=st.integers(1, 8))
    def acknowledge(self, number: int) -> None:
        self.act(Acknowledge(alarm=number, by="Li Wei"))

    @rule(name=st.sampled_from(["now", "within", "danger"]), duration=DURATION, second=PEOPLE)
    def shelve(self, name: str, duration: int, second: str | None) -> None:
        self.act(ShelveRule(rule=name, subject=WEST, by="Li", why="x", duration=duration, confirmed_by=second))

    @rule(number=st.integers(1, 3))
    def end_shelf(self, number: int) -> None:
        self.act(EndShelf(shelf=number, by="Li"))

    @rule(devices=st.sampled_from([("d1",), ("d1", "d2"), MEMBERS]), duration=DURATION)
    def start_maintenance(self, devices: tuple[str, ...], duration: int) -> None:
        self.act(StartMaintenance(devices=devices, duration=duration, reason="cleaning", by="Li Wei"))

    @rule(device=DEVICE, duration=DURATION, second=PEOPLE)
    def take_out(self, device: str, duration: int, second: str | None) -> None:
        self.act(TakeOutOfService(device=device, by="Li", why="x", duration=duration, confirmed_by=second))

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

    @invariant()
    def two_that_burn_are_told_or_suppressed(self) -> None:
        for run in self.runs:
            out = {each.subject.id for each in run.shelves.values() if each.subject and self.is_out(each)}
            burning = [
                name for name in MEMBERS if run.engine.devices[name].facts.get("smoke") is True and name not in out
            ]
            if len(burning) >= 2:
                (record,) = [each for each in run.standing() if each.rule == "danger" and each.subject == WEST]
                assert record.state in (State.UNACKNOWLEDGED, State.ACKNOWLEDGED, State.SUPPRESSED)
                assert record.returned_at is None
                assert record.state is State.SUPPRESSED or (record.told and record.told.members >= {*burning})

    def is_out(self, shelf: Shelf) -> bool:
        """Whether two people have taken a device out of service, so that it confirms no danger."""
        return shelf.kind is SuppressionKind.OUT_OF_SERVICE and shelf.life_safety and shelf.ended_at is None


TestManagedGroups = histories_of(ManagedGroups, 100)
