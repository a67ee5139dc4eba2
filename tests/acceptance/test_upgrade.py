"""A data directory of release 0.1, as a power cut left it, is brought up to date at the start, and everything goes on.

`tests/fixtures/data_0_1` was made by that release on a real broker; `facts.json` has what its API answered at the end.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from copy import deepcopy
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from gateway import parts
from gateway.core.alarms.actions import Reset
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.configuration import Configuration
from gateway.core.devices.presence import Presences
from gateway.core.engine import Engine
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import MILLISECOND, MINUTE, SECOND, Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.rules.evaluation import CONFIRM_WITHIN
from gateway.core.rules.groups.part import Groups
from gateway.core.rules.windows.part import Windows
from gateway.core.telemetry.readings import Message
from gateway.core.work.actions import OpenTicket
from gateway.site_files import load_configuration
from gateway.store.alarms.queries import find_alarm
from gateway.store.audit.queries import causal_chain
from gateway.store.checkpoint import load_checkpoint
from gateway.store.database import Database, open_database
from gateway.store.outbox import Outbox
from gateway.store.work.queries import find_ticket
from gateway.store.writer import Writer
from tests.gateway_process import GatewayProcess
from tests.servers import Mosquitto, eventually
from tests.unit.core.sites import Seen

FIXTURE = Path(__file__).parent.parent / "fixtures" / "data_0_1"
FACTS: dict[str, Any] = json.loads((FIXTURE / "facts.json").read_text(encoding="utf-8"))
STOPPED: Micros = 1_795_914_560 * SECOND
"""A few seconds after the last thing that release did."""


def make_data_directory(directory: Path) -> None:
    directory.mkdir(parents=True)
    for name in ("gateway", "series"):
        with closing(sqlite3.connect(directory / f"{name}.db")) as connection:
            connection.executescript((FIXTURE / f"{name}.sql").read_text(encoding="utf-8"))


class Upgraded:
    """The new release on the old data, with time in the test's hand: in microseconds after that release stopped."""

    def __init__(self, directory: Path) -> None:
        make_data_directory(directory)
        self.configuration: Configuration = load_configuration(FIXTURE / "site.yaml")
        self.database: Database = open_database(directory, parts.migrations())
        self.writer = Writer(self.database, parts.tables())
        self.checkpoint = load_checkpoint(self.database, parts.tables())
        self.engine = Engine(self.configuration, parts.makers(), self.checkpoint, now=STOPPED)
        self.beginning = Seen(self.engine.beginning)
        self.engine.set_hearing(STOPPED)

    def say(self, after: Micros, device: str, **values: object) -> Seen:
        """A pump says something, and it is committed."""
        time = STOPPED + after
        payload = json.dumps({"ts": time // MILLISECOND, **values}).encode()
        changes = self.engine.step([Message(f"site/trial/booster_pump/{device}/telemetry", payload, time)])
        self.writer.commit([changes])
        return Seen(changes)

    def tick(self, after: Micros) -> Seen:
        """Time passes."""
        return Seen(self.engine.tick(STOPPED + after))


@pytest.fixture
def upgraded(tmp_path: Path) -> Iterator[Upgraded]:
    upgraded = Upgraded(tmp_path / "data")
    with closing(upgraded.database):
        yield upgraded


def moved(seen: Seen) -> list[tuple[int, str]]:
    return [(record.number, record.state.value) for record in seen.alarms]


def test_numbers_go_on_and_nothing_happens_by_the_upgrade_alone(upgraded: Upgraded) -> None:
    following = {"publication" if name == "outbox" else name: number for name, number in FACTS["next"].items()}
    assert upgraded.checkpoint.counters == following
    beginning = upgraded.beginning
    assert (beginning.publications, beginning.events, beginning.changes.counters) == ([], [], {})
    assert beginning.changes.parts.keys() == {Windows.name, Groups.name, Presences.name, Annunciator.name}
    assert all(alarm.life_safety and not alarm.is_chattering for alarm in beginning.alarms), "not known to the store"
    assert [each.number for each in Outbox(upgraded.database).read(after=0, most=10)] == [31, 32]


def test_the_upgrade_is_made_once(tmp_path: Path) -> None:
    make_data_directory(tmp_path / "data")
    for _ in range(2):
        with closing(open_database(tmp_path / "data", parts.migrations())) as database, database.reading() as found:
            assert found.exec_driver_sql("SELECT count(*) FROM alarms").scalar() == FACTS["counts"]["alarms"]


def test_the_on_delay_of_an_alarm_that_had_returned_goes_on_and_raises_the_same_alarm(upgraded: Upgraded) -> None:
    assert moved(upgraded.say(10 * SECOND, "p4", current=130.0)) == []
    seen = upgraded.say(31 * SECOND, "p4", current=130.0)
    assert moved(seen) == [(13, "unacknowledged")]
    assert (seen.alarms[0].raised_count, seen.alarms[0].ticket, seen.tickets) == (2, None, [])


def test_off_delays_go_on_and_end_by_readings_or_by_time_alone(upgraded: Upgraded) -> None:
    upgraded.say(5 * MINUTE, "p2", voltage=220.0)
    upgraded.say(5 * MINUTE, "p5", voltage=190.0)
    upgraded.say(6 * MINUTE, "p5", voltage=220.0)
    for minute in range(7, 16):
        upgraded.say(minute * MINUTE, "p5", mode="automatic")  # it is heard, so its voltage is known
    assert moved(upgraded.say(10 * MINUTE, "p2", voltage=220.0)) == [(10, "returned")]
    assert (11, "normal") not in moved(upgraded.tick(15 * MINUTE))
    assert (11, "normal") in moved(upgraded.tick(16 * MINUTE))


def test_an_alarm_that_was_raised_again_has_the_times_of_both_raises(upgraded: Upgraded) -> None:
    alarm, ticket = find_alarm(upgraded.database, 4), find_ticket(upgraded.database, 4)
    assert alarm is not None
    assert ticket is not None
    chain = causal_chain(upgraded.database, alarm)
    raises = [event for event in chain if event.data.get("step") == "raise"]
    assert [event.number for event in raises] == [alarm.first_raise, alarm.latest_raise]
    assert [event.time for event in raises] == [alarm.first_raised_at, alarm.raised_at]
    assert (ticket.opened_at, ticket.raised_at, ticket.raised_count) == (raises[0].time, raises[1].time, 2)


def test_pending_delays_go_on_and_raise_new_alarms_with_the_next_numbers(upgraded: Upgraded) -> None:
    assert moved(upgraded.tick(CONFIRM_WITHIN)) == [(13, "unacknowledged")]
    first, second = (upgraded.say(10 * MINUTE, device, **values) for device, values in PENDING)
    assert (moved(first), moved(second)) == ([(14, "unacknowledged")], [(15, "unacknowledged")])
    assert [(ticket.number, ticket.alarm) for ticket in second.tickets] == [(3, 3)]  # there is work on that device
    report = OpenTicket(
        by="Li Wei",
        subject=Subject.of_device("p1"),
        category="pump",
        priority=Priority.P4,
        team="engineering",
        title="Loud",
    )
    opened = Seen(upgraded.engine.act(report, STOPPED + 10 * MINUTE))
    assert [ticket.number for ticket in opened.tickets] == [FACTS["next"]["ticket"]]
    assert [event.number for event in first.events] == list(range(75, 78))


PENDING: list[tuple[str, dict[str, object]]] = [("p1", {"mode": "hand"}), ("p3", {"water_temperature": 45.0})]


def test_an_alarm_that_was_latched_can_be_reset_and_one_that_stood_returns(upgraded: Upgraded) -> None:
    assert moved(Seen(upgraded.engine.act(Reset(alarm=7, by="Li Wei"), STOPPED))) == [(7, "normal")]
    assert moved(upgraded.say(SECOND, "p1", bearing_temperature=40.0)) == [(1, "normal")]
    assert moved(upgraded.say(SECOND, "p2", bearing_temperature=40.0)) == [(2, "returned")]


def without(answer: Any, *keys: str) -> Any:  # noqa: ANN401 — any JSON
    """The answer without these keys, however deep."""
    if isinstance(answer, dict):
        return {key: without(value, *keys) for key, value in answer.items() if key not in keys}
    return [without(each, *keys) for each in answer] if isinstance(answer, list) else answer


ADDED = (
    "subject_name",
    "members",
    "warnings",
    "subject",
    "source",
    "detail",
    "guidance",
    "device_name",
    "location_name",
    "metrics",
    "suppressed_by",
    "chattering",
    "life_safety",
    "presence",
    "silent_since",
    "stale",
    "role",
)
"""What answers have gained since. Events of the causal chain had a `subject` before."""

PLACES = {device["id"]: device["location"] for device in FACTS["api"]["/api/v1/devices"]["devices"]}
"""Where each device is, which answers about alarms and tickets now say as well."""

RAISED_AGAIN = {4: "2026-11-29T01:08:37.315Z"}
"""The alarms that were raised twice, and when for the second time."""


def as_now(path: str, answer: Any) -> Any:  # noqa: ANN401 — any JSON
    """That release's answer with what answers say now of places and of raises. It knew the first raise only."""
    if path.startswith("/api/v1/devices"):
        for device in answer["devices"]:
            device["alarms"].reverse()
    elif path.startswith("/api/v1/alarms"):
        for alarm in answer.get("alarms", [answer]):
            alarm["location"] = PLACES[alarm["device"]]
            alarm["first_raised_at"] = alarm["raised_at"]
            alarm["raised_at"] = RAISED_AGAIN.get(alarm["number"], alarm["raised_at"])
    elif path.startswith("/api/v1/tickets"):
        for ticket in answer["tickets"]:
            ticket["location"] = PLACES[ticket["device"]]
            ticket["raised_at"] = RAISED_AGAIN.get(ticket["alarm"], ticket["opened_at"])
            ticket["raised_count"] = 2 if ticket["alarm"] in RAISED_AGAIN else 1
            ticket["state"] = "new"  # nobody could do anything with it
    return answer


async def test_the_product_answers_as_before_and_publishes_what_was_left(tmp_path: Path, mosquitto: Mosquitto) -> None:
    directory = tmp_path / "gateway"
    make_data_directory(directory / "data")
    site = directory / "site.yaml"
    site.write_text((FIXTURE / "site.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    async with aiomqtt.Client("127.0.0.1", mosquitto.port) as listener:
        await listener.subscribe("gateway/trial/alarms/#", qos=1)
        with GatewayProcess(directory, site, mosquitto.port) as gateway:
            for path, before in FACTS["api"].items():
                if path == "/api/v1/site":
                    continue
                if "/series" in path:
                    times = f"&from={before['from']}&to={before['to']}"
                    status, after = gateway.get(path + times)
                    assert (status, after["points"]) == (200, before["points"]), path
                    continue
                status, after = gateway.get(path)
                assert status == 200, path
                if path.startswith("/api/v1/alarms?"):  # this broker is another, which has no session for it
                    after["alarms"] = [alarm for alarm in after["alarms"] if alarm["rule"] != "session-lost"]
                if path.startswith("/api/v1/tickets"):
                    kept = {*before["tickets"][0], "location", "raised_at", "raised_count"}
                    assert after.pop("next_after") is None
                    after["tickets"] = [{key: ticket[key] for key in kept} for ticket in after["tickets"]]
                ignored = (*ADDED, "last_received")
                assert without(after, *ignored) == without(as_now(path, deepcopy(before)), *ignored), path
            chain = gateway.get("/api/v1/alarms/4")[1]["chain"]
            assert [event["subject"] for event in chain] == [
                event["subject"] for event in FACTS["api"]["/api/v1/alarms/4"]["chain"]
            ]
            published = [str(message.topic) async for message in _first(listener, 2)]
            assert published == [each["topic"] for each in FACTS["outbox"]]
            assert gateway.post("/api/v1/alarms/2/acknowledge", {"by": "Li Wei"})[0] == 200

            def waiting() -> bool:
                return gateway.rows("SELECT count(*) FROM outbox") == [(0,)]

            await eventually(waiting, what="an empty outbox")


async def _first(listener: aiomqtt.Client, count: int) -> AsyncIterator[aiomqtt.Message]:
    async for message in listener.messages:
        yield message
        count -= 1
        if not count:
            return
