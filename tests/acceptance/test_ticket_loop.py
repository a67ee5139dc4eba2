"""The whole loop of a ticket, from a pump that runs dry to the rating, with a crash of the gateway in every state."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest

from simulators.broker import Broker
from simulators.fleet import Fleet
from simulators.publisher import transmit
from simulators.simulation import Simulation
from tests.gateway_process import ROOT, GatewayProcess
from tests.servers import HOST, Mosquitto, wait_until

SITE = """
site: {id: trial, name: {en: Trial}}
devices: [{id: p1, profile: booster_pump}]
disable_rules: [pump-dry-run]
rules:
  - id: dry-run
    applies_to: {profile: booster_pump}
    when: running && inlet_pressure < dry_run_pressure
    for: 1s
    clear_when: inlet_pressure > dry_run_pressure + 0.005
    clear_for: 1s
    severity: critical
    title: {en: Pump running dry}
    ticket: {category: pump, priority: P1, team: engineering}
people:
  - {id: tech-1, name: Li Wei, teams: [engineering], skills: [pump], contact: [{mqtt: people/tech-1}]}
service_levels:
  - {category: pump, respond: 10m, on_site: 20m, resolve: 3h}
holds: {parts: [resolve]}
"""
"""Without a roster, as the gateway follows one only where something vouches for the clock of its machine."""
RESPOND, ON_SITE, RESOLVE = timedelta(minutes=10), timedelta(minutes=20), timedelta(hours=3)
MILLISECOND = timedelta(milliseconds=1)
"""Times are microseconds inside, and milliseconds at the API: so much may two of them be off together."""
TECHNICIAN, DUTY_ROOM = "Li Wei", "Duty room"


class Hands(Protocol):
    """How people make the steps of a ticket."""

    def do(self, gateway: GatewayProcess, step: str, by: str, **said: str | int) -> None:
        """Make a step of ticket 1, which must be possible."""


class Api:
    """By the HTTP API."""

    def do(self, gateway: GatewayProcess, step: str, by: str, **said: str | int) -> None:
        status, answer = gateway.post(f"/api/v1/tickets/1/{step}", {"by": by, **said})
        assert status == 200, answer


class Commands:
    """By commands of a shell."""

    def do(self, gateway: GatewayProcess, step: str, by: str, **said: str | int) -> None:
        values = [str(said.pop("rating"))] if "rating" in said else []
        options = [part for name, value in said.items() for part in (f"--{name.replace('_', '-')}", str(value))]
        command = ["tickets", step, "1", *values, "--by", by, *options, "--url", f"http://{HOST}:{gateway.port}"]
        subprocess.run(  # an error ends the test, with what was printed
            [sys.executable, "-m", "gateway", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, timeout=30
        )


@asynccontextmanager
async def pump_running_dry(broker: Mosquitto) -> AsyncIterator[Simulation]:
    """A simulated pump that runs dry, five times as fast as real ones, until its fault is ended."""
    fleet = Fleet.model_validate({"site": "trial", "devices": [{"id": "p1", "class": "booster_pump"}]})
    simulation = Simulation(fleet, seed=1)
    simulation.begin("p1", "dry_run")
    broker_address = Broker(host=HOST, port=broker.port)
    sending = asyncio.create_task(transmit(simulation.telemetry(), broker=broker_address, site="trial", speed=5))
    try:
        yield simulation
        assert not sending.done(), "the pump has stopped sending"
    finally:
        sending.cancel()
        await asyncio.wait([sending])


def read(gateway: GatewayProcess, path: str) -> dict[str, Any]:
    status, answer = gateway.get(f"/api/v1{path}")
    assert status == 200, answer
    found: dict[str, Any] = answer
    return found


def ticket(gateway: GatewayProcess) -> dict[str, Any]:
    return read(gateway, "/tickets/1")


def maintenance(gateway: GatewayProcess) -> list[dict[str, Any]]:
    """All that there was of the pump, also what is over."""
    found: list[dict[str, Any]] = read(gateway, "/maintenance?ended=true")["maintenance"]
    return found


def remembered(gateway: GatewayProcess) -> dict[str, Any]:
    """All that is said of the ticket and of the maintenance, but what passes with the time of the question."""
    found = ticket(gateway)
    for clock in found["clocks"]:
        if clock["state"] == "running":
            del clock["left_s"]
    return found | {"maintenance of p1": maintenance(gateway)}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def clocks(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {clock["clock"]: clock for clock in found["clocks"]}


def history(found: dict[str, Any]) -> list[tuple[str, str | None, dict[str, Any]]]:
    """What became of it: each step and entry, who made it, and what is recorded of it."""
    return [(each["data"]["step"], each["by"], each["data"]) for each in found["steps"]]


class Loop:
    """One run of the whole loop."""

    def __init__(self, gateway: GatewayProcess, hands: Hands, *, crashes: bool) -> None:
        self._gateway = gateway
        self._hands = hands
        self._crashes = crashes
        self.crashed: list[str] = []
        """The states in which the gateway was killed."""

    def run(self, simulation: Simulation) -> dict[str, Any]:
        """From the alarm to the rating; the ticket at its end."""
        gateway = self._gateway
        wait_until(lambda: gateway.get("/api/v1/tickets")[1]["tickets"], within=20, what="the ticket of the alarm")
        wait_until(lambda: ticket(gateway)["state"] == "assigned", what="somebody to be asked")
        assert (ticket(gateway)["assignee"], ticket(gateway)["alarm_stands"]) == ("tech-1", True)
        self._reached("assigned")
        self._do("decline", TECHNICIAN, note="A riser has burst at building 2")
        wait_until(lambda: history(ticket(gateway))[-1][0] == "nobody to ask", what="nobody to be left")
        self._reached("new")
        self._do("assign", DUTY_ROOM, to="tech-1", note="The riser is shut off")
        self._do("accept", TECHNICIAN)
        self._reached("accepted")
        self._do("arrive", TECHNICIAN, out_of_service_for="1h")
        (out_of_service,) = maintenance(gateway)
        assert (out_of_service["devices"], out_of_service["ended_at"]) == (["p1"], None)
        self._reached("on_site")
        self._do("hold", TECHNICIAN, reason="parts", note="The valve comes at once")
        self._reached("on_hold")
        self._do("resume", TECHNICIAN)
        status, refusal = gateway.post("/api/v1/tickets/1/resolve", {"by": TECHNICIAN, "note": "Valve replaced"})
        assert (status, "its alarm still stands" in refusal["detail"]) == (409, True)
        simulation.end("p1", "dry_run")
        wait_until(lambda: not ticket(gateway)["alarm_stands"], within=20, what="a good reading")
        self._do("resolve", TECHNICIAN, note="Inlet valve replaced", cause="blocked")
        self._reached("resolved")
        self._do("confirm", DUTY_ROOM)
        self._reached("confirmed")
        self._do("close", DUTY_ROOM)
        self._reached("closed")
        self._do("rate", DUTY_ROOM, rating=5)
        return ticket(gateway)

    def _do(self, step: str, by: str, **said: str | int) -> None:
        """Make a step: it is recorded with the time at which it was made."""
        began = datetime.now(UTC) - MILLISECOND
        self._hands.do(self._gateway, step, by, **said)
        ended = datetime.now(UTC)
        recorded = next(each for each in ticket(self._gateway)["steps"][::-1] if each["by"] == by)
        assert began <= moment(recorded["time"]) <= ended, (step, recorded)

    def _reached(self, state: str) -> None:
        """The ticket is in this state; where the gateway crashes, it is so afterwards, in all that is said of it."""
        before = remembered(self._gateway)
        assert before["state"] == state
        if self._crashes:
            self._gateway.kill()
            self._gateway.start()
            assert remembered(self._gateway) == before
            self.crashed.append(state)


async def run_loop(directory: Path, site: Path, hands: Hands, *, crashes: bool) -> dict[str, Any]:
    """The ticket at the end of a run; its clocks are checked against the times of what was done."""
    with (
        Mosquitto(directory / "broker") as broker,
        GatewayProcess(directory / "gateway", site, broker.port) as gateway,
    ):
        loop = Loop(gateway, hands, crashes=crashes)
        async with pump_running_dry(broker) as simulation:
            found = await asyncio.to_thread(loop.run, simulation)
        (out_of_service,) = maintenance(gateway)
    states = ["assigned", "new", "accepted", "on_site", "on_hold", "resolved", "confirmed", "closed"]
    assert loop.crashed == (states if crashes else [])
    assert (found["state"], found["rating"], found["cause_code"]) == ("closed", 5, "blocked")
    check_clocks(found)
    times = {step["data"]["step"]: step["time"] for step in found["steps"]}
    assert (out_of_service["started_at"], out_of_service["ended_at"]) == (times["arrive"], times["resolve"])
    return found


def check_clocks(found: dict[str, Any]) -> None:
    """Each clock began, was met and would have run out when the steps say so, with the hold taken out."""
    at = {step["data"]["step"]: moment(step["time"]) for step in found["steps"]}
    opened = moment(found["opened_at"])
    assert opened == at["open"]
    held = at["resume"] - at["hold"]
    assert held > timedelta(0)
    by_kind = clocks(found)
    assert list(by_kind) == ["respond", "on_site", "resolve"]
    for kind, target, met, paused in (
        ("respond", RESPOND, at["accept"], timedelta(0)),
        ("on_site", ON_SITE, at["arrive"], timedelta(0)),
        ("resolve", RESOLVE, at["resolve"], held),
    ):
        clock = by_kind[kind]
        assert (clock["state"], clock["target_s"]) == ("met", target.total_seconds())
        assert (moment(clock["began_at"]), moment(clock["met_at"])) == (opened, met)
        assert abs(moment(clock["due_at"]) - (opened + target + paused)) <= 2 * MILLISECOND
        left = target - (met - opened - paused)
        assert abs(timedelta(seconds=clock["left_s"]) - left) <= 2 * MILLISECOND
        assert (clock["warned_at"], clock["breached_at"]) == (None, None)
    assert (moment(found["on_site_at"]), moment(found["resolved_at"])) == (at["arrive"], at["resolve"])
    assert moment(found["ended_at"]) == at["close"]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.yaml"
    file.write_text(SITE)
    return file


async def test_a_ticket_goes_from_the_alarm_to_its_rating_the_same_with_a_crash_in_every_state(
    tmp_path: Path, site: Path
) -> None:
    crashed, whole = await asyncio.gather(
        run_loop(tmp_path / "crashed", site, Api(), crashes=True),
        run_loop(tmp_path / "whole", site, Commands(), crashes=False),
    )
    assert history(crashed) == history(whole)
    assert [step for step, _, _ in history(whole)] == [
        "open",
        "assign",
        "decline",
        "nobody to ask",
        "assign",
        "accept",
        "arrive",
        "hold",
        "resume",
        "alarm returned",
        "resolve",
        "confirm",
        "close",
        "rating",
    ]
