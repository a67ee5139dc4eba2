"""`reports`: what people have reported: list it, show one, hand one in, try what a text would be taken for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.client.acting import checked
from gateway.client.connection import Connection
from gateway.client.events import SiteWords, what_happened_to_ticket
from gateway.client.options import Before, Common, Json, Limit, Url, common_of, examples
from gateway.client.photo_files import photo_addresses, read_photo
from gateway.client.tables import (
    NONE,
    SiteTime,
    named_subject,
    print_facts,
    print_json,
    print_next_page,
    print_table,
    styled,
    without,
)
from gateway.client.tickets import reported_by, state_of
from gateway.core.kernel.texts import LONGEST_NAME, Language
from gateway.misplaced import ShowsByNumber

app = typer.Typer(
    name="reports",
    cls=ShowsByNumber,
    invoke_without_command=True,
    rich_markup_mode=None,
    epilog=examples(
        "reports",
        "reports --state all --location b1 --json",
        "reports show 7",
        "reports send b1.pump-room 'Water comes from under the door' --name 'Ms Zhao' --phone '+86 21 5555 0199'",
        "reports classify 'Somebody is stuck in the lift'",
    ),
)


@app.callback()
def reports(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="open (not ended), all, or one state such as resolved.")] = "open",
    priority: Annotated[str | None, typer.Option(help="Only P1, P2, P3 or P4.")] = None,
    category: Annotated[str | None, typer.Option(help="Only of this category, such as water.")] = None,
    location: Annotated[str | None, typer.Option(help="Only at this location or inside it.")] = None,
    device: Annotated[str | None, typer.Option(help="Only about this device.")] = None,
    limit: Limit = 100,
    before: Before = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List what people have reported, newest first: each report is a ticket. Or hand one in."""
    context.obj = Common(url, as_json)
    if context.invoked_subcommand is not None:
        return
    wanted = {"state": state, "priority": priority, "category": category, "location": location, "device": device}
    with Connection(url) as gateway:
        answer = gateway.get("/tickets", {**wanted, "source": "person", "limit": limit, "before": before})
        if as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    rows = [
        (
            str(each["number"]),
            styled(each["priority"]),
            state_of(each),
            each["category"],
            named_subject(each),
            each["title"],
            (each["reporter"] or {}).get("name") or NONE,
            time.age(each["opened_at"]),
        )
        for each in answer["tickets"]
    ]
    columns = ("report", "prio", "state", "category", "about", "title", "reported by", "age")
    narrower = [without((columns, rows), "category"), without((columns, rows), "category", "reported by", "age")]
    print_table(columns, rows, nothing="no open reports" if state == "open" else "no reports", narrower=narrower)
    print_next_page(answer)


@app.command("show", epilog=examples("reports show 7", "reports 7", "reports show 7 --json"))
def show_report(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Number of the report: of its ticket.")],
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Show one report: what was said, by whom, and what became of it. `tickets show` has the clocks as well."""
    common = common_of(context, url, as_json=as_json)
    with Connection(common.url) as gateway:
        answer = gateway.get(f"/tickets/{number}")
        if common.as_json:
            print_json(answer)
            return
        site = SiteWords.of(gateway)
    time = site.time
    facts = {
        "report": str(answer["number"]),
        "about": named_subject(answer),
        "reported": f"{time.local(answer['opened_at'])}, {time.age(answer['opened_at'])} ago",
        "reported by": reported_by(answer),
        "text": answer["description"] or answer["title"],
        "taken for": f"{answer['kind']}, {answer['category']}, {answer['priority']}",
        "why": next((str(step["data"]["why"]) for step in answer["steps"] if step["data"].get("why")), None),
        "state": state_of(answer),
        "who": answer["assignee_name"],
        "outcome": answer["outcome"],
        "photos": photo_addresses(gateway, answer),
        "rating": f"{answer['rating']} of 5" if answer["rating"] else None,
        "merged": ", ".join(map(str, answer["merged"])) or None,
    }
    print_facts({name: fact for name, fact in facts.items() if fact is not None})
    typer.echo()
    rows = [
        (time.exact(step["time"]), what_happened_to_ticket(step, site), step["by"] or NONE)
        for step in answer["steps"]
        if step["subject"] == str(number)
    ]
    print_table(("time", "what happened", "by"), rows, nothing="no events")


@app.command(
    "send",
    epilog=examples(
        "reports send b1.pump-room 'Water comes from under the door'",
        "reports send lift-b1-1 'It stops between floors' --photo lift.jpg --email zhao@example.org --language zh",
        "reports send b1 'The lamp at the stairs is broken' --key frontdesk-20260131-17",
    ),
)
def send_report(
    context: typer.Context,
    place: Annotated[str, typer.Argument(metavar="PLACE", help="A location or a device, by id.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is wrong.")],
    name: Annotated[
        str | None,
        typer.Option("--name", metavar="NAME", help="Who reports it.", callback=checked("a name", LONGEST_NAME)),
    ] = None,
    email: Annotated[str | None, typer.Option(metavar="ADDRESS", help="How to tell that person more.")] = None,
    phone: Annotated[str | None, typer.Option(metavar="NUMBER", help="In place of --email.")] = None,
    language: Annotated[Language | None, typer.Option(help="In which language to tell that person more.")] = None,
    photos: Annotated[
        list[Path] | None,
        typer.Option("--photo", metavar="FILE", exists=True, dir_okay=False, help="A JPEG, PNG or WebP; up to 4."),
    ] = None,
    key: Annotated[
        str | None, typer.Option(metavar="KEY", help="The same key again is the same report: repeat without harm.")
    ] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Hand in what somebody reports: its words decide category and priority, and it becomes a ticket."""
    if email is not None and phone is not None:
        raise typer.BadParameter("give either --email or --phone")
    common = common_of(context, url, as_json=as_json)
    contents = [read_photo(file) for file in photos or ()]
    contact = {kind: address for kind, address in (("email", email), ("phone", phone)) if address is not None}
    given = {"name": name, "language": language, "key": key, "contact": contact or None}
    body: dict[str, Any] = {"place": place, "text": text}
    body |= {field: value for field, value in given.items() if value is not None}
    with Connection(common.url) as gateway:
        kept = [gateway.send_file("/photos", content)["hash"] for content in contents]
        answer = gateway.post("/reports", body | ({"photos": kept} if kept else {}))
    if common.as_json:
        print_json(answer)
        return
    typer.echo(
        f"report {answer['ticket']} is {answer['state'].replace('_', ' ')}: {answer['kind']}, {answer['category']}, "
        f"{answer['priority']}, for {answer['team']}"
    )
    if answer["track"] is not None:
        typer.echo(f"to follow it: {answer['track']}")


@app.command(
    "classify", epilog=examples("reports classify 'Somebody is stuck in the lift'", "reports classify 电梯困人")
)
def classify(
    context: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What somebody might report.")],
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Say what a report with this text would be taken for. Nothing is opened."""
    common = common_of(context, url, as_json=as_json)
    with Connection(common.url) as gateway:
        answer = gateway.get("/reports/classify", {"text": text})
    if common.as_json:
        print_json(answer)
        return
    print_facts(
        {
            "category": answer["category"],
            "priority": styled(answer["priority"]),
            "complaint": answer["complaint"] or "no",
            "team": answer["team"],
            "by the words": ", ".join(answer["words"]) or "none says what it is about",
        }
    )
