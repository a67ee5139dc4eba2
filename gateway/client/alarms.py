"""`alarms`: list them, show one with its causal chain, acknowledge or reset some."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gateway.client import shelves
from gateway.client.acting import (
    By,
    InLocation,
    Note,
    Number,
    OfDevice,
    OfRule,
    OfSeverity,
    SomeNumbers,
    act_on_some,
    said,
)
from gateway.client.connection import Connection, RequestRefused
from gateway.client.events import SiteWords, what_happened
from gateway.client.options import Before, Common, Json, Limit, Url, common_of, examples
from gateway.client.tables import (
    NONE,
    Cell,
    Named,
    SiteTime,
    named_subject,
    number_or_none,
    print_facts,
    print_json,
    print_next_page,
    print_table,
    styled,
    values,
    without,
)
from gateway.misplaced import ShowsByNumber

app = typer.Typer(
    name="alarms",
    cls=ShowsByNumber,
    invoke_without_command=True,
    rich_markup_mode=None,
    epilog=examples(
        "alarms --severity critical",
        "alarms --state all --json",
        "alarms show 12",
        "alarms acknowledge 12 13 --by 'Li Wei' --note 'The valve is shut'",
        "alarms shelve 12 --for 2h --reason 'The sensor is being changed' --by 'Li Wei'",
    ),
)


shelves.register(app)


@app.callback()
def alarms(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="standing, all, or one state such as unacknowledged.")] = "standing",
    device: Annotated[str | None, typer.Option(help="Only of this device, and of groups with it.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only of this rule.")] = None,
    location: Annotated[str | None, typer.Option(help="Only of devices in this location.")] = None,
    severity: Annotated[str | None, typer.Option(help="Only critical, warning or info.")] = None,
    limit: Limit = 100,
    before: Before = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List alarms, the most urgent first; show, acknowledge, reset, shelve or comment some."""
    context.obj = Common(url, as_json)
    if context.invoked_subcommand is not None:
        return
    with Connection(url) as gateway:
        answer = gateway.get(
            "/alarms",
            {
                "state": state,
                "device": device,
                "rule": rule,
                "location": location,
                "severity": severity,
                "limit": limit,
                "before": before,
            },
        )
        if as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
        summary = _summary(gateway) if state == "standing" and before is None else None
    columns = ("alarm", "severity", "state", "device", "title", "raised", "age", "ticket")
    rows = [
        (
            str(each["number"]),
            styled(each["severity"]),
            _state(each),
            named_subject(each),
            each["title"],
            time.short(each["raised_at"]),
            time.age(each["raised_at"]),
            number_or_none(each["ticket"]),
        )
        for each in answer["alarms"]
    ]
    print_table(
        columns,
        rows,
        nothing="no alarm stands" if state == "standing" else "no alarms",
        narrower=[without((columns, rows), "raised")],
    )
    print_next_page(answer)
    if summary is not None:
        _print_summary(summary)


def _summary(gateway: Connection) -> Mapping[str, Any] | None:
    """What else people should know; None of an older gateway, which has no summary."""
    try:
        return gateway.get("/alarms/summary")
    except RequestRefused:
        return None


def _print_summary(summary: Mapping[str, Any]) -> None:
    """On stderr, that there is a flood, and that something is put aside."""
    flood, shelves, out_of_service = summary["flood"], summary["shelves"], summary["out_of_service"]
    if flood["active"]:
        typer.echo(f"A flood: {flood['raises']} alarms were raised in the last ten minutes", err=True)
        for cause in summary.get("causes", ()):  # an older gateway names none
            device = Named(cause["device_name"] or cause["device"], cause["device"])
            count = cause["alarms"] + cause["suppressed"]
            typer.echo(f"  {count} of what stands may have one cause: {device}", err=True)
    if shelves or out_of_service:
        typer.echo(f"Put aside: {shelves} shelved, {out_of_service} out of service (alarms shelved)", err=True)


@app.command("show", epilog=examples("alarms show 12"))
def show_alarm(context: typer.Context, number: Number, url: Url = None, as_json: Json = False) -> None:
    """Show one alarm with its causes, its steps and its ticket."""
    common = common_of(context, url, as_json=as_json)
    with Connection(common.url) as gateway:
        answer = gateway.get(f"/alarms/{number}")
        if common.as_json:
            print_json(answer)
            return
        site = SiteWords.of(gateway)
    time = site.time
    _show_alarm(answer, time)
    typer.echo()
    print_table(
        ("event", "time", "kind", "what happened", "by", "cause"),
        [
            (
                str(event["number"]),
                time.exact(event["time"]),
                event["kind"],
                what_happened(event, site),
                event["by"] or NONE,
                number_or_none(event["cause"]),
            )
            for event in answer["chain"]
        ],
        nothing="no events",
    )


