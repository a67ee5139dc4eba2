"""`notices`: who was told of what, and whether it has arrived. `notify test`: whether messages arrive."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from gateway.client.acting import checked
from gateway.client.connection import Connection
from gateway.client.options import Before, Common, Json, Limit, Url, common_of, examples
from gateway.client.tables import NONE, SiteTime, print_facts, print_json, print_next_page, print_table, without
from gateway.core.kernel.texts import LONGEST_NAME
from gateway.core.kernel.times import SECOND, parse_duration
from gateway.misplaced import ShowsByNumber

_ASK_EVERY_S = 0.3
_SIREN_TEST = "5s"
_LATEST = 20
_ENDED = ("delivered", "failed", "withdrawn")

app = typer.Typer(
    name="notices",
    cls=ShowsByNumber,
    invoke_without_command=True,
    rich_markup_mode=None,
    epilog=examples("notices --failed", "notices --person tech-1", "notices --alarm 12", "notices show 7"),
)
notify = typer.Typer(
    name="notify",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog=examples("notify test tech-1", "notify test --way email tech-1@example.org", "notify test --siren"),
)


@app.callback()
def notices(
    context: typer.Context,
    failed: Annotated[bool, typer.Option("--failed", help="Only what was given up.")] = False,
    state: Annotated[
        str | None, typer.Option(help="Only waiting, sending, delivered, failed or withdrawn ones.")
    ] = None,
    person: Annotated[str | None, typer.Option(metavar="NAME", help="Only to this person, by id or name.")] = None,
    alarm: Annotated[int | None, typer.Option(metavar="NUMBER", min=1, help="Only about this alarm.")] = None,
    ticket: Annotated[int | None, typer.Option(metavar="NUMBER", min=1, help="Only about this ticket.")] = None,
    limit: Limit = 100,
    before: Before = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List who was told of what, newest first, or show one message."""
    context.obj = Common(url, as_json)
    if context.invoked_subcommand is not None:
        return
    if failed and state not in (None, "failed"):
        raise typer.BadParameter("--failed and --state name different states: give one of them")
    wanted = {"state": "failed" if failed else state, "person": person, "alarm": alarm, "ticket": ticket}
    with Connection(url) as gateway:
        answer = gateway.get("/notices", {**wanted, "limit": limit, "before": before})
        if as_json:
            print_json(answer)
            return
        site = SiteTime(gateway.get("/site"))
    rows = [
        (
            str(each["number"]),
            each["state"],
            site.short(each["since"]),
            each["person"] or NONE,
            f"{each['channel']} {each['address']}",
            each["about"],
            each["title"],
            each["error"] or NONE,
        )
        for each in answer["notices"]
    ]
    columns = ("notice", "state", "since", "person", "way", "about", "title", "error")
    narrower = [without((columns, rows), "about"), without((columns, rows), "about", "error")]
    print_table(columns, rows, nothing="nobody was told of anything", narrower=narrower)
    print_next_page(answer)


