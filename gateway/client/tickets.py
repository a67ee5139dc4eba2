"""`tickets`: list them, show one with its clocks and its history, count them, open one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

import typer

from gateway.client import ticket_steps
from gateway.client.acting import By
from gateway.client.connection import Connection
from gateway.client.events import SiteWords, what_happened, what_happened_to_ticket
from gateway.client.options import Before, Common, Json, Limit, Url, common_of, examples
from gateway.client.photo_files import photo_addresses
from gateway.client.tables import (
    NONE,
    Cell,
    Named,
    SiteTime,
    duration,
    named_subject,
    number_or_none,
    often,
    print_facts,
    print_json,
    print_next_page,
    print_table,
    styled,
    without,
)
from gateway.client.ticket_results import result
from gateway.misplaced import OptionsOnly, ShowsByNumber

app = typer.Typer(
    name="tickets",
    cls=ShowsByNumber,
    invoke_without_command=True,
    rich_markup_mode=None,
    epilog=examples(
        "tickets",
        "tickets --order due --team engineering",
        "tickets --state all --device pump-b1-1 --json",
        "tickets 7",
        "tickets accept 7 --by 'Li Wei'",
        "tickets resolve 7 --by 'Li Wei' --note 'Seal replaced' --cause wear",
        "tickets summary",
    ),
)


@app.callback()
def tickets(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="open (not ended), all, or one state such as on_hold.")] = "open",
    priority: Annotated[str | None, typer.Option(help="Only P1, P2, P3 or P4.")] = None,
    team: Annotated[str | None, typer.Option(help="Only of this team.")] = None,
    assignee: Annotated[str | None, typer.Option(metavar="NAME", help="Only of this person, by id or name.")] = None,
    category: Annotated[str | None, typer.Option(help="Only of this category, such as pump.")] = None,
    device: Annotated[str | None, typer.Option(help="Only about this device, and about groups with it.")] = None,
    location: Annotated[str | None, typer.Option(help="Only at this location or inside it.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Only those opened by an alarm, plan, round, person or checklist.")
    ] = None,
    alarm: Annotated[int | None, typer.Option(min=1, help="Only that of this alarm.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those of which a clock has run out.")] = False,
    order: Annotated[str, typer.Option(help="newest first, or by the clock that is due next.")] = "newest",
    limit: Limit = 100,
    before: Before = None,
    after: Annotated[
        str | None, typer.Option("--after", help="For the next page by due time: what a page ends with.")
    ] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List tickets; open, show or count some, and make their steps."""
    context.obj = Common(url, as_json)
    if context.invoked_subcommand is not None:
        return
    query = {
        "state": state,
        "priority": priority,
        "team": team,
        "assignee": assignee,
        "category": category,
        "device": device,
        "location": location,
        "source": source,
        "alarm": alarm,
        "overdue": "true" if overdue else None,
        "order": None if order == "newest" else order,
        "limit": limit,
        "before": before,
        "after": after,
    }
    with Connection(url) as gateway:
        answer = gateway.get("/tickets", query)
        if as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    columns = ("ticket", "prio", "state", "who", "about", "title", "team", "alarm", "age", "next")
    rows = [
        (
            str(each["number"]),
            styled(each["priority"]),
            state_of(each),
            _who(each),
            named_subject(each),
            each["title"],
            each["team"],
            _alarm(each),
            time.age(each["opened_at"]),
            _next(each, time),
        )
        for each in answer["tickets"]
    ]
    short = ("ticket", "prio", "state", "about", "title", "alarm", "next")
    short_rows = [
        (*row[:2], _state_and_who(each), *row[4:6], row[7], row[9])
        for row, each in zip(rows, answer["tickets"], strict=True)
    ]
    narrower = [without((columns, rows), "team"), without((columns, rows), "team", "age"), (short, short_rows)]
    print_table(columns, rows, nothing="no open tickets" if state == "open" else "no tickets", narrower=narrower)
    print_next_page(answer)
    if answer["next_after"] is not None:
        typer.echo(f"There are more: --after {answer['next_after']}", err=True)


