"""The simulators against a real broker."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import aiomqtt
import pytest

from simulators.broker import Broker
from simulators.errors import BrokerError
from simulators.fleet import Fleet, fleet_from, load_fleet
from simulators.publisher import publish
from simulators.recording import open_recording
from simulators.replay import replay
from simulators.simulation import Simulation
from simulators.sparkplug.payload import Metric, Payload, decode, encode
from simulators.telemetry import DeviceClass
from simulators.uplink import Publication
from tests.servers import Mosquitto, eventually, free_port

EXAMPLE = Path(__file__).parents[2] / "simulators" / "example.yaml"
FLEET = {"site": "s", "devices": [{"id": f"pump-{n}", "class": "booster_pump"} for n in range(5)]}

Payloads = dict[str, list[dict[str, Any]]]


@asynccontextmanager
async def received(port: int) -> AsyncIterator[Payloads]:
    """Everything that arrives on the telemetry topics of any site, by topic, in order of arrival."""
    payloads: Payloads = defaultdict(list)
    subscribed = asyncio.Event()

    async def collect() -> None:
        async with aiomqtt.Client("127.0.0.1", port) as client:
            await client.subscribe("site/+/+/+/telemetry", qos=1)
            subscribed.set()
            async for message in client.messages:
                assert message.qos == 1
                assert not message.retain
                payloads[str(message.topic)].append(json.loads(bytes(message.payload)))

    collecting = asyncio.create_task(collect())
    await subscribed.wait()
    yield payloads
    collecting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await collecting


class BreakableLine:
    """A TCP relay to the broker that can break all its connections."""

    def __init__(self, port: int) -> None:
        self._upstream = port
        self.port = free_port()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def cut(self) -> None:
        """Break every connection, whatever is on its way, and take no new ones."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._upstream)
        self._writers |= {writer, back}
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._copy(reader, back))
            tasks.create_task(self._copy(there, writer))

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(4096):
                writer.write(data)
                await writer.drain()
        writer.close()


def expected(fleet: Fleet, until: float) -> dict[str, list[dict[str, Any]]]:
    """The metrics each native topic should carry."""
    natives = {device.id for device in fleet.all_devices if device.dialect == "native"}
    metrics: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for said in Simulation(fleet).telemetry():
        if said.at > until:
            return metrics
        if said.device in natives:
            topic = f"site/{fleet.site}/{said.device_class}/{said.device}/telemetry"
            metrics[topic].append(dict(said.metrics))
    return metrics


def without_stamps(payloads: Payloads) -> Payloads:
    return {
        topic: [{key: value for key, value in one.items() if key != "ts"} for one in sent]
        for topic, sent in payloads.items()
    }


@pytest.mark.parametrize("speed", [600.0, 6000.0])
async def test_a_fleet_says_the_same_at_any_speed(mosquitto: Mosquitto, speed: float) -> None:
    fleet = load_fleet(EXAMPLE)
    async with received(mosquitto.port) as payloads:
        await publish(fleet, broker=Broker(port=mosquitto.port), speed=speed, duration=240.0)
        await eventually(lambda: without_stamps(payloads) == expected(fleet, 240.0), what="every message")

    for sent in payloads.values():
        assert all(earlier["ts"] < later["ts"] for earlier, later in pairwise(sent))


async def test_stamps_are_those_of_the_clock_that_is_given(mosquitto: Mosquitto) -> None:
    pump = "site/elsewhere/booster_pump/pump-0/telemetry"
    async with received(mosquitto.port) as payloads:
        await publish(
            fleet_from(FLEET),
            broker=Broker(port=mosquitto.port),
            site="elsewhere",
            speed=1000.0,
            duration=5.0,
            clock=lambda: 1_000_000.0,
        )
        await eventually(lambda: len(payloads.get(pump, ())) >= 2, what="two messages of a pump")

    assert [one["ts"] for one in payloads[pump]][:2] == [10**9, 10**9 + 1]


def at_least(count: int, publications: list[Publication]) -> bool:
    return len(publications) >= count


async def test_nothing_is_lost_or_altered_while_the_connection_breaks(mosquitto: Mosquitto) -> None:
    fleet = fleet_from(FLEET)
    line = BreakableLine(mosquitto.port)
    acknowledged: list[Publication] = []
    async with line, received(mosquitto.port) as payloads:
        sending = asyncio.create_task(
            publish(
                fleet,
                broker=Broker(port=line.port),
                speed=100.0,
                duration=200.0,
                on_published=acknowledged.append,
            )
        )
        for arrived in (100, 300, 500):
            await eventually(partial(at_least, arrived, acknowledged), what=f"{arrived} messages")
            await line.cut()
            await line.open()
        await asyncio.wait_for(sending, 30)
        await eventually(
            lambda: all(len({one["ts"] for one in sent}) >= 200 for sent in payloads.values()), what="every message"
        )

    assert len(acknowledged) == sum(len(sent) for sent in expected(fleet, 200.0).values())
    for topic, metrics in expected(fleet, 200.0).items():
        once = {one["ts"]: one for one in payloads[topic]}  # a repeated message is the same, stamp included
        assert without_stamps({topic: [once[ts] for ts in sorted(once)]})[topic] == metrics