@app.command(
    "acknowledge",
    epilog=examples(
        "alarms acknowledge 12 --by 'Li Wei'",
        "alarms acknowledge 12 13 14 --by 'Li Wei' --note 'The valve is shut'",
        "alarms acknowledge --location b1 --severity warning --by 'Li Wei'",
    ),
)
def acknowledge_alarms(
    context: typer.Context,
    by: By,
    numbers: SomeNumbers = None,
    device: OfDevice = None,
    rule: OfRule = None,
    location: InLocation = None,
    severity: OfSeverity = None,
    note: Note = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Acknowledge alarms: you have seen them, and deal with them. Give their numbers, or which they are.

    With several numbers each is acknowledged by itself, and the exit code is 1 if one cannot be. With --json one number
    gives an object, and several give a list.
    """
    wanted = {"device": device, "rule": rule, "location": location, "severity": severity}
    act_on_some(common_of(context, url, as_json=as_json), numbers, wanted, "acknowledge", said(by, note))


@app.command(
    "reset",
    epilog=examples(
        "alarms reset 12 --by 'Li Wei'",
        "alarms reset 12 13 --by 'Li Wei' --note tested",
        "alarms reset --device smoke-b1-lobby --by 'Li Wei'",
    ),
)
def reset_alarms(
    context: typer.Context,
    by: By,
    numbers: SomeNumbers = None,
    device: OfDevice = None,
    rule: OfRule = None,
    location: InLocation = None,
    severity: OfSeverity = None,
    note: Note = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Reset latched alarms: they are acknowledged, and their conditions have ended. Give their numbers, or which.

    With several numbers each is reset by itself, and the exit code is 1 if one cannot be. With --json one number gives
    an object, and several give a list.
    """
    wanted = {"device": device, "rule": rule, "location": location, "severity": severity}
    act_on_some(common_of(context, url, as_json=as_json), numbers, wanted, "reset", said(by, note))


def _show_alarm(answer: Mapping[str, Any], time: SiteTime) -> None:
    raised = time.local(answer["raised_at"])
    count, first = answer["raised_count"], time.local(answer["first_raised_at"])
    often = f", {count} times since {first}" if count > 1 else ""
    print_facts(
        {
            "alarm": str(answer["number"]),
            "title": answer["title"],
            "device": named_subject(answer),
            "rule": answer["rule"],
            "severity": styled(answer["severity"]),
            "state": _state(answer),
            "raised": f"{raised}, {time.age(answer['raised_at'])} ago{often}",
            "returned": time.local(answer["returned_at"]),
            "acknowledged": _acknowledged(answer, time),
            "closed": time.local(answer["closed_at"]),
            "ticket": number_or_none(answer["ticket"]),
            "values": values(answer["values"]) or NONE,
            "detail": time.in_text(answer["detail"]) if answer["detail"] else NONE,
            "suppressed": "; ".join(_reason(each, time) for each in answer.get("suppressed_by", ())) or NONE,
            "guidance": answer["guidance"] or NONE,
        }
    )


def _reason(reason: Mapping[str, Any], time: SiteTime) -> str:
    """Why people are not told: kind, words, person, end."""
    until = f", until {time.local(reason['until'])}" if reason["until"] else ""
    by = f", by {reason['by']}" if reason["by"] else ""
    return f"{reason['kind'].replace('_', ' ')}: {reason['why']}{by}{until}"


def _acknowledged(answer: Mapping[str, Any], time: SiteTime) -> str:
    """When and by whom, and the note."""
    if not answer["acknowledged_by"]:
        return NONE
    notes = [event["data"].get("note") for event in answer["chain"] if event["data"].get("step") == "acknowledge"]
    note = f": {notes[-1]}" if notes and notes[-1] else ""
    return f"{time.local(answer['acknowledged_at'])} by {answer['acknowledged_by']}{note}"


def _state(alarm: Mapping[str, Any]) -> Cell:
    """The state: in words where it needs them, who has acknowledged the alarm, and why people are not told of it."""
    state, style = styled(alarm["state"])
    words = state
    if state == "returned":
        words = "returned: over, not acknowledged"
    elif state == "acknowledged":
        words = f"acknowledged by {alarm['acknowledged_by']}"
    elif kinds := [reason["kind"].replace("_", " ") for reason in alarm.get("suppressed_by", ())]:
        words = f"{state}: {', '.join(dict.fromkeys(kinds))}" if state == "suppressed" else state
    marks = [mark for mark in ("chattering", "stale") if alarm.get(mark)]  # an older gateway has none
    return ", ".join([words, *marks]), style
