"""The demo: what it shows, in the terminal and at the API, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.servers import HOST, free_port, wait_until
from tests.warm_process import WarmProcess

ROOT = Path(__file__).parents[2]
RULES = {"elevator-entrapment", "pump-dry-run", "smoke-fire"}


class Demo:
    """`facility-gateway demo` in a process of its own, with its temporary files in `temporary`."""

    def __init__(self, directory: Path, *options: str, warm: bool = False) -> None:
        """`warm`: in one that has loaded most of it already."""
        self.port = free_port()
        self.temporary = directory / "temporary"
        self.temporary.mkdir()
        self._output = directory / "output.txt"
        addresses = ["--http", f"{HOST}:{self.port}", "--mqtt", f"{HOST}:{free_port()}"]
        environment = {**os.environ, "TMPDIR": str(self.temporary), "COLUMNS": "200"}
        arguments = ["demo", *addresses, *options]
        self.process: WarmProcess | subprocess.Popen[bytes]
        if warm:
            self.process = WarmProcess(arguments, cwd=ROOT, env=environment, output=self._output)
            return
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gateway", *arguments],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def output(self) -> str:
        return self._output.read_text(encoding="utf-8")

    def get(self, name: str) -> list[dict[str, Any]]:
        """A list of the API; empty while nobody answers."""
        assert self.process.poll() is None, self.output
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self.port}/api/v1/{name}", timeout=5) as answer:
                found: list[dict[str, Any]] = json.load(answer)[name.partition("?")[0]]
                return found
        except OSError:
            return []

    def lines(self, text: str) -> list[str]:
        """What it has printed with this text in it."""
        return [line for line in self.output.splitlines() if text in line]

    def end(self, number: signal.Signals) -> float:
        """Ask it to end; the seconds that it took."""
        asked = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(timeout=10)
        assert code == 0, self.output
        return time.monotonic() - asked


@contextmanager
def running(directory: Path, *options: str) -> Iterator[Demo]:
    demo = Demo(directory, *options)
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.process.kill()
            demo.process.wait()


def test_an_entrapment_a_dry_run_and_a_fire_are_alarms_and_tickets_at_the_api_and_in_the_terminal(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as demo:
        wait_until(lambda: {alarm["rule"] for alarm in demo.get("alarms")} >= RULES, within=45, what="the alarms")
        alarms = {alarm["rule"]: alarm for alarm in demo.get("alarms")}
        tickets = {ticket["alarm"]: ticket for ticket in demo.get("tickets")}
        assert any(demo.temporary.iterdir()), "its state is not where this test looks for what is left of it"
        took = demo.end(signal.SIGINT)

    for rule, device, where in (
        ("elevator-entrapment", "lift-b1-1", "Lift 1 (lift-b1-1), Lift shaft"),
        ("pump-dry-run", "pump-b1-1", "Booster pump 1 (pump-b1-1), Pump room"),
        ("smoke-fire", "smoke-b1-1", "Smoke detector 1 (smoke-b1-1), Building 1, floor 3"),
    ):
        alarm = alarms[rule]
        ticket = tickets[alarm["number"]]
        assert (alarm["device"], alarm["severity"], alarm["ticket"]) == (device, "critical", ticket["number"])
        assert (ticket["device"], ticket["priority"]) == (device, "P1")
        assert ticket["state"] in ("new", "assigned", "accepted", "on_site")
        assert any("ALARM" in line for line in demo.lines(f"#{alarm['number']} {alarm['title']} · {where} ·"))
        assert demo.lines(f"#{ticket['number']} {ticket['title']} · P1 for {ticket['team']}, respond by")
    assert took < 3
    assert "Traceback" not in demo.output
    assert list(demo.temporary.iterdir()) == [], "something was left behind"


def test_technicians_accept_attend_resolve_and_confirm_and_the_next_is_asked_where_one_forgets(tmp_path: Path) -> None:
    with running(tmp_path, "--speed", "30") as demo:
        closed = "tickets?state=closed&category=pump"
        ticket = wait_until(lambda: demo.get(closed), within=90, what="a pump to be repaired")[0]
        demo.end(signal.SIGINT)

    about = f"ticket     #{ticket['number']} Pump running dry · "
    happened = [line.partition(about)[2].partition(", ")[0] for line in demo.lines(about)]
    accepted = next(line for line in happened if line.startswith("accepted by "))
    name = accepted.removeprefix("accepted by ")
    assert happened[:2] == ["P1 for engineering", "Wang Fang is asked"]
    assert name in ("Li Wei", "Zhao Lei")
    expected = [
        f"Wang Fang has not accepted: {name} is asked",
        accepted,
        f"{name} is on site",
        f"resolved by {name}: fault cleared",
    ]
    expected += ["confirmed by Duty room", "rated 3 of 5 by Duty room", "closed by Duty room"]
    assert [line for line in happened if line in expected] == expected
    assert demo.lines("  Wang Fang: 0 of ")
    assert demo.lines(f"checklist  #{ticket['number']} Pump after a repair · complete, signed by {name}")
    assert demo.lines(f"notice     Wang Fang (mqtt): [P1] Ticket {ticket['number']}: Pump running dry")
    assert demo.lines(f"notice     {name} (mqtt): [P1] Ticket {ticket['number']}: Pump running dry")
    (opened,), (met,) = demo.lines("Tickets: "), demo.lines("Clocks: ")
    assert int(opened.split()[1]) >= int(opened.split()[3]) >= 1
    assert int(met.split()[1]) >= 3
    assert "Traceback" not in demo.output


def test_in_chinese_it_speaks_chinese(tmp_path: Path) -> None:
    with running(tmp_path, "--language", "zh", "--speed", "30") as demo:
        wait_until(lambda: demo.get("tickets"), within=45, what="a ticket")
        (ticket, *_) = demo.get("tickets?state=all")[::-1]
        demo.end(signal.SIGINT)
    (first, *_) = demo.lines(f"#{ticket['number']} {ticket['title']} · {ticket['priority']}，工程部")
    assert "工单" in first
    assert demo.lines("工单：开单 ")
    assert demo.lines("facility-gateway 演示 · 滨江花园：11 台模拟设备，按 Ctrl-C 结束")


def test_with_a_data_directory_its_state_is_kept(tmp_path: Path) -> None:
    data = tmp_path / "state"
    with running(tmp_path, "--data-dir", str(data), "--speed", "30") as demo:
        wait_until(lambda: demo.get("tickets"), within=45, what="a ticket")
        assert demo.end(signal.SIGTERM) < 3

    assert f"State is kept in {data}." in demo.output.replace("\n", "")
    with closing(sqlite3.connect(data / "gateway.db")) as connection:
        assert connection.execute("SELECT count(*) FROM alarms WHERE ticket IS NOT NULL").fetchone() > (0,)


def fails(directory: Path, *options: str) -> str:
    """What the demo prints that cannot start."""
    demo = Demo(directory, *options, warm=True)
    assert demo.process.wait(timeout=30) == 1, demo.output
    assert list(demo.temporary.iterdir()) == [], "something was left behind"
    return demo.output


def test_a_taken_http_port_is_told_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        address = f"{HOST}:{taken.getsockname()[1]}"
        output = fails(tmp_path, "--http", address)
    assert output == (
        f"facility-gateway: cannot serve HTTP on {address}: another program, perhaps another gateway, uses this port; "
        "choose another address with --http HOST:PORT\n"
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--http", "8080"), "http (from --http): write HOST:PORT, such as 127.0.0.1:8080"),
        (("--mqtt", "1883"), "mqtt (from --mqtt): write HOST:PORT, such as 127.0.0.1:1883, not '1883'"),
        (("--mqtt", "203.0.113.9:1883"), "cannot open an MQTT broker on 203.0.113.9:1883: Cannot assign"),
    ],
)
def test_an_address_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, options: tuple[str, str], sentence: str
) -> None:
    output = fails(tmp_path, *options)
    assert output.startswith(f"facility-gateway: {sentence}")
    assert output.count("\n") == 1
