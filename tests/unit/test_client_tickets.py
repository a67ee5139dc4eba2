"""The commands about tickets, against a real server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import Result

from gateway.client.events import SiteWords, what_happened_to_ticket
from gateway.client.tables import SiteTime
from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.core.work.holds import HoldReason
from gateway.core.work.lifecycle import TicketStep
from tests.unit.api.house import House
from tests.unit.photos.pictures import phone_photo
from tests.unit.test_client import refusal, run, served

BY = ("--by", "Ann")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house in which a pump has run dry."""
    with closing(House(tmp_path)) as house:
        house.run_dry()
        yield house


@pytest.fixture
def url(house: House) -> Iterator[str]:
    """Where its API is."""
    with served(house.api) as url:
        yield url


def said(*arguments: str, url: str) -> str:
    """What `tickets` prints when it works."""
    result = run("tickets", *arguments, url=url)
    assert result.exit_code == 0, (result.output, result.exception)
    return str(result.stdout)


def row(text: str, ticket: int) -> list[str]:
    """The cells of one ticket in a list."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"{ticket} ")]
    return re.split(r" {2,}", line)


def terminal(*arguments: str, url: str, columns: int) -> Result:
    """The same on a terminal so wide."""
    return run("tickets", *arguments, url=url, terminal=True, columns=columns)


def history(url: str, ticket: int) -> list[str]:
    """What happened to a ticket, as `tickets NUMBER` says."""
    table = said(str(ticket), url=url).split("\n\n")[2]
    return [re.split(r" {2,}", line)[2] for line in table.splitlines()[1:]]


def test_the_list_shows_who_has_a_ticket_whether_its_alarm_stands_and_what_is_due_next(house: House, url: str) -> None:
    heading = said(url=url).splitlines()[0]
    assert heading.split() == ["ticket", "prio", "state", "who", "about", "title", "team", "alarm", "age", "next"]
    assert row(said(url=url), 1) == [
        *("1", "P1", "new", "—", "Pump 1 (pump-1)", "Running dry", "engineering", "stands", "0 s", "respond 5 min"),
    ]
    house.recover()
    house.later(7 * 60)
    assert row(said(url=url), 1)[7:] == ["over", "7 min", "respond 2 min late"]
    said("accept", "1", *BY, url=url)
    assert row(said(url=url), 1)[2:4] == ["accepted", "Ann"]
    assert row(said(url=url), 1)[-1] == "on site 22 min"


def test_what_is_late_and_an_alarm_that_stands_are_red_on_a_terminal(house: House, url: str) -> None:
    assert "\x1b[1;31mstands" in terminal(url=url, columns=140).stdout
    house.later(7 * 60)
    assert "\x1b[1;31mrespond 2 min late" in terminal(url=url, columns=140).stdout


@pytest.mark.parametrize("columns", [60, 80, 100, 140])
def test_a_narrow_terminal_still_shows_state_alarm_and_what_is_due_next(url: str, columns: int) -> None:
    said("assign", "1", "--to", "Bob", *BY, url=url)
    printed = re.sub(r"\x1b\[[0-9;]*m", "", terminal(url=url, columns=columns).stdout)
    assert max(len(line) for line in printed.splitlines()) <= columns
    heading = printed.splitlines()[0].split()
    assert {"ticket", "prio", "state", "about", "title", "alarm", "next"} <= {*heading}
    for word in ("assigned", "bob", "Running", "stands", "respond"):
        assert word in printed


def test_lists_are_narrowed_ordered_and_paged(house: House, url: str) -> None:
    house.run_dry("pump-2")
    said("open", "--location", "garden", "--category", "lights", "--title", "Dark", "--priority", "P4", *BY, url=url)
    for options, numbers in (
        (("--state", "new"), ["3", "2", "1"]),
        (("--priority", "P4"), ["3"]),
        (("--device", "pump-2"), ["2"]),
        (("--location", "b1", "--order", "due"), ["1", "2"]),
        (("--alarm", "1"), ["1"]),
        (("--source", "person", "--category", "lights"), ["3"]),
        (("--team", "engineering", "--before", "3"), ["2", "1"]),
    ):
        assert [line.split()[0] for line in said(*options, url=url).splitlines()[1:]] == numbers, options
    assert said("--overdue", url=url) == "no open tickets\n"
    assert said("--state", "closed", url=url) == "no tickets\n"
    page = run("tickets", "--order", "due", "--limit", "2", url=url)
    (more,) = page.stderr.splitlines()
    assert more.startswith("There are more: --after ")
    assert row(said("--order", "due", "--after", more.split()[-1], url=url), 3)[0] == "3"
    assert "There are more: --before 3" in run("tickets", "--limit", "1", url=url).stderr


def test_one_ticket_is_shown_with_facts_clocks_and_its_history_in_words(house: House, url: str) -> None:
    said("accept", "1", *BY, "--note", "On my way", url=url)
    house.later(60)
    facts, clocks, _ = said("1", url=url).split("\n\n")
    assert re.search(r"about +Pump 1 \(pump-1\)\nlocation +Pump room \(b1\.pumps\)\nstate +accepted\n", facts)
    assert re.search(r"next steps +hand-over, arrive, hold, resolve, cancel, merge\n", facts)
    assert re.search(r"who +Ann\nwhy +Ann has taken it\n", facts)
    assert re.search(r"opened +2026-01-01 20:00:01, 60 s ago, by alarm 1\n", facts)
    assert re.search(r"alarms +1: it stands\n", facts)
    assert "rating" not in facts
    assert [re.split(r" {2,}", line) for line in clocks.splitlines()[1:]] == [
        ["respond", "met", "5 min", "2026-01-01 20:05:01", "met 20:00:01"],
        ["on site", "running", "30 min", "2026-01-01 20:30:01", "29 min"],
        ["resolve", "running", "24 h", "2026-01-02 20:00:01", "23 h"],
    ]
    assert history(url, 1) == ["opened, P1 by alarm 1", "accepted: On my way"]
    assert said("show", "1", url=url) == said("1", url=url)
    assert json.loads(said("1", "--json", url=url))["assignee"] == "ann"
    assert json.loads(said("--json", "1", url=url))["assignee"] == "ann"


def test_every_step_and_entry_is_made_by_a_command_and_told_in_words(house: House, url: str, tmp_path: Path) -> None:
    for line in (
        "assign 1 --to Bob",
        "decline 1 --note Ill",
        "accept 1",
        "hand-over 1 --to ann --note Night",
        "accept 1",
        "arrive 1 --out-of-service-for 2h",
        "hold 1 --reason parts --note Seal",
        "resume 1",
        "priority 1 P2 --note Dry",
        "comment 1 --note Wet --public",
        "comment 1 --note Cold",
        "work 1 --minutes 40 --part Seal --part Grease=0.2",
    ):
        said(*line.split(), *BY, url=url)
    house.recover()
    file = tmp_path / "seal.jpg"
    file.write_bytes(phone_photo())
    said("photo", "1", str(file), *BY, "--note", "Worn", url=url)
    for line in (
        "resolve 1 --note Done --cause wear",
        "confirm 1",
        "reopen 1 --note Drips",
        "accept 1",
        "resolve 1 --note Done",
        "rate 1 4 --note Slow",
        "close 1",
    ):
        said(*line.split(), *BY, url=url)
    told = [re.sub(r"^photo \w{12}", "photo", each) for each in history(url, 1)]
    assert told == [
        "opened, P1 by alarm 1",
        "assigned to bob",
        "declined by bob: Ill",
        "nobody can be asked, bob has declined it: Ill",
        "accepted",
        "handed over to Ann: Night",
        "accepted",
        "on site",
        "on hold, waits for parts: Seal",
        "resumed, now on site",
        "priority P1 → P2: Dry",
        "comment, public: Wet",
        "comment: Cold",
        "40 min of work, 1 × Seal, 0.2 × Grease",
        "alarm 1 returned",
        "photo: Worn",
        "resolved, cause wear: Done",
        "confirmed",
        "reopened: Drips",
        "accepted",
        "resolved: Done",
        "rated 4 of 5: Slow",
        "closed",
    ]
    facts = said("1", url=url).split("\n\n")[0]
    photos = rf"{url}/api/v1/photos/\w{{64}}"
    assert re.search(
        rf"outcome +Done\n.*work +40 min, 0\.2 × Grease, 1 × Seal\nphotos +{photos}\nrating +4 of 5\n",
        facts,
        re.DOTALL,
    )


def test_each_step_of_the_life_cycle_has_words_of_its_own() -> None:
    every = {
        "priority": "P2",
        "to": "bob",
        "from": "ann",
        "state": "new",
        "into": 5,
        "alarm": 2,
        "cause": "wear",
        "despite": "test",
    }
    site = SiteWords(SiteTime({"now": "2026-01-01T12:00:00Z", "timezone": "Asia/Shanghai"}), {})
    for step in TicketStep:
        for reason in HoldReason:
            words = what_happened_to_ticket({"data": every | {"step": step.value, "reason": reason.value}}, site)
            assert words != f"{step.value}, P2", step
    assert what_happened_to_ticket({"data": {"step": "raised again", "priority": "P2"}}, site) == "raised again, P2"
    retarget = {"step": "retarget", "from": "P2", "priority": "P1"}
    assert what_happened_to_ticket({"data": retarget}, site) == "priority P2 → P1"
    dropped = what_happened_to_ticket({"data": retarget | {"from": "P1"}}, site)
    assert dropped == "without the targets that the site's files have no more"


def test_clocks_alarms_and_merged_tickets_are_told_in_words(house: House, url: str) -> None:
    house.later(400)
    house.recover()
    house.run_dry()
    said("open", "--device", "pump-1", "--category", "pump", "--title", "Loud", "--priority", "P2", *BY, url=url)
    said("merge", "2", "--into", "1", *BY, url=url)
    assert history(url, 1) == [
        "opened, P1 by alarm 1",
        "most of the time to respond is over",
        "the time to respond is over",
        "told bob that the time to respond is over",
        "told Ann, bob that the time to respond is over",
        "alarm 1 returned",
        "alarm 1 raised again",
        "ticket 2: opened, P2",
        "ticket 2: merged into ticket 1",
        "ticket 2 merged into it, Loud",
    ]
    assert row(said("--state", "merged", url=url), 2)[2] == "merged into 1"


def test_what_an_action_did_is_said_in_one_line(url: str) -> None:
    begin = "ticket 1 (Running dry, Pump 1 (pump-1)) "
    for line, ends in (
        (
            "assign 1 --to Fitters",
            "is assigned to Fitters now, who is not of the site's people and is told nothing; respond by 20:05:01",
        ),
        ("decline 1 --note Ill", "is new now: nobody has it; respond by 20:05:01"),
        ("accept 1", "is accepted now; on site by 20:30:01"),
        ("hold 1 --reason reporter", "is on hold now, which pauses resolve; on site by 20:30:01"),
        ("comment 1 --note Wet", "has the comment, and is on hold as before; on site by 20:30:01"),
        ("resume 1", "is accepted now; on site by 20:30:01"),
        ("work 1 --minutes 5", "has 5 min of work by now; on site by 20:30:01"),
        ("resolve 1 --note Done --despite Sensor", "is resolved now"),
        ("rate 1 5", "is rated 5 of 5"),
        ("reopen 1 --note Drips", "is assigned now; respond by 20:05:01"),
    ):
        assert said(*line.split(), *BY, url=url).strip() == begin + ends


def test_a_name_that_the_site_does_not_know_is_said_to_who_has_typed_it(url: str) -> None:
    ends = "is accepted now by Anm, who is not of the site's people and is told nothing; on site by 20:30:01"
    assert said("accept", "1", "--by", "Anm", url=url).strip().endswith(ends)


def test_who_takes_a_device_out_of_service_learns_until_when(url: str) -> None:
    said("accept", "1", *BY, url=url)
    printed = said("arrive", "1", *BY, "--out-of-service-for", "2h", url=url).strip()
    assert printed.endswith(
        "is on site now, with its device out of service (maintenance 1); resolve by 2026-01-02 20:00"
    )


def test_what_was_cancelled_is_not_shown_as_done(url: str) -> None:
    said("accept", "1", *BY, url=url)
    said("resolve", "1", "--note", "Done", "--despite", "Sensor", *BY, url=url)
    said("reopen", "1", "--note", "Drips", *BY, url=url)
    said("cancel", "1", "--note", "A test", *BY, url=url)
    facts = said("1", url=url).split("\n\n")[0]
    assert "resolved " not in facts
    assert re.search(r"reopened +once\n", facts)


def test_several_tickets_are_done_one_by_one_and_a_refusal_stops_none(house: House, url: str) -> None:
    house.run_dry("pump-2")
    result = run("tickets", "accept", "1", "9", "2", *BY, url=url)
    assert result.exit_code == 1
    assert result.stderr == "not done: there is no ticket 9\n"
    assert [line.split()[1] for line in result.stdout.splitlines()] == ["1", "2"]
    result = run("tickets", "cancel", "1", "9", "--note", "A test", "--json", *BY, url=url)
    assert [(each.get("state"), each.get("error")) for each in json.loads(result.stdout)] == [
        ("cancelled", None),
        (None, "there is no ticket 9"),
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("accept 9 --by Ann", "there is no ticket 9"),
        ("9", "there is no ticket 9"),
        ("arrive 1 --by Ann", "ticket 1 is new: it can be assigned, accepted, put on hold, cancelled or merged"),
        ("hold 1 --reason lunch --by Ann", "--reason: Input should be 'parts', 'access', 'contractor', 'reporter', "),
        ("arrive 1 --by Ann --out-of-service-for 2hours", "--out-of-service-for: '2hours' is not a duration"),
        ("--state wet", "state: Input should be 'open', 'all', "),
        ("--team nobody", "there is no team 'nobody' here; known: engineering, security"),
        ("open --device x --category pump --title X --by Ann", "there is no device 'x' here"),
    ],
)
def test_what_the_gateway_refuses_is_said_in_one_sentence(url: str, line: str, sentence: str) -> None:
    assert refusal("tickets", *line.split(), url=url).startswith(sentence)


def test_a_refusal_names_the_option_that_helps(url: str) -> None:
    said("accept", "1", *BY, url=url)
    assert refusal("tickets", "resolve", "1", "--note", "Done", *BY, url=url) == (
        "ticket 1: its alarm still stands; say in --despite why it is done all the same"
    )


def test_a_file_that_is_no_photo_is_refused_and_nothing_is_entered(url: str, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("no picture", encoding="utf-8")
    assert "JPEG" in refusal("tickets", "photo", "1", str(file), *BY, url=url)
    assert history(url, 1) == ["opened, P1 by alarm 1"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("decline 1 --by Ann", "Missing option '--note'"),
        ("open --category pump --title X --by Ann", "give either --device or --location"),
        ("open --location b1 --category a --title X --email a@b.c --phone 123 --by Ann", "either --email or --phone"),
        ("work 1 --by Ann", "with --minutes, or which parts were used with --part"),
        ("work 1 --part Grease=much --by Ann", "'Grease=much' is no part: write NAME or NAME=COUNT"),
        ("rate 1 9 --by Ann", "Invalid value for 'RATING'"),
        ("summary 7", "summary takes no argument"),
        ("photo 1 /no/such.jpg --by Ann", "/no/such.jpg"),
    ],
)
def test_a_mistake_in_a_command_is_said_before_anything_is_sent(line: str, says: str) -> None:
    result = run("tickets", *line.split(), url="http://127.0.0.1:9", columns=200)
    assert result.exit_code == 2
    assert says in result.stderr


def test_a_report_is_opened_with_who_told_it(url: str) -> None:
    printed = said(
        *("open", "--location", "b1.pumps", "--category", "cleaning", "--title", "Oil on the floor"),
        *("--description", "By the door", "--reporter", "Ms Zhao", "--phone", "+86 21 5555 0199", *BY),
        url=url,
    )
    assert printed == "ticket 2 (Oil on the floor, Pump room (location:b1.pumps)) is open, P3 for engineering; " + (
        "respond by 21:00:01\n"
    )
    facts = said("2", url=url).split("\n\n")[0]
    assert re.search(r"reported by +Ms Zhao, phone \+86 21 5555 0199\n", facts)
    assert re.search(r"opened .*, by Ann\n", facts)
    assert re.search(r"description +By the door", facts)


def test_the_summary_counts_in_words(house: House, url: str) -> None:
    house.run_dry("pump-2")
    said("assign", "2", "--to", "bob", *BY, url=url)
    house.later(400)
    assert said("summary", url=url).splitlines() == [
        "open            2",
        "overdue         2",
        "due within 1 h  0",
        "nobody has      1",
        "by priority     2 P1",
        "by state        1 new, 1 assigned",
        "by team         2 engineering",
    ]
    assert json.loads(said("summary", "--json", url=url))["open"] == 2


def test_help_of_every_command_ends_with_examples_that_begin_with_it() -> None:
    listed = run("tickets", "--help", columns=120).stdout.partition("Commands:")[2].partition("Examples:")[0]
    commands = [line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line.split()]
    assert len(commands) == 23
    for command in commands:
        lines = run("tickets", command, "--help").stdout.splitlines()
        assert any(line.strip().startswith(f"facility-gateway tickets {command}") for line in lines), command


def test_an_overdue_ticket_is_acknowledged_and_its_history_says_who_was_told(house: House, url: str) -> None:
    assert "nobody is being told that it is overdue" in refusal("tickets", "acknowledge", "1", *BY, url=url)
    house.later(5 * 60)
    house.later(1)
    answer = said("acknowledge", "1", *BY, "--note", "I call Bob", url=url)
    assert "is new as before, and nobody else is told that it is overdue" in answer
    assert any("told bob that the time to respond is over" in line for line in history(url, 1))
    assert any("acknowledged: nobody else is told that it is overdue: I call Bob" in line for line in history(url, 1))
    assert "there is no ticket 7" in refusal("tickets", "acknowledge", "7", *BY, url=url)


def test_a_ticket_is_given_to_who_is_on_duty_and_says_why(tmp_path: Path) -> None:
    with closing(House(tmp_path, dispatch=DispatchSpec())) as house, served(house.api) as url:
        house.run_dry()
        house.later(1)
        shown = said("1", url=url)
        assert re.search("assigned to bob.*on duty for engineering until 08:00; knows pump; has no tickets", shown)
        said("decline", "1", "--by", "bob", "--note", "No time", url=url)
        house.later(1)
        assert "nobody can be asked, everybody of engineering who is on duty was asked" in said("1", url=url)
