"""Commands on what people put aside: shelve, unshelve, out of service, and the list of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gateway.client.acting import (
    By,
    InLocation,
    Note,
    OfDevice,
    OfRule,
    OfSeverity,
    SomeNumbers,
    act,
    act_on_all,
    act_on_some,
    checked,
    said,
)
from gateway.client.connection import Connection
from gateway.client.given_times import at_site, checked_time
from gateway.client.options import Before, Common, Json, Limit, Url, common_of, examples
from gateway.client.tables import (
    NONE,
    Named,
    SiteTime,
    print_json,
    print_next_page,
    print_table,
    without,
)
from gateway.core.kernel.texts import LONGEST_NAME, LONGEST_NOTE
from gateway.core.kernel.times import parse_duration
from gateway.misplaced import OptionsOnly

Reason = Annotated[
    str,
    typer.Option("--reason", metavar="TEXT", help="Why, for colleagues.", callback=checked("a reason", LONGEST_NOTE)),
]


def _duration(text: str | None) -> str | None:
    if text is not None:
        try:
            parse_duration(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
    return text


For = Annotated[str | None, typer.Option("--for", help="For how long, such as 90m or 2h.", callback=_duration)]
Until = Annotated[
    str | None,
    typer.Option(
        "--until",
        metavar="TIME",
        help="Until when, as 2026-12-01T18:00 in the site's time zone.",
        callback=checked_time,
    ),
]
ConfirmedBy = Annotated[
    str | None,
    typer.Option(
        "--confirmed-by",
        metavar="NAME",
        help="A second person who agrees: needed for life-safety alarms, and for silent or trouble of a whole site.",
        callback=checked("a name", LONGEST_NAME),
    ),
]
OneShot = Annotated[bool, typer.Option("--one-shot", help="End it also when the alarm next returns.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `alarms`."""
    app.command(
        "shelve",
        epilog=examples(
            "alarms shelve 12 --for 2h --reason 'The sensor is being changed' --by 'Li Wei'",
            "alarms shelve 12 --for 8h --one-shot --reason 'Known, waits for the fitter' --by 'Li Wei'",
            "alarms shelve --rule pump-low-pressure --device pump-b1-1 --for 1h --reason test --by 'Li Wei'",
            "alarms shelve --location b1 --severity warning --for 2h --reason 'Painting' --by 'Li Wei'",
        ),
    )(shelve)
    app.command(
        "unshelve", epilog=examples("alarms unshelve 12 --by 'Li Wei'", "alarms unshelve --location b1 --by 'Li Wei'")
    )(unshelve)
    app.command("shelved", cls=OptionsOnly, epilog=examples("alarms shelved", "alarms shelved --all --json"))(shelved)
    app.command(
        "out-of-service",
        epilog=examples(
            "alarms out-of-service pump-b1-1 --reason 'Waits for a new motor' --by 'Li Wei'",
            "alarms out-of-service pump-b1-1 --rule pump-vibration --for 7d --reason 'Sensor broken' --by 'Li Wei'",
        ),
    )(out_of_service)
    app.command("put-back", epilog=examples("alarms put-back 3 --by 'Li Wei' --note 'The motor is new'"))(put_back)
    app.command("comment", epilog=examples("alarms comment 12 --by 'Li Wei' --note 'The part comes on Monday'"))(
        comment
    )


