"""`rejects`: what was rejected, by kind, and the messages in quarantine."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.client.connection import Connection
from gateway.client.options import Before, Common, Json, Limit, Url, common_of, examples
from gateway.client.tables import NONE, SiteTime, print_facts, print_json, print_next_page, print_table
from gateway.misplaced import OptionsOnly, ShowsByNumber

Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Number of the message.")]

app = typer.Typer(
    name="rejects",
    cls=ShowsByNumber,
    invoke_without_command=True,
    rich_markup_mode=None,
    epilog=examples(
        "rejects --reason 'out of range'",
        "rejects messages --topic site/riverside/booster_pump/pump-b1-1/telemetry",
        "rejects show 7",
    ),
)


@app.callback()
def rejects(
    context: typer.Context,
    reason: Annotated[str | None, typer.Option(help="Only for this reason, such as 'unknown device'.")] = None,
    limit: Limit = 100,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List rejected messages and metrics, by kind; list or show the messages themselves."""
    context.obj = Common(url, as_json)
    if context.invoked_subcommand is not None:
        return
    with Connection(url) as gateway:
        answer = gateway.get("/rejects", {"reason": reason, "limit": limit})
        if as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    print_table(
        ("count", "reason", "metric", "topic", "last", "age", "detail"),
        [
            (
                str(each["count"]),
                each["reason"],
                each["metric"] or NONE,
                each["topic"],
                time.short(each["last"]),
                time.age(each["last"]),
                each["detail"],
            )
            for each in answer["rejects"]
        ],
        nothing="nothing was rejected",
    )
    if answer["kinds"] > len(answer["rejects"]):
        typer.echo(f"{answer['total']} in all, of {answer['kinds']} kinds; --limit lists more", err=True)


@app.command("messages", cls=OptionsOnly, epilog=examples("rejects messages --reason malformed"))
def list_messages(
    context: typer.Context,
    topic: Annotated[str | None, typer.Option(help="Only of this topic.")] = None,
    reason: Annotated[str | None, typer.Option(help="Only for this reason, such as 'unknown device'.")] = None,
    metric: Annotated[str | None, typer.Option(help="Only with this metric rejected.")] = None,
    limit: Limit = 100,
    before: Before = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List the messages in quarantine, newest first.

    Of each kind there are the latest 100 at most.
    """
    common = common_of(context, url, as_json=as_json)
    query = {"topic": topic, "reason": reason, "metric": metric, "limit": limit, "before": before}
    with Connection(common.url) as gateway:
        answer = gateway.get("/rejects/messages", query)
        if common.as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    print_table(
        ("message", "received", "age", "reason", "metric", "topic", "bytes", "detail"),
        [
            (
                str(each["number"]),
                time.short(each["received"]),
                time.age(each["received"]),
                each["reason"],
                each["metric"] or NONE,
                each["topic"],
                str(each["size"]),
                each["detail"],
            )
            for each in answer["messages"]
        ],
        nothing="no messages in quarantine",
    )
    print_next_page(answer)


@app.command("show", epilog=examples("rejects show 7"))
def show_message(context: typer.Context, number: Number, url: Url = None, as_json: Json = False) -> None:
    """Show one message in quarantine with its payload."""
    common = common_of(context, url, as_json=as_json)
    with Connection(common.url) as gateway:
        answer = gateway.get(f"/rejects/messages/{number}")
        if common.as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    print_facts(
        {
            "message": str(answer["number"]),
            "topic": answer["topic"],
            "received": f"{time.local(answer['received'])}, {time.age(answer['received'])} ago",
            "reason": answer["reason"],
            "metric": answer["metric"] or NONE,
            "detail": answer["detail"],
            "bytes": str(answer["size"]),
            "payload": answer["payload"],
        }
    )