async def test_five_hundred_messages_a_second_are_no_burden(mosquitto: Mosquitto) -> None:
    devices = [{"id": f"pump-{n}", "class": "booster_pump"} for n in range(100)]
    acknowledged: list[Publication] = []
    started = time.process_time()  # the wall clock would measure what else the machine does
    await publish(
        fleet_from({"site": "s", "devices": devices}),
        broker=Broker(port=mosquitto.port),
        speed=1e6,
        duration=20.0,
        on_published=acknowledged.append,
    )

    assert len(acknowledged) >= 1900
    assert len(acknowledged) / (time.process_time() - started) > 500


async def test_a_broker_that_is_not_there_is_told_at_once() -> None:
    with pytest.raises(BrokerError, match=r"cannot connect to mqtt://127\.0\.0\.1:.*refused"):
        await publish(fleet_from(FLEET), broker=Broker(port=free_port()))


async def test_a_recording_is_replayed_row_for_row(mosquitto: Mosquitto, tmp_path: Path) -> None:
    rows = [f"{second};{flow}" for second, flow in [(0, 60), (1, 61), (1, "x"), (1, 63), (30, 64)]]
    (tmp_path / "r.csv").write_text("\n".join(["t;f", *rows]), encoding="utf-8")
    (tmp_path / "m.yaml").write_text(
        'delimiter: ";"\ntime: {column: t}\nmetrics: {flow: {column: f, scale: 0.5}}', encoding="utf-8"
    )
    recording = open_recording(
        tmp_path / "r.csv", tmp_path / "m.yaml", device="p", device_class=DeviceClass.BOOSTER_PUMP
    )
    topic = "site/s/booster_pump/p/telemetry"
    async with received(mosquitto.port) as payloads:
        tally = await replay(recording, broker=Broker(port=mosquitto.port), site="s", speed=100.0)
        await eventually(lambda: len(payloads[topic]) == 4, what="every row")

    assert [one["flow"] for one in payloads[topic]] == [30.0, 30.5, 31.5, 32.0]
    assert all(earlier["ts"] < later["ts"] for earlier, later in pairwise(payloads[topic]))
    assert payloads[topic][-1]["ts"] - payloads[topic][0]["ts"] >= 290
    assert (tally.rows, tally.published) == (5, 4)
    assert tally.skipped == {"none of its cells can be read": 1}


async def test_the_command_runs_the_example_and_tells_the_outcome(mosquitto: Mosquitto) -> None:
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "simulators", "run", str(EXAMPLE), "--json"),
        *("--broker", f"mqtt://127.0.0.1:{mosquitto.port}", "--speed", "600", "--for", "2m"),
        cwd=EXAMPLE.parents[1],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await command.communicate()

    assert (command.returncode, err) == (0, b"")
    outcome = json.loads(out)
    assert outcome["devices"]["lift-b1-1"] == 120
    assert outcome["published"] == sum(outcome["devices"].values())


async def test_an_interrupted_command_ends_cleanly(mosquitto: Mosquitto) -> None:
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "simulators", "run", str(EXAMPLE), "--speed", "20"),
        *("--broker", f"mqtt://127.0.0.1:{mosquitto.port}"),
        cwd=EXAMPLE.parents[1],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with received(mosquitto.port) as payloads:
        await eventually(lambda: bool(payloads), what="the first message")
        command.terminate()
        out, err = await command.communicate()

    assert (command.returncode, err) == (0, b"")
    assert b"messages published in" in out


async def test_each_device_speaks_in_its_dialect(mosquitto: Mosquitto) -> None:
    async with heard(mosquitto.port, "#") as packets:
        await publish(load_fleet(EXAMPLE), broker=Broker(port=mosquitto.port), speed=1000.0, duration=130.0)
        await eventually(lambda: len(kinds(packets)) >= 5 and kinds(packets)[-1] == "NDEATH", what="the last of all")

    topics = {packet.topic.value for packet in packets}
    assert {
        "zigbee2mqtt/leak-b1-1",
        "application/simulators/device/24e124136b502156/event/up",
        "tele/meter-b1-1/SENSOR",
        "spBv1.0/riverside/DDATA/plc-1/sump-b1-1",
        "site/riverside/booster_pump/pump-b1-1/telemetry",
    } <= topics
    leaks = [json.loads(packet.payload)["water_leak"] for packet in packets if packet.topic.matches("zigbee2mqtt/+")]
    assert True in leaks
    assert all(packet.qos == (0 if packet.topic.matches("spBv1.0/+/+/#") else 1) for packet in packets[:-1])


