"""Prints how long single steps of the gateway hold its event loop: `make loop`, or `python -m benchmarks.loop`.

The gateway runs in this process with 10,000 devices of ten metrics each. Another process publishes all the while.
Snapshots are taken, the API is asked for everything that it lists, the broker is lost and comes back while every device
has a running delay, the clock is set, and all devices raise an alarm at once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
from fastapi import APIRouter
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks import wire
from benchmarks.__main__ import free_port, mosquitto
from benchmarks.watchdog import REQUEST, Watchdog
from gateway import app
from gateway.api import create_api
from gateway.api.services import Services
from gateway.clock import Clock
from gateway.core.kernel.times import HOUR, Micros
from gateway.settings import load_settings
from gateway.site_files import load_configuration

SITE, DEVICES, METRICS, PLACES = "bench", 10_000, 10, 20
_CALM, _DELAYED, _ALARMED = 1.0, 6.0, 11.0
"""Values of the first metric: nothing happens; the delay of a rule runs; an alarm is raised."""
_SHOWN_FROM_MS = 2.0
_LISTS = (
    "/api/v1/devices",
    "/api/v1/devices?profile=bench_sensor",
    "/api/v1/devices?location=place3",
    "/api/v1/devices/d00042",
    "/api/v1/alarms",
    "/api/v1/alarms?limit=1000",
    "/api/v1/alarms?state=all&limit=1000",
    "/api/v1/tickets?limit=1000",
    "/api/v1/site",
    "/api/v1/rejects",
    "/api/v1/rejects/messages",
    "/metrics",
    "/readyz",
    "/healthz",
    "/openapi.json",
    "/docs",
)
_PROFILE = {
    "profile": "bench_sensor",
    "title": {"en": "Sensor of the benchmark", "zh": "基准测试传感器"},
    "metrics": {f"m{number}": {"type": "float"} for number in range(METRICS)},
    "messages": [{"topic": "site/{site}/sensor/{device}/telemetry", "time": "ts"}],
}


class _SettableClock(Clock):
    """A clock that the benchmark sets."""

    ahead: Micros = 0

    def now(self) -> Micros:
        return super().now() + self.ahead


def main() -> int:
    """Run the benchmark, or publish for it; the last line is for machines."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.loop", description=__doc__.split("\n")[0])
    parser.add_argument("--rate", type=float, default=2_000, help="messages a second")
    parser.add_argument("--publish", nargs=3, metavar=("PORT", "VALUE", "ROUNDS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.publish:
        port, value, rounds = options.publish
        return _publish(int(port), float(value), int(rounds), options.rate)
    if shutil.which("mosquitto") is None:
        print("mosquitto is not on PATH: apt-get install mosquitto", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as name:
        return asyncio.run(_Benchmark(Path(name), options.rate).run())


def _publish(port: int, value: float, rounds: int, rate: float) -> int:
    with wire.connect(port, "bench-load") as sock:
        for _ in range(rounds):
            wire.publish_all(sock, [*_packets(value)], rate)
    return 0


def _packets(value: float) -> Iterator[bytes]:
    now = int(time.time() * 1000)
    rest = ",".join(f'"m{number}":{number + now % 1000 / 1000:.3f}' for number in range(1, METRICS))
    for device in range(DEVICES):
        payload = f'{{"ts":{now + device},"m0":{value:.1f},{rest}}}'.encode()
        yield wire.publish_packet(f"site/{SITE}/sensor/d{device:05d}/telemetry", payload, device + 1)


class _Benchmark:
    def __init__(self, directory: Path, rate: float) -> None:
        self._directory = directory
        self._rate = rate
        self._http = f"127.0.0.1:{free_port()}"
        self._watchdog = Watchdog()
        self._clock = _SettableClock()
        self._client = httpx.AsyncClient(base_url=f"http://{self._http}", timeout=60)
        self._worst = (0.0, 0.0, "")

    async def run(self) -> int:
        stop = asyncio.Event()
        async with contextlib.AsyncExitStack() as stack:
            stack.enter_context(self._watchdog.watching())
            broker = contextlib.ExitStack()
            stack.callback(broker.close)
            port = broker.enter_context(mosquitto(self._directory))
            stack.enter_context(mock.patch("gateway.app.create_api", _create_named_api))
            gateway = asyncio.create_task(self._start(port, stop), name="start-up")
            await self._until(lambda health: health["status"] == "ok")
            self._watchdog.reset()  # nobody waits for a gateway that starts

            await self._publish(port, _CALM, rounds=2)
            self._report("telemetry")
            await self._publish(port, _DELAYED)
            self._report("10,000 delays begin")
            self._clock.ahead += HOUR
            await self._publish(port, _DELAYED)
            self._report("the clock is set")
            broker.close()
            await self._until(lambda health: not health["broker_online"])
            broker.enter_context(mosquitto(self._directory, port))
            await self._until(lambda health: health["broker_online"])
            await self._publish(port, _DELAYED)
            self._report("the broker is lost and comes back")
            await self._publish(port, _ALARMED)
            self._report("10,000 alarms")
            await self._publish(port, _ALARMED)
            self._report("lists of 10,000 standing alarms")
            await self._publish(port, _CALM)
            self._report("10,000 alarms return")
            stop.set()
            await gateway
        return self._conclude()

    async def _start(self, port: int, stop: asyncio.Event) -> None:
        options = {"site": self._site(), "data_dir": self._directory / "data", "http": self._http}
        options |= {"mqtt_port": port, "snapshot_every": "3s", "log": "warning"}
        settings, _ = load_settings(options=options)
        await app.run(settings, load_configuration(settings.site), stop=stop, clock=self._clock)

    async def _publish(self, port: int, value: float, rounds: int = 1) -> None:
        """Publish for every device, and ask for all lists until it is done."""
        command = [sys.executable, "-m", "benchmarks.loop", "--rate", str(self._rate)]
        command += ["--publish", str(port), str(value), str(rounds)]
        publisher = await asyncio.create_subprocess_exec(*command)
        while True:
            for path in _LISTS:
                (await self._client.get(path)).raise_for_status()
            if publisher.returncode is not None:
                break
        if publisher.returncode:
            raise SystemExit("the publisher failed")
        await asyncio.sleep(4)  # a snapshot follows

    async def _until(self, reached: Callable[[dict[str, Any]], bool]) -> None:
        while True:
            try:
                if reached((await self._client.get("/healthz")).json()):
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.05)

    def _report(self, what: str) -> None:
        held = sorted(self._watchdog.held.items(), key=lambda each: -each[1].longest_cpu_ms)
        print(
            f"{what}: {sum(each.steps for _, each in held)} steps; the loop was late by at most "
            f"{self._watchdog.late.longest_ms:.1f} ms; {sum(each.stolen for _, each in held)} long steps are left out,"
            " in which the host had taken a processor away"
        )
        for kind, each in held:
            if each.longest_cpu_ms >= _SHOWN_FROM_MS:
                print(f"  {each.longest_ms:7.1f} ms, {each.longest_cpu_ms:7.1f} ms CPU  {kind}", flush=True)
            self._worst = max(self._worst, (each.longest_cpu_ms, each.longest_ms, f"{kind} ({what})"))
        self._watchdog.reset()

    def _conclude(self) -> int:
        cpu, wall, what = self._worst
        print(f"longest hold of the loop: {cpu:.1f} ms CPU, {wall:.1f} ms: {what}")
        print(f"longest_cpu_ms {cpu:.1f} longest_ms {wall:.1f} devices {DEVICES}")
        return 0

    def _site(self) -> Path:
        (self._directory / "sensor.yaml").write_text(json.dumps(_PROFILE))
        applies = {"profile": "bench_sensor"}
        site = {
            "site": {"id": SITE, "name": {"en": "Benchmark"}},
            "include": ["sensor.yaml"],
            "locations": [{"id": f"place{number}", "name": {"en": f"Place {number}"}} for number in range(PLACES)],
            "devices": [
                {"id": f"d{device:05d}", "profile": "bench_sensor", "location": f"place{device % PLACES}"}
                for device in range(DEVICES)
            ],
            "rules": [
                {
                    "id": "high",
                    "applies_to": applies,
                    "when": "m0 > 10",
                    "severity": "critical",
                    "title": {"en": "High"},
                    "ticket": {"category": "sensor", "priority": "P2", "team": "engineering"},
                },
                {
                    "id": "raised",
                    "applies_to": applies,
                    "when": "m0 > 5",
                    "for": "30m",
                    "severity": "warning",
                    "title": {"en": "Raised"},
                },
            ],
        }
        file = self._directory / "site.yaml"
        file.write_text(json.dumps(site))  # JSON is YAML
        return file


def _create_named_api(services: Services, routers: Iterable[APIRouter]) -> ASGIApp:
    """The API, each of whose tasks knows its request."""
    api = create_api(services, routers)

    async def named(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            query = scope["query_string"].decode()
            REQUEST.set(f"GET {scope['path']}" + (f"?{query}" if query else ""))
        await api(scope, receive, send)

    return named


if __name__ == "__main__":
    sys.exit(main())
