"""The steps of tickets, and what people enter in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.client.acting import By, Note, Target, act, checked, said
from gateway.client.connection import Connection
from gateway.client.options import Common, Json, Url, common_of, examples
from gateway.client.photo_files import read_photo
from gateway.client.ticket_results import result
from gateway.core.kernel.texts import LONGEST_NAME, LONGEST_NOTE
from gateway.core.work.tickets import CauseCode

Numbers = Annotated[
    list[int], typer.Argument(metavar="NUMBER", min=1, help="Number of the ticket, or several.", show_default=False)
]
Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Number of the ticket.")]

_CAUSES = f"{', '.join([*CauseCode][:-1])} or {[*CauseCode][-1]}"
To = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="NAME",
        help="A person of the site by id or name, or anybody else, such as a contractor.",
        callback=checked("a name", LONGEST_NAME),
    ),
]
Despite = Annotated[
    str | None,
    typer.Option(
        "--despite",
        metavar="TEXT",
        help="Why it is done though its alarm stands, or its device has not been heard since.",
        callback=checked("a reason", LONGEST_NOTE),
    ),
]
Public = Annotated[bool, typer.Option("--public", help="Who reported it sees it too.")]
Why = Annotated[
    str, typer.Option("--note", metavar="TEXT", help="Why, in one line.", callback=checked("a reason", LONGEST_NOTE))
]
Left = Annotated[
    str,
    typer.Option("--note", metavar="TEXT", help="What is left to do.", callback=checked("a note", LONGEST_NOTE)),
]
Done = Annotated[
    str, typer.Option("--note", metavar="TEXT", help="What was done.", callback=checked("a note", LONGEST_NOTE))
]
Said = Annotated[
    str,
    typer.Option(
        "--note", metavar="TEXT", help="What colleagues should know.", callback=checked("a comment", LONGEST_NOTE)
    ),
]


_TICKETS = Target("/tickets", result, lambda _action: True)


def register(app: typer.Typer) -> None:
    """Add the commands to `tickets`."""
    by, note = "--by 'Li Wei'", "--note"
    for command, name, *lines in (
        (assign, "assign", f"tickets assign 7 9 --to tech-1 {by}", f"tickets assign 7 --to 'Lift company' {by}"),
        (accept, "accept", f"tickets accept 7 {by}"),
        (decline, "decline", f"tickets decline 7 {by} {note} 'I am at the other building'"),
        (hand_over, "hand-over", f"tickets hand-over 7 --to tech-2 {by} {note} 'The new seal is on the bench'"),
        (arrive, "arrive", f"tickets arrive 7 {by}", f"tickets arrive 7 {by} --out-of-service-for 2h"),
        (hold, "hold", f"tickets hold 7 {by} --reason parts {note} 'The seal comes on Tuesday'"),
        (resume, "resume", f"tickets resume 7 {by}"),
        (resolve, "resolve", f"tickets resolve 7 {by} {note} 'Seal replaced' --cause wear"),
        (confirm, "confirm", f"tickets confirm 7 9 {by}"),
        (close, "close", f"tickets close 7 9 {by}", f"tickets close 7 {by} --despite 'The sensor is broken'"),
        (reopen, "reopen", f"tickets reopen 7 {by} {note} 'It drips again'"),
        (cancel, "cancel", f"tickets cancel 7 9 {by} {note} 'A test of the sensor'"),
        (merge, "merge", f"tickets merge 9 11 --into 7 {by}"),
        (acknowledge, "acknowledge", f"tickets acknowledge 7 {by} {note} 'I call the technician'"),
        (comment, "comment", f"tickets comment 7 {by} {note} 'The seal comes on Tuesday' --public"),
        (photo, "photo", f"tickets photo 7 seal.jpg {by} {note} 'The old seal'"),
        (checklist, "checklist", f"tickets checklist 7 pump-weekly {by}"),
        (work, "work", f"tickets work 7 {by} --minutes 45 --part 'Shaft seal 40 mm' --part 'Grease=0.2'"),
        (rate, "rate", f"tickets rate 7 5 {by}"),
        (priority, "priority", f"tickets priority 7 P2 {by} {note} 'Water reaches the lift shaft'"),
    ):
        app.command(name, epilog=examples(*lines))(command)


def assign(
    context: typer.Context, numbers: Numbers, to: To, by: By, note: Note = None, url: Url = None, as_json: Json = False
) -> None:
    """Ask somebody to do the work. Who was asked before is asked no more."""
    _act(common_of(context, url, as_json=as_json), numbers, "assign", said(by, note) | {"to": to})


def accept(
    context: typer.Context, numbers: Numbers, by: By, note: Note = None, url: Url = None, as_json: Json = False
) -> None:
    """Say that you will do the work, asked or not."""
    _act(common_of(context, url, as_json=as_json), numbers, "accept", said(by, note))


def decline(
    context: typer.Context, numbers: Numbers, by: By, note: Why, url: Url = None, as_json: Json = False
) -> None:
    """Say that you cannot do what you were asked to do. Nobody has it then."""
    _act(common_of(context, url, as_json=as_json), numbers, "decline", said(by, note))


def hand_over(
    context: typer.Context, numbers: Numbers, to: To, by: By, note: Left, url: Url = None, as_json: Json = False
) -> None:
    """Ask somebody to go on with what you have begun."""
    _act(common_of(context, url, as_json=as_json), numbers, "hand-over", said(by, note) | {"to": to})


def arrive(
    context: typer.Context,
    numbers: Numbers,
    by: By,
    note: Note = None,
    out_of_service_for: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Take its device out of service with it, for so long at most, such as 2h."),
    ] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Say that you are on site, and begin.

    While its device is out of service its alarms are recorded and not told, but those of life safety. That ends with
    the work.
    """
    body = said(by, note)
    body |= {"out_of_service_for": out_of_service_for} if out_of_service_for is not None else {}
    _act(common_of(context, url, as_json=as_json), numbers, "arrive", body)


