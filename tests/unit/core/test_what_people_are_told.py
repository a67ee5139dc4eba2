"""Whatever happens in whatever order: people are told what the contracts say, with and without restarts."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from gateway.core.kernel.times import DAY, HOUR, MINUTE, SECOND, Micros
from tests.unit.core.told.model import RULES
from tests.unit.core.told.site import DEVICES
from tests.unit.core.told.world import Packet, World

TORTURE = int(os.environ.get("TORTURE", "0"))
"""How many examples each machine tries, rather than the same few hundred each time."""

DEVICE = st.sampled_from(sorted(DEVICES))
VALUES = st.one_of(
    st.fixed_dictionaries({"smoke": st.booleans()}),
    st.fixed_dictionaries({"level": st.sampled_from([0.5, 1.5, 3.0])}),
    st.fixed_dictionaries(
        {},
        optional={
            "smoke": st.booleans(),
            "level": st.sampled_from([0.5, 1.5, 3.0]),
            "armed": st.booleans(),
            "call": st.booleans(),
        },
    ).filter(bool),
)
WAITS = st.sampled_from(
    [each * SECOND for each in (1, 5, 10, 29, 31, 59, 60, 61, 120, 290, 300, 310, 700)] + [SECOND // 2, HOUR, DAY]
)
LAGS = st.sampled_from([0] * 6 + [each * SECOND for each in (1, 2, 10, 40, 100, 299, 301, 600)] + [-30 * SECOND])
CLOCKS = st.sampled_from([0, 0, 50 * SECOND, -20 * SECOND, -HOUR, -5 * DAY, DAY, 2 * HOUR])


class Plain(RuleBasedStateMachine):
    """Messages, delays, people, lost links and restarts."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.clocks: dict[str, Micros] = dict.fromkeys(DEVICES, 0)
        self.sent: list[Packet] = []

    @initialize(connected=st.booleans())
    def start(self, connected: bool) -> None:
        if connected:
            self.world.connect(session_kept=True)
            self.world.finish_backlog()

    @rule(
        device=DEVICE,
        values=VALUES,
        stamped=st.sampled_from([True, True, True, False]),
        lag=LAGS,
        retain=st.sampled_from([False, False, False, True]),
        acknowledge=st.sampled_from([True, True, True, False]),
    )
    def send(
        self, device: str, values: dict[str, Any], stamped: bool, lag: Micros, retain: bool, acknowledge: bool
    ) -> None:
        stamp = self.world.now + self.clocks[device] - lag if stamped else None
        self.sent.append(Packet(0, device, values, stamp))
        self.world.publish(device, values, stamp, retain=retain)
        if not self.world.is_blind:
            self.world.read(100, acknowledge=acknowledge)
        self.settle()

    @rule(device=DEVICE, first=VALUES, second=VALUES, wait=WAITS)
    def send_twice(self, device: str, first: dict[str, Any], second: dict[str, Any], wait: Micros) -> None:
        for values in (first, second):
            self.send(device, values, stamped=True, lag=0, retain=False, acknowledge=True)
            self.wait(wait)

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(1, 3))
    def send_again(self, which: int) -> None:
        """A device sends again what it has sent, as a new message."""
        packet = self.sent[-min(which, len(self.sent))]
        self.world.publish(packet.device, packet.values, packet.stamp)
        if not self.world.is_blind:
            self.world.read(100)
        self.settle()

    @rule(duration=WAITS)
    def wait(self, duration: Micros) -> None:
        self.world.wait(duration)
        self.settle()

    @precondition(lambda self: self.world.is_connected)
    @rule()
    def lose_link(self) -> None:
        self.world.lose_link()
        self.settle()

    @precondition(lambda self: not self.world.is_connected)
    @rule(session_kept=st.sampled_from([True, True, True, False]), reads=st.sampled_from([0, 1, 2, 100]))
    def connect(self, session_kept: bool, reads: int) -> None:
        self.world.connect(session_kept=session_kept)
        self.world.read(reads)
        if reads == 100:
            self.world.finish_backlog()
        self.settle()

    @precondition(lambda self: self.world.is_blind and self.world.is_connected)
    @rule(most=st.sampled_from([1, 2, 100]), acknowledge=st.booleans())
    def read_backlog(self, most: int, acknowledge: bool) -> None:
        self.world.read(most, acknowledge=acknowledge)
        if most == 100 and not self.world.is_cut:
            self.world.finish_backlog()
        self.settle()

    @rule(down=st.sampled_from([0, SECOND, 30 * SECOND, 400 * SECOND, HOUR]))
    def restart(self, down: Micros) -> None:
        self.world.kill(down)
        self.settle()

    @rule(which=st.integers(0, len(DEVICES) * len(RULES) - 1), reset=st.booleans())
    def act(self, which: int, reset: bool) -> None:
        pairs = sorted(self.world.restarted.told) or [("wired", "fire")]
        self.world.act(pairs[which % len(pairs)], reset=reset)
        self.settle()

    @rule()
    def snapshot(self) -> None:
        self.world.snapshot()
        self.settle()

    def settle(self) -> None:
        self.world.wait(0)
        self.world.check()

    def teardown(self) -> None:
        self.world.close()


class Stamped(Plain):
    """Device clocks that are wrong and are set."""

    @rule(device=DEVICE, clock=CLOCKS)
    def set_device_clock(self, device: str, clock: Micros) -> None:
        self.clocks[device] = clock


class Cut(Plain):
    """Links that are cut without a word, pauses, and deaths in the middle of a step."""

    @precondition(lambda self: self.world.is_connected and not self.world.is_cut and not self.world.is_blind)
    @rule()
    def cut(self) -> None:
        self.world.cut()

    @precondition(lambda self: self.world.is_connected and not self.world.is_cut)
    @rule()
    def pause(self) -> None:
        self.world.pause()
        self.settle()

    @precondition(lambda self: self.world.is_connected and not self.world.is_cut)
    @rule(device=DEVICE, values=VALUES, lag=LAGS, down=st.sampled_from([0, SECOND, 100 * SECOND]))
    def die_in_step(self, device: str, values: dict[str, Any], lag: Micros, down: Micros) -> None:
        self.world.publish(device, values, self.world.now + self.clocks[device] - lag)
        self.world.kill_in_step(2, down)
        self.settle()


class Clocks(Cut, Stamped):
    """The gateway's own clock is set as well."""

    @rule(by=st.sampled_from([HOUR, -HOUR, 30 * SECOND, -30 * SECOND, 10 * MINUTE, -DAY]))
    def set_clock(self, by: Micros) -> None:
        self.world.set_clock(by)
        self.settle()


def _examples(machine: type[RuleBasedStateMachine], share: int) -> Any:  # noqa: ANN401 — a class made by Hypothesis
    case = machine.TestCase
    case.settings = settings(
        phases=(Phase.generate, Phase.shrink),
        max_examples=TORTURE or share,
        stateful_step_count=20,
        deadline=None,
        derandomize=not TORTURE,
    )
    return case


TestPlain = _examples(Plain, 250)
TestStamped = _examples(Stamped, 250)
TestCut = _examples(Cut, 250)
TestClocks = _examples(Clocks, 250)
