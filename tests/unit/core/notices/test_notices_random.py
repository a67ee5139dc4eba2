"""Random histories: nobody is told twice, nor too late, nor not at all, and a restart changes nothing."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.core.alarms.lifecycle import State
from gateway.core.kernel.times import SECOND
from gateway.core.notices.notice import OF_RAISES, Notice, NoticeKind, NoticeState
from gateway.core.notices.requests import Urgency
from tests.unit.core.managed.twins import TORTURE, histories_of
from tests.unit.core.notices.office import CHIEF, TECH, WORST, Office, configuration

HOOK = {"id": "cmms", "teams": ["engineering"], "contact": [{"webhook": "https://example.org/hook"}]}
ESCALATING: dict[str, Any] = {
    "tell": [{"team": "engineering"}],
    "escalate": [{"after": "2m", "tell": [{"person": "chief-1"}], "channels": ["voice"]}],
    "repeat": "10m",
}
SITES: dict[str, Any] = {
    "defaults": {"people": [TECH, CHIEF]},
    "escalation": {"people": [TECH, CHIEF, HOOK], "routes": [ESCALATING]},
    "two routes": {
        "people": [TECH, CHIEF, HOOK],
        "routes": [ESCALATING, {"severity": "critical", "tell": [{"person": "tech-1"}], "channels": ["sms", "siren"]}],
    },
}
SITES["by hours"] = {
    "people": [TECH, CHIEF],
    "calendars": {"days": {"hours": "08:00-18:00"}, "nights": {"hours": "18:00-08:00"}},
    "routes": [
        {"during": "days", "tell": [{"person": "tech-1"}]},
        {"during": "nights", "tell": [{"person": "chief-1"}], "repeat": "1h"},
    ],
}
KINDS = st.sampled_from(sorted(WORST))
DEVICES = st.sampled_from(["p1", "p2"])
PAUSES = st.sampled_from([0.5, 7.0, 31.0, 61.0, 130.0, 700.0, 3700.0, 30_000.0])


class Telling(RuleBasedStateMachine):
    """An office whose messages arrive or not, and whose people act or not."""

    @initialize(site=st.sampled_from(sorted(SITES)), start=st.sampled_from([0.0, 5 * 3600.0]))
    def begin(self, site: str, start: float) -> None:
        self.office = Office(configuration(**SITES[site]), start_s=start)
        self.acknowledged: set[tuple[int, int]] = set()

    @rule(kind=KINDS, device=DEVICES)
    def breach(self, kind: str, device: str) -> None:
        before = set(self.office.alarms)
        self.office.breach(kind, device)
        for number in set(self.office.alarms) - before:
            if kind != "warning":
                self.tells_at_once(number)

    def tells_at_once(self, number: int) -> None:
        """It is under way, or waits for nothing but its turn."""
        found = [each for each in self.office.notices.values() if number in each.alarms and each.is_open]
        assert found
        busy = {each.way for each in self.office.flying.values()}
        idle = [each for each in found if each.state is not NoticeState.SENDING and each.way not in busy]
        assert idle == [], idle

    @rule(device=DEVICES)
    def recover(self, device: str) -> None:
        self.office.recover(device)

    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        waiting = (State.UNACKNOWLEDGED, State.RETURNED)
        numbers = [each.number for each in self.office.alarms.values() if each.state in waiting]
        if numbers:
            number = data.draw(st.sampled_from(numbers))
            self.office.acknowledge(number)
            for each in self.office.notices.values():
                if each.is_open and number in each.alarms and each.kind in OF_RAISES:
                    assert each.state is NoticeState.SENDING
                    assert each.is_stopped or len(each.alarms) > 1

    @rule()
    def deliver(self) -> None:
        for notice in [*self.office.flying.values()]:
            self.office.deliver(notice)

    @rule(is_final=st.booleans(), data=st.data())
    def fail(self, *, is_final: bool, data: st.DataObject) -> None:
        if flying := [*self.office.flying.values()]:
            self.office.fail(data.draw(st.sampled_from(flying)), is_final=is_final)

    @rule(seconds=PAUSES)
    def wait(self, seconds: float) -> None:
        self.office.wait(seconds)

    @rule(seconds=st.sampled_from([0.0, 20.0, 4000.0]))
    def restart(self, seconds: float) -> None:
        self.office.restart(after_s=seconds)

    @rule(seconds=st.sampled_from([-7200.0, -30.0, 45.0, 10_000.0]))
    def set_clock(self, seconds: float) -> None:
        by = round(seconds * SECOND)
        self.office.now += by
        self.office.commit(self.office.engine.clock_set(by))

    @invariant()
    def nobody_is_told_twice(self) -> None:
        told = Counter((each.told_key, each.way) for each in self.notices())
        assert max(told.values(), default=1) == 1

    @invariant()
    def one_message_is_under_way_to_an_address(self) -> None:
        under_way = Counter(each.way for each in (self.office.flying.values() if self.notices() else ()))
        assert max(under_way.values(), default=1) == 1

    @invariant()
    def what_is_open_has_a_time(self) -> None:
        for each in self.notices():
            assert not each.is_open or (each.due is not None and each.give_up_at is not None)

    @precondition(lambda self: hasattr(self, "office"))
    @invariant()
    def nothing_is_open_about_alarms_that_are_over(self) -> None:
        for each in self.notices():
            if each.state is NoticeState.WAITING and each.kind in OF_RAISES:
                states = {self.office.alarms[number].state for number in each.alarms}
                assert states <= {State.UNACKNOWLEDGED}

    def notices(self) -> list[Notice]:
        return [*self.office.notices.values()] if hasattr(self, "office") else []

    def teardown(self) -> None:
        """Once messages arrive, everybody knows what stands, and all that is over is told to whom it may concern."""
        if not hasattr(self, "office"):
            return
        office = self.office
        office.wait_delivering(2 * 86_400)
        told = {
            number
            for each in office.notices.values()
            if each.state is NoticeState.DELIVERED and each.kind in OF_RAISES
            for number in each.alarms
        }
        given_up = {
            number
            for each in office.notices.values()
            if each.state is NoticeState.FAILED and each.urgency is Urgency.QUIET
            for number in each.alarms
        }
        for alarm in office.alarms.values():
            if alarm.state is State.UNACKNOWLEDGED:
                assert alarm.number in told | given_up
        office.acknowledge_all()
        for device in ("p1", "p2"):
            office.recover(device)
        office.wait_delivering(2 * 86_400)
        assert not [each for each in office.notices.values() if each.is_open]
        knows = {
            (number, each.way)
            for each in office.notices.values()
            if each.state is NoticeState.DELIVERED
            and each.kind in OF_RAISES
            and each.way.channel.value in ("email", "webhook")
            for number in each.alarms
        }
        over = {
            (number, each.way)
            for each in office.notices.values()
            if each.state in (NoticeState.DELIVERED, NoticeState.FAILED) and each.kind == NoticeKind.OVER
            for number in each.alarms
        }
        standing = {each.number for each in office.alarms.values() if each.state is not State.NORMAL}
        assert {each for each in knows - over if each[0] not in standing} == set()
        siren = [each for each in office.notices.values() if each.way.channel == "siren" and each.attempts]
        if any(each.state is NoticeState.DELIVERED for each in siren):
            assert max(siren, key=lambda each: each.number).kind == NoticeKind.SIREN_OFF, [
                (each.number, each.kind, each.state) for each in siren
            ]


TestTelling = histories_of(Telling, 60, steps=25)
STEP = st.one_of(
    st.tuples(st.just("breach"), KINDS, DEVICES),
    st.tuples(st.just("recover"), DEVICES),
    st.tuples(st.just("acknowledge")),
    st.tuples(st.just("deliver")),
    st.tuples(st.just("fail")),
    st.tuples(st.sampled_from(["wait_delivering", "wait_failing"]), PAUSES),
)


@settings(max_examples=TORTURE or 60, derandomize=not TORTURE, deadline=None)
@given(site=st.sampled_from(sorted(SITES)), steps=st.lists(STEP, max_size=14))
def test_a_run_with_restarts_tells_people_the_same(site: str, steps: list[tuple[Any, ...]]) -> None:
    plain, restarted = (Office(configuration(**SITES[site])) for _ in range(2))
    for name, *arguments in steps:
        for office in (plain, restarted):
            match name:
                case "acknowledge":
                    office.acknowledge_all()
                case "deliver":
                    office.deliver_all()
                case "fail":
                    office.fail_all()
                case _:
                    getattr(office, name)(*arguments)
            for notice in [each for each in office.under_way if each.is_stopped or each.obsolete]:
                office.fail(notice)  # a restart does not send again what nobody need be told any more
        restarted.restart()
        assert _told(plain) == _told(restarted), name


def _told(office: Office) -> list[tuple[object, ...]]:
    return [
        (each.person, str(each.way), each.title, each.state, each.attempts, each.due)
        for each in office.notices.values()
    ]
