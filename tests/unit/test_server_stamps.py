"""Stamps that a server puts on: what a bridge has kept is no news, and a server with a wrong clock is still heard."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from gateway import parts
from gateway.core.configuration import Configuration
from gateway.core.kernel.times import SECOND
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database
from gateway.store.writer import Writer
from tests.unit.core.sites import Seen, at, states
from tests.unit.test_retained_states import Bench, load

DAY_S = 86_400.0
FIVE_DAYS_S = 5 * DAY_S


@dataclass(frozen=True)
class Server:
    """A smoke detector behind a server."""

    device: str
    topic: str
    payload: Callable[[bool, float], str]
    """Smoke or not, and when the server heard it, in seconds from noon."""

    def load(self, home: Path) -> Configuration:
        return load(home, self.device)

    def says(self, bench: Bench, at_s: float, *, smoke: bool, stamp_s: float, retained: bool = False) -> Seen:
        return bench.send(at_s, self.topic, self.payload(smoke, stamp_s), retained=retained)


def iso(at_s: float) -> str:
    return datetime.fromtimestamp(at(at_s) / SECOND, UTC).isoformat()


def zigbee2mqtt(smoke: bool, stamp_s: float) -> str:
    return msgspec.json.encode({"smoke": smoke, "battery": 90, "last_seen": iso(stamp_s)}).decode()


def chirpstack(smoke: bool, stamp_s: float) -> str:
    """An uplink of a Milesight GS524N."""
    frame = bytes([0x00, 0x11 if smoke else 0x17, 0, 0, 0, 0])
    uplink = {
        "time": iso(stamp_s),
        "deviceInfo": {"devEui": "24e124136b000001", "applicationId": "a"},
        "fPort": 85,
        "fCnt": 7,
        "data": b64encode(frame).decode(),
    }
    return msgspec.json.encode(uplink).decode()


SERVERS = [
    Server("smoke_detector, dialect: zigbee2mqtt, address: s1", "zigbee2mqtt/s1", zigbee2mqtt),
    Server(
        "smoke_detector, dialect: milesight_gs524n, address: 24e124136b000001",
        "application/a/device/24e124136b000001/event/up",
        chirpstack,
    ),
]
EACH_SERVER = pytest.mark.parametrize("server", SERVERS, ids=["zigbee2mqtt", "lorawan"])


def hearing(configuration: Configuration) -> Bench:
    bench = Bench(configuration)
    bench.hear(0)
    return bench


def smoke_of(bench: Bench) -> tuple[object, float]:
    """Whether there is smoke as the API shows it, and since how many seconds."""
    device = bench.engine.devices["d"]
    return device.values.get("smoke"), (device.times["smoke"] - at(0)) / 1e6


@EACH_SERVER
def test_a_fire_that_a_bridge_has_kept_for_days_is_none_now(tmp_path: Path, server: Server) -> None:
    bench = hearing(server.load(tmp_path))
    seen = server.says(bench, 10, smoke=True, stamp_s=10 - FIVE_DAYS_S)

    assert (states(seen), seen.tickets, seen.counts.stale, seen.counts.clock_replaced) == ([], [], 1, 0)
    assert [reading.time for reading in seen.readings] == [at(10 - FIVE_DAYS_S)]
    assert smoke_of(bench) == (True, 10 - FIVE_DAYS_S)
    assert bench.engine.devices["d"].received == 0


@EACH_SERVER
def test_what_a_bridge_has_kept_is_no_news_each_time_it_starts(tmp_path: Path, server: Server) -> None:
    bench = hearing(server.load(tmp_path))
    told = [
        states(server.says(bench, second, smoke=True, stamp_s=-FIVE_DAYS_S))
        for second in (1, 1.1, 30, 3_600, DAY_S, 3 * DAY_S)
    ]

    assert told == [[]] * 6


@EACH_SERVER
def test_a_kept_fire_changes_nothing_of_what_was_heard_since(tmp_path: Path, server: Server) -> None:
    bench = hearing(server.load(tmp_path))
    server.says(bench, 1, smoke=False, stamp_s=0)
    seen = server.says(bench, 3_600, smoke=True, stamp_s=-60)

    assert (states(seen), smoke_of(bench)) == ([], (False, 0))


@EACH_SERVER
def test_a_kept_end_of_a_fire_does_not_end_its_alarm(tmp_path: Path, server: Server) -> None:
    bench = hearing(server.load(tmp_path))
    assert states(server.says(bench, 1, smoke=True, stamp_s=0)) == ["unacknowledged"]
    server.says(bench, 3_600, smoke=False, stamp_s=60)

    moved = Seen(bench.engine.tick(at(2 * DAY_S))).alarms
    assert "smoke-fire" not in {alarm.rule for alarm in moved}


def bridge(home: Path) -> Callable[..., Seen]:
    """A smoke detector behind Zigbee2MQTT that sends what it likes: time received, time of its stamp, values."""
    bench = hearing(SERVERS[0].load(home))

    def say(at_s: float, stamp_s: float, **values: object) -> Seen:
        payload = msgspec.json.encode({**values, "last_seen": iso(stamp_s)}).decode()
        return bench.send(at_s, SERVERS[0].topic, payload)

    return say


def rules_of(seen: Seen) -> list[tuple[str, str]]:
    return [(alarm.rule, alarm.state.value) for alarm in seen.alarms]


def test_a_kept_test_does_not_hide_a_live_fire(tmp_path: Path) -> None:
    say = bridge(tmp_path)
    say(10, 10 - FIVE_DAYS_S, smoke=False, test=True)

    assert rules_of(say(20, 20, smoke=True)) == [("smoke-fire", "unacknowledged")]


def test_a_kept_fire_does_not_hide_that_smoke_is_rising(tmp_path: Path) -> None:
    say = bridge(tmp_path)
    say(10, 10 - FIVE_DAYS_S, smoke=True)

    assert rules_of(say(20, 20, smoke_density_dbm=3.0)) == []
    assert rules_of(say(30, 30, smoke_density_dbm=3.0)) == [("smoke-rising", "unacknowledged")]


def test_a_kept_fire_is_none_either_when_a_part_of_the_state_is_heard(tmp_path: Path) -> None:
    say = bridge(tmp_path)
    say(10, 10 - FIVE_DAYS_S, smoke=True, battery=90)
    parts_of_state: list[dict[str, object]] = [{"test": False}, {"battery": 80}, {"smoke_density_dbm": 0.0}]

    assert [rules_of(say(20 + n, 20 + n, **part)) for n, part in enumerate(parts_of_state)] == [[], [], []]


def test_a_kept_end_of_a_fire_is_none_either_when_a_part_of_the_state_is_heard(tmp_path: Path) -> None:
    bench = hearing(SERVERS[0].load(tmp_path))
    SERVERS[0].says(bench, 1, smoke=True, stamp_s=0)
    SERVERS[0].says(bench, 3_600, smoke=False, stamp_s=60)
    bench.send(3_601, SERVERS[0].topic, f'{{"test":false,"last_seen":"{iso(3_601)}"}}')

    moved = Seen(bench.engine.tick(at(2 * DAY_S))).alarms
    assert "smoke-fire" not in {alarm.rule for alarm in moved}


@EACH_SERVER
def test_a_live_fire_after_a_kept_one_is_told(tmp_path: Path, server: Server) -> None:
    bench = hearing(server.load(tmp_path))
    server.says(bench, 1, smoke=True, stamp_s=-FIVE_DAYS_S)

    assert states(server.says(bench, 2, smoke=True, stamp_s=2)) == ["unacknowledged"]


@EACH_SERVER
@pytest.mark.parametrize("slow_s", [301, 8 * 3600, FIVE_DAYS_S, 400 * DAY_S])
def test_a_fire_behind_a_server_whose_clock_is_slow_is_told_from_the_second_message_on(
    tmp_path: Path, server: Server, slow_s: float
) -> None:
    bench = hearing(server.load(tmp_path))
    first = server.says(bench, 10, smoke=True, stamp_s=10 - slow_s)
    second = server.says(bench, 12, smoke=True, stamp_s=12 - slow_s)

    assert (states(first), states(second)) == ([], ["unacknowledged"])
    assert (second.readings[0].time, second.counts.clock_replaced) == (at(12), 1)


@EACH_SERVER
def test_a_fire_behind_a_server_known_to_be_slow_is_told_at_once(tmp_path: Path, server: Server) -> None:
    bench = hearing(server.load(tmp_path))
    for day in range(40):
        server.says(bench, day * DAY_S, smoke=False, stamp_s=day * DAY_S - FIVE_DAYS_S + day)  # a second a day fast

    seen = server.says(bench, 40 * DAY_S, smoke=True, stamp_s=40 * DAY_S - FIVE_DAYS_S + 40)
    assert states(seen) == ["unacknowledged"]


@EACH_SERVER
def test_a_fire_that_a_slow_server_has_kept_is_no_news_either(tmp_path: Path, server: Server) -> None:
    bench = hearing(server.load(tmp_path))
    for second in (0, 600):
        server.says(bench, second, smoke=False, stamp_s=second - FIVE_DAYS_S)
    seen = server.says(bench, 7_200, smoke=True, stamp_s=1_200 - FIVE_DAYS_S)  # heard 100 minutes ago

    assert states(seen) == []


@EACH_SERVER
def test_whole_seconds_and_slow_deliveries_do_not_hide_a_servers_pace(tmp_path: Path, server: Server) -> None:
    bench = hearing(server.load(tmp_path))
    server.says(bench, 10.0, smoke=False, stamp_s=10 - FIVE_DAYS_S)

    assert states(server.says(bench, 12.4, smoke=True, stamp_s=11 - FIVE_DAYS_S)) == ["unacknowledged"]


@EACH_SERVER
def test_a_buffer_of_a_server_is_no_slow_clock(tmp_path: Path, server: Server) -> None:
    """Its stamps advance faster than the time received."""
    bench = hearing(server.load(tmp_path))
    told = [states(server.says(bench, 10 + n / 10, smoke=True, stamp_s=n * 10 - FIVE_DAYS_S)) for n in range(20)]

    assert told == [[]] * 20


@EACH_SERVER
@pytest.mark.parametrize("stamp_s", [100.0, 30 * DAY_S])
def test_a_server_whose_clock_is_fast_is_believed_to_speak_of_now(
    tmp_path: Path, server: Server, stamp_s: float
) -> None:
    bench = hearing(server.load(tmp_path))
    seen = server.says(bench, 10, smoke=True, stamp_s=stamp_s)

    assert (states(seen), seen.readings[0].time, seen.counts.clock_replaced) == (["unacknowledged"], at(10), 1)


@EACH_SERVER
def test_a_server_that_never_had_a_clock_is_believed_to_speak_of_now(tmp_path: Path, server: Server) -> None:
    bench = hearing(server.load(tmp_path))
    in_1970 = 3_600 - at(0) / SECOND

    assert states(server.says(bench, 10, smoke=True, stamp_s=in_1970)) == ["unacknowledged"]


@EACH_SERVER
def test_what_a_server_heard_while_the_gateway_was_blind_is_news(tmp_path: Path, server: Server) -> None:
    bench = hearing(server.load(tmp_path))
    bench.lose(10)
    seen = server.says(bench, 7_200, smoke=True, stamp_s=20)

    assert (states(seen), seen.counts.delayed) == (["unacknowledged"], 1)


@EACH_SERVER
def test_what_a_server_had_kept_before_the_gateway_was_blind_is_none(tmp_path: Path, server: Server) -> None:
    bench = hearing(server.load(tmp_path))
    bench.lose(1_000)

    assert states(server.says(bench, 7_200, smoke=True, stamp_s=600)) == []


@EACH_SERVER
def test_what_a_slow_server_heard_while_the_gateway_was_blind_is_news(tmp_path: Path, server: Server) -> None:
    bench = hearing(server.load(tmp_path))
    server.says(bench, 1, smoke=False, stamp_s=1 - FIVE_DAYS_S)
    bench.lose(1_000)
    early = server.says(bench, 7_200, smoke=True, stamp_s=600 - FIVE_DAYS_S)
    news = server.says(bench, 7_200.1, smoke=True, stamp_s=1_100 - FIVE_DAYS_S)

    assert (states(early), states(news)) == ([], ["unacknowledged"])


@EACH_SERVER
def test_the_buffer_of_a_server_is_no_news_after_blindness_either(tmp_path: Path, server: Server) -> None:
    bench = hearing(server.load(tmp_path))
    bench.lose(1_000)
    told = [states(server.says(bench, 7_200 + n / 10, smoke=True, stamp_s=n * 50 - FIVE_DAYS_S)) for n in range(20)]

    assert told == [[]] * 20


@EACH_SERVER
def test_a_retained_state_says_nothing_of_a_servers_clock(tmp_path: Path, server: Server) -> None:
    bench = Bench(server.load(tmp_path))
    server.says(bench, 1, smoke=True, stamp_s=1 - FIVE_DAYS_S, retained=True)
    bench.hear(2)

    assert states(server.says(bench, 10, smoke=True, stamp_s=10 - FIVE_DAYS_S)) == []


@EACH_SERVER
@pytest.mark.parametrize("saves", [False, True])
def test_a_restart_knows_that_a_server_is_slow(tmp_path: Path, server: Server, database: Database, saves: bool) -> None:
    configuration = server.load(tmp_path)
    first = hearing(configuration)
    steps = [server.says(first, second, smoke=False, stamp_s=second - FIVE_DAYS_S) for second in (10, 20)]
    if saves:
        steps.append(Seen(first.engine.snapshot(at(25))))
    Writer(database, parts.tables()).commit([each.changes for each in steps])
    again = Bench(configuration, checkpoint=load_checkpoint(database, parts.tables()), start_s=30)
    again.hear(31)

    assert states(server.says(again, 40, smoke=True, stamp_s=40 - FIVE_DAYS_S)) == ["unacknowledged"]


@EACH_SERVER
@pytest.mark.parametrize("saves", [False, True])
def test_a_restart_knows_what_a_bridge_has_kept(
    tmp_path: Path, server: Server, database: Database, saves: bool
) -> None:
    configuration = server.load(tmp_path)
    first = hearing(configuration)
    steps = [server.says(first, 10, smoke=True, stamp_s=-FIVE_DAYS_S)]
    if saves:
        steps.append(Seen(first.engine.snapshot(at(25))))
    Writer(database, parts.tables()).commit([each.changes for each in steps])
    again = Bench(configuration, checkpoint=load_checkpoint(database, parts.tables()), start_s=30)
    again.hear(31)

    assert states(server.says(again, 40, smoke=True, stamp_s=-FIVE_DAYS_S)) == []
    assert smoke_of(again) == (True, -FIVE_DAYS_S)
    assert again.engine.devices["d"].facts["smoke"] is False
