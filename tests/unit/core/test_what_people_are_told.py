"""Whatever happens in whatever order: people are told what the contracts say, with and without restarts."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from gateway.core.kernel.times import DAY, HOUR, MINUTE, SECOND, Micros
from tests.unit.core.managed.twins import histories_of
from tests.unit.core.told.model import RULES
from tests.unit.core.told.site import DEVICES
from tests.unit.core.told.world import Packet, Values, World


class Said(NamedTuple):
    """A message of a device, and how long it takes until something else happens."""

    device: str
    values: Values
    bad: frozenset[str]
    stamped: bool
    lag: Micros
    retain: bool
    wait: Micros


DEVICE = st.sampled_from(sorted(DEVICES))
SMOKE, LEVEL = st.sampled_from([True, True, False]), st.sampled_from([0.5, 0.5, 1.5, 3.0])
VALUES = st.one_of(
    st.fixed_dictionaries({"smoke": SMOKE}),
    st.fixed_dictionaries({"level": LEVEL}),
    st.fixed_dictionaries({"smoke": SMOKE, "level": LEVEL, "armed": st.just(True)}),
    st.fixed_dictionaries({"armed": st.booleans()}, optional={"smoke": SMOKE, "level": LEVEL, "call": st.booleans()}),
)
BAD = st.sampled_from(
    [frozenset[str]()] * 7 + [frozenset({"smoke"}), frozenset({"call"}), frozenset({"smoke", "level"})]
)
"""Metrics whose values cannot be used."""
SHORT = st.sampled_from([0, SECOND // 2, SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND, 61 * SECOND])
LONG = st.sampled_from([each * SECOND for each in (11, 29, 31, 59, 60, 61, 120, 290, 300, 310, 700)] + [HOUR, DAY])
LAGS = st.sampled_from([0] * 8 + [each * SECOND for each in (1, 2, 10, 40, 100, 299, 301, 600)] + [-30 * SECOND])
CLOCKS = st.sampled_from([0, 50 * SECOND, -20 * SECOND, -HOUR, -5 * DAY, DAY, 2 * HOUR])
TALK = st.lists(
    st.builds(
        Said,
        DEVICE,
        VALUES,
        BAD,
        st.sampled_from([True] * 4 + [False]),
        LAGS,
        st.sampled_from([False] * 5 + [True]),
        SHORT,
    ),
    min_size=1,
    max_size=3,
)
DOWN = st.sampled_from([0, SECOND, 30 * SECOND, 400 * SECOND, HOUR])
READS = st.sampled_from([(100,), (1,), (2, 100), (1, 1, 100), ()])
"""In what portions a backlog is read."""


class Plain(RuleBasedStateMachine):
    """Messages, delays, people, lost links and restarts."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.clocks: dict[str, Micros] = dict.fromkeys(DEVICES, 0)
        self.sent: list[Packet] = []

    @initialize(connected=st.sampled_from([True] * 5 + [False]))
    def start(self, connected: bool) -> None:
        if connected:
            self.come_back((1_000,), session_kept=True, finish=True)

    @rule(talk=TALK)
    def hear(self, talk: list[Said]) -> None:
        self.say(talk)
        self.world.check()

    @rule(duration=LONG)
    def wait(self, duration: Micros) -> None:
        self.world.wait(duration)
        self.world.check()

    @rule(
        missed=TALK, last=st.booleans(), kept=st.sampled_from([True] * 4 + [False]), reads=READS, finish=st.booleans()
    )
    def lose_link(self, missed: list[Said], last: bool, kept: bool, reads: tuple[int, ...], finish: bool) -> None:
        """The link is lost, perhaps before the latest messages were acknowledged."""
        if last:
            self.say(missed[:1], acknowledge=False)
        self.world.lose_link()
        self.say(missed[last:])
        self.come_back(reads, session_kept=kept, finish=finish)
        self.world.check()

    @rule(missed=TALK, last=st.booleans(), down=DOWN, reads=READS, finish=st.booleans())
    def restart(self, missed: list[Said], last: bool, down: Micros, reads: tuple[int, ...], finish: bool) -> None:
        """The process is killed, perhaps before it has acknowledged the latest messages."""
        if last:
            self.say(missed[:1], acknowledge=False)
        self.world.kill(down)
        self.say(missed[last:])
        self.come_back(reads, session_kept=True, finish=finish)
        self.world.check()

    @rule(reads=READS, finish=st.sampled_from([True, True, False]))
    def read_backlog(self, reads: tuple[int, ...], finish: bool) -> None:
        self.come_back(reads, session_kept=True, finish=finish)
        self.world.check()

    @rule(which=st.integers(1, 3), wait=SHORT)
    def send_again(self, which: int, wait: Micros) -> None:
        """A device sends again what it has sent, as a new message."""
        if self.sent:
            self.world.publish(self.sent[-min(which, len(self.sent))])
            self.world.read(100)
            self.world.wait(wait)
            self.world.check()

    @rule(which=st.integers(0, len(DEVICES) * len(RULES) - 1), reset=st.sampled_from([False, False, True]))
    def act(self, which: int, reset: bool) -> None:
        pairs = sorted(self.world.restarted.told) or [("wired", "fire")]
        self.world.act(pairs[which % len(pairs)], reset=reset)
        self.world.check()

    @rule()
    def snapshot(self) -> None:
        self.world.snapshot()

    def say(self, talk: list[Said], *, acknowledge: bool = True) -> None:
        for said in talk:
            stamp = self.world.now + self.clocks[said.device] - said.lag if said.stamped else None
            good = {metric: value for metric, value in said.values.items() if metric not in said.bad}
            packet = Packet(0, said.device, good, stamp, said.bad)
            self.sent.append(packet)
            self.world.publish(packet, retain=said.retain)
            if not self.world.is_blind:
                self.world.read(100, acknowledge=acknowledge)
            self.world.wait(said.wait)

    def come_back(self, reads: tuple[int, ...], *, session_kept: bool, finish: bool) -> None:
        """The link comes back, unless nothing is read; the backlog is read in portions, perhaps not to its end."""
        if not reads or not self.world.is_blind:
            return
        if not self.world.is_connected:
            self.world.connect(session_kept=session_kept)
        for most in reads:
            self.world.read(most)
            self.world.wait(0)
        if finish:
            self.world.read(1_000)
            self.world.finish_backlog()
        self.world.wait(0)

    def teardown(self) -> None:
        self.world.close()


