"""`devices` and `scans`: lists of what the gateway knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

import typer

from gateway.client.connection import Connection
from gateway.client.options import Before, Json, Limit, Url
from gateway.client.tables import (
    NONE,
    Cell,
    Listed,
    Named,
    SiteTime,
    named_subject,
    print_facts,
    print_json,
    print_next_page,
    print_table,
    styled,
)
from gateway.core.kernel.values import readable

_AMISS = ("waiting", "silent", "unreachable")
_SEVERITIES = ("critical", "warning", "info")


def devices(
    device: Annotated[str | None, typer.Argument(metavar="[DEVICE]", help="Show this one with all values.")] = None,
    profile: Annotated[str | None, typer.Option(help="Only this class of device.")] = None,
    location: Annotated[str | None, typer.Option(help="Only at this location or inside it.")] = None,
    silent: Annotated[bool, typer.Option("--silent", help="Only those that are not heard, or never were.")] = False,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List devices with their latest values and alarms, or show one."""
    if device is not None and (profile or location or silent):
        raise typer.BadParameter("--profile, --location and --silent are for lists; leave them out to show one device")
    with Connection(url) as gateway:
        if device is not None:
            answer = gateway.get(f"/devices/{quote(device, safe='')}")
        else:
            answer = gateway.get("/devices", {"profile": profile, "location": location, "silent": silent or None})
        if as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    if device is not None:
        _show_device(answer, time)
        return
    found = answer["devices"]
    ages = [_age(each, time) for each in found]
    is_cut = print_table(
        ("device", "name", "profile", "location", "received", "alarms", "values"),
        [
            (each["id"], each["name"], each["profile"], _place(each), age, _alarms(each["alarms"]), _values(each))
            for each, age in zip(found, ages, strict=True)
        ],
        nothing="no devices",
        narrower=[
            (
                ("device", "location", "age", "alarms", "values"),
                [
                    (_device(each), _place(each).name, age, _worst(each["alarms"]), _values(each))
                    for each, age in zip(found, ages, strict=True)
                ],
            ),
            (
                ("device", "age", "alarms", "values"),
                [
                    (_device(each), age, _worst(each["alarms"]), _values(each))
                    for each, age in zip(found, ages, strict=True)
                ],
            ),
        ],
    )
    if is_cut:
        typer.echo("+ stands for more values: facility-gateway devices DEVICE shows all", err=True)
    for warning in answer["warnings"]:
        typer.echo(f"Warning: {warning}", err=True)


def scans(
    device: Annotated[str | None, typer.Option(help="Only of this reader.")] = None,
    uid: Annotated[str | None, typer.Option(help="Only of this tag.")] = None,
    limit: Limit = 100,
    before: Before = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List tag scans, newest first."""
    with Connection(url) as gateway:
        answer = gateway.get("/scans", {"device": device, "uid": uid, "limit": limit, "before": before})
        if as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    print_table(
        ("scan", "device", "tag", "time", "age"),
        [
            (
                str(each["number"]),
                named_subject(each),
                each["uid"],
                time.short(each["time"]),
                time.age(each["time"]),
            )
            for each in answer["scans"]
        ],
        nothing="no scans",
    )
    print_next_page(answer)


def _show_device(answer: Mapping[str, Any], time: SiteTime) -> None:
    print_facts(
        {
            "device": answer["id"],
            "name": answer["name"],
            "profile": answer["profile"],
            "location": _place(answer),
            "criticality": answer["criticality"],
            "received": f"{time.age(answer['last_received'])} ago" if answer["last_received"] else NONE,
            "presence": _presence(answer, time),
        }
    )
    typer.echo()
    print_table(
        ("metric", "value", "time", "age"),
        [
            (
                name,
                readable(each["value"], each["unit"]) + (" (stale)" if each.get("stale") else ""),
                time.short(each["time"]),
                time.age(each["time"]),
            )
            for name, each in answer["values"].items()
        ],
        nothing="no values yet",
    )
    typer.echo()
    print_table(
        ("alarm", "severity", "state", "title"),
        [
            (str(each["number"]), styled(each["severity"]), styled(each["state"]), each["title"])
            for each in sorted(answer["alarms"], key=_urgency)
        ],
        nothing="no alarm stands",
    )
    if not (of_groups := answer.get("group_alarms")):
        return
    typer.echo()
    print_table(
        ("alarm", "severity", "state", "group", "counts", "rule", "title"),
        [
            (
                str(each["number"]),
                styled(each["severity"]),
                styled(each["state"]),
                Named(each["subject_name"], each["subject"]),
                "yes" if each["counts"] else "no",
                each["rule"],
                each["title"],
            )
            for each in of_groups
        ],
        nothing="no alarm of a group stands",
    )


def _place(answer: Mapping[str, Any]) -> Named:
    """Where a device is."""
    location = answer["location"] or NONE
    return Named(answer.get("location_name") or location, location)  # an older gateway gives no names


def _age(answer: Mapping[str, Any], time: SiteTime) -> str:
    """How long ago a device was heard, and what that means where it is too long."""
    presence = answer.get("presence")  # an older gateway gives none
    age = time.age(answer["last_received"])
    return f"{age} {presence}" if presence in _AMISS else age


def _presence(answer: Mapping[str, Any], time: SiteTime) -> str:
    """Whether a device is heard, and since when not."""
    presence, since = str(answer.get("presence", NONE)).replace("_", " "), answer.get("silent_since")
    return f"{presence} since {time.local(since)}" if since else presence


def _device(answer: Mapping[str, Any]) -> Named:
    return Named(answer["name"], answer["id"])


def _values(answer: Mapping[str, Any]) -> Listed:
    """The latest values, first those on which the rules of its standing alarms depend, the worst alarm first."""
    alarms = sorted(answer["alarms"], key=_urgency)
    order = dict.fromkeys(metric for alarm in alarms for metric in alarm.get("metrics", ()))
    order |= dict.fromkeys(answer["values"])
    known = {name: answer["values"][name] for name in order if name in answer["values"]}
    return Listed([f"{name} {readable(of['value'], of['unit'])}" for name, of in known.items()])


def _urgency(alarm: Mapping[str, Any]) -> tuple[bool, int]:
    """By what alarms of one device are sorted: those of which people are not told come last."""
    return alarm["state"] == "suppressed", _SEVERITIES.index(alarm["severity"])


def _alarms(alarms: Sequence[Mapping[str, Any]]) -> Cell:
    """How many alarms of each severity, the worst first and in its colour."""
    counts = Counter(alarm["severity"] for alarm in alarms)
    texts = [f"{counts[severity]} {severity}" for severity in _SEVERITIES if counts[severity]]
    return (", ".join(texts), _worst(alarms)[1]) if texts else NONE


def _worst(alarms: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """How many alarms of the worst severity, in its colour, and how many others."""
    counts = Counter(alarm["severity"] for alarm in alarms)
    worst = next((severity for severity in _SEVERITIES if counts[severity]), None)
    if worst is None:
        return NONE, ""
    others = len(alarms) - counts[worst]
    return f"{counts[worst]} {worst}" + (f" +{others}" if others else ""), styled(worst)[1]
