"""A world around the engine: devices, a broker that keeps what it may, a link that breaks, clocks, a process that dies.

Two engines and the model hear the same. The first is restarted; the second has a blind gap of the same length instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache

import msgspec

from gateway import parts
from gateway.core.alarms.actions import Acknowledge, Reset
from gateway.core.configuration import Configuration
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.errors import GatewayError
from gateway.core.kernel.times import MILLISECOND, SECOND, Micros, from_datetime
from gateway.core.telemetry.readings import Message
from tests.unit.core.sites import NOON
from tests.unit.core.stores import Store
from tests.unit.core.told.model import Model, Told
from tests.unit.core.told.site import DEVICES, configuration

Values = dict[str, bool | float]
Pair = tuple[str, str]
"""A device and a rule."""


@cache
def site() -> Configuration:
    """The site's files, compiled once."""
    return configuration()


class Run:
    """An engine, and what it has told people."""

    def __init__(self, now: Micros) -> None:
        self.engine = Engine(site(), parts.makers(), now=now)
        self.told: dict[Pair, list[Told]] = {}
        self.alarms: dict[Pair, int] = {}
        """The number of the latest alarm of each device and rule."""
        self.store = Store()
        self.read = 0
        """Messages that this run of the engine has read."""
        self.keep(self.engine.beginning)

    def keep(self, changes: Changes) -> bool:
        """Commit a step; returns whether people were told something of a device."""
        self.store.commit(changes)
        has_told = False
        for publication in changes.publications:
            if "/tickets/" in publication.topic:
                continue
            event = msgspec.json.decode(publication.payload)
            if event.get("device") is None:
                continue  # of the gateway itself, or of a flood
            pair = event["device"], event["rule"].removeprefix(f"{DEVICES[event['device']]}-")
            time = from_datetime(datetime.fromisoformat(event["time"]))
            self.told.setdefault(pair, []).append(Told(time, event["step"], event["state"]))
            self.alarms[pair] = event["alarm"]
            has_told = True
        return has_told

    def step(self, messages: Sequence[Message]) -> None:
        """Read messages, and commit what follows from them."""
        self.read += len(messages)
        self.keep(self.engine.step(messages))

    def settle(self) -> None:
        """The broker has the acknowledgements of all that was read."""
        self.keep(self.engine.settle(self.read))

    def act(self, pair: Pair, now: Micros, *, reset: bool) -> bool:
        """A person acknowledges or resets the latest alarm of a rule; returns whether that was possible."""
        number = self.alarms.get(pair, 0)
        action = Reset(alarm=number, by="Li Wei") if reset else Acknowledge(alarm=number, by="Li Wei")
        try:
            changes = self.engine.act(action, now)
        except GatewayError:
            return False
        return self.keep(changes)

    def restart(self, now: Micros) -> None:
        """The process was killed and starts again."""
        self.read = 0
        self.engine = Engine(site(), parts.makers(), self.store.checkpoint(), now=now)
        self.keep(self.engine.beginning)


def _shown(told: Sequence[Told]) -> list[str]:
    """With seconds from the beginning."""
    return [f"{(each.time - NOON) / SECOND:g} {each.step}: {each.state}" for each in told]


@dataclass
class Packet:
    """A message on its way."""

    number: int
    device: str
    values: Values
    stamp: Micros | None = None
    bad: frozenset[str] = frozenset()
    """Further metrics, whose values cannot be used."""
    packet_id: int = 0
    sent_before: bool = False
    retained: bool = False

    def message(self, received: Micros) -> Message:
        """As it is received."""
        content: dict[str, object] = {**self.values, **dict.fromkeys(sorted(self.bad), "?")}
        if self.stamp is not None:
            content["ts"] = self.stamp // MILLISECOND
        topic = f"site/s1/{DEVICES[self.device]}/{self.device}"
        return Message(
            topic,
            msgspec.json.encode(content),
            received,
            self.packet_id,
            redelivered=self.sent_before,
            retained=self.retained,
        )