class Stamped(Plain):
    """Device clocks that are wrong and are set."""

    @rule(device=DEVICE, clock=CLOCKS, talk=TALK)
    def set_device_clock(self, device: str, clock: Micros, talk: list[Said]) -> None:
        self.clocks[device] = clock
        self.hear(talk)


class Cut(Plain):
    """Links that are cut without a word, pauses, and deaths in the middle of a step."""

    @rule(missed=TALK, saves=st.booleans(), reads=READS, finish=st.booleans())
    def cut(self, missed: list[Said], saves: bool, reads: tuple[int, ...], finish: bool) -> None:
        if self.world.is_connected and not self.world.is_blind:
            self.world.cut()
            self.say(missed)
            if saves:
                self.world.snapshot()
            self.world.lose_link()
            self.come_back(reads, session_kept=True, finish=finish)
            self.world.check()

    @rule(missed=TALK, reads=READS, finish=st.booleans())
    def pause(self, missed: list[Said], reads: tuple[int, ...], finish: bool) -> None:
        if self.world.is_connected:
            self.world.pause()
            self.say(missed)
            self.come_back(reads, session_kept=True, finish=finish)
            self.world.check()

    @rule(said=TALK, down=DOWN, reads=READS, finish=st.booleans())
    def die_in_step(self, said: list[Said], down: Micros, reads: tuple[int, ...], finish: bool) -> None:
        if self.world.is_connected:
            for each in said:
                stamp = self.world.now + self.clocks[each.device] - each.lag if each.stamped else None
                self.world.publish(Packet(0, each.device, each.values, stamp), retain=each.retain)
            self.world.kill_in_step(2, down)
            self.come_back(reads, session_kept=True, finish=finish)
            self.world.check()


class Clocks(Cut, Stamped):
    """The gateway's own clock is set as well."""

    @rule(by=st.sampled_from([HOUR, -HOUR, 30 * SECOND, -30 * SECOND, 10 * MINUTE, -DAY]), talk=TALK)
    def set_clock(self, by: Micros, talk: list[Said]) -> None:
        self.world.set_clock(by)
        self.hear(talk)


def test_a_fire_under_a_packet_identifier_that_is_used_again_is_told_after_a_death() -> None:
    """The broker has five identifiers; the sixth message says the same as the first, and comes marked as sent again."""
    machine = Cut()
    fire = Said("radio", {"smoke": True}, frozenset(), stamped=True, lag=0, retain=False, wait=0)
    over = fire._replace(values={"smoke": False})
    machine.start(connected=True)
    for missed in ([fire], [fire], [fire, fire, over]):
        machine.pause(missed=missed, reads=(100,), finish=False)
    machine.die_in_step(said=[fire], down=0, reads=(100,), finish=False)
    assert [told.step for told in machine.world.patient.told["radio", "fire"]] == ["raise", "return", "raise"]
    machine.teardown()


TestPlain = histories_of(Plain, 40, steps=20)
TestStamped = histories_of(Stamped, 40, steps=20)
TestCut = histories_of(Cut, 40, steps=20)
TestClocks = histories_of(Clocks, 40, steps=20)