def hold(
    context: typer.Context,
    numbers: Numbers,
    by: By,
    reason: Annotated[
        str,
        typer.Option(metavar="WHAT", help="What it waits for: parts, access, contractor, reporter, weather or other."),
    ],
    note: Note = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Say that the work waits, and for what. The clocks stand still that the reason pauses."""
    _act(common_of(context, url, as_json=as_json), numbers, "hold", said(by, note) | {"reason": reason})


def resume(
    context: typer.Context, numbers: Numbers, by: By, note: Note = None, url: Url = None, as_json: Json = False
) -> None:
    """Go on with work that was on hold."""
    _act(common_of(context, url, as_json=as_json), numbers, "resume", said(by, note))


def resolve(
    context: typer.Context,
    numbers: Numbers,
    by: By,
    note: Done,
    cause: Annotated[str | None, typer.Option(help=f"What was found: {_CAUSES}.")] = None,
    despite: Despite = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Say that the work is done.

    While its alarm stands, a checklist of it is open, or its device has not been heard since the work began, it needs
    --despite.
    """
    body = _finished(by, note, despite) | ({"cause": cause} if cause is not None else {})
    _act(common_of(context, url, as_json=as_json), numbers, "resolve", body)


def confirm(
    context: typer.Context,
    numbers: Numbers,
    by: By,
    note: Note = None,
    despite: Despite = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Agree that the work is done. Who reported it says so, or the duty room."""
    _act(common_of(context, url, as_json=as_json), numbers, "confirm", _finished(by, note, despite))


def close(
    context: typer.Context,
    numbers: Numbers,
    by: By,
    note: Note = None,
    despite: Despite = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Close tickets that are resolved or confirmed. Nothing is left to do."""
    _act(common_of(context, url, as_json=as_json), numbers, "close", _finished(by, note, despite))


def reopen(context: typer.Context, numbers: Numbers, by: By, note: Why, url: Url = None, as_json: Json = False) -> None:
    """Say that the work is not done after all. The clocks begin anew."""
    _act(common_of(context, url, as_json=as_json), numbers, "reopen", said(by, note))


def cancel(context: typer.Context, numbers: Numbers, by: By, note: Why, url: Url = None, as_json: Json = False) -> None:
    """Say that there is no work to do."""
    _act(common_of(context, url, as_json=as_json), numbers, "cancel", said(by, note))


def merge(
    context: typer.Context,
    numbers: Numbers,
    by: By,
    into: Annotated[int, typer.Option(metavar="NUMBER", min=1, help="The ticket under which the work is done.")],
    note: Note = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Say that tickets are the same work as another. Their alarms hang on that from then on."""
    _act(common_of(context, url, as_json=as_json), numbers, "merge", said(by, note) | {"into": into})


def acknowledge(
    context: typer.Context, numbers: Numbers, by: By, note: Note = None, url: Url = None, as_json: Json = False
) -> None:
    """Say that you know that a ticket is overdue. Nobody else is told of that until its next target runs out."""
    _act(common_of(context, url, as_json=as_json), numbers, "acknowledge", said(by, note))


def comment(
    context: typer.Context,
    numbers: Numbers,
    by: By,
    note: Said,
    public: Public = False,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Say something about tickets, ended ones as well."""
    _act(common_of(context, url, as_json=as_json), numbers, "comment", said(by, note) | {"public": public})


def photo(
    context: typer.Context,
    number: Number,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A JPEG, PNG or WebP file.")
    ],
    by: By,
    note: Note = None,
    public: Public = False,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Add a photo. It is turned upright and shrunk, and loses its metadata."""
    common = common_of(context, url, as_json=as_json)
    content = read_photo(file)
    with Connection(common.url) as gateway:
        kept = gateway.send_file("/photos", content)
    _act(common, [number], "photo", said(by, note) | {"photo": kept["hash"], "public": public})


def checklist(
    context: typer.Context,
    number: Number,
    name: Annotated[str, typer.Argument(metavar="CHECKLIST", help="The id of its definition, such as pump-weekly.")],
    by: By,
    note: Note = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Have a checklist answered with the work."""
    _act(common_of(context, url, as_json=as_json), [number], "checklist", said(by, note) | {"checklist": name})


def work(
    context: typer.Context,
    number: Number,
    by: By,
    minutes: Annotated[int, typer.Option(min=0, help="How long it took.")] = 0,
    parts: Annotated[
        list[str] | None,
        typer.Option("--part", metavar="NAME[=COUNT]", help="A part that was used; may be given several times."),
    ] = None,
    note: Note = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Say what the work took. Each time adds to those before."""
    used = [_part(text) for text in parts or ()]
    if not minutes and not used:
        raise typer.BadParameter("say how long it took with --minutes, or which parts were used with --part")
    _act(
        common_of(context, url, as_json=as_json),
        [number],
        "work",
        said(by, note) | {"minutes": minutes, "parts": used},
    )


def rate(
    context: typer.Context,
    number: Number,
    rating: Annotated[int, typer.Argument(metavar="RATING", min=1, max=5, help="From 1 to 5, the best.")],
    by: By,
    note: Note = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Say how well the work was done. The latest rating counts."""
    _act(common_of(context, url, as_json=as_json), [number], "rate", said(by, note) | {"rating": rating})


def priority(
    context: typer.Context,
    number: Number,
    new: Annotated[str, typer.Argument(metavar="PRIORITY", help="P1, P2, P3 or P4.")],
    by: By,
    note: Why,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Say that a ticket is more or less urgent. Its clocks have other targets, and what has counted stays."""
    _act(common_of(context, url, as_json=as_json), [number], "priority", said(by, note) | {"priority": new})


def _act(common: Common, numbers: list[int], action: str, body: Mapping[str, Any]) -> None:
    act(common, numbers, action, body, _TICKETS)


def _finished(by: str, note: str | None, despite: str | None) -> dict[str, Any]:
    return said(by, note) | ({"despite": despite} if despite is not None else {})


def _part(text: str) -> dict[str, Any]:
    """A part and how many of it; one where no number is written."""
    name, equals, count = text.rpartition("=")
    try:
        return {"part": name, "count": float(count)} if equals else {"part": text, "count": 1}
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no part: write NAME or NAME=COUNT, such as 'Grease=0.2'") from error
