"""Measures, in one run on one Mosquitto: the limit, the gateway's throughput, CPU and memory, and alarm latency."""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import httpx
import paho.mqtt.client as paho
import psutil
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.influx import InfluxDB
from benchmarks.load import SITE, topic_of

_BROKER = """listener {port} 127.0.0.1
allow_anonymous true
max_inflight_messages 1000
max_queued_messages 0
set_tcp_nodelay true
"""
_PROFILE = """profile: bench_pump
title: {en: Pump of the benchmark, zh: 基准测试水泵}
metrics:
  pressure:    {type: float, unit: MPa, range: [0, 2.5]}
  flow:        {type: float, unit: m3/h, range: [0, 500]}
  vibration:   {type: float, unit: mm/s, range: [0, 50]}
  current:     {type: float, unit: A, range: [0, 100]}
  temperature: {type: float, unit: °C, range: [-40, 200]}
  running:     {type: bool}
messages:
  - {topic: "site/{site}/pump/{device}/telemetry", time: ts}
"""
_RULES = {
    "low-pressure": "pressure < 0.1",
    "low-flow": "flow < 1",
    "vibration": "vibration > 8",
    "current": "current > 20",
    "hot": "temperature > 90",
}
ALLOCATOR = {
    # As the shipped systemd unit and image set it: glibc gives memory back instead of keeping it per thread.
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_TRIM_THRESHOLD_": "131072",
    "MALLOC_MMAP_THRESHOLD_": "131072",
}
DEVICES, _PROBES = 5_000, 300
_ASK_EVERY_S, _ASK_OFTEN = 0.1, 0.9
"""The gateway answers how far it is rarely, as that costs it a millisecond, until so much is committed."""
_ROOT = Path(__file__).parent.parent