@dataclass
class Broker:
    """Keeps the session of the gateway, and the retained messages."""

    queue: list[Packet] = field(default_factory=list)
    in_flight: list[Packet] = field(default_factory=list)
    """Sent, and not acknowledged."""
    retained: dict[str, Packet] = field(default_factory=dict)
    has_session: bool = False
    _numbers: int = 0
    _packet_ids: int = 0

    def publish(self, packet: Packet, *, retain: bool) -> None:
        """A device publishes."""
        packet = replace(packet, number=self.number())
        if retain:
            self.retained[packet.device] = packet
        if self.has_session:
            self.queue.append(packet)

    def number(self) -> int:
        """The next number of a packet."""
        self._numbers += 1
        return self._numbers

    def send(self, most: int) -> list[Packet]:
        """The next packets of the queue go out."""
        sent, self.queue = self.queue[:most], self.queue[most:]
        for packet in sent:
            if not packet.packet_id:
                packet.packet_id = self._free_packet_id()
        self.in_flight += sent
        return sent

    def connection_lost(self) -> None:
        """What was not acknowledged is sent again, first and marked."""
        for packet in self.in_flight:
            packet.sent_before = True
        self.queue, self.in_flight = self.in_flight + self.queue, []

    def session_lost(self) -> None:
        """It forgets what it had kept for the gateway."""
        self.queue, self.in_flight = [], []

    def subscribe(self) -> None:
        """The gateway subscribes: its session begins or goes on, and retained messages are sent."""
        self.has_session = True
        for packet in self.retained.values():
            self.queue.append(replace(packet, number=self.number(), packet_id=0, sent_before=False, retained=True))

    def _free_packet_id(self) -> int:
        taken = {packet.packet_id for packet in (*self.in_flight, *self.queue)}
        while (packet_id := self._packet_ids % 5 + 1) in taken and len(taken) < 5:
            self._packet_ids += 1
        self._packet_ids += 1
        return packet_id if packet_id not in taken else max(taken) + 1


