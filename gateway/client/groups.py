"""`groups`: how the rules over groups of devices stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gateway.client.connection import Connection
from gateway.client.options import Json, Url
from gateway.client.tables import NONE, Named, SiteTime, print_json, print_table
from gateway.core.kernel.values import readable

_BECAUSE = {
    "silent": "silent",
    "too_old": "too old",
    "never_reported": "never reported",
    "out_of_service": "out of service",
}


def groups(
    subject: Annotated[
        str | None, typer.Argument(metavar="[SUBJECT]", help="Show the members of this group, such as zone:east.")
    ] = None,
    rule: Annotated[str | None, typer.Option(help="Only of this rule.")] = None,
    state: Annotated[str | None, typer.Option(help="Only breached, degraded or normal.")] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List groups of devices with the state of their rules, or show the members of one.

    A group is degraded where its rule is not breached as far as is known, and of a member nothing is known.
    """
    with Connection(url) as gateway:
        answer = gateway.get("/groups", {"rule": rule, "subject": subject, "state": state})
        if as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    found = answer["groups"]
    if subject is not None:
        for each in found:
            print_members(each, time)
        return
    print_table(
        ("group", "rule", "state", "values", "counted", "unknown", "members"),
        [
            (
                Named(each.get("subject_name", each["subject"]), each["subject"]),
                each["rule"],
                each["state"],
                values_of(each),
                str(sum(member["counts"] for member in each["members"])),
                str(sum(member["unknown_because"] is not None for member in each["members"])),
                str(len(each["members"])),
            )
            for each in found
        ],
        nothing="no groups",
    )


def values_of(group: Mapping[str, Any]) -> str:
    """What the conditions of a group read."""
    shown = (
        f"{each['name']} {NONE if each['value'] is None else readable(each['value'], each['unit'])}"
        f"{'' if each['is_certain'] else '?'}"
        for each in group["values"]
    )
    return ", ".join(shown)


def print_members(group: Mapping[str, Any], time: SiteTime) -> None:
    """The members of a group, and what is known of each."""
    names = [each["name"] for each in group["values"]]
    typer.echo(f"{group['subject']} of {group['rule']}: {group['state']}; {values_of(group)}")
    print_table(
        ("device", "name", "counts", *names, "unknown", "ended"),
        [
            (
                member["device"],
                member["device_name"],
                "yes" if member["counts"] else "no",
                *(_value(member["values"].get(name)) for name in names),
                _BECAUSE.get(member["unknown_because"] or "", NONE),
                time.age(max(member["ended"].values(), default=None)),
            )
            for member in group["members"]
        ],
        nothing="no members",
    )


def _value(value: bool | float | str | None) -> str:
    return NONE if value is None else readable(value)