def main() -> int:
    """Run the benchmark and print its figures; the last line is for machines."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3, help="the medians of so many rounds are printed")
    options = parser.parse_args()
    if shutil.which("mosquitto") is None:
        print("mosquitto is not on PATH: apt-get install mosquitto", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as name:
        return _measure(Path(name), options.messages, options.rounds)


def _measure(directory: Path, messages: int, rounds: int) -> int:
    site = write_site(directory)
    limits, rates, costs, later_costs, sizes = [], [], [], [], []
    influx_costs = []
    if influx := InfluxDB.of(os.environ):
        influx.check()
    for number in range(1, rounds + 1):
        with mosquitto(directory) as port:
            limit = _limit(port, messages)
            data = directory / f"data{number}"
            with gateway(data, site, port) as (process, http):
                rate, cost, later_cost = throughput(process, http, data, port, messages)
                size = peak_mb(process)
        print(
            f"round {number}: limit {limit:.0f}/s, gateway {rate:.0f}/s, ratio {rate / limit:.2f}, "
            f"{cost:.1f} µs CPU a message until committed, {later_cost:.1f} µs with the series written, {size:.0f} MB"
        )
        limits.append(limit)
        rates.append(rate)
        costs.append(cost)
        later_costs.append(later_cost)
        sizes.append(size)
        if influx:
            cost, later_cost = _with_influxdb(influx, directory / f"influxdb{number}", site, messages)
            print(f"  in InfluxDB: {cost:.1f} µs until committed, {later_cost:.1f} µs until it has counted all points")
            influx_costs.append(later_cost)
    with mosquitto(directory) as port, gateway(directory / "data-latency", site, port) as (_, http):
        print_latency(port)
    ratio = statistics.median(rate / limit for rate, limit in zip(rates, limits, strict=True))
    print(f"with the series written as well: cpu_us {statistics.median(later_costs):.1f}")
    if influx_costs:
        print(f"with the series written to InfluxDB: cpu_us {statistics.median(influx_costs):.1f}")
    print(
        f"ratio {ratio:.2f} cpu_us {statistics.median(costs):.1f} rss_mb {max(sizes):.0f} "
        f"limit_per_s {statistics.median(limits):.0f} gateway_per_s {statistics.median(rates):.0f}"
    )
    return 0


def _with_influxdb(influx: InfluxDB, directory: Path, site: Path, messages: int) -> tuple[float, float]:
    """CPU (µs a message) until all are committed, and until InfluxDB has counted their points."""
    with influx.points() as points:
        site, data = points.copy_site(site, directory), directory / "data"
        with mosquitto(directory) as port, gateway(data, site, port, settings=influx.settings) as (process, http):
            _, cost, later_cost = throughput(process, http, data, port, messages, stored=points.count)
            return cost, later_cost


def write_site(directory: Path, devices: int = DEVICES) -> Path:
    """The site file of the benchmark: so many pumps under five rules, and 300 more that raise alarms."""
    (directory / "pump.yaml").write_text(_PROFILE)
    names = [f"p{device:05d}" for device in range(devices)] + [f"probe{probe:05d}" for probe in range(_PROBES)]
    site = {
        "site": {"id": SITE, "name": {"en": "Benchmark"}},
        "include": ["pump.yaml"],
        "devices": [{"id": name, "profile": "bench_pump"} for name in names],
        "rules": [
            {
                "id": rule,
                "applies_to": {"profile": "bench_pump"},
                "when": when,
                "severity": "critical",
                "title": {"en": rule},
                "ticket": {"category": "pump", "priority": "P2", "team": "engineering"},
            }
            for rule, when in _RULES.items()
        ],
    }
    file = directory / "site.yaml"
    file.write_text(json.dumps(site))  # JSON is YAML
    return file


def free_port() -> int:
    """A TCP port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def mosquitto(directory: Path, port: int | None = None) -> Iterator[int]:
    """A broker for the benchmark, at this port or any; its port."""
    port = port or free_port()
    config = directory / "mosquitto.conf"
    config.write_text(_BROKER.format(port=port))
    process = subprocess.Popen(["mosquitto", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(lambda: _answers(port), "mosquitto")
        yield port
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.contextmanager
def gateway(
    data: Path,
    site: Path,
    port: int,
    *,
    checkout: Path = _ROOT,
    python: str = sys.executable,
    settings: Mapping[str, str] | None = None,
    prefix: Sequence[str] = (),
) -> Iterator[tuple[psutil.Process, str]]:
    """A gateway of this checkout, or of another one that has its own Python; its process and where its API is. A prefix
    is the command under which it runs."""
    http = f"127.0.0.1:{free_port()}"
    command = [*prefix, python, "-m", "gateway", "run", "--site", str(site), "--data-dir", str(data), "--http", http]
    environment = {"PATH": "/usr/bin:/bin", "GATEWAY_MQTT_PORT": str(port), "GATEWAY_LOG": "warning", **ALLOCATOR}
    environment |= settings or {}
    process = subprocess.Popen(command, env=environment, cwd=checkout)
    try:
        _wait(lambda: _is_ready(http), "the gateway")
        yield psutil.Process(process.pid), http
    finally:
        process.terminate()
        process.wait()


def _is_ready(http: str) -> bool:
    try:
        return httpx.get(f"http://{http}/readyz").status_code == 200
    except httpx.HTTPError:
        return False


def _wait(condition: object, what: str, within_s: float = 60.0) -> None:
    assert callable(condition)
    end = time.perf_counter() + within_s
    while not condition():
        if time.perf_counter() > end:
            raise SystemExit(f"{what} was not there within {within_s:.0f} s")
        time.sleep(0.02)


def _load(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.load", *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _start(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def _limit(port: int, messages: int) -> float:
    """Messages a second that a subscriber which discards them can take."""
    with _load(port, messages) as subscriber, _load(port, messages, DEVICES, 0) as publisher:
        _line(subscriber)
        _line(publisher)
        _start(publisher)
        limit = float(_line(subscriber))
        _line(publisher)
        return limit


def throughput(
    process: psutil.Process,
    http: str,
    data: Path,
    port: int,
    messages: int,
    *,
    devices: int = DEVICES,
    stored: Callable[[], int] | None = None,
) -> tuple[float, float, float]:
    """Messages a second and CPU (µs a message) until all are committed; and CPU until their series are written."""
    with _load(port, messages, devices, 0) as publisher, httpx.Client() as client:
        _line(publisher)
        before = _cpu_s(process)
        begun = time.perf_counter()
        _start(publisher)
        _wait(functools.partial(_has_committed, client, http, messages), "the last message")
        seconds, cpu = time.perf_counter() - begun, _cpu_s(process) - before
        _line(publisher)
        stored = stored or functools.partial(_readings, data)
        _wait(lambda: stored() >= messages, "the last reading in the series")
        return messages / seconds, cpu / messages * 1e6, (_cpu_s(process) - before) / messages * 1e6


def publish(data: Path, port: int, messages: int) -> None:
    """Publish so many messages and wait until all are in the series. The gateway is not asked: that would be counted,
    and it may be slow."""
    before = _readings(data)
    with _load(port, messages, DEVICES, 0) as publisher:
        _line(publisher)
        _start(publisher)
        _line(publisher)
        _wait(lambda: _readings(data) >= before + messages, "the last reading in the series", 600.0)


def _has_committed(client: httpx.Client, http: str, messages: int) -> bool:
    committed = int(client.get(f"http://{http}/healthz").json()["committed_messages"])
    if committed < messages * _ASK_OFTEN:
        time.sleep(_ASK_EVERY_S)
    return committed >= messages


def _readings(data: Path) -> int:
    with contextlib.closing(sqlite3.connect(data / "series.db")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return sum(
            int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
            for table in ("readings", "fresh")
            if table in tables
        )


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def peak_mb(process: psutil.Process) -> float:
    """The most memory that the process has had."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _send_at_once(_client: object, _data: object, sock: object) -> None:
    assert isinstance(sock, socket.socket)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def print_latency(port: int) -> None:
    """From publishing a breach of a fresh device to receiving its alarm event, at 2,000 messages/s."""
    sent: dict[str, float] = {}
    took: dict[str, float] = {}

    def on_message(_client: object, _data: object, message: paho.MQTTMessage) -> None:
        device = message.topic.split("/")[3]
        if device in sent:
            took.setdefault(device, time.perf_counter() - sent[device])

    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bench-latency")
    client.on_message = on_message
    client.on_socket_open = _send_at_once
    client.connect("127.0.0.1", port)
    client.subscribe(f"gateway/{SITE}/alarms/#", 1)
    client.loop_start()
    with _load(port, 2_000 * 12, DEVICES, 2_000) as publisher:
        _line(publisher)
        _start(publisher)
        time.sleep(1)
        for probe in range(_PROBES):
            device = f"probe{probe:05d}"
            payload = json.dumps({"ts": int(time.time() * 1000), "pressure": 0.05, "flow": 12.0, "running": True})
            sent[device] = time.perf_counter()
            client.publish(topic_of(0).replace("p00000", device), payload, qos=1)
            time.sleep(0.03)
        _wait(lambda: len(took) == _PROBES, "the last alarm")
        _line(publisher)
    client.loop_stop()
    client.disconnect()
    milliseconds = sorted(seconds * 1e3 for seconds in took.values())
    p50, p95, p99 = (milliseconds[min(len(milliseconds) - 1, int(len(milliseconds) * q))] for q in (0.5, 0.95, 0.99))
    print(
        f"alarm latency at 2,000 messages/s: {len(took)} alarms, p50 {p50:.1f} ms, p95 {p95:.1f} ms, "
        f"p99 {p99:.1f} ms, max {milliseconds[-1]:.1f} ms"
    )


if __name__ == "__main__":
    sys.exit(main())
