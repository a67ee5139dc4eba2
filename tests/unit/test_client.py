"""The commands that ask a running gateway, against a real server."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import typer
import uvicorn
from starlette.types import ASGIApp
from typer.testing import CliRunner, Result

from gateway import client
from gateway.client.connection import Connection, GatewayUnreachable, RequestRefused
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.site.site import DeviceSpec
from gateway.errors import GatewayError, SettingsError
from tests.unit.api.house import BURST, House
from tests.unit.photos.pictures import phone_photo

APP = typer.Typer(rich_markup_mode=None)
client.register(APP)
Ask = Callable[..., str]


@contextmanager
def served(application: ASGIApp) -> Iterator[str]:
    """The address at which an ASGI application is served. Its socket listens already: who asks early waits."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(application, interface="asgi3", lifespan="off", ws="none", log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), name="http")
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house with three devices."""
    with closing(House(tmp_path)) as house:
        yield house


@pytest.fixture
def url(house: House) -> Iterator[str]:
    """Where its API is."""
    with served(house.api) as url:
        yield url


def run(*arguments: str, url: str | None = None, terminal: bool = False, columns: int = 40) -> Result:
    """What the command line says. `url` stands in the environment."""
    environment = {
        "GATEWAY_URL": url,
        "COLUMNS": str(columns),
        "FORCE_COLOR": "1" if terminal else None,
        "TERM": "xterm",
    }
    return CliRunner().invoke(APP, arguments, env=environment)


@pytest.fixture
def ask(url: str) -> Ask:
    """Run a command that works, and give what it prints."""

    def ask(*arguments: str) -> str:
        result = run(*arguments, url=url)
        assert result.exit_code == 0, result.output
        return str(result.stdout)

    return ask


def refusal(*arguments: str, url: str) -> str:
    """The one sentence of a command that does not work."""
    result = run(*arguments, url=url)
    assert isinstance(result.exception, GatewayError), result.output
    assert result.exit_code == 1
    assert result.stdout == ""
    return str(result.exception)


def test_devices_are_a_table_with_one_full_line_each_when_piped(house: House, ask: Ask) -> None:
    house.run_dry()
    house.later(300)
    heading, first, *others = ask("devices").splitlines()
    assert heading.split() == ["device", "name", "profile", "location", "received", "alarms", "values"]
    assert "Pump 1" in first
    assert first.endswith("5 min     1 critical  running true, pressure 0.01 MPa")
    assert len(others) == 2


def test_devices_show_who_is_silent_since_when_and_which_values_are_stale(tmp_path: Path) -> None:
    with closing(House(tmp_path, expect_every={"pump-1": "30s", "pump-2": "1h"})) as house, served(house.api) as url:
        house.run_dry()
        house.later(120)
        _, first, *others = run("devices", "--silent", url=url).stdout.splitlines()
        assert re.split(r"  +", first)[4:6] == ["2 min silent", "1 critical, 1 warning"]
        assert [re.split(r"  +", other)[4] for other in others] == ["—"]
        shown = run("devices", "pump-1", url=url).stdout
        assert re.search(r"presence +silent since 2026-01-01 20:00", shown)
        assert re.search(r"pressure +0\.01 MPa \(stale\)", shown)
        assert "unacknowledged, stale" in run("alarms", "--device", "pump-1", url=url).stdout
        assert re.search(r"state +unacknowledged, stale", run("alarms", "show", "1", url=url).stdout)
        house.recover()
        assert "stale" not in run("devices", "pump-1", url=url).stdout
        assert re.search(r"presence +heard\n", run("devices", "pump-1", url=url).stdout)


def test_a_flood_stands_beside_the_list_of_alarms_with_what_may_be_its_cause(tmp_path: Path) -> None:
    with (
        closing(House(tmp_path, powered_by={"pump-1": "gate", "pump-2": "gate"})) as house,
        served(house.api) as url,
    ):
        for _ in range(6):
            house.run_dry("pump-1")
            house.run_dry("pump-2")
            house.later(40)
            house.recover("pump-1")
            house.recover("pump-2")
        assert run("alarms", url=url).stderr.splitlines() == [
            "A flood: 12 alarms were raised in the last ten minutes",
            "  2 of what stands may have one cause: gate",
        ]


def test_only_lists_are_narrowed_to_what_is_silent(url: str) -> None:
    result = run("devices", "pump-1", "--silent", url=url)
    assert result.exit_code == 2
    assert "for lists" in result.stderr


def test_warnings_stand_beside_the_table_of_devices(house: House, url: str) -> None:
    house.ill(warnings=["nothing was received from tele/#"])
    result = run("devices", url=url)
    assert result.stderr == "Warning: nothing was received from tele/#\n"
    assert "Warning" not in result.stdout


def test_a_list_can_be_narrowed_and_says_when_it_is_empty(ask: Ask) -> None:
    assert "pump-1" not in ask("devices", "--profile", "reader")
    assert ask("devices", "--location", "garden") == "no devices\n"
    assert ask("alarms") == "no alarm stands\n"
    assert ask("tickets") == "no open tickets\n"
    assert ask("scans") == "no scans\n"
    assert ask("rejects") == "nothing was rejected\n"


def test_one_device_shows_its_values_in_the_sites_time(house: House, ask: Ask) -> None:
    house.run_dry()
    shown = ask("devices", "pump-1")
    assert "pressure  0.01 MPa  20:00:01  0 s" in shown
    assert "1      critical  unacknowledged  Running dry" in shown


def test_the_alarms_of_one_device_are_shown_the_worst_first(house: House, ask: Ask) -> None:
    house.run_dry()
    house.say("pump-1", running=False, pressure=2.2)  # the dry run has returned, and waits for a person

    *_, first, second = ask("devices", "pump-1").splitlines()

    assert first.split()[:3] == ["1", "critical", "returned"]
    assert second.split()[:3] == ["2", "warning", "unacknowledged"]


def test_people_read_rounded_values_and_programs_exact_ones(house: House, ask: Ask) -> None:
    house.say("pump-1", running=True, pressure=0.0392156862745)
    assert "pressure 0.0392 MPa" in ask("devices")
    assert re.search(r"pressure +0\.0392 MPa", ask("devices", "pump-1"))
    shown = ask("alarms", "show", "1")
    assert "running true, pressure 0.0392156862745\n" in shown
    assert re.search(r"reading +pump-1: running true, pressure 0\.0392156862745", shown), "evidence is exact"
    pressure = json.loads(ask("devices", "pump-1", "--json"))["values"]["pressure"]["value"]
    assert pressure == 0.0392156862745


def test_lists_name_devices_and_a_narrow_terminal_leaves_out_their_ids(house: House, ask: Ask, url: str) -> None:
    house.run_dry("pump-1")
    house.run_dry("pump-2")
    house.say("gate", profile="reader", tag="04:a2:b3:c4")
    assert "  Pump 1 (pump-1)  Running dry  " in ask("alarms")
    assert "  pump-2  Running dry  " in re.sub("  +", "  ", ask("alarms")), "it has no name"
    assert "  Pump 1 (pump-1)  Running dry  " in ask("tickets")
    assert re.search("device +Pump 1 \\(pump-1\\)", ask("alarms", "show", "1"))
    assert re.search("about +Pump 1 \\(pump-1\\)", ask("tickets", "1"))
    assert re.search("location +Pump room \\(b1.pumps\\)", ask("devices", "pump-1"))
    assert re.search("^1 +gate ", ask("scans"), re.MULTILINE)
    wide, narrow = (run("alarms", url=url, terminal=True, columns=columns).stdout for columns in (120, 40))
    assert "Pump 1 (pump-1)" in wide
    assert "(pump-1)" not in narrow


def test_an_alarm_and_a_ticket_of_a_device_that_is_gone_say_so(house: House, ask: Ask) -> None:
    house.run_dry("pump-1")
    cast(dict[str, DeviceSpec], house.services.site.devices).pop("pump-1")
    assert "  pump-1 (removed)  Running dry  " in ask("alarms")
    assert "  pump-1 (removed)  Running dry  " in ask("tickets")


def test_alarms_show_their_severity_age_and_ticket(house: House, ask: Ask) -> None:
    house.run_dry()
    house.later(3 * 3600)
    (line,) = [line for line in ask("alarms", "--severity", "critical").splitlines() if "Running dry" in line]
    assert re.split(r"  +", line) == [
        "1",
        "critical",
        "unacknowledged",
        "Pump 1 (pump-1)",
        "Running dry",
        "20:00:01",
        "3 h",
        "1",
    ]
    house.later(9 * 3600)
    assert "2026-01-01 20:00" in ask("alarms")


def test_an_alarm_about_the_gateway_is_listed_with_its_subject_and_shown_with_its_detail(
    house: House, ask: Ask
) -> None:
    house.report(BuiltinRule.STORE_FAILS, "the disk is full")
    assert "gateway:self  The gateway cannot store anything" in ask("alarms")
    shown = ask("alarms", "show", "1")
    assert re.search("device +gateway:self", shown)
    assert re.search("detail +the disk is full", shown)
    assert re.search("guidance +Only life-safety alarms still leave", shown)
    assert "store-fails/gateway:self: raise, now unacknowledged (the disk is full)" in shown


def test_an_alarm_is_acknowledged_from_the_command_line(house: House, ask: Ask, url: str) -> None:
    house.run_dry()
    said = ask("alarms", "acknowledge", "1", "--by", "Li Wei")
    assert said == "alarm 1 (Running dry, pump-1) is acknowledged now\n"
    assert "acknowledged by Li Wei" in ask("alarms")
    assert refusal("alarms", "acknowledge", "1", "--by", "Wang Fang", url=url) == (
        "alarm 1 is acknowledged by Li Wei: it cannot be acknowledged again"
    )


def test_several_alarms_are_acknowledged_at_once_and_one_that_cannot_be_keeps_none_of_the_others(
    house: House, ask: Ask, url: str
) -> None:
    house.run_dry("pump-1")
    house.run_dry("pump-2")
    note = ("--by", "Li Wei", "--note", "valve [b]shut")
    result = run("alarms", "acknowledge", "1", "9", "2", "1", *note, url=url)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "alarm 1 (Running dry, pump-1) is acknowledged now",
        "alarm 2 (Running dry, pump-2) is acknowledged now",
    ]
    assert result.stderr == "not done: there is no alarm 9\n"
    shown = ask("alarms", "show", "2")
    assert re.search(r"acknowledged  2026-01-01 20:00:02 by Li Wei: valve \[b\]shut\n", shown)
    assert "acknowledge, now acknowledged: valve [b]shut" in shown


def test_the_results_for_several_alarms_are_a_list_in_json(house: House, url: str) -> None:
    house.say("pump-1", pressure=2.2)
    house.recover()
    run("alarms", "acknowledge", "1", "--by", "Li Wei", url=url)
    result = run("alarms", "reset", "1", "9", "--by", "Li Wei", "--json", url=url)
    reset, unknown = json.loads(result.stdout)
    assert (result.exit_code, reset["state"]) == (1, "normal")
    assert unknown == {"number": 9, "error": "there is no alarm 9"}


def test_one_number_given_twice_is_a_list_of_one(house: House, ask: Ask) -> None:
    house.run_dry("pump-1")
    house.run_dry("pump-2")
    (answer,) = json.loads(ask("alarms", "acknowledge", "1", "1", "--by", "Li Wei", "--json"))
    assert (answer["number"], answer["state"]) == (1, "acknowledged")
    assert json.loads(ask("alarms", "acknowledge", "2", "--by", "Li Wei", "--json"))["number"] == 2
    assert "one number gives an object, and several give a list" in " ".join(
        ask("alarms", "acknowledge", "--help").split()
    )


@pytest.mark.parametrize("text", ["x" * 501, " ", "a\nb", "a\u202eb"])
def test_a_note_or_name_that_would_be_refused_is_said_once_before_anything_is_sent(text: str) -> None:
    nowhere = "http://127.0.0.1:9"
    result = run("alarms", "acknowledge", "1", "2", "--by", "Li Wei", "--note", text, url=nowhere, columns=120)
    assert result.exit_code == 2
    assert result.stderr.count("a note has 1 to 500 characters, in one line") == 1
    result = run("alarms", "reset", "1", "--by", text, url=nowhere, columns=120)
    assert result.exit_code == 2
    assert "a name has 1 to 64 characters, in one line" in result.stderr


def test_what_is_done_but_not_on_disk_is_not_said_to_be_not_done(
    house: House, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(_action: object) -> None:
        await asyncio.Event().wait()

    house.run_dry("pump-1")
    monkeypatch.setattr("gateway.api.acting.DURABLE_WITHIN_S", 0.05)
    object.__setattr__(house.services, "act", hang)
    result = run("alarms", "acknowledge", "1", "9", "--by", "Li Wei", url=url)
    assert result.exit_code == 1
    assert result.stderr.startswith("done, but not on disk yet, so a crash would undo it: ")


def test_an_older_gateway_gives_no_names(house: House, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    get = Connection.get
    new = ("device_name", "location_name", "metrics", "suppressed_by", "chattering", "life_safety")

    def older(answer: dict[str, object]) -> dict[str, object]:
        return {name: each for name, each in answer.items() if name not in new}

    monkeypatch.setattr(Connection, "get", lambda *asked: json.loads(json.dumps(get(*asked)), object_hook=older))
    house.run_dry("pump-1")
    house.say("gate", profile="reader", tag="04:a2:b3:c4")
    for command in (("alarms",), ("alarms", "show", "1"), ("tickets",), ("tickets", "1"), ("scans",), ("devices",)):
        result = run(*command, url=url)
        assert result.exit_code == 0, (command, result.exception)
        assert "(removed)" not in result.stdout
    assert "  pump-1  Running dry  " in run("alarms", url=url).stdout


def test_a_gateway_that_stops_answering_leaves_it_said_which_alarms_are_not_done(
    house: House, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.run_dry("pump-1")
    house.run_dry("pump-2")
    post = Connection.post

    def gone_at_3(connection: Connection, path: str, body: Mapping[str, str]) -> dict[str, Any]:
        if path.startswith("/alarms/3/"):
            raise GatewayUnreachable("it is gone")
        return post(connection, path, body)

    monkeypatch.setattr(Connection, "post", gone_at_3)
    result = run("alarms", "acknowledge", "1", "3", "4", "--by", "Li Wei", url=url)
    assert result.stdout == "alarm 1 (Running dry, pump-1) is acknowledged now\n"
    assert str(result.exception) == "it is gone; not done, as far as is known: 3, 4"

    result = run("alarms", "acknowledge", "2", "3", "4", "--by", "Li Wei", "--json", url=url)
    done, *left = json.loads(result.stdout)
    assert (done["number"], done["state"]) == (2, "acknowledged")
    why = "it is gone; not done, as far as is known"
    assert left == [{"number": 3, "error": why}, {"number": 4, "error": why}]
    assert str(result.exception) == "it is gone; not done, as far as is known: 3, 4"


def test_a_latched_alarm_is_reset_from_the_command_line(house: House, ask: Ask) -> None:
    house.say("pump-1", pressure=2.2)
    house.recover()
    ask("alarms", "acknowledge", "1", "--by", "Li Wei")
    assert json.loads(ask("alarms", "reset", "1", "--by", "Li Wei", "--json"))["state"] == "normal"


def test_show_prints_the_causal_chain(house: House, ask: Ask) -> None:
    house.run_dry()
    ask("alarms", "acknowledge", "1", "--by", "Li Wei")
    shown = ask("alarms", "show", "1")
    head, chain = shown.split("\n\n")
    assert "title         Running dry" in head
    lines = chain.splitlines()[1:]
    assert [line.split()[2] for line in lines] == ["message", "reading", "alarm", "ticket", "alarm"]
    assert "reading  pump-1: running true, pressure 0.01" in lines[1]
    assert "dry-run/pump-1: raise, now unacknowledged (when running && pressure < 0.1, for 0 s)" in lines[2]
    assert "ticket 1: opened, P1 by alarm 1" in lines[3]
    assert "acknowledge, now acknowledged" in lines[4]
    assert "Li Wei" in lines[4]


def test_a_number_in_the_place_of_a_command_shows_what_has_it(house: House, ask: Ask) -> None:
    house.run_dry()
    assert ask("alarms", "1") == ask("alarms", "show", "1")
    assert json.loads(ask("alarms", "1", "--json"))["number"] == 1


def test_options_before_a_subcommand_hold_for_it(house: House, url: str) -> None:
    house.run_dry()
    result = run("alarms", "--url", url, "--json", "show", "1", url="http://127.0.0.1:9")
    assert json.loads(result.stdout)["number"] == 1


def test_an_alarm_raised_again_shows_its_latest_raise_and_its_ticket_as_well(house: House, ask: Ask) -> None:
    house.run_dry()
    house.recover()
    house.later(3 * 3600)
    house.run_dry()
    house.later(120)
    (line,) = [line for line in ask("alarms").splitlines() if "Running dry" in line]
    assert re.split(r"  +", line)[5:7] == ["23:00:03", "2 min"]
    shown = ask("alarms", "show", "1")
    assert "raised        2026-01-01 23:00:03, 2 min ago, 2 times since 2026-01-01 20:00:01" in shown
    assert "ticket 1: alarm 1 raised again" in shown
    ticket = ask("tickets", "1")
    assert re.search(r"opened +2026-01-01 20:00:01, 3 h ago", ticket)
    assert re.search(r"raised +2026-01-01 23:00:03, 2 min ago, 2 times", ticket)
    assert re.search(r"respond +breached +5 min +2026-01-01 20:05:01 +2 h late", ticket)


def test_scans_and_rejects_are_listed(house: House, ask: Ask) -> None:
    house.say("gate", profile="reader", tag="04:a2:b3:c4")
    house.say("pump-1", pressure=99)
    assert "04A2B3C4" in ask("scans", "--device", "gate")
    assert "out of range  pressure  site/house/pump/pump-1" in ask("rejects")


def test_people_are_listed_with_how_to_reach_them_and_those_on_duty_with_their_end(ask: Ask) -> None:
    heading, ann, bob = (line.split() for line in ask("people").splitlines())
    assert heading == ["person", "teams", "skills", "contact", "away", "until"]
    assert ann == ["Ann", "(ann)", "engineering", "—", "phone", "+86", "21", "5555", "0100", "—"]
    assert bob == ["bob", "engineering,", "security", "pump", "email", "bob@example.org", "—"]
    _, engineering, security = ask("people", "--on-duty").splitlines()
    assert engineering.split() == ["engineering", "bob", "email", "bob@example.org", "2026-01-02", "08:00:00"]
    assert security.endswith("bob@example.org  no roster: all members")
    for at in ("2026-01-01T19:59:59+08:00", "2026-01-01T19:59:59", "2026-01-01 11:59:59Z"):
        assert "Ann (ann)" in ask("people", "--team", "engineering", "--at", at)


def test_somebody_goes_away_and_comes_back(ask: Ask, url: str) -> None:
    by = ("--by", "Li Wei")
    went = ask("people", "absent", "bob", "--until", "2026-01-02T08:00", "--substitute", "ann", *by, "--note", "Flu")
    assert went == "bob is away until 2026-01-02 08:00:00; ann stands in\n"
    assert ask("people").splitlines()[2].endswith("2026-01-02 08:00:00, ann stands in")
    assert "Ann (ann)" in ask("people", "--on-duty", "--team", "security")
    assert ask("people", "absent", "ann", *by) == "Ann (ann) is away until further notice; nobody stands in\n"
    assert "nobody" in ask("people", "--on-duty", "--team", "security")
    assert ask("people", "back", "bob", *by) == "bob is back\n"
    assert json.loads(ask("people", "back", "ann", *by, "--json"))["absence"] is None
    assert refusal("people", "back", "ann", *by, url=url) == "ann is not away"
    assert "there is no person 'eve'" in refusal("people", "absent", "eve", *by, url=url)


def test_a_time_that_is_none_is_said_before_anything_is_sent_with_one_that_is() -> None:
    for line in (
        "people absent ann --until tomorrow --by Ann",
        "alarms shelve 1 --until tomorrow --reason x --by Ann",
        "alarms out-of-service pump-1 --until tomorrow --reason x --by Ann",
    ):
        result = run(*line.split(), url="http://127.0.0.1:9", columns=200)
        assert result.exit_code == 2
        assert "is not a time: write one such as 2026-12-01T18:00" in result.stderr, line


def test_who_is_not_of_the_site_is_said_with_the_command_that_lists_people(url: str) -> None:
    said = "there is no person 'cy'; `facility-gateway people` lists them"
    assert refusal("people", "absent", "cy", "--by", "Ann", url=url) == said
    assert refusal("people", "back", "cy", "--by", "Ann", url=url) == said


def test_people_are_away_by_their_names_as_well(ask: Ask) -> None:
    assert ask("people", "absent", "Bob", "--substitute", "Ann", "--by", "Ann") == (
        "bob is away until further notice; ann stands in\n"
    )
    assert ask("people", "back", "BOB", "--by", "Ann") == "bob is back\n"
    assert ask("people", "absent", "Ann", "--by", "Ann").startswith("Ann (ann) is away")


def test_times_in_what_happened_are_those_of_the_site(house: House, ask: Ask) -> None:
    house.run_dry()
    ask("alarms", "shelve", "1", "--for", "2h", "--reason", "Seal", "--by", "Ann")
    chain = ask("alarms", "show", "1")
    assert "shelved, until 2026-01-01 22:00:01: Seal" in chain


def test_the_end_of_a_maintenance_stands_in_the_chain_of_an_alarm_that_is_told_then(house: House, ask: Ask) -> None:
    about = ("--device", "pump-1", "--for", "2h", "--reason", "New bearing", "--by", "Li Wei")
    ask("maintenance", "start", *about)
    house.run_dry("pump-1")
    ask("maintenance", "end", "1", "--by", "Wang Fang")
    chain = ask("alarms", "show", "1")
    assert "maintenance 1: start of New bearing, until 2026-01-01 22:00:00" in chain
    assert "maintenance 1: end of New bearing" in chain


def test_a_maintenance_is_begun_listed_and_ended(house: House, ask: Ask, url: str) -> None:
    about = ("--device", "pump-1", "--reason", "New bearing", "--by", "Li Wei")
    began = ask("maintenance", "start", "--for", "2h", *about)
    assert began == "maintenance 1 of pump-1 lasts until 2026-01-01 22:00:00\n"
    heading, begun, planned = ask("maintenance").splitlines()
    assert heading.split() == ["maintenance", "state", "devices", "from", "until", "by", "reason"]
    assert begun.split() == ["1", "lasts", "pump-1", "20:00:00", "22:00:00", "Li", "Wei", "New", "bearing"]
    assert planned.split() == ["—", "planned", "gate", "21:00:00", "21:30:00", "—", "Cleaning"]
    assert ask("maintenance", "end", "1", "--by", "Li Wei") == "maintenance 1 of pump-1 has ended\n"
    assert "has ended" not in ask("maintenance", "list")
    assert "has ended" in ask("maintenance", "list", "--ended")
    assert json.loads(ask("maintenance", "--json"))["maintenance"] == []
    said = refusal("maintenance", "start", "--for", "2", *about, url=url)
    assert said.startswith("--for: '2' is not a duration")


@pytest.mark.parametrize(
    ("of", "said"),
    [
        ((), "say what is worked on: --device, --location or --profile"),
        (("--device", "pump-1", "--profile", "pump"), "give each device with --device, or else --location and"),
    ],
)
def test_a_maintenance_of_nothing_or_of_two_things_is_refused_in_words_of_the_command_line(
    of: tuple[str, ...], said: str
) -> None:
    result = run("maintenance", "start", *of, "--for", "2h", "--reason", "New bearing", "--by", "Li Wei", columns=120)

    assert result.exit_code == 2
    assert said in result.stderr


def test_a_planned_maintenance_that_awaits_the_time_is_not_said_to_last(tmp_path: Path) -> None:
    with closing(House(tmp_path, knows_time=False)) as house, served(house.api) as url:
        house.later(3600)
        result = run("maintenance", url=url)

    assert result.stdout.splitlines()[1].split()[:5] == ["—", "awaits", "the", "time", "gate"]
    assert "no planned maintenance holds until it is" in result.stderr


def test_a_checklist_is_listed_answered_corrected_and_completed(
    house: House, ask: Ask, url: str, tmp_path: Path
) -> None:
    house.attach()
    house.say("pump-1", running=True, pressure=0.4)
    by = ("--by", "Li Wei")
    assert "pump-1" in ask("checklists", "--about", "ticket:12").splitlines()[1]
    assert ask("checklists", "--about", "ticket:13") == "no such checklist is in use\n"
    said = ask("checklists", "answer", "1", "clean", "fail", "--note", "Oil", *by)
    assert said == "checklist 1: clean is fail, which is not good; left: noise, pressure, seal, signature\n"
    assert refusal("checklists", "answer", "1", "noise", "loud", *by, url=url) == (
        "noise: 'loud' is no number: write a number in dB, such as 12.5"
    )
    assert "noise: 'nan' is no number" in refusal("checklists", "answer", "1", "noise", "nan", *by, url=url)
    assert "noise is -3 dB" in ask("checklists", "answer", "1", "noise", "-3", *by)
    assert refusal("checklists", "answer", "1", "noise", "60", "--by", "Wang Fang", url=url).endswith(
        "Li Wei has answered noise at 2026-01-01T12:00:00.000Z: -3 dB; to replace that, answer with --expects 1"
    )
    assert "noise is 60 dB" in ask("checklists", "answer", "1", "noise", "60", "--expects", "1", *by)
    assert "pressure is 0.4 MPa; left: seal, signature" in ask("checklists", "answer", "1", "pressure", *by)
    ask("checklists", "answer", "1", "seal", "Dry", *by)
    shown = ask("checklists", "show", "1")
    assert re.search(r"pressure +Pressure +0.4 MPa \(from the device\) +1 +20:00:00 +Li Wei", shown)
    assert re.search(r"clean +Room clean +fail, not good .* Oil", shown)
    assert re.search(r"panel +Photo of the panel +add a photo \(optional\) +—", shown)
    assert re.search(r"signature +Done by +write the name of the person who signs", shown)
    ask("checklists", "answer", "1", "signature", "Li Wei", *by)
    picture = tmp_path / "panel.jpg"
    picture.write_bytes(phone_photo())
    assert ask("checklists", "answer", "1", "panel", "--photo", str(picture), *by) == (
        "checklist 1: panel is answered by a photo; to be signed again: signature\n"
    )
    assert "To be signed again: signature" in run("checklists", "show", "1", url=url).stderr
    assert ask("checklists", "answer", "1", "signature", "Li Wei", *by) == (
        "checklist 1: signature is Li Wei; to be signed again: signature\n"
    )
    assert refusal("checklists", "complete", "1", *by, url=url) == (
        "sign again, an item was answered or corrected after the signature: signature (Done by), with --expects 1"
    )
    signed = ask("checklists", "answer", "1", "signature", "Li Wei", "--expects", "1", *by)
    assert signed == "checklist 1: signature is Li Wei; nothing is left: complete it\n"
    done = ask("checklists", "complete", "1", *by)
    assert done == "checklist 1 (Weekly check, ticket:12) is complete; not good: clean\n"
    assert re.search(r"state +complete\n.*\nended +2026-01-01 20:00:00 by Li Wei", ask("checklists", "show", "1"))
    assert json.loads(ask("checklists", "list", "--json"))["checklist_runs"][0]["state"] == "complete"
    assert ask("checklists", "--state", "open") == "no such checklist is in use\n"
    assert "Weekly check" in ask("checklists", "list", "--state", "complete")


def test_an_answer_is_given_as_people_write_it(house: House, ask: Ask, url: str) -> None:
    house.attach()
    by = ("--by", "Li Wei")
    for item, words, shown in (("clean", "Pass", "pass"), ("seal", "it leaks", "It leaks, which is not good")):
        assert ask("checklists", "answer", "1", item, words, *by).startswith(f"checklist 1: {item} is {shown};")
    assert refusal("checklists", "answer", "1", "noise", "3,4", *by, url=url) == (
        "noise: '3,4' is no number: write a number in dB, such as 12.5"
    )
    mistyped = run("checklists", "answer", "1", "signature", "--jsn", *by, url=url, columns=120)
    assert (mistyped.exit_code, "no such option: --jsn" in mistyped.stderr) == (2, True)
    assert ask("checklists", "answer", "1", "noise", "--not-applicable", "--note", "It is removed", *by) == (
        "checklist 1: noise is not applicable; left: pressure, signature\n"
    )
    assert re.search(r"noise +Noise +not applicable +1 .* It is removed", ask("checklists", "show", "1"))
    assert refusal("checklists", "answer", "1", "pressure", "--not-applicable", *by, url=url) == (
        "pressure: say in --note why it does not apply"
    )
    neither = run("checklists", "answer", "1", "panel", "--photo", "panel.png", *by, url=url, columns=120)
    assert "panel.png is no file, and no hash of a photo that the gateway has" in neither.stderr
    photo = asyncio.run(house.photos.add(phone_photo())).hash
    assert "panel is answered by a photo" in ask("checklists", "answer", "1", "panel", "--photo", photo, *by)


def test_the_definitions_of_checklists_are_listed_and_shown(ask: Ask, url: str) -> None:
    assert re.search(r"pump-weekly +Weekly check +pump +6", ask("checklists", "definitions"))
    shown = ask("checklists", "definitions", "pump-weekly")
    for line in (
        "clean      Room clean          pass_fail  pass              yes",
        "noise      Noise               number     at most 80 dB     yes",
        "pressure   Pressure            reading    at least 0.2 MPa  yes",
        "seal       Seal                choice     not wet           yes",
        "panel      Photo of the panel  photo      any               optional",
    ):
        assert line in shown
    result = run("checklists", "definitions", "daily", url=url, columns=120)
    assert "the site's files have no checklist 'daily'; they have pump-weekly" in result.stderr


def test_messages_in_quarantine_are_listed_and_shown(house: House, ask: Ask) -> None:
    assert ask("rejects", "messages") == "no messages in quarantine\n"
    house.say("pump-1", pressure=99)
    house.send("site/house/pump/pump-2", b"no json")
    assert "out of range  pressure  site/house/pump/pump-1" in ask("rejects", "messages", "--metric", "pressure")
    assert "pump-1" not in ask("rejects", "messages", "--reason", "malformed")
    shown = ask("rejects", "show", "2")
    assert re.search(r"topic +site/house/pump/pump-2", shown)
    assert re.search(r"payload +no json", shown)
    assert json.loads(ask("rejects", "--json", "show", "2"))["size"] == 7


def test_json_is_the_answer_of_the_api(house: House, ask: Ask) -> None:
    house.run_dry()
    assert json.loads(ask("alarms", "--json"))["alarms"][0]["raised_at"] == "2026-01-01T12:00:01.000Z"
    assert json.loads(ask("devices", "--json"))["devices"][1]["id"] == "pump-2"
    assert json.loads(ask("tickets", "1", "--json"))["priority"] == "P1"
    assert json.loads(ask("rejects", "--json")) == {"total": 0, "kinds": 0, "rejects": []}


def test_a_long_list_says_how_to_go_on(house: House, url: str) -> None:
    house.run_dry("pump-1")
    house.run_dry("pump-2")
    result = run("alarms", "--limit", "1", url=url)
    more = re.fullmatch(r"There are more: --before (\d+)\n", result.stderr)
    assert more is not None
    assert "pump-1" in run("alarms", "--limit", "1", "--before", more[1], url=url).stdout


def test_a_terminal_never_obeys_what_a_device_sent(house: House, ask: Ask) -> None:
    house.send("site/house/pump/\x1b[2Jx", b"{}")
    listed = ask("rejects")
    assert "\x1b" not in listed
    assert "site/house/pump/�[2Jx" in listed


def test_a_narrow_terminal_shows_colours_and_one_line_for_each_device(house: House, url: str) -> None:
    house.run_dry()
    result = run("devices", url=url, terminal=True, columns=42)
    assert "\x1b[1;31m1 critical" in result.stdout
    lines = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in result.stdout.splitlines()]
    assert [re.split("  +", line.rstrip()) for line in lines] == [
        ["device", "age", "alarms", "values"],
        ["Pump 1", "0 s", "1 critical", "running true +1"],
        ["pump-2", "—", "—", "—"],
        ["gate", "—", "—", "—"],
    ]
    assert result.stderr == "+ stands for more values: facility-gateway devices DEVICE shows all\n"


def test_the_values_on_which_an_alarm_depends_come_first(house: House, ask: Ask) -> None:
    house.say("pump-1", running=False, pressure=2.2)
    house.say("pump-2", running=False, pressure=0.5)
    _, first, second, _ = ask("devices").splitlines()
    assert first.endswith("1 warning  pressure 2.2 MPa, running false")
    assert second.endswith("—          running false, pressure 0.5 MPa")


def test_brackets_are_text_and_no_markup(house: House, ask: Ask) -> None:
    house.send("site/house/pump/[red]x[/]", b"{}")
    assert "site/house/pump/[red]x[/]" in ask("rejects")


def test_a_refused_question_is_one_sentence(url: str) -> None:
    assert refusal("devices", "pump-9", url=url) == (
        "the site has no device 'pump-9'; `facility-gateway devices` lists them"
    )
    assert refusal("devices", "a/b?c", url=url).startswith("there is nothing at /api/v1/devices/a/b")
    assert refusal("alarms", "--state", "open", url=url).startswith("state: Input should be 'standing'")


def test_a_gateway_that_is_away_is_one_sentence_that_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    assert refusal("devices", url=url) == (
        f"no gateway answers at {url} (GATEWAY_URL): start one with `facility-gateway run`, "
        "or name another with --url or GATEWAY_URL"
    )
    assert f"{url} (--url): start" in refusal("devices", "--url", url, url="http://elsewhere")


ORDER = [
    ({}, "http://127.0.0.1:8080 (the default)"),
    ({"GATEWAY_SETTINGS": "FILE"}, "http://10.0.0.7:8081 (FILE)"),
    ({"GATEWAY_HTTP": "127.0.0.1:8082", "GATEWAY_SETTINGS": "FILE"}, "http://127.0.0.1:8082 (GATEWAY_HTTP)"),
    ({"GATEWAY_HTTP": "0.0.0.0:8082"}, "http://127.0.0.1:8082 (GATEWAY_HTTP)"),
    ({"GATEWAY_HTTP": "[::]:8082"}, "http://[::1]:8082 (GATEWAY_HTTP)"),
    ({"GATEWAY_HTTP": "gateway:80", "GATEWAY_URL": "https://gateway"}, "https://gateway (GATEWAY_URL)"),
    ({"GATEWAY_HTTP": "gateway:80", "GATEWAY_URL": ""}, "http://gateway:80 (GATEWAY_HTTP)"),
    ({"GATEWAY_SERIES": "influxdb", "GATEWAY_HTTP": "[fe80::1]:80"}, "http://[fe80::1]:80 (GATEWAY_HTTP)"),
]


@pytest.mark.parametrize(("environment", "tried"), ORDER)
def test_the_gateway_is_where_the_settings_say(
    environment: dict[str, str], tried: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "gateway.yaml"
    file.write_text("http: 10.0.0.7:8081\nseries: influxdb\n")
    for name in ("GATEWAY_URL", "GATEWAY_HTTP", "GATEWAY_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value.replace("FILE", str(file)))

    def refuse(*_: object, **__: object) -> None:
        raise httpx.ConnectError("nobody listens")

    monkeypatch.setattr(httpx.Client, "request", refuse)
    with Connection(None) as gateway, pytest.raises(GatewayUnreachable) as refused:
        gateway.get("/site")
    assert f"no gateway answers at {tried.replace('FILE', str(file))}:" in str(refused.value)


def test_a_setting_that_is_no_address_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GATEWAY_URL", raising=False)
    monkeypatch.setenv("GATEWAY_HTTP", "8080")
    with pytest.raises(SettingsError, match=r"http \(from GATEWAY_HTTP\): write HOST:PORT"):
        Connection(None)
    monkeypatch.delenv("GATEWAY_HTTP")
    monkeypatch.setenv("GATEWAY_SETTINGS", "/nowhere/gateway.yaml")
    with pytest.raises(SettingsError, match=r"cannot read the settings file /nowhere/gateway\.yaml"):
        Connection(None)


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "ftp://gateway", "http://", "http://[::1", "http://a:b"])
def test_what_is_no_address_is_said_so(url: str) -> None:
    assert "is not an address" in refusal("devices", url=url)


def test_something_else_at_the_address_is_said_so() -> None:
    async def teapot(scope: object, receive: object, send: Callable[..., object]) -> None:
        await send({"type": "http.response.start", "status": 418, "headers": []})  # type: ignore[misc]
        await send({"type": "http.response.body", "body": b"<html>"})  # type: ignore[misc]

    with served(teapot) as url:
        assert "is no facility-gateway (418" in refusal("devices", url=url)


def test_refusals_and_outages_are_errors_of_the_product() -> None:
    assert issubclass(GatewayUnreachable, GatewayError)
    assert issubclass(RequestRefused, GatewayError)


def test_a_refusal_names_options_in_place_of_fields(house: House, url: str) -> None:
    house.run_dry()
    shelve = ("alarms", "shelve", "1", "--for", "1h", "--reason", "Known", "--by", "Li Wei")

    said = refusal(*shelve, "--confirmed-by", "LI WEI", url=url)

    assert said == "a second person must confirm: --confirmed-by reads the same as --by"


@pytest.mark.parametrize("command", [(), ("maintenance",), ("rejects",), ("checklists",), ("tickets",)])
def test_no_description_in_a_list_of_commands_is_cut(command: tuple[str, ...]) -> None:
    listed = run(*command, "--help", columns=80).stdout.partition("Commands:")[2]

    assert listed
    assert "..." not in listed


@pytest.mark.parametrize(
    "command", ["devices", "alarms", "tickets", "scans", "rejects", "why", "people", "maintenance", "checklists"]
)
def test_help_ends_with_examples(command: str) -> None:
    lines = run(command, "--help").stdout.splitlines()
    assert any(line.strip().startswith(f"facility-gateway {command}") for line in lines), lines


def test_a_ticket_of_a_plan_about_a_place_is_listed_and_shown_without_an_alarm(house: House, ask: Ask) -> None:
    house.run_dry()
    house.add_planned_ticket()
    assert "location:b1" in ask("tickets")
    shown = ask("tickets", "2")
    assert re.search(r"about +location:b1", shown)
    assert re.search(r"opened .*, by a plan\n", shown)
    assert "alarms" not in shown


def test_why_says_in_sentences_how_a_rule_stands_on_a_device(house: House, ask: Ask) -> None:
    house.say("pump-1", running=True, pressure=0.5)
    heading, *sentences = ask("why", "dry-run", "pump-1").split("\n\n")[0].splitlines()
    assert heading == "dry-run on pump-1: Running dry"
    assert sentences[:2] == [
        "  No alarm stands.",
        "  Its condition does not hold: running (true) && pressure (0.5 MPa) < 0.1",
    ]


def test_why_shows_each_value_with_its_origin_and_age(house: House, ask: Ask) -> None:
    house.say("pump-1", pressure=0.5)
    house.later(90)
    table = ask("why", "dry-run", "pump-1").split("\n\n")[1].splitlines()
    assert [row.split() for row in table] == [
        ["name", "value", "from", "time", "age"],
        ["running", "—", "unknown", "—", "—"],
        ["pressure", "0.5", "MPa", "reported", "20:00:00", "90", "s"],
    ]


def test_why_as_json_is_the_answer_of_the_api(house: House, ask: Ask) -> None:
    house.run_dry()
    answer = json.loads(ask("why", "dry-run", "pump-1", "--json"))
    assert (answer["verdict"], answer["alarm"]["number"]) == ("raised", 1)


def test_why_of_a_rule_that_there_is_not_is_one_sentence(url: str) -> None:
    assert "no rule 'dry-rum' watches a device of this site" in refusal("why", "dry-rum", "pump-1", url=url)


def test_alarms_are_shelved_listed_and_unshelved(house: House, url: str, ask: Ask) -> None:
    house.run_dry("pump-1")
    shelved = ask("alarms", "shelve", "1", "--for", "2h", "--reason", "known", "--by", "Li Wei")
    assert shelved == "alarm 1 (Running dry, pump-1) is shelved until 2026-01-01 22:00:01\n"
    assert "  suppressed: shelved  " in ask("alarms")
    assert run("alarms", url=url).stderr == "Put aside: 1 shelved, 0 out of service (alarms shelved)\n"
    assert "suppressed    shelved: known, by Li Wei, until 2026-01-01 22:00:01\n" in ask("alarms", "show", "1")
    (line,) = ask("alarms", "shelved").splitlines()[1:]
    assert re.split(r" {2,}", line) == [
        "1",
        "shelved",
        "Pump 1 (pump-1)",
        "dry-run",
        "20:00:01",
        "2026-01-01 22:00:01",
        "Li Wei",
        "known",
    ]
    assert ask("alarms", "unshelve", "1", "--by", "Li Wei").endswith("is unacknowledged now\n")
    assert ask("alarms", "shelved") == "nothing is put aside\n"
    assert run("alarms", url=url).stderr == ""
    assert "its alarm" not in ask("alarms", "shelved", "--all")
    assert refusal("alarms", "unshelve", "1", "--by", "Li Wei", url=url) == "alarm 1 is not shelved"


def test_a_rule_is_shelved_until_a_time_of_the_site_and_a_device_is_taken_out_of_service(
    house: House, ask: Ask
) -> None:
    rule = ("--rule", "dry-run", "--until", "2026-01-01T23:30", "--one-shot", "--device", "pump-1")
    answer = ask("alarms", "shelve", *rule, "--reason", "known", "--by", "Li Wei")
    assert answer == "dry-run on pump-1: shelved until 2026-01-01 23:30:00, or its alarm returns (shelf 1)\n"
    answer = ask("alarms", "out-of-service", "pump-2", "--reason", "broken", "--by", "Li Wei")
    assert answer == "pump-2: out of service until it is put back (shelf 2)\n"
    answers = json.loads(ask("alarms", "shelved", "--json"))["shelves"]
    assert [(each["kind"], each["until"]) for each in answers] == [
        ("out_of_service", None),
        ("shelved", "2026-01-01T15:30:00.000Z"),
    ]
    assert ask("alarms", "put-back", "2", "--by", "Li Wei", "--note", "new motor") == "shelf 2 (pump-2) has ended\n"


def test_what_cannot_be_shelved_so_is_said_before_or_by_the_gateway(house: House, url: str) -> None:
    who = ("--reason", "known", "--by", "Li Wei")
    for arguments, message in (
        (("shelve", *who), "give numbers of alarms, or --rule"),
        (("shelve", "1", "--rule", "dry-run", *who), "give numbers of alarms, or --rule"),
        (("shelve", "1", "--location", "b1", *who), "give numbers of alarms, or --rule"),
        (("shelve", "1", "--device", "pump-1", *who), "give numbers of alarms, or --rule"),
        (("unshelve", "--by", "Li Wei"), "give numbers of alarms, or --device"),
        (("reset", "1", "--rule", "dry-run", "--by", "Li Wei"), "give numbers of alarms, or --device"),
        (("shelve", "1", "--for", "soon", *who), "'soon' is not a duration"),
        (("shelve", "1", "--until", "tomorrow", *who), "'tomorrow' is not a time"),
    ):
        result = run("alarms", *arguments, url=url, columns=200)
        assert (result.exit_code, message in result.stderr) == (2, True), result.output
    house.run_dry("pump-1")
    assert "shelf needs an end" in refusal("alarms", "shelve", "1", *who, url=url)
    long = refusal("alarms", "shelve", "1", "--until", "2026-01-09T08:00:00Z", *who, url=url)
    assert long.startswith("that is longer than the 24 h that are allowed")
    assert refusal("alarms", "put-back", "7", "--by", "Li Wei", url=url) == "there is no shelf 7"


def test_alarms_of_a_place_or_device_are_shelved_commented_and_unshelved_at_once(house: House, ask: Ask) -> None:
    house.run_dry("pump-1")
    house.run_dry("pump-2")
    by = ("--by", "Li Wei")
    shelved = ask("alarms", "shelve", "--location", "b1", "--for", "2h", "--reason", "painting", *by).splitlines()
    assert shelved == [
        "alarm 2 (Running dry, pump-2) is shelved until 2026-01-01 22:00:02",
        "alarm 1 (Running dry, pump-1) is shelved until 2026-01-01 22:00:02",
    ]
    assert "suppressed    shelved: painting, by Li Wei" in ask("alarms", "show", "1")
    said = ask("alarms", "comment", "--device", "pump-1", "--note", "until Monday", *by)
    assert said == "alarm 1 (Running dry, pump-1) has the comment, and is suppressed as before\n"
    assert "comment, now suppressed: until Monday" in ask("alarms", "show", "1")
    again = ask("alarms", "unshelve", "--severity", "critical", "--note", "painted", *by).splitlines()
    assert sorted(again) == [
        "alarm 1 (Running dry, pump-1) is unacknowledged now",
        "alarm 2 (Running dry, pump-2) is unacknowledged now",
    ]
    assert ask("alarms", "unshelve", "--severity", "critical", *by) == "no such alarm stands\n"
    only = ask("alarms", "shelve", "--rule", "dry-run", "--severity", "critical", "--for", "1h", "--reason", "x", *by)
    assert only.count("is shelved until 2026-01-01 21:0") == 2


def test_what_is_suppressed_by_maintenance_is_not_unshelved_with_what_is_shelved(house: House, ask: Ask) -> None:
    about = ("--device", "pump-1", "--for", "2h", "--reason", "New bearing", "--by", "Li Wei")
    ask("maintenance", "start", *about)
    house.run_dry("pump-1")
    house.run_dry("pump-2")
    ask("alarms", "shelve", "2", "--for", "2h", "--reason", "known", "--by", "Li Wei")
    answer = ask("alarms", "unshelve", "--location", "b1", "--by", "Li Wei")
    assert answer == "alarm 2 (Running dry, pump-2) is unacknowledged now\n"
    ask("alarms", "shelve", "1", "--for", "2h", "--reason", "known", "--by", "Li Wei")
    answer = ask("alarms", "unshelve", "1", "--by", "Li Wei")
    why = "is not shelved any more, and still suppressed: maintenance: New bearing"
    assert answer == f"alarm 1 (Running dry, pump-1) {why}\n"


def test_latched_alarms_of_a_rule_are_reset_at_once(house: House, ask: Ask) -> None:
    for device in ("pump-1", "pump-2"):
        house.say(device, pressure=2.4)
    ask("alarms", "acknowledge", "--rule", "overpressure", "--by", "Li Wei")
    house.recover("pump-1")
    assert ask("alarms", "reset", "--rule", "overpressure", "--by", "Li Wei", "--note", "looked at") == (
        "alarm 1 (Pressure too high, pump-1) is normal now\n"
    )


def test_a_comment_stands_in_the_chain_of_its_alarm(house: House, ask: Ask) -> None:
    house.run_dry("pump-1")
    ask("alarms", "comment", "1", "--by", "Li Wei", "--note", "the part comes on Monday")
    assert "comment, now unacknowledged: the part comes on Monday" in ask("alarms", "show", "1")
    ask("alarms", "acknowledge", "1", "--by", "Li Wei")
    house.recover("pump-1")
    ask("alarms", "comment", "1", "--by", "Li Wei", "--note", "it was the valve")
    assert "comment, now normal: it was the valve" in ask("alarms", "show", "1")


def test_all_alarms_of_a_place_are_acknowledged_at_once(house: House, url: str, ask: Ask) -> None:
    house.run_dry("pump-1")
    house.run_dry("pump-2")
    answer = ask("alarms", "acknowledge", "--location", "b1.pumps", "--by", "Li Wei")
    assert answer == "alarm 1 (Running dry, pump-1) is acknowledged now\n"
    assert ask("alarms", "acknowledge", "--location", "b1.pumps", "--by", "Li Wei") == "no such alarm stands\n"
    assert json.loads(ask("alarms", "acknowledge", "--rule", "dry-run", "--by", "Li Wei", "--json"))["done"] == 1
    result = run("alarms", "acknowledge", "--by", "Li Wei", url=url, columns=200)
    assert (result.exit_code, "give numbers of alarms, or --device" in result.stderr) == (2, True)


def test_what_one_person_cannot_put_out_of_service_is_said_and_so_is_what_is_replaced(tmp_path: Path) -> None:
    with closing(House(tmp_path, more_rules=[BURST])) as house, served(house.api) as url:
        service = ("alarms", "out-of-service", "pump-1", "--for", "2h", "--reason", "broken", "--by", "Li Wei")
        told = "Still told, as only two people together put life safety aside: burst\n"
        assert run(*service, url=url).stderr == told
        rows = run("alarms", "shelved", url=url, columns=200).stdout.splitlines()
        assert "all but life safety" in rows[1]
        again = run(*service[:-1], "Ann", "--confirmed-by", "bob", url=url)
        assert again.stderr == "Shelf 1 of the same has ended: this one replaces it\n"
        assert "  all  " in run("alarms", "shelved", url=url, columns=200).stdout.splitlines()[1]


def test_a_life_safety_alarm_that_a_filter_leaves_out_is_named_and_is_not_done(tmp_path: Path) -> None:
    with closing(House(tmp_path, more_rules=[BURST])) as house, served(house.api) as url:
        house.say("pump-1", pressure=2.4)
        result = run("alarms", "acknowledge", "--device", "pump-1", "--by", "Li Wei", url=url, columns=200)
        (danger,) = re.findall(r"not done: alarm (\d) is life safety: give its number\n", result.stderr)
        assert (result.exit_code, "Pressure too high" in result.stdout) == (1, True)
        assert run("alarms", "acknowledge", danger, "--by", "Li Wei", url=url).exit_code == 0


def test_a_filter_with_a_typing_error_is_no_success(house: House, url: str) -> None:
    house.run_dry("pump-1")
    wrong = refusal("alarms", "acknowledge", "--device", "pump-l", "--by", "Li Wei", url=url)
    assert wrong == "there is no device 'pump-l' here; known: gate, pump-1, pump-2"