class World:
    """Everything, and its time."""

    def __init__(self) -> None:
        self.now: Micros = NOON
        """By the steady clock, which is right."""
        self.offset: Micros = 0
        """By how much the gateway's wall clock is wrong."""
        self.broker = Broker()
        self.is_connected = False
        self.is_cut = False
        """Whether the link is cut and nobody knows yet."""
        self._heard_until = self.now
        """Until when a restart would know that the gateway has heard, by the steady clock."""
        self.restarted, self.patient = Run(self.wall), Run(self.wall)
        self.model = Model({device: profile == "bridged" for device, profile in DEVICES.items()}, self.now)
        self._heard_at = self.now
        self.newest_sent: dict[str, Micros] = {}

    @property
    def wall(self) -> Micros:
        """The gateway's wall clock."""
        return self.now + self.offset

    @property
    def runs(self) -> tuple[Run, Run]:
        """Both engines."""
        return self.restarted, self.patient

    @property
    def is_blind(self) -> bool:
        """Whether the gateway is blind."""
        return self.model.is_blind

    def close(self) -> None:
        """Remove what is on disk."""
        for run in self.runs:
            run.store.close()

    # What devices do.

    def publish(self, packet: Packet, *, retain: bool = False) -> None:
        """A device publishes."""
        self.broker.publish(packet, retain=retain)

    # What the link does.

    def read(self, most: int, *, acknowledge: bool = True) -> None:
        """The gateway reads from the link, in one batch."""
        if not self.is_connected or self.is_cut:
            return
        packets = self.broker.send(most)
        if not packets:
            return
        for run in self.runs:
            run.step([packet.message(self.wall) for packet in packets])
        for packet in packets:
            self.model.hear(
                packet.number,
                packet.device,
                packet.values,
                packet.bad,
                packet.stamp,
                again=packet.sent_before,
                retained=packet.retained,
                now=self.now,
                offset=self.offset,
            )
        self._hear()
        if acknowledge:
            self.broker.in_flight = []
            for run in self.runs:
                run.settle()
        self._check_life_safety(packets)

    def connect(self, *, session_kept: bool) -> None:
        """The gateway connects and subscribes."""
        if not session_kept:
            self.broker.session_lost()
        self.is_connected, self.is_cut = True, False
        self.broker.subscribe()

    def finish_backlog(self) -> None:
        """The fence comes back: the gateway hears."""
        for run in self.runs:
            run.keep(run.engine.set_hearing(self.wall))
        self.model.set_hearing(self.now)
        self._hear()

    def lose_link(self) -> None:
        """The connection is lost, and the gateway notices."""
        since = self._heard_at if self.is_cut else self.now
        self.is_connected = self.is_cut = False
        self.broker.connection_lost()
        self._set_blind(since)

    def pause(self) -> None:
        """Reading is paused: the connection stands, and the broker keeps what comes."""
        self._set_blind(self.now)

    def cut(self) -> None:
        """The link is cut without a word."""
        self.is_cut = True
        self._heard_at = self.now

    # What the process and its clock do.

    def kill(self, down: Micros) -> None:
        """The process is killed, and starts again after a time."""
        self.is_connected = self.is_cut = False
        self.broker.connection_lost()
        since = self._heard_until
        self.now += down
        self.restarted.restart(self.wall)
        assert self.restarted.engine.blind_since == since + self.offset
        self._set_blind_in(self.patient, since)
        self.model.set_blind(since)

    def kill_in_step(self, most: int, down: Micros) -> None:
        """The process is killed after it has read messages, and before it has committed what follows from them."""
        if self.is_connected and not self.is_cut:
            packets = self.broker.send(most)
            self.restarted.engine.step([packet.message(self.wall) for packet in packets])
        self.kill(down)

    def snapshot(self) -> None:
        """The latest values are saved. While delays run, the broker is asked first whether the link stands."""
        if not self.is_blind and self.restarted.engine.next_due() is not None:
            if self.is_cut:
                self.lose_link()
            else:
                self._heard_until = self._heard_at = self.now
        for run in self.runs:
            run.keep(run.engine.snapshot(self.wall))

    def set_clock(self, by: Micros) -> None:
        """The gateway's wall clock is set."""
        self.offset += by
        for run in self.runs:
            run.keep(run.engine.clock_set(by))

    def wait(self, duration: Micros) -> None:
        """Time passes."""
        until = self.now + duration
        while (due := self._next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            self._tick()
        self.now = until
        self._tick()

    # What people do.

    def act(self, pair: Pair, *, reset: bool) -> None:
        """A person acknowledges or resets an alarm."""
        watch = self.model.watches[pair][1]
        expected = watch.reset(self.wall) if reset else watch.acknowledge(self.wall)
        assert [run.act(pair, self.wall, reset=reset) for run in self.runs] == [expected] * 2

    # What must hold.

    def check(self) -> None:
        """People were told the same by all three."""
        expected = {pair: watch.told for pair, (_, watch) in self.model.watches.items() if watch.told}
        for name, run in (("with gaps", self.patient), ("with restarts", self.restarted)):
            for pair in sorted(expected.keys() | run.told.keys()):
                seen, wanted = _shown(run.told.get(pair, ())), _shown(expected.get(pair, ()))
                assert seen == wanted, f"{' '.join(pair)} {name}: told {seen}, not {wanted}"

    def _check_life_safety(self, packets: Sequence[Packet]) -> None:
        """The last thing that a device says of smoke, and that nothing speaks against, is an alarm or none."""
        for packet in packets:
            newest = self.newest_sent.get(packet.device, 0)
            stamp = packet.stamp
            if stamp is not None:
                self.newest_sent[packet.device] = max(newest, stamp)
            is_last = not any(
                other.device == packet.device and ("smoke" in other.values or "smoke" in other.bad)
                for other in packets[packets.index(packet) + 1 :]
            )
            is_plain = not packet.retained and not packet.sent_before and is_last and packet.values.get("smoke") is True
            if is_plain and (stamp is None or (newest < stamp and abs(stamp - self.wall) <= 60 * SECOND)):
                for run in self.runs:
                    assert run.told[packet.device, "fire"][-1].state in ("unacknowledged", "acknowledged")

    def _next_due(self) -> Micros | None:
        """When the next delay ends, for any of the three, by the steady clock."""
        dues = [due - self.offset for run in self.runs if (due := run.engine.next_due()) is not None]
        expected = self.model.next_due(self.now)
        return min(dues if expected is None else [*dues, expected], default=None)

    def _tick(self) -> None:
        due = self._next_due()
        if due is not None and due <= self.now and not self.is_blind:
            if self.is_cut:  # the gateway asks the broker first, and has no answer
                self.lose_link()
            else:
                self._heard_at = self.now
        was_blind = self.is_blind
        for run in self.runs:
            told = run.keep(run.engine.tick(self.wall))
            assert not (told and was_blind)
        self.model.tick(self.now, self.offset)

    def _hear(self) -> None:
        self._heard_at = self.now
        if not self.is_blind:
            self._heard_until = self.now

    def _set_blind(self, since: Micros) -> None:
        for run in self.runs:
            self._set_blind_in(run, since)
        if not self.is_blind:
            self._heard_until = since
        self.model.set_blind(since)

    def _set_blind_in(self, run: Run, since: Micros) -> None:
        run.keep(run.engine.set_blind(since + self.offset))
