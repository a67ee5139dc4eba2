"""`alarms`: list them, show one with its causal chain, acknowledge or reset one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer

from gateway.client.connection import Connection, GatewayUnreachable, RequestRefused
from gateway.client.events import what_happened
from gateway.client.options import Before, Common, Json, Limit, Url, common_of, examples
from gateway.client.tables import (
    NONE,
    Cell,
    SiteTime,
    named_subject,
    number_or_none,
    print_facts,
    print_json,
    print_next_page,
    print_table,
    styled,
    subject,
    values,
    without,
)
from gateway.core.kernel.texts import LONGEST_NAME, LONGEST_NOTE, is_one_line

Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Number of the alarm.")]
Numbers = Annotated[list[int], typer.Argument(metavar="NUMBER", min=1, help="Number of the alarm, or several.")]


def _checked(what: str, longest: int) -> Callable[[str | None], str | None]:
    """A check before anything is sent: of several alarms each would be refused for the same reason."""

    def check(text: str | None) -> str | None:
        if text is not None and not (0 < len(text.strip()) <= longest and is_one_line(text.strip())):
            raise typer.BadParameter(f"{what} has 1 to {longest} characters, in one line")
        return text

    return check


By = Annotated[
    str,
    typer.Option(
        "--by", metavar="NAME", help="Your name, as colleagues know it.", callback=_checked("a name", LONGEST_NAME)
    ),
]
Note = Annotated[
    str | None,
    typer.Option(
        "--note",
        metavar="TEXT",
        help="What colleagues should know about it.",
        callback=_checked("a note", LONGEST_NOTE),
    ),
]

app = typer.Typer(
    name="alarms",
    invoke_without_command=True,
    rich_markup_mode=None,
    epilog=examples(
        "alarms --severity critical",
        "alarms --state all --json",
        "alarms show 12",
        "alarms acknowledge 12 13 --by 'Li Wei' --note 'The valve is shut'",
    ),
)


@app.callback()
def alarms(
    context: typer.Context,
    state: Annotated[str, typer.Option(help="standing, all, or one state such as unacknowledged.")] = "standing",
    device: Annotated[str | None, typer.Option(help="Only of this device.")] = None,
    rule: Annotated[str | None, typer.Option(help="Only of this rule.")] = None,
    severity: Annotated[str | None, typer.Option(help="Only critical, warning or info.")] = None,
    limit: Limit = 100,
    before: Before = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List alarms, the latest raise first; show, acknowledge or reset one."""
    context.obj = Common(url, as_json)
    if context.invoked_subcommand is not None:
        return
    with Connection(url) as gateway:
        answer = gateway.get(
            "/alarms",
            {"state": state, "device": device, "rule": rule, "severity": severity, "limit": limit, "before": before},
        )
        if as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
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


@app.command("show", epilog=examples("alarms show 12"))
def show_alarm(context: typer.Context, number: Number, url: Url = None, as_json: Json = False) -> None:
    """Show one alarm with its causes, its steps and its ticket."""
    common = common_of(context, url, as_json=as_json)
    with Connection(common.url) as gateway:
        answer = gateway.get(f"/alarms/{number}")
        if common.as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    _show_alarm(answer, time)
    typer.echo()
    print_table(
        ("event", "time", "kind", "what happened", "by", "cause"),
        [
            (
                str(event["number"]),
                time.exact(event["time"]),
                event["kind"],
                what_happened(event),
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
        "alarms acknowledge 12 --by 'Li Wei'", "alarms acknowledge 12 13 14 --by 'Li Wei' --note 'The valve is shut'"
    ),
)
def acknowledge_alarms(
    context: typer.Context, numbers: Numbers, by: By, note: Note = None, url: Url = None, as_json: Json = False
) -> None:
    """Acknowledge alarms: you have seen them, and deal with them.

    With several numbers each is acknowledged by itself, and the exit code is 1 if one cannot be. With --json one number
    gives an object, and several give a list.
    """
    _act(common_of(context, url, as_json=as_json), numbers, "acknowledge", by, note)


@app.command(
    "reset", epilog=examples("alarms reset 12 --by 'Li Wei'", "alarms reset 12 13 --by 'Li Wei' --note tested")
)
def reset_alarms(
    context: typer.Context, numbers: Numbers, by: By, note: Note = None, url: Url = None, as_json: Json = False
) -> None:
    """Reset latched alarms. They are acknowledged, and their conditions have ended.

    With several numbers each is reset by itself, and the exit code is 1 if one cannot be. With --json one number gives
    an object, and several give a list.
    """
    _act(common_of(context, url, as_json=as_json), numbers, "reset", by, note)


def _act(common: Common, numbers: Sequence[int], action: str, by: str, note: str | None) -> None:
    body = {"by": by} | ({"note": note} if note is not None else {})
    with Connection(common.url) as gateway:
        if len(numbers) > 1:
            _act_on_each(gateway, dict.fromkeys(numbers), action, body, as_json=common.as_json)
            return
        answer = gateway.post(f"/alarms/{numbers[0]}/{action}", body)
    if common.as_json:
        print_json(answer)
    else:
        _print_result(answer)


def _act_on_each(
    gateway: Connection, numbers: Iterable[int], action: str, body: Mapping[str, str], *, as_json: bool
) -> None:
    """Go on after a refusal, not after the gateway stops to answer. What was done before is told in any case."""
    left = list(numbers)
    answers, failed = list[Mapping[str, Any]](), False
    try:
        while left:
            try:
                answers.append(gateway.post(f"/alarms/{left[0]}/{action}", body))
                if not as_json:
                    _print_result(answers[-1])
            except RequestRefused as error:
                failed = True
                answers.append({"number": left[0], "error": str(error)})
                if not as_json:
                    typer.echo(f"{'not done: ' if error.status < 500 else ''}{error}", err=True)
            left.pop(0)
    except GatewayUnreachable as error:
        answers += [{"number": number, "error": f"{error}; not done, as far as is known"} for number in left]
        raise GatewayUnreachable(f"{error}; not done, as far as is known: {', '.join(map(str, left))}") from error
    finally:
        if as_json:
            print_json(answers)
    if failed:
        raise typer.Exit(1)


def _print_result(answer: Mapping[str, Any]) -> None:
    typer.echo(f"alarm {answer['number']} ({answer['title']}, {subject(answer)}) is {answer['state']} now")


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
            "state": styled(answer["state"]),
            "raised": f"{raised}, {time.age(answer['raised_at'])} ago{often}",
            "returned": time.local(answer["returned_at"]),
            "acknowledged": _acknowledged(answer, time),
            "closed": time.local(answer["closed_at"]),
            "ticket": number_or_none(answer["ticket"]),
            "values": values(answer["values"]) or NONE,
            "detail": answer["detail"] or NONE,
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
    """The state, and who has acknowledged the alarm or why people are not told of it."""
    state, style = styled(alarm["state"])
    if state == "acknowledged":
        return f"{state} by {alarm['acknowledged_by']}", style
    kinds = [reason["kind"].replace("_", " ") for reason in alarm.get("suppressed_by", ())]
    return (f"{state}: {', '.join(dict.fromkeys(kinds))}" if state == "suppressed" and kinds else state), style