def shelve(
    context: typer.Context,
    by: By,
    reason: Reason,
    numbers: SomeNumbers = None,
    rule: Annotated[str | None, typer.Option(help="In place of numbers: the alarms of this rule.")] = None,
    device: Annotated[str | None, typer.Option(help="In place of numbers, or with --rule: on this device.")] = None,
    subject: Annotated[
        str | None, typer.Option(help="With --rule, in place of --device: on this group, such as zone:east.")
    ] = None,
    location: InLocation = None,
    severity: OfSeverity = None,
    for_: For = None,
    until: Until = None,
    one_shot: OneShot = False,
    confirmed_by: ConfirmedBy = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Shelve alarms: for a time people are not told of them. If one still holds then, they are told at once.

    Give the numbers of standing alarms, or which of them: by device, location or severity. A rule, alone or with a
    device or a group, is shelved before its alarms occur.
    """
    wanted = {"device": device, "location": location, "severity": severity}
    if bool(numbers) == (rule is not None or any(wanted.values())):
        raise typer.BadParameter("give numbers of alarms, or --rule, --device, --location or --severity")
    common = common_of(context, url, as_json=as_json)
    body = _terms(common, by, reason, for_, until, confirmed_by) | {"one_shot": one_shot}
    if subject is not None and (rule is None or location is not None or severity is not None):
        raise typer.BadParameter("--subject goes with --rule alone: the alarms of that rule on one group")
    if rule is not None and location is None and severity is None:
        about = {"device": device, "subject": subject}
        about = {name: value for name, value in about.items() if value is not None}
        _put_aside(common, "/shelves", body | {"rule": rule} | about)
    elif numbers:
        act(common, numbers, "shelve", body)
    else:
        given = {name: value for name, value in (wanted | {"rule": rule}).items() if value is not None}
        note = body.pop("reason")  # what all actions on many call it
        act_on_all(common, given, "shelve", body | {"note": note})


def unshelve(
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
    """End the shelves of alarms. People are told of those that still hold. Give their numbers, or which they are.

    A rule that is shelved on all its devices is put back by the number of its shelf: `alarms put-back`.
    """
    wanted = {"device": device, "rule": rule, "location": location, "severity": severity}
    act_on_some(common_of(context, url, as_json=as_json), numbers, wanted, "unshelve", said(by, note))


def comment(
    context: typer.Context,
    by: By,
    note: Annotated[
        str, typer.Option("--note", metavar="TEXT", help="What to say.", callback=checked("a note", LONGEST_NOTE))
    ],
    numbers: SomeNumbers = None,
    device: OfDevice = None,
    rule: OfRule = None,
    location: InLocation = None,
    severity: OfSeverity = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Say something about alarms. It stays in their chains: `alarms show`.

    Give their numbers, also of alarms that are over, or which of those that stand.
    """
    wanted = {"device": device, "rule": rule, "location": location, "severity": severity}
    act_on_some(common_of(context, url, as_json=as_json), numbers, wanted, "comment", {"by": by, "note": note})


def out_of_service(
    context: typer.Context,
    device: Annotated[str, typer.Argument(help="Id of the device.")],
    by: By,
    reason: Reason,
    rule: Annotated[str | None, typer.Option(help="Only this rule on it.")] = None,
    for_: For = None,
    until: Until = None,
    confirmed_by: ConfirmedBy = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Take a device out of service: people are not told of its alarms until it is put back, or until an end.

    Its life-safety alarms are told all the same, unless a second person confirms and there is an end. Where life-safety
    rules watch it, one person must say for how long.
    """
    common = common_of(context, url, as_json=as_json)
    body = _terms(common, by, reason, for_, until, confirmed_by) | {"device": device}
    _put_aside(common, "/out-of-service", body | ({"rule": rule} if rule is not None else {}))


def put_back(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="SHELF", min=1, help="Its number in `alarms shelved`.")],
    by: By,
    note: Note = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Put back what is out of service, or end a shelf. People are told of what still holds."""
    common = common_of(context, url, as_json=as_json)
    with Connection(common.url) as gateway:
        answer = gateway.delete(f"/shelves/{number}", said(by, note))
    if common.as_json:
        print_json(answer)
    else:
        typer.echo(f"shelf {number} ({_about(answer)}) has ended")


def shelved(
    context: typer.Context,
    show_all: Annotated[bool, typer.Option("--all", help="Also what has ended.")] = False,
    limit: Limit = 100,
    before: Before = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List what is put aside: shelved alarms and rules, and what is out of service."""
    common = common_of(context, url, as_json=as_json)
    state = "all" if show_all else "holds"
    with Connection(common.url) as gateway:
        answer = gateway.get("/shelves", {"state": state, "limit": limit, "before": before})
        if common.as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    columns = ("shelf", "what", "device", "rule", "since", "until", "by", "reason", "ended")
    rows = [
        (
            str(each["number"]),
            each["kind"].replace("_", " "),
            Named(each["device_name"] or each["subject"] or NONE, each["device"] or each["subject"] or NONE),
            each["rule"] or ("all but life safety" if each.get("still_told") else "all"),
            time.short(each["since"]),
            _until(each, time),
            each["by"] + (f", {each['confirmed_by']}" if each["confirmed_by"] else ""),
            each["reason"],
            NONE if each["ended_at"] is None else time.short(each["ended_at"]),
        )
        for each in answer["shelves"]
    ]
    layout = (columns, rows) if show_all else without((columns, rows), "ended")
    print_table(*layout, nothing="nothing is put aside", narrower=[without(layout, "since")])
    print_next_page(answer)


def _terms(
    common: Common, by: str, reason: str, for_: str | None, until: str | None, confirmed_by: str | None
) -> dict[str, Any]:
    """What is sent of who, why and how long."""
    given = {"by": by, "reason": reason, "for": for_, "until": until, "confirmed_by": confirmed_by}
    if until is not None:
        with Connection(common.url) as gateway:
            given["until"] = at_site(gateway, until)
    return {name: value for name, value in given.items() if value is not None}


def _put_aside(common: Common, path: str, body: Mapping[str, Any]) -> None:
    with Connection(common.url) as gateway:
        answer = gateway.post(path, body)
        if common.as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    kind = answer["kind"].replace("_", " ")
    typer.echo(f"{_about(answer)}: {kind} until {_until(answer, time)} (shelf {answer['number']})")
    if answer.get("replaces") is not None:
        typer.echo(f"Shelf {answer['replaces']} of the same has ended: this one replaces it", err=True)
    if answer.get("still_told"):
        told = ", ".join(answer["still_told"])
        typer.echo(f"Still told, as only two people together put life safety aside: {told}", err=True)


def _about(shelf: Mapping[str, Any]) -> str:
    """What is put aside."""
    device = shelf["device"] or shelf["subject"]
    if shelf["rule"] is None:
        return str(device)
    return f"{shelf['rule']} on {device or 'all devices'}"


def _until(shelf: Mapping[str, Any], time: SiteTime) -> str:
    """When it ends."""
    end = "it is put back" if shelf["until"] is None else time.local(shelf["until"])
    return f"{end}, or its alarm returns" if shelf["one_shot"] else end