@app.command("show", epilog=examples("notices show 7"))
def show_notice(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Number of the notice.")],
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Show one message, and what became of it."""
    common = common_of(context, url, as_json=as_json)
    with Connection(common.url) as gateway:
        answer = gateway.get(f"/notices/{number}")
        if common.as_json:
            print_json(answer)
            return
        site = SiteTime(gateway.get("/site"))
    print_facts(
        {
            "notice": str(answer["number"]),
            "state": answer["state"],
            "since": site.local(answer["since"]),
            "due": site.local(answer["due"]) if answer["due"] is not None else "when the time is known",
            "ended": site.local(answer["ended_at"]) if answer["ended_at"] is not None else NONE,
            "person": answer["person"] or NONE,
            "way": f"{answer['channel']} {answer['address']}",
            "about": answer["about"],
            "urgency": answer["urgency"],
            "attempts": str(answer["attempts"]),
            "error": answer["error"] or NONE,
            "key": answer["key"],
            "title": answer["title"],
            "body": answer["body"],
        }
    )


@notify.callback()
def notify_group() -> None:
    """Try whether messages reach people."""


@notify.command("test", epilog=examples("notify test tech-1 --by 'Li Wei'", "notify test --way sms '+86 21 5555 0100'"))
def try_ways(
    person: Annotated[str | None, typer.Argument(metavar="PERSON", help="Id of a person: each way is tried.")] = None,
    way: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="CHANNEL ADDRESS", help="In place of a person: email, sms, voice, mqtt or webhook."),
    ] = None,
    siren: Annotated[bool, typer.Option("--siren", help="In place of a person: sound the siren for a moment.")] = False,
    sound_for: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="How long the siren sounds, 5s unless given.")
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="NAME", help="Who asks.", callback=checked("a name", LONGEST_NAME))
    ] = "somebody at the gateway",
    within: Annotated[str, typer.Option(metavar="TIME", help="How long to wait for the outcome.")] = "60s",
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Send a test message, wait for the outcome and print it.

    The exit code is 1 unless all messages were taken. The siren is switched off when its time is over, with Ctrl-C or
    where something fails, unless an alarm needs it.
    """
    if sum((person is not None, way is not None, siren)) != 1:
        raise typer.BadParameter("say where it goes: PERSON, --way or --siren")
    if sound_for is not None and not siren:
        raise typer.BadParameter("--for says how long the siren sounds: give --siren as well, or --within to wait")
    body: dict[str, Any] = {"by": by}
    if person is not None:
        body |= {"person": person}
    elif way is not None:
        body |= {"channel": way[0], "address": way[1]}
    else:
        body |= {"channel": "siren", "sound_for": sound_for or _SIREN_TEST}
    try:
        seconds, sounding_s = (parse_duration(each) / SECOND for each in (within, sound_for or _SIREN_TEST))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    with Connection(url) as gateway:
        if siren:
            found = _sounded(gateway, body, sounding_s, seconds)
        else:
            sent = gateway.post("/notices/test", body)["notices"]
            found = _outcomes(gateway, [each["number"] for each in sent], seconds)
    if as_json:
        print_json({"notices": found})
    else:
        for each in found:
            typer.echo(_sentence(each))
        if siren and len(found) == 1:
            typer.echo("siren: left on, as an alarm or another test needs it")
    if any(each["state"] != "delivered" for each in found):
        raise typer.Exit(1)


def _sounded(gateway: Connection, body: Mapping[str, Any], sounding_s: float, seconds: float) -> list[dict[str, Any]]:
    """The notice that sounds the siren, and that which switches it off when the time is over; without the second where
    something else needs the siren."""
    number: int | None = None
    end = time.monotonic() + sounding_s
    try:
        number = gateway.post("/notices/test", body)["notices"][0]["number"]
        (on,) = _outcomes(gateway, [number], seconds)
        if on["state"] == "delivered":
            time.sleep(max(0.0, end - time.monotonic()))
    finally:  # the gateway does it as well, when the time is over
        ended = _end_test(gateway, number, body["by"])
    return [on, *_outcomes(gateway, [each["number"] for each in ended], seconds)]


def _end_test(gateway: Connection, number: int | None, by: str) -> list[dict[str, Any]]:
    """End the test of the siren of this notice, or, where its number has not come, the latest. One that is over already
    ends no more."""
    if number is None:
        listed = gateway.get("/notices", {"limit": _LATEST})["notices"]
        tests = (each["number"] for each in listed if (each["kind"], each["channel"]) == ("test", "siren"))
        number = next(tests, None)
    return [] if number is None else list(gateway.post(f"/notices/{number}/end", {"by": by})["notices"])


def _outcomes(gateway: Connection, numbers: Sequence[int], seconds: float) -> list[dict[str, Any]]:
    """The notices, once nothing is left to do for them, or when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        found = [gateway.get(f"/notices/{number}") for number in numbers]
        if all(each["state"] in _ENDED for each in found) or time.monotonic() >= deadline:
            return found
        time.sleep(_ASK_EVERY_S)


def _sentence(answer: Mapping[str, Any]) -> str:
    where = f"{answer['channel']} {answer['address']}"
    if answer["state"] == "delivered":
        what = "switched off" if answer["kind"] == "siren off" else "taken"
        return f"{where}: {what} (notice {answer['number']})"
    why = f": {answer['error']}" if answer["error"] else ""
    tries = answer["attempts"]
    tried = f"{answer['state']} after {tries} attempt{'s' if tries != 1 else ''}"
    return f"{where}: {tried}{why} (notice {answer['number']})"
