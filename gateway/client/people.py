"""`people`: who belongs to the site, and who is on duty."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from gateway.client.connection import Connection
from gateway.client.options import Json, Url
from gateway.client.tables import NONE, Named, SiteTime, print_json, print_table


def people(
    team: Annotated[str | None, typer.Option(metavar="NAME", help="Only this team.")] = None,
    on_duty: Annotated[bool, typer.Option("--on-duty", help="Show who of each team is on duty.")] = False,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="On duty then, such as 2026-12-01T20:00 in the site's time zone."),
    ] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List the people of the site and how to reach them, or who is on duty."""
    with Connection(url) as gateway:
        if on_duty or at is not None:
            answer = gateway.get("/people/on-duty", {"team": team, "at": _with_offset(gateway, at)})
        else:
            answer = gateway.get("/people", {"team": team})
        if as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    if "teams" in answer:
        _show_duty(answer, time)
        return
    print_table(
        ("person", "teams", "skills", "contact"),
        [
            (_name(each), ", ".join(each["teams"]) or NONE, ", ".join(each["skills"]) or NONE, _contact(each))
            for each in answer["people"]
        ],
        nothing="the site's files list no people",
    )


def _with_offset(gateway: Connection, at: str | None) -> str | None:
    """The time with its offset: one without is in the site's time zone. What is no time, the gateway refuses."""
    try:
        time = datetime.fromisoformat(at) if at is not None else None
    except ValueError:
        return at
    if time is None or time.tzinfo is not None:
        return at
    return SiteTime(gateway.get("/site")).of_site(time).isoformat()


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


def _name(person: Mapping[str, Any] | None) -> Named:
    return Named("nobody", "nobody") if person is None else Named(person["name"], person["id"])


def _contact(person: Mapping[str, Any] | None) -> str:
    contact = person["contact"] if person is not None else ()
    return ", ".join(f"{each['kind']} {each['address']}" for each in contact) or NONE