@app.command("show", epilog=examples("tickets show 7", "tickets 7"))
def show_ticket(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Number of the ticket.")],
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Show one ticket with its clocks and its history."""
    common = common_of(context, url, as_json=as_json)
    with Connection(common.url) as gateway:
        answer = gateway.get(f"/tickets/{number}")
        if common.as_json:
            print_json(answer)
            return
        site = SiteWords.of(gateway)
        photos = photo_addresses(gateway, answer)
    time = site.time
    print_facts({name: fact for name, fact in _facts(answer, time, photos).items() if fact is not None})
    typer.echo()
    print_table(
        ("clock", "state", "target", "due", "left"),
        [
            (
                each["clock"].replace("_", " "),
                _clock_state(each),
                duration(timedelta(seconds=each["target_s"])),
                time.local(each["due_at"]),
                _left(each, time),
            )
            for each in answer["clocks"]
        ],
        nothing="no clocks",
    )
    typer.echo()
    print_table(
        ("event", "time", "what happened", "by", "cause"),
        [
            (
                str(step["number"]),
                time.exact(step["time"]),
                what_happened_to_ticket(step, site) if step["subject"] == str(number) else what_happened(step, site),
                step["by"] or NONE,
                number_or_none(step["cause"]),
            )
            for step in answer["steps"]
        ],
        nothing="no events",
    )


@app.command("summary", cls=OptionsOnly, epilog=examples("tickets summary"))
def summarise(context: typer.Context, url: Url = None, as_json: Json = False) -> None:
    """Count the open tickets. How many are overdue, due within an hour, and without anybody who has them."""
    common = common_of(context, url, as_json=as_json)
    with Connection(common.url) as gateway:
        answer = gateway.get("/tickets/summary")
    if common.as_json:
        print_json(answer)
        return
    overdue = str(answer["overdue"])
    print_facts(
        {
            "open": str(answer["open"]),
            "overdue": (overdue, "bold red") if answer["overdue"] else overdue,
            "due within 1 h": str(answer["due_within_hour"]),
            "nobody has": str(answer["unassigned"]),
            "by priority": _counts(answer["priorities"]),
            "by state": _counts(answer["states"]),
            "by team": _counts(answer["teams"]),
        }
    )


@app.command(
    "open",
    cls=OptionsOnly,
    epilog=examples(
        "tickets open --device pump-b1-1 --category pump --title 'Louder than before' --by 'Li Wei'",
        "tickets open --location b1 --category cleaning --priority P4 --title 'Oil on the floor' --by 'Li Wei' "
        "--reporter 'Ms Zhao' --phone '+86 21 5555 0199'",
    ),
)
def open_ticket(
    context: typer.Context,
    by: By,
    title: Annotated[str, typer.Option(metavar="TEXT", help="What is amiss, in one line.")],
    category: Annotated[str, typer.Option(help="What it is about, such as pump.")],
    device: Annotated[str | None, typer.Option(metavar="ID", help="The device that it is about.")] = None,
    location: Annotated[str | None, typer.Option(metavar="ID", help="In place of a device: the location.")] = None,
    priority: Annotated[str, typer.Option(help="P1 (emergency), P2, P3 or P4.")] = "P3",
    team: Annotated[str | None, typer.Option(help="Who does it; that of the category unless given.")] = None,
    description: Annotated[str | None, typer.Option(metavar="TEXT", help="More of it.")] = None,
    reporter: Annotated[str | None, typer.Option(metavar="NAME", help="Who has told it; you unless given.")] = None,
    email: Annotated[str | None, typer.Option(metavar="ADDRESS", help="How to reach who has told it.")] = None,
    phone: Annotated[str | None, typer.Option(metavar="NUMBER", help="In place of --email.")] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Open a ticket about a device or a location."""
    if (device is None) == (location is None):
        raise typer.BadParameter("say what it is about: give either --device or --location")
    if email is not None and phone is not None:
        raise typer.BadParameter("give either --email or --phone")
    common = common_of(context, url, as_json=as_json)
    given = {"device": device, "location": location, "team": team, "description": description}
    body = {"title": title, "category": category, "priority": priority, "by": by}
    body |= {name: value for name, value in given.items() if value is not None}
    contact = {name: value for name, value in (("email", email), ("phone", phone)) if value is not None}
    told_by: dict[str, Any] = {"name": reporter} if reporter is not None else {}
    told_by |= {"contact": contact} if contact else {}
    with Connection(common.url) as gateway:
        answer = gateway.post("/tickets", body | ({"reporter": told_by} if told_by else {}))
        if common.as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    typer.echo(result(answer, "open", time))


ticket_steps.register(app)


def _facts(answer: Mapping[str, Any], time: SiteTime, photos: str | None) -> dict[str, Cell | None]:
    """What is said of one ticket; None of what does not apply."""
    again = f", {answer['raised_count']} times" if answer["raised_count"] > 1 else ""
    opened, raised = answer["opened_at"], answer["raised_at"]
    return {
        "ticket": str(answer["number"]),
        "title": answer["title"],
        "about": named_subject(answer),
        "location": Named(answer.get("location_name") or answer["location"], answer["location"])  # as of devices
        if answer["location"]
        else None,
        "state": state_of(answer),
        "next steps": ", ".join(answer["next_steps"]) or "none",
        "priority": styled(answer["priority"]),
        "category": answer["category"],
        "team": answer["team"],
        "who": _who(answer) if answer["assignee_known"] is not False else f"{_who(answer)}, not of the site's people",
        "why": answer["why_assigned"],
        "reported by": reported_by(answer),
        "opened": f"{time.local(opened)}, {time.age(opened)} ago, by {_source(answer)}",
        "raised": f"{time.local(raised)}, {time.age(raised)} ago{again}" if raised else None,
        "alarms": _alarms(answer),
        "on site": time.local(answer["on_site_at"]) if answer["on_site_at"] else None,
        "resolved": time.local(answer["resolved_at"]) if answer["resolved_at"] else None,
        "ended": time.local(answer["ended_at"]) if answer["ended_at"] else None,
        "reopened": often(answer["reopened_count"]) if answer["reopened_count"] else None,
        "outcome": answer["outcome"],
        "cause": answer["cause_code"] and answer["cause_code"].replace("_", " "),
        "work": _work(answer["work"]),
        "photos": photos,
        "rating": f"{answer['rating']} of 5" if answer["rating"] else None,
        "maintenance": number_or_none(answer["maintenance"]) if answer["maintenance"] else None,
        "corrects": f"ticket {answer['parent']}" if answer["parent"] else None,
        "merged": ", ".join(map(str, answer["merged"])) or None,
        "description": answer["description"],
        "guidance": answer["guidance"],
    }


def state_of(each: Mapping[str, Any]) -> Cell:
    """The state, and what it waits for or was merged into."""
    state = each["state"].replace("_", " ")
    if each["hold_reason"]:
        return f"{state}: {each['hold_reason']}"
    if each["merged_into"]:
        return f"{state} into {each['merged_into']}"
    return (state, "bold") if state == "new" else state


def _state_and_who(each: Mapping[str, Any]) -> Cell:
    state = state_of(each)
    return f"{state}, {each['assignee_name']}" if each["assignee"] and isinstance(state, str) else state


def _who(each: Mapping[str, Any]) -> str:
    return each["assignee_name"] or NONE


def _source(answer: Mapping[str, Any]) -> str:
    """What has opened it: of a person, who."""
    by = answer["steps"][0]["by"] if answer["steps"] else None
    return f"alarm {answer['alarm']}" if answer["alarm"] else by or f"a {answer['source']}"


def reported_by(each: Mapping[str, Any]) -> str | None:
    """Who has reported it, and how to reach that person; None where nobody has."""
    told_by = each["reporter"]
    if told_by is None:
        return None
    contact = f"{told_by['contact_kind']} {each['contact']}" if told_by["contact_kind"] else ""
    return ", ".join(filter(None, (told_by["name"], contact))) or "somebody"


def _alarm(each: Mapping[str, Any]) -> Cell:
    """Whether an alarm stands."""
    if each["alarm_stands"]:
        return "stands", "bold red"
    return "over" if each["alarms"] else NONE


def _alarms(answer: Mapping[str, Any]) -> Cell | None:
    """Their numbers, and whether one stands."""
    if not answer["alarms"]:
        return None
    numbers = ", ".join(map(str, answer["alarms"]))
    stands = "one stands" if len(answer["alarms"]) > 1 else "it stands"
    return (f"{numbers}: {stands}", "bold red") if answer["alarm_stands"] else f"{numbers}: over"


def _next(each: Mapping[str, Any], time: SiteTime) -> Cell:
    """The clock that runs out next, and when."""
    if each["next_due"] is None:
        return NONE
    clock, left = each["next_clock"].replace("_", " "), time.until(each["next_due"])
    return (f"{clock} {left[0]}", left[1]) if isinstance(left, tuple) else f"{clock} {left}"


def _clock_state(clock: Mapping[str, Any]) -> Cell:
    """The state; what was met late says so."""
    if clock["state"] == "met" and clock["breached_at"] is not None:
        return "met late", "yellow"
    return (clock["state"], "bold red") if clock["state"] == "breached" else str(clock["state"])


def _left(clock: Mapping[str, Any], time: SiteTime) -> Cell:
    """Of a clock that runs, what is left of it, or by how much it is over; of one that was met, when."""
    if clock["met_at"] is not None:
        return f"met {time.short(clock['met_at'])}"
    left = timedelta(seconds=clock["left_s"])
    return (f"{duration(-left)} late", "bold red") if left < timedelta(0) else duration(left)


def _work(work: Mapping[str, Any]) -> str | None:
    parts = [f"{each['count']:g} × {each['part']}" for each in work["parts"]]
    return ", ".join([*([f"{work['minutes']} min"] if work["minutes"] else []), *parts]) or None


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count) or NONE
