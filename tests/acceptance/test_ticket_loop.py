"""The whole loop of a ticket, from a pump that runs dry to the rating, with a crash of the gateway in every state."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import aiomqtt
import pytest

from simulators.broker import Broker
from simulators.fleet import Fleet
from simulators.publisher import transmit
from simulators.simulation import Simulation
from tests.gateway_process import ROOT, GatewayProcess
from tests.servers import HOST, Mosquitto, eventually, wait_until

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
  - {id: tech-2, name: Zhao Min, teams: [engineering], contact: [{mqtt: people/tech-2}]}
  - {id: tech-3, name: Chen Bo, teams: [engineering], skills: [pump], contact: [{mqtt: people/tech-3}]}
  - {id: leader-1, name: Sun Yan, teams: [managers], contact: [{mqtt: people/leader-1}]}
  - {id: guard-1, name: Wang Fang, teams: [security], contact: [{mqtt: people/guard-1}]}
rosters: [{team: engineering, shifts: [{people: [tech-1, tech-2], hours: 00:00-24:00}]}]
dispatch: {accept_within: 7s, teams: {security: off}}
service_levels:
  - {category: pump, respond: 10s, on_site: 20m, resolve: 3h}
  - {category: lighting, respond: 500s, on_site: none, resolve: none, warn_at: 2%}
escalation: [{levels: [{tell: assignee}, {tell: [leader-1], after: 1s}]}]
holds: {parts: [resolve]}
"""
"""Chen Bo has the skill and is never on duty; only the lamp is warned of so early that nothing else is due then."""
RESPOND, ON_SITE, RESOLVE = timedelta(seconds=10), timedelta(minutes=20), timedelta(hours=3)
LAMP_WARNED = timedelta(seconds=10)
WITHIN = timedelta(seconds=7)
"""To accept it."""
MILLISECOND = timedelta(milliseconds=1)
"""Times are microseconds inside, and milliseconds at the API: so much may two of them be off together."""
TECHNICIAN, LEADER, DUTY_ROOM = "Li Wei", "Sun Yan", "Duty room"
PUMP, LAMP = 1, 2
"""The tickets, by number."""


class Hands(Protocol):
    """How people open tickets, and make their steps."""

    def open(self, gateway: GatewayProcess, by: str, **said: str) -> None:
        """Open a ticket."""

    def do(self, gateway: GatewayProcess, step: str, by: str, **said: str | int) -> None:
        """Make a step of the ticket of the pump, which must be possible."""


class Api:
    """By the HTTP API."""

    def open(self, gateway: GatewayProcess, by: str, **said: str) -> None:
        status, answer = gateway.post("/api/v1/tickets", {"by": by, **said})
        assert status == 200, answer

    def do(self, gateway: GatewayProcess, step: str, by: str, **said: str | int) -> None:
        status, answer = gateway.post(f"/api/v1/tickets/{PUMP}/{step}", {"by": by, **said})
        assert status == 200, answer


class Commands:
    """By commands of a shell."""

    def open(self, gateway: GatewayProcess, by: str, **said: str) -> None:
        run(gateway, "open", "--by", by, **said)

    def do(self, gateway: GatewayProcess, step: str, by: str, **said: str | int) -> None:
        values = [str(said.pop("rating"))] if "rating" in said else []
        run(gateway, step, str(PUMP), *values, "--by", by, **said)


