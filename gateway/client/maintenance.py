"""`maintenance`: list what is worked on, begin and end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gateway.client.acting import By, Note
from gateway.client.connection import Connection
from gateway.client.options import Before, Common, Json, Limit, Url, common_of, examples
from gateway.client.tables import NONE, SiteTime, print_json, print_next_page, print_table, without
from gateway.misplaced import OptionsOnly

app = typer.Typer(
    name="maintenance",
    invoke_without_command=True,
    rich_markup_mode=None,
    epilog=examples(
        "maintenance",
        "maintenance start --device lift-b1-1 --for 2h --reason 'Rope change' --by 'Li Wei'",
        "maintenance end 3 --by 'Li Wei'",
    ),
)


@app.callback()
def maintenance(
    context: typer.Context,
    ended: Annotated[bool, typer.Option("--ended", help="Also what is over.")] = False,
    limit: Limit = 100,
    before: Before = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List the maintenance that lasts or is planned; begin or end one.

    While it lasts, alarms of its devices are recorded, but nobody is told and no ticket opens. Life-safety alarms are
    told all the same.
    """
    context.obj = Common(url, as_json)
    if context.invoked_subcommand is None:
        _list(context.obj, ended=ended, limit=limit, before=before)


@app.command("list", cls=OptionsOnly, epilog=examples("maintenance list --ended"))
def list_maintenance(
    context: typer.Context,
    ended: Annotated[bool, typer.Option("--ended", help="Also what is over.")] = False,
    limit: Limit = 100,
    before: Before = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List the maintenance that lasts or is planned."""
    _list(common_of(context, url, as_json=as_json), ended=ended, limit=limit, before=before)


@app.command(
    "start",
    cls=OptionsOnly,
    epilog=examples(
        "maintenance start --device lift-b1-1 --for 2h --reason 'Rope change' --by 'Li Wei'",
        "maintenance start --device pump-b1-1 --device pump-b1-2 --for 90m --reason 'New seals' --by 'Li Wei'",
        "maintenance start --location b1 --profile booster_pump --for 1d --reason 'New pipes' --by 'Li Wei'",
    ),
)
def start_maintenance(
    context: typer.Context,
    by: By,
    duration: Annotated[str, typer.Option("--for", metavar="TIME", help="For how long at most, such as 2h.")],
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, in one line.")],
    devices: Annotated[
        list[str] | None, typer.Option("--device", metavar="ID", help="Its id; may be given several times.")
    ] = None,
    location: Annotated[
        str | None, typer.Option(metavar="ID", help="All devices at this location or inside it.")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="All devices of this profile; with --location, those there.")
    ] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Begin a maintenance of devices.

    Until it ends, their alarms are recorded, and nobody is told. The rules that are still told are those of life
    safety.
    """
    if not devices and location is None and profile is None:
        raise typer.BadParameter("say what is worked on: --device, --location or --profile")
    if devices and (location is not None or profile is not None):
        raise typer.BadParameter("give each device with --device, or else --location and --profile")
    common = common_of(context, url, as_json=as_json)
    body: dict[str, Any] = {"for": duration, "reason": reason, "by": by}
    body |= {"devices": devices} if devices else {}
    body |= {"location": location} if location is not None else {}
    body |= {"profile": profile} if profile is not None else {}
    with Connection(common.url) as gateway:
        answer = gateway.post("/maintenance", body)
        if common.as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    typer.echo(f"maintenance {answer['number']} of {_devices(answer)} lasts until {time.local(answer['ends_at'])}")
    if answer["still_told"]:
        typer.echo(f"Still told: {', '.join(answer['still_told'])}", err=True)


@app.command("end", epilog=examples("maintenance end 3 --by 'Li Wei' --note 'All is well'"))
def end_maintenance(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Number of the maintenance.")],
    by: By,
    note: Note = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """End a maintenance.

    Alarms of its devices that still stand are told.
    """
    common = common_of(context, url, as_json=as_json)
    with Connection(common.url) as gateway:
        answer = gateway.post(f"/maintenance/{number}/end", {"by": by} | ({"note": note} if note is not None else {}))
    if common.as_json:
        print_json(answer)
    else:
        typer.echo(f"maintenance {answer['number']} of {_devices(answer)} has ended")


def _list(common: Common, *, ended: bool, limit: int, before: int | None) -> None:
    with Connection(common.url) as gateway:
        answer = gateway.get("/maintenance", {"ended": "true" if ended else None, "limit": limit, "before": before})
        if common.as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    rows = [
        (
            str(each["number"]),
            "has ended" if each["ended_at"] else "lasts",
            _devices(each),
            time.short(each["started_at"]),
            time.short(each["ends_at"]),
            each["by"],
            each["reason"],
        )
        for each in answer["maintenance"]
    ]
    rows += [
        (
            NONE,
            _state(each),
            _devices(each),
            time.short(each["begins_at"]),
            time.short(each["ends_at"]),
            NONE,
            each["reason"],
        )
        for each in answer["planned"]
    ]
    columns = ("maintenance", "state", "devices", "from", "until", "by", "reason")
    narrower = [without((columns, rows), "by")]
    print_table(columns, rows, nothing="no maintenance lasts or is planned", narrower=narrower)
    print_next_page(answer)
    if any(each.get("awaits_time") for each in answer["planned"]):
        typer.echo("The gateway is not sure of the time yet, and no planned maintenance holds until it is", err=True)


def _state(planned: Mapping[str, Any]) -> str:
    """Of a planned maintenance; an older gateway does not say that it awaits the time."""
    if planned.get("awaits_time"):
        return "awaits the time"
    return "lasts" if planned["takes_place"] else "planned"


def _devices(answer: Mapping[str, Any]) -> str:
    return ", ".join(answer["devices"])
