"""Sends telemetry to a broker at the pace of its model time, or faster."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from itertools import takewhile

from simulators.broker import Broker
from simulators.clock import wall_clock
from simulators.encoder import Encoders
from simulators.errors import SimulatorError
from simulators.fleet import Fleet
from simulators.simulation import Simulation
from simulators.sparkplug.edge_node import EdgeNode
from simulators.telemetry import Stamps, Telemetry
from simulators.uplink import Publication, Uplink

OnPublished = Callable[[Publication], None]


async def publish(
    fleet: Fleet,
    *,
    broker: Broker,
    site: str | None = None,
    speed: float = 1.0,
    seed: int = 0,
    clock: Callable[[], float] = wall_clock,
    duration: float | None = None,
    on_published: OnPublished | None = None,
) -> None:
    """Run a fleet until `duration` seconds of model time are over (None: until cancelled). See `transmit`.

    `site` replaces the fleet's own in the topics.
    """
    telemetry: Iterable[Telemetry] = Simulation(fleet, seed=seed).telemetry()
    if duration is not None:
        telemetry = takewhile(lambda each: each.at <= duration, telemetry)
    site = site or fleet.site
    await transmit(
        telemetry,
        broker=broker,
        site=site,
        encoders=Encoders.of(fleet, site=site),
        speed=speed,
        clock=clock,
        on_published=on_published,
    )


async def transmit(
    telemetry: Iterable[Telemetry],
    *,
    broker: Broker,
    site: str,
    encoders: Encoders | None = None,
    speed: float = 1.0,
    clock: Callable[[], float] = wall_clock,
    on_published: OnPublished | None = None,
) -> None:
    """Send telemetry in its order, `speed` times as fast as its model time, until the broker has acknowledged all.

    The `encoders` write the messages; without them all are native. A message's stamp is `clock()` (seconds since the
    epoch, UTC) at sending, and rises strictly for each device. While the broker is unreachable a window of messages is
    kept; when it is full, model time stands still. Cancelling ends it at any moment.

    Raises:
        BrokerError: the broker cannot be reached at the start.
    """
    if not speed > 0.0:
        raise ValueError(f"the speed must be above 0, not {speed:g}")
    failure: BaseException | None = None
    encoders = encoders or Encoders(site)
    plain = Uplink(broker, on_published=on_published)
    nodes = {
        (group, name): Uplink(broker, on_published=on_published, session=EdgeNode(group, name, clock=clock))
        for group, name in encoders.edge_nodes
    }
    uplinks = [plain, *nodes.values()]
    try:
        async with asyncio.TaskGroup() as tasks:
            links = [tasks.create_task(uplink.run(), name="simulators: uplink") for uplink in uplinks]
            for uplink in uplinks:
                await uplink.connected_once()
            await _feed(plain, nodes, telemetry, encoders=encoders, speed=speed, clock=clock)
            for uplink in uplinks:
                await uplink.drained()
            for link in links:
                link.cancel()
    except* SimulatorError as group:
        failure = group.exceptions[0]
    if failure is not None:
        raise failure


async def _feed(
    plain: Uplink,
    nodes: Mapping[tuple[str, str], Uplink],
    telemetry: Iterable[Telemetry],
    *,
    encoders: Encoders,
    speed: float,
    clock: Callable[[], float],
) -> None:
    loop = asyncio.get_running_loop()
    stamps = Stamps()
    start = loop.time()
    for report in telemetry:
        ahead = start + report.at / speed - loop.time()
        if ahead > 0.0:
            await asyncio.sleep(ahead)
        encoder = encoders.encoder(report)
        edge = encoder.edge
        uplink = nodes[edge[:2]] if edge else plain
        ts = stamps.stamp(report.device, clock())
        before = loop.time()
        for packet in encoder.encode(report.metrics, ts):
            part = edge[2] if edge else None
            await uplink.send(Publication(report, ts, packet.topic, packet.payload, packet.qos, part))
        start += loop.time() - before