def run(gateway: GatewayProcess, *words: str, **said: str | int) -> str:
    """What a command prints about tickets."""
    options = [part for name, value in said.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    command = ["tickets", *words, *options, "--url", f"http://{HOST}:{gateway.port}"]
    done = subprocess.run(  # an error ends the test, with what was printed
        [sys.executable, "-m", "gateway", *command],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
        check=True,
        stdout=subprocess.PIPE,
        timeout=30,
        text=True,
    )
    return done.stdout


class Told(NamedTuple):
    """What somebody was told."""

    person: str
    kind: str
    title: str
    about: str


@asynccontextmanager
async def phones(broker: Mosquitto) -> AsyncIterator[dict[str, dict[str, Any]]]:
    """What arrives at people's topics, by the key of each message: one that comes twice is the same."""
    arrived: dict[str, dict[str, Any]] = {}

    async def listen(client: aiomqtt.Client) -> None:
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            content = json.loads(message.payload)
            key = content["id"].removeprefix(f"{content['store']}/")
            assert arrived.setdefault(key, content)["body"] == content["body"]

    async with aiomqtt.Client(HOST, broker.port) as client:
        await client.subscribe("people/#", qos=1)
        listening = asyncio.create_task(listen(client))
        try:
            yield arrived
        finally:
            listening.cancel()
            await asyncio.wait([listening])


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


def ticket(gateway: GatewayProcess, number: int = PUMP) -> dict[str, Any]:
    return read(gateway, f"/tickets/{number}")


def notices(gateway: GatewayProcess) -> list[dict[str, Any]]:
    """All that people were told, the first first."""
    found: list[dict[str, Any]] = read(gateway, "/notices?limit=1000")["notices"]
    return found[::-1]


def maintenance(gateway: GatewayProcess) -> list[dict[str, Any]]:
    """All that there was of the pump, also what is over."""
    found: list[dict[str, Any]] = read(gateway, "/maintenance?ended=true")["maintenance"]
    return found


def remembered(gateway: GatewayProcess) -> dict[str, Any]:
    """All that is said of the ticket and of the maintenance, but what passes with the time of the question."""
    found = ticket(gateway)
    for clock in found["clocks"]:
        if clock["state"] in ("running", "breached"):
            del clock["left_s"]
    told = [(notice["number"], notice["key"], notice["since"]) for notice in notices(gateway)]
    return found | {"maintenance of p1": maintenance(gateway), "told": told}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def clocks(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {clock["clock"]: clock for clock in found["clocks"]}


def history(found: dict[str, Any]) -> list[tuple[str, str | None, dict[str, Any]]]:
    """What became of it: each step and entry, who made it, and what is recorded of it.

    Those of its clocks come first: they have the moments at which they were due, and where the gateway was away then,
    other steps that it makes late follow them.
    """
    entries = [(each["data"]["step"], each["by"], each["data"]) for each in found["steps"]]
    return sorted(entries, key=lambda entry: not entry[0].startswith("clock "))


def steps(found: dict[str, Any]) -> list[str]:
    return [step for step, _, _ in history(found)]


class Loop:
    """One run of the whole loop."""

    def __init__(self, gateway: GatewayProcess, hands: Hands, *, crashes: bool) -> None:
        self._gateway = gateway
        self._hands = hands
        self._crashes = crashes
        self.crashed: list[str] = []
        """The states in which the gateway was killed."""
        self.back_at: datetime | None = None
        """When it was started after the time in which nobody has accepted the ticket."""

    def run(self, simulation: Simulation) -> dict[str, Any]:
        """From the alarm to the rating; the ticket at its end."""
        gateway = self._gateway
        wait_until(lambda: gateway.get("/api/v1/tickets")[1]["tickets"], within=20, what="the ticket of the alarm")
        self._hands.open(
            gateway, DUTY_ROOM, title="Lamp out", category="lighting", device="p1", team="security", priority="P3"
        )
        wait_until(lambda: ticket(gateway)["state"] == "assigned", what="somebody to be asked")
        self._let_time_run_out()
        wait_until(lambda: steps(ticket(gateway))[-1] == "nobody to ask", within=20, what="nobody to be left")
        self._reached("new")
        self._do("acknowledge", LEADER, note="I send somebody")
        self._do("assign", DUTY_ROOM, to="tech-1", note="The riser is shut off")
        self._do("decline", TECHNICIAN, note="A riser has burst at building 2")
        wait_until(lambda: steps(ticket(gateway))[-1] == "nobody to ask", what="nobody to be left")
        self._do("assign", DUTY_ROOM, to="tech-1", note="Building 2 can wait")
        self._do("accept", TECHNICIAN)
        self._reached("accepted")
        self._do("arrive", TECHNICIAN, out_of_service_for="1h")
        (out_of_service,) = maintenance(gateway)
        assert (out_of_service["devices"], out_of_service["ended_at"]) == (["p1"], None)
        self._reached("on_site")
        self._do("hold", TECHNICIAN, reason="parts", note="The valve comes at once")
        self._reached("on_hold")
        self._do("resume", TECHNICIAN)
        status, refusal = gateway.post(f"/api/v1/tickets/{PUMP}/resolve", {"by": TECHNICIAN, "note": "Valve replaced"})
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
        found = ticket(gateway)
        check_command(found, json.loads(run(gateway, str(PUMP), "--json")), run(gateway, str(PUMP)))
        return found

    def _let_time_run_out(self) -> None:
        """Nobody accepts it: most of the time to respond is over, then all of it, and the leader is told.

        Where the gateway crashes, all of that falls into the time in which it is away.
        """
        gateway, opened = self._gateway, moment(ticket(self._gateway)["opened_at"])
        over = max(opened + RESPOND + timedelta(seconds=1), moment(ticket(gateway, LAMP)["opened_at"]) + LAMP_WARNED)
        if self._crashes:
            assert (ticket(gateway)["assignee"], ticket(gateway)["alarm_stands"]) == ("tech-1", True)
            gateway.kill()
            assert datetime.now(UTC) < opened + WITHIN, "the machine is too slow"
            wait_until(lambda: datetime.now(UTC) > over, within=20, what="the end of all times")
            self.back_at = datetime.now(UTC)
            gateway.start()
            self.crashed.append("assigned")
        wait_until(lambda: steps(ticket(gateway)).count("told") == 2, within=20, what="the leader to be told")

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


class Run(NamedTuple):
    """What a run has left."""

    ticket: dict[str, Any]
    told: Counter[Told]


async def run_loop(directory: Path, site: Path, hands: Hands, *, crashes: bool) -> Run:
    """The ticket at the end of a run, and what people were told; all checked against the times of what was done."""
    with (
        Mosquitto(directory / "broker") as broker,
        GatewayProcess(directory / "gateway", site, broker.port, trust_clock="true") as gateway,
    ):
        loop = Loop(gateway, hands, crashes=crashes)
        async with phones(broker) as arrived, pump_running_dry(broker) as simulation:
            found = await asyncio.to_thread(loop.run, simulation)
            said = await eventually(lambda: all_arrived(gateway, arrived), what="all messages to arrive")
        (out_of_service,) = maintenance(gateway)
        lamp = ticket(gateway, LAMP)
    states = ["assigned", "new", "accepted", "on_site", "on_hold", "resolved", "confirmed", "closed"]
    assert loop.crashed == (states if crashes else [])
    assert (found["state"], found["rating"], found["cause_code"]) == ("closed", 5, "blocked")
    check_clocks(found)
    check_told(found, said)
    check_lamp(lamp, said, back_at=loop.back_at)
    times = {step["data"]["step"]: step["time"] for step in found["steps"]}
    assert (out_of_service["started_at"], out_of_service["ended_at"]) == (times["arrive"], times["resolve"])
    told = Counter(Told(each["person"], each["kind"], each["title"], each["about"]) for each in said)
    return Run(found, told)


def all_arrived(gateway: GatewayProcess, arrived: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """What people are told, once all that is due has arrived at them; nothing until then.

    That the alarm is over is told a while later, so that more can be told with it.
    """
    said, now = notices(gateway), datetime.now(UTC)
    delivered = {notice["key"]: notice["body"] for notice in said if notice["state"] == "delivered"}
    due = {notice["key"] for notice in said if moment(notice["due"]) <= now}
    if not due <= delivered.keys() or delivered.keys() != arrived.keys():
        return []
    assert delivered == {key: each["body"] for key, each in arrived.items()}
    return said


def check_clocks(found: dict[str, Any]) -> None:
    """Each clock began, was met and did or would run out when the steps say so, with the hold taken out."""
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
    warned, breached = (moment(by_kind["respond"][name]) for name in ("warned_at", "breached_at"))
    assert (warned, breached) == (opened + 0.8 * RESPOND, opened + RESPOND)
    assert (at["clock warned"], at["clock breached"]) == (warned, breached)
    assert all(by_kind[kind][name] is None for kind in ("on_site", "resolve") for name in ("warned_at", "breached_at"))
    assert (moment(found["on_site_at"]), moment(found["resolved_at"])) == (at["arrive"], at["resolve"])
    assert moment(found["ended_at"]) == at["close"]


def check_command(found: dict[str, Any], as_json: dict[str, Any], printed: str) -> None:
    """Commands say the same as the API, in which a breach has its moment."""
    assert as_json == found
    for step, said in (("clock warned", "most of the time to respond is over"), ("clock breached", "respond is over")):
        (time,) = (moment(each["time"]) for each in found["steps"] if each["data"]["step"] == step)
        lines = [line for line in printed.splitlines() if f" {time:%H:%M:%S}.{time.microsecond // 1000:03} " in line]
        assert any(said in line for line in lines), printed


def check_told(found: dict[str, Any], said: list[dict[str, Any]]) -> None:
    """Who had it at its end was told of the breach once, with its time, and then the leader once."""
    (breached,) = (each for each in said if each["kind"] == "ticket breached")
    (escalated,) = (each for each in said if each["kind"] == "ticket escalated")
    assert (breached["person"], escalated["person"]) == ("tech-2", "leader-1")
    due = moment(clocks(found)["respond"]["breached_at"])
    for notice in (breached, escalated):
        assert notice["body"].startswith("The time to respond has run out.\n"), notice
        assert f"Due: {due:%Y-%m-%d %H:%M}\n" in notice["body"], notice
    told = [step for step in found["steps"] if step["data"]["step"] == "told"]
    assert [step["data"]["people"] for step in told] == [["tech-2"], ["leader-1"]]
    for notice, step, expected in zip((breached, escalated), told, (due, due + timedelta(seconds=1)), strict=True):
        assert notice["since"] == step["time"]
        assert moment(step["time"]) >= expected


def check_lamp(lamp: dict[str, Any], said: list[dict[str, Any]], *, back_at: datetime | None) -> None:
    """Who is on duty was warned once, by the exact moment, also where the gateway was away then."""
    (warned,) = (each for each in said if each["about"] == f"ticket:{LAMP}")
    assert (warned["person"], warned["kind"]) == ("guard-1", "ticket warned")
    (clock,) = lamp["clocks"]
    assert moment(clock["warned_at"]) == moment(lamp["opened_at"]) + LAMP_WARNED
    assert clock["breached_at"] is None
    if back_at is not None:
        assert moment(clock["warned_at"]) < back_at < moment(warned["since"])


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
    assert history(crashed.ticket) == history(whole.ticket)
    assert steps(whole.ticket) == [
        "clock warned",
        "clock breached",
        "open",
        "assign",
        "assign",
        "told",
        "told",
        "decline",
        "nobody to ask",
        "acknowledge",
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
    assert [data["to"] for step, _, data in history(whole.ticket) if step == "assign"][:2] == ["tech-1", "tech-2"]
    (warning,) = [told for told in whole.told if told.kind == "ticket warned" and told.person == "tech-2"]
    assert whole.told - crashed.told == Counter([warning]), "who hears of the breach needs no warning any more"
    assert crashed.told - whole.told == Counter()
