"""`why`: how a rule stands on a device, and why no alarm came."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import typer

from gateway.client.connection import Connection
from gateway.client.groups import print_members
from gateway.client.options import Json, Url
from gateway.client.tables import NONE, SiteTime, print_json, print_table
from gateway.core.kernel.values import readable


def why(
    rule: Annotated[str, typer.Argument(help="The id of the rule, such as pump-dry-run.")],
    subject: Annotated[
        str, typer.Argument(help="The id of the device, such as pump-b1-1, or a group, such as zone:east.")
    ],
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Say why a rule has raised an alarm, or has not.

    On a device, or on a group of devices. It shows the conditions with the present values, the delay that runs, the
    alarm and what suppresses it. Nothing changes by it.
    """
    with Connection(url) as gateway:
        kind = "groups" if ":" in subject else "devices"
        answer = gateway.get(f"/rules/{quote(rule, safe='')}/{kind}/{quote(subject, safe='')}")
        if as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    typer.echo(f"{answer['rule']} on {answer.get('device', subject)}: {answer['title']}")
    for sentence in answer["sentences"]:
        typer.echo(f"  {sentence}")
    if "members" in answer:
        typer.echo()
        print_members(answer, time)
        return
    if not answer["values"]:
        return
    typer.echo()
    print_table(
        ("name", "value", "from", "time", "age"),
        [
            (
                each["name"],
                NONE if each["value"] is None else readable(each["value"], each["unit"]),
                each["origin"],
                NONE if each["time"] is None else time.short(each["time"]),
                time.age(each["time"]),
            )
            for each in answer["values"]
        ],
        nothing="no values",
    )
