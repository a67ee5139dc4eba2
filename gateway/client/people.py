"""`people`: who belongs to the site, who is on duty, and who is away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import typer

from gateway.client.acting import By, Note, said
from gateway.client.connection import Connection
from gateway.client.given_times import at_site, checked_time
from gateway.client.options import Common, Json, Url, common_of, examples
from gateway.client.tables import NONE, Named, SiteTime, print_json, print_table

app = typer.Typer(
    name="people",
    invoke_without_command=True,
    rich_markup_mode=None,
    epilog=examples(
        "people --team engineering",
        "people --on-duty",
        "people --at 2026-12-01T20:00",
        "people absent tech-1 --until 2026-12-03T08:00 --substitute tech-2 --by 'Li Wei'",
        "people back tech-1 --by 'Li Wei'",
    ),
)
Person = Annotated[str, typer.Argument(metavar="PERSON", help="The person, by id or name.")]


@app.callback()
def people(
    context: typer.Context,
    team: Annotated[str | None, typer.Option(metavar="NAME", help="Only this team.")] = None,
    on_duty: Annotated[bool, typer.Option("--on-duty", help="Show who of each team is on duty.")] = False,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="On duty then, such as 2026-12-01T20:00 in the site's time zone."),
    ] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List the people of the site and how to reach them, or who is on duty; say who is away."""
    context.obj = Common(url, as_json)
    if context.invoked_subcommand is None:
        _list(context.obj, team=team, on_duty=on_duty, at=at)


@app.command(
    "absent", epilog=examples("people absent tech-1 --until 2026-12-03T08:00 --substitute tech-2 --by 'Li Wei'")
)
def go_absent(
    context: typer.Context,
    person: Person,
    by: By,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="Back then, such as 2026-12-03T08:00 in the site's time zone.",
            callback=checked_time,
        ),
    ] = None,
    substitute: Annotated[str | None, typer.Option(metavar="PERSON", help="Who stands in, by id or name.")] = None,
    note: Note = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Say that somebody is away from now on.

    That person is asked to do nothing, and the substitute is on duty in the same place.
    """
    common = common_of(context, url, as_json=as_json)
    with Connection(common.url) as gateway:
        end = at_site(gateway, until) if until is not None else None
        body = said(by, note) | {"until": end, "substitute": substitute}
        answer = gateway.post(f"/people/{_segment(person)}/absence", body)
        if common.as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    absence = answer["absence"]
    end = "further notice" if absence["until"] is None else time.local(absence["until"])
    stands_in = "nobody" if absence["substitute"] is None else absence["substitute"]
    typer.echo(f"{_shown(answer)} is away until {end}; {stands_in} stands in")


@app.command("back", epilog=examples("people back tech-1 --by 'Li Wei'"))
def come_back(
    context: typer.Context, person: Person, by: By, note: Note = None, url: Url = None, as_json: Json = False
) -> None:
    """Say that somebody who was away is back."""
    common = common_of(context, url, as_json=as_json)
    with Connection(common.url) as gateway:
        answer = gateway.delete(f"/people/{_segment(person)}/absence", said(by, note))
    if common.as_json:
        print_json(answer)
    else:
        typer.echo(f"{_shown(answer)} is back")


def _list(common: Common, *, team: str | None, on_duty: bool, at: str | None) -> None:
    with Connection(common.url) as gateway:
        if on_duty or at is not None:
            answer = gateway.get("/people/on-duty", {"team": team, "at": at_site(gateway, at or "now")})
        else:
            answer = gateway.get("/people", {"team": team})
        if common.as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    if "teams" in answer:
        _show_duty(answer, time)
        return
    print_table(
        ("person", "teams", "skills", "contact", "away until"),
        [
            (
                _name(each),
                ", ".join(each["teams"]) or NONE,
                ", ".join(each["skills"]) or NONE,
                _contact(each),
                _away(each, time),
            )
            for each in answer["people"]
        ],
        nothing="the site's files list no people",
    )


def _show_duty(answer: Mapping[str, Any], time: SiteTime) -> None:
    rows = [
        (each["team"], _name(person), _contact(person), _until(each, time))
        for each in answer["teams"]
        for person in each["people"] or [None]
    ]
    print_table(("team", "on duty", "contact", "until"), rows, nothing="the site's files list no people")


def _until(team: Mapping[str, Any], time: SiteTime) -> str:
    if not team["has_roster"]:
        return "no roster: all members"
    return time.local(team["until"])


def _away(person: Mapping[str, Any], time: SiteTime) -> str:
    """An older gateway does not say it."""
    absence = person.get("absence")
    if absence is None:
        return NONE
    end = time.local(absence["until"]) if absence["until"] is not None else "nobody knows"
    return end if absence["substitute"] is None else f"{end}, {absence['substitute']} stands in"


def _shown(person: Mapping[str, Any]) -> str:
    return str(person["id"]) if person["name"] == person["id"] else f"{person['name']} ({person['id']})"


def _segment(identifier: str) -> str:
    """As one level of a path."""
    return quote(identifier, safe="")


def _name(person: Mapping[str, Any] | None) -> Named:
    return Named("nobody", "nobody") if person is None else Named(person["name"], person["id"])


def _contact(person: Mapping[str, Any] | None) -> str:
    contact = person["contact"] if person is not None else ()
    return ", ".join(f"{each['kind']} {each['address']}" for each in contact) or NONE
