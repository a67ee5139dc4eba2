"""What the devices send: the simulators in virtual time, in a process of their own beside the engine's."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, takewhile
from multiprocessing.connection import Connection
from typing import Final

import msgspec

from benchmarks.month.place import REPORTS_EVERY_S, SITE, START, Device
from benchmarks.month.schedule import DAY, Schedule
from simulators.encoder import Encoders
from simulators.fleet import Fleet, fleet_from
from simulators.simulation import Simulation

Sent = tuple[float, str, bytes]
"""When it is sent, in seconds from the start; its topic and its payload."""
_NIGHT: Final = 0.03
"""How much a building is used at night, of a day at noon."""
_AT_ONCE: Final = 2_000
"""Messages that one process hands to the other."""
_START_MS: Final = round(START.timestamp() * 1000)


@contextmanager
def sent_beside(devices: Sequence[Device], schedule: Schedule, *, days: int, seed: int) -> Iterator[Iterator[Sent]]:
    """What arrives at the broker in so many days, in order. Another process simulates it meanwhile.

    Raises:
        RuntimeError: that process has failed; it has printed why.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=_send, args=(sender, devices, schedule, days, seed), name="simulators", daemon=True
    )
    process.start()
    sender.close()
    try:
        yield _received(receiver)
    finally:
        receiver.close()
        process.terminate()
        process.join()


def _received(receiver: Connection) -> Iterator[Sent]:
    while True:
        try:
            messages: list[Sent] = receiver.recv()
        except EOFError as error:
            raise RuntimeError("the simulators have failed") from error
        if not messages:
            return
        yield from messages


def _send(sender: Connection, devices: Sequence[Device], schedule: Schedule, days: int, seed: int) -> None:
    messages = sent(devices, schedule, days=days, seed=seed)
    while chunk := list(islice(messages, _AT_ONCE)):
        sender.send(chunk)
    sender.send([])


def sent(devices: Sequence[Device], schedule: Schedule, *, days: int, seed: int) -> Iterator[Sent]:
    """The same, simulated here as it is asked for."""
    simulation = Simulation(_fleet(devices, schedule), seed=seed, calm_every=REPORTS_EVERY_S, use=_use)
    encoders = Encoders.of(_fleet(devices, schedule), site=SITE)
    topics = {
        each.id: f"site/{SITE}/{each.device_class}/{each.id}/telemetry" for each in devices if each.dialect is None
    }
    lost, encode = schedule.lost, msgspec.json.Encoder().encode
    for report in takewhile(lambda report: report.at < days * DAY, simulation.telemetry()):
        device, at = report.device, report.at
        if device in lost and any(begin <= at < end for begin, end in lost[device]):
            continue
        stamp = _START_MS + int(at * 1000)
        if device in topics:  # native: what the simulators' own encoder writes, in a third of its time
            yield at, topics[device], encode({"ts": stamp, **report.metrics})
        else:
            for packet in encoders.encoder(report).encode(report.metrics, stamp):
                yield at, packet.topic, packet.payload


def _use(at: float) -> float:
    """How much people use the building: most in the afternoon, hardly at night."""
    return max(_NIGHT, math.sin(2.0 * math.pi * (at / DAY - 0.3)))


def _fleet(devices: Sequence[Device], schedule: Schedule) -> Fleet:
    readers = [device.id for device in devices if device.device_class == "nfc_reader"]
    points = [
        {"reader": reader, "uid": f"04A2B3C4D5E6{number:02X}", "after": "4m"} for number, reader in enumerate(readers)
    ]
    return fleet_from(
        {
            "site": SITE,
            "timezone": "Asia/Shanghai",
            "devices": [{**device.in_fleet, "faults": _faults(schedule.acts.get(device.id, ()))} for device in devices],
            "rounds": [{"name": "rounds", "every": "4h", "start": "1h", "points": points}],
        }
    )


def _faults(acts: Sequence[tuple[str, float, float]]) -> list[dict[str, object]]:
    return [{"name": fault, "at": f"{begin:.3f}s", "for": f"{end - begin:.3f}s"} for fault, begin, end in acts]