NODE = {
    "site": "s",
    "devices": [
        {"id": f"pump-{n}", "class": "booster_pump", "dialect": "sparkplug", "address": f"g/plc-1/pump-{n}"}
        for n in range(2)
    ],
}


@asynccontextmanager
async def heard(port: int, topics: str) -> AsyncIterator[list[aiomqtt.Message]]:
    """Every message on these topics, in order of arrival."""
    packets: list[aiomqtt.Message] = []
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.subscribe(topics, qos=1)

        async def collect() -> None:
            async for packet in client.messages:
                assert not packet.retain
                packets.append(packet)

        collecting = asyncio.create_task(collect())
        yield packets
        collecting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await collecting


def kinds(packets: list[aiomqtt.Message]) -> list[str]:
    """The kind of each Sparkplug message: NBIRTH, DDATA and so on."""
    return [packet.topic.value.split("/")[2] for packet in packets if packet.topic.matches("spBv1.0/#")]


def sent(packets: list[aiomqtt.Message], *wanted: str) -> list[Payload]:
    """The payloads of these kinds."""
    return [
        decode(bytes(packet.payload))
        for packet, kind in zip(packets, kinds(packets), strict=True)
        if not wanted or kind in wanted
    ]


def session_number(payload: Payload) -> object:
    return next(metric.value for metric in payload.metrics if metric.name == "bdSeq")


async def test_an_edge_node_is_born_numbers_its_data_and_says_when_it_goes(mosquitto: Mosquitto) -> None:
    async with heard(mosquitto.port, "spBv1.0/#") as packets:
        await publish(fleet_from(NODE), broker=Broker(port=mosquitto.port), speed=2000.0, duration=300.0)
        await eventually(lambda: kinds(packets)[-1:] == ["NDEATH"], what="the death")

    assert kinds(packets)[:3] == ["NBIRTH", "DBIRTH", "DBIRTH"]
    assert kinds(packets).count("DDATA") >= 598
    numbered = sent(packets, "NBIRTH", "DBIRTH", "DDATA")
    assert [payload.seq for payload in numbered] == [number % 256 for number in range(len(numbered))]
    assert {metric.name for payload in sent(packets, "DDATA") for metric in payload.metrics} == {None}
    assert [session_number(payload) for payload in sent(packets, "NBIRTH", "NDEATH")] == [0, 0]


async def test_a_lost_edge_node_is_dead_by_its_will_and_born_again_with_the_next_number(mosquitto: Mosquitto) -> None:
    async with BreakableLine(mosquitto.port) as line, heard(mosquitto.port, "spBv1.0/#") as packets:
        running = asyncio.create_task(publish(fleet_from(NODE), broker=Broker(port=line.port), speed=20.0))
        await eventually(lambda: "DDATA" in kinds(packets), what="the first data")
        await line.cut()
        await eventually(lambda: "NDEATH" in kinds(packets), what="the will")
        await line.open()
        await eventually(lambda: kinds(packets).count("NBIRTH") == 2, what="the second birth")
        await eventually(lambda: kinds(packets).count("DBIRTH") == 4, what="the births of the devices")
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await eventually(lambda: kinds(packets).count("NDEATH") == 2, what="the death on purpose")

    life = [session_number(payload) for payload in sent(packets, "NBIRTH", "NDEATH")]
    assert life == [0, 0, 1, 1]


async def test_an_edge_node_is_born_again_when_a_host_asks(mosquitto: Mosquitto) -> None:
    rebirth = Payload(timestamp=0, metrics=[Metric(name="Node Control/Rebirth", value=True)])
    async with heard(mosquitto.port, "spBv1.0/#") as packets, aiomqtt.Client("127.0.0.1", mosquitto.port) as host:
        running = asyncio.create_task(publish(fleet_from(NODE), broker=Broker(port=mosquitto.port), speed=20.0))
        await eventually(lambda: "DDATA" in kinds(packets), what="the first data")
        await host.publish("spBv1.0/g/NCMD/plc-1", encode(rebirth), qos=1)
        await eventually(lambda: kinds(packets).count("NBIRTH") == 2, what="the rebirth")
        after = kinds(packets).index("NBIRTH", 1)
        await eventually(lambda: "DDATA" in kinds(packets)[after:], what="data after it")
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    told = [kind for kind in kinds(packets) if kind != "NCMD"]
    again = told.index("NBIRTH", 1)
    assert told[again : again + 3] == ["NBIRTH", "DBIRTH", "DBIRTH"]
    numbered = sent(packets, "NBIRTH", "DBIRTH", "DDATA")[again:]
    assert [payload.seq for payload in numbered] == list(range(len(numbered)))
    assert [session_number(payload) for payload in sent(packets, "NBIRTH")] == [0, 0]
