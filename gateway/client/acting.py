"""Actions on alarms and tickets, one by one: each is done or refused by itself, and each result is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from gateway.client.connection import Connection, GatewayUnreachable, RequestRefused
from gateway.client.options import Common
from gateway.client.tables import SiteTime, print_json, subject
from gateway.core.kernel.texts import LONGEST_NAME, LONGEST_NOTE, is_one_line

Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Number of the alarm.")]
SomeNumbers = Annotated[
    list[int] | None, typer.Argument(metavar="NUMBER", min=1, help="Number of the alarm, or several.")
]


OfDevice = Annotated[str | None, typer.Option("--device", help="In place of numbers: those of this device.")]
OfRule = Annotated[str | None, typer.Option("--rule", help="In place of numbers: those of this rule.")]
InLocation = Annotated[str | None, typer.Option("--location", help="In place of numbers: those in this location.")]
OfSeverity = Annotated[
    str | None, typer.Option("--severity", help="In place of numbers: those that are critical, warning or info.")
]


def checked(what: str, longest: int) -> Callable[[str | None], str | None]:
    """A check before anything is sent: of several alarms each would be refused for the same reason."""

    def check(text: str | None) -> str | None:
        if text is not None and not (0 < len(text.strip()) <= longest and is_one_line(text.strip())):
            raise typer.BadParameter(f"{what} has 1 to {longest} characters, in one line")
        return text

    return check


By = Annotated[
    str,
    typer.Option(
        "--by", metavar="NAME", help="Your name, as colleagues know it.", callback=checked("a name", LONGEST_NAME)
    ),
]
Note = Annotated[
    str | None,
    typer.Option(
        "--note",
        metavar="TEXT",
        help="What colleagues should know about it.",
        callback=checked("a note", LONGEST_NOTE),
    ),
]


def said(by: str, note: str | None) -> dict[str, Any]:
    """Who acts, and what that person says about it."""
    return {"by": by} | ({"note": note} if note is not None else {})


@dataclass(frozen=True, slots=True)
class Target:
    """What is acted on."""

    path: str
    """Of its list, such as `/alarms`."""
    result: Callable[[Mapping[str, Any], str, SiteTime | None], str]
    """The line that is printed of one after an action."""
    timed: Callable[[str], bool]
    """Whether that line has times for this action."""


def act(
    common: Common, numbers: Sequence[int], action: str, body: Mapping[str, Any], target: Target | None = None
) -> None:
    """Send an action on one alarm, or on several one after another; or else on what `target` says."""
    on = target or _ALARMS
    with Connection(common.url) as gateway:
        if len(numbers) > 1:
            _act_on_each(gateway, dict.fromkeys(numbers), action, body, on, as_json=common.as_json)
            return
        answer = gateway.post(f"{on.path}/{numbers[0]}/{action}", body)
        if common.as_json:
            print_json(answer)
        else:
            typer.echo(on.result(answer, action, _site_time(gateway, action, on)))


def act_on_some(
    common: Common,
    numbers: Sequence[int] | None,
    wanted: Mapping[str, str | None],
    action: str,
    body: Mapping[str, Any],
) -> None:
    """Send an action on the alarms of these numbers, or else on all that match what is given of `wanted`.

    Raises:
        typer.BadParameter: both are given, or neither.
    """
    given = {name: value for name, value in wanted.items() if value is not None}
    if bool(numbers) == bool(given):
        raise typer.BadParameter("give numbers of alarms, or --device, --rule, --location or --severity")
    if numbers:
        act(common, numbers, action, body)
    else:
        act_on_all(common, given, action, body)


def act_on_all(common: Common, wanted: Mapping[str, str], action: str, body: Mapping[str, Any]) -> None:
    """Send an action on all alarms that match; the exit code is 1 if it could not be done on one."""
    with Connection(common.url) as gateway:
        answer = gateway.post("/alarms/actions", {"action": action, "filter": dict(wanted), **body})
        time = None if common.as_json else _site_time(gateway, action, _ALARMS)
    if common.as_json:
        print_json(answer)
    else:
        for result in answer["results"]:
            if result["error"] is None:
                typer.echo(_result(result["alarm"], action, time))
            else:
                typer.echo(f"{'not done: ' if result['status'] < 500 else ''}{result['error']}", err=True)
        if not answer["results"]:
            typer.echo("no such alarm stands")
        if answer["more"]:
            typer.echo("There are more: give the command again", err=True)
    if answer["done"] < len(answer["results"]):
        raise typer.Exit(1)


def _act_on_each(
    gateway: Connection, numbers: Iterable[int], action: str, body: Mapping[str, Any], on: Target, *, as_json: bool
) -> None:
    """Go on after a refusal, not after the gateway stops to answer. What was done before is told in any case."""
    left = list(numbers)
    answers, failed = list[Mapping[str, Any]](), False
    time = None if as_json else _site_time(gateway, action, on)
    try:
        while left:
            try:
                answers.append(gateway.post(f"{on.path}/{left[0]}/{action}", body))
                if not as_json:
                    typer.echo(on.result(answers[-1], action, time))
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


def _site_time(gateway: Connection, action: str, on: Target) -> SiteTime | None:
    """What writes the times of a result."""
    return SiteTime(gateway.get("/site")) if on.timed(action) else None


def _result(answer: Mapping[str, Any], action: str, time: SiteTime | None) -> str:
    """What has become of an alarm after the action; `time` writes the end of its shelf."""
    return f"alarm {answer['number']} ({answer['title']}, {subject(answer)}) {_became(answer, action, time)}"


def _became(answer: Mapping[str, Any], action: str, time: SiteTime | None) -> str:
    state, reasons = answer["state"], answer.get("suppressed_by", ())
    if action == "comment":
        return f"has the comment, and is {state} as before"
    if action == "unshelve" and state == "suppressed":
        why = ", ".join(dict.fromkeys(f"{each['kind'].replace('_', ' ')}: {each['why']}" for each in reasons))
        return f"is not shelved any more, and still suppressed: {why}"
    ends = [each["until"] for each in reasons if each["kind"] == "shelved" and each["until"] is not None]
    if time is not None and ends:
        return f"is shelved until {time.local(max(ends))}"
    return f"is {state} now"


_ALARMS = Target("/alarms", _result, lambda action: action == "shelve")
