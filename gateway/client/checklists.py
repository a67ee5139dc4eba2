"""`checklists`: list those in use and what the site's files define, show one, answer its items, complete it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.client.acting import By, Note, said
from gateway.client.connection import Connection
from gateway.client.options import Before, Common, Json, Limit, Url, common_of, examples
from gateway.client.photo_files import read_photo
from gateway.client.tables import (
    NONE,
    Cell,
    SiteTime,
    print_facts,
    print_json,
    print_next_page,
    print_table,
    without,
)
from gateway.core.checklists.run import RunState
from gateway.misplaced import OptionsOnly, ShowsByNumber

app = typer.Typer(
    name="checklists",
    cls=ShowsByNumber,
    invoke_without_command=True,
    rich_markup_mode=None,
    epilog=examples(
        "checklists --about ticket:12",
        "checklists show 3",
        "checklists answer 3 seal dry --by 'Li Wei'",
        "checklists complete 3 --by 'Li Wei'",
    ),
)

Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="Number of the checklist in use.")]
About = Annotated[
    str | None, typer.Option("--about", metavar="KIND:ID", help="Those attached to this, such as ticket:12.")
]
State = Annotated[
    RunState | None, typer.Option("--state", help="Those in this state; all unless given.", show_default=False)
]
_HASH = re.compile(r"[0-9a-f]{64}")
_NEGATIVE = re.compile(r"-[0-9.]")
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}


@app.callback()
def checklists(
    context: typer.Context,
    about: About = None,
    state: State = None,
    limit: Limit = 100,
    before: Before = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List the checklists in use; show, answer or complete one."""
    context.obj = Common(url, as_json)
    if context.invoked_subcommand is None:
        _list(context.obj, about=about, state=state, limit=limit, before=before)


@app.command("list", cls=OptionsOnly, epilog=examples("checklists list --about ticket:12 --state open"))
def list_checklists(
    context: typer.Context,
    about: About = None,
    state: State = None,
    limit: Limit = 100,
    before: Before = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List the checklists in use, newest first."""
    _list(common_of(context, url, as_json=as_json), about=about, state=state, limit=limit, before=before)


@app.command("definitions", epilog=examples("checklists definitions", "checklists definitions pump-weekly"))
def list_definitions(
    context: typer.Context,
    checklist: Annotated[
        str | None, typer.Argument(metavar="ID", help="Show the items of this one.", show_default=False)
    ] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List what the site's files define, or the items of one."""
    common = common_of(context, url, as_json=as_json)
    with Connection(common.url) as gateway:
        answer = gateway.get("/checklists")
    found = [each for each in answer["checklists"] if checklist in (None, each["id"])]
    if checklist is not None and not found:
        known = ", ".join(each["id"] for each in answer["checklists"])
        raise typer.BadParameter(f"the site's files have no checklist {checklist!r}; they have {known}")
    if common.as_json:
        print_json(found[0] if checklist is not None else answer)
    elif checklist is None:
        rows = [(each["id"], each["title"], each["profile"] or NONE, str(len(each["items"]))) for each in found]
        print_table(("checklist", "title", "profile", "items"), rows, nothing="the site's files define no checklists")
    else:
        items = [(each["id"], each["text"], each["kind"], _good(each), _needed(each)) for each in found[0]["items"]]
        print_table(("item", "text", "kind", "good", "needed"), items, nothing="it has no items")


@app.command("show", epilog=examples("checklists show 3"))
def show_checklist(context: typer.Context, number: Number, url: Url = None, as_json: Json = False) -> None:
    """Show a checklist in use with its items and answers."""
    common = common_of(context, url, as_json=as_json)
    with Connection(common.url) as gateway:
        answer = gateway.get(f"/checklist-runs/{number}")
        if common.as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    facts: dict[str, Cell] = {
        "checklist": f"{answer['number']} ({answer['title']})",
        "about": answer["about"],
        "device": answer["device"] or NONE,
        "state": answer["state"],
        "attached": time.local(answer["attached_at"]),
    }
    if answer["ended_at"] is not None:
        by = f" by {answer['completed_by']}" if answer["completed_by"] else ""
        facts["ended"] = f"{time.local(answer['ended_at'])}{by}"
    print_facts(facts)
    typer.echo()
    columns = ("item", "text", "answer", "no.", "at", "by", "note")
    rows = [_row(each, time) for each in answer["details"]]
    print_table(columns, rows, nothing="it has no items", narrower=[without((columns, rows), "at", "note")])
    if answer["sign_again"]:
        typer.echo(f"To be signed again: {', '.join(answer['sign_again'])}", err=True)


@app.command(
    "answer",
    context_settings={"ignore_unknown_options": True},  # a value may be a number below zero
    epilog=examples(
        "checklists answer 3 seal dripping --by 'Li Wei' --note 'Ten drops a minute'",
        "checklists answer 3 vibration --by 'Li Wei'",
        "checklists answer 3 standby --not-applicable --by 'Li Wei' --note 'There is one pump'",
        "checklists answer 3 vibration 3.4 --by 'Li Wei' --expects 1",
    ),
)
def answer_item(
    context: typer.Context,
    number: Number,
    item: Annotated[str, typer.Argument(metavar="ITEM", help="Its id.")],
    by: By,
    value: Annotated[
        str | None,
        typer.Argument(
            metavar="VALUE",
            help="pass or fail, a number, a choice, or the name of the person who signs. Left out, a reading is taken "
            "from the device.",
            show_default=False,
        ),
    ] = None,
    not_applicable: Annotated[
        bool, typer.Option("--not-applicable", help="There is nothing to look at; --note says why.")
    ] = False,
    note: Note = None,
    photo: Annotated[
        str | None,
        typer.Option("--photo", metavar="FILE", help="A JPEG, PNG or WebP, or the hash under which one is stored."),
    ] = None,
    expects: Annotated[
        int, typer.Option("--expects", min=0, metavar="N", help="To correct answer N, which `show` shows.")
    ] = 0,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Answer an item of a checklist, or correct an answer."""
    common = common_of(context, url, as_json=as_json)
    body = {"item": item, "expects": expects, "not_applicable": not_applicable} | said(by, note)
    if value is not None and value.startswith("-") and not _NEGATIVE.match(value):
        raise typer.BadParameter(f"no such option: {value}")
    content = None if photo is None or _HASH.fullmatch(photo) else _content(photo)
    with Connection(common.url) as gateway:
        if value is not None:
            asked = gateway.get(f"/checklist-runs/{number}")["details"]
            wanted = next((each for each in asked if each["id"] == item), None)
            body |= {"value": value if wanted is None else _typed(value, wanted)}
        if photo is not None:
            body |= {"photo": photo if content is None else gateway.send_file("/photos", content)["hash"]}
        answer = gateway.post(f"/checklist-runs/{number}/answers", body)
    if common.as_json:
        print_json(answer)
        return
    (given,) = (each["answer"] for each in answer["details"] if each["id"] == item)
    failed = ", which is not good" if given["failed"] else ""
    left = f"; left: {', '.join(answer['unanswered'])}" if answer["unanswered"] else ""
    if answer["sign_again"]:
        left += f"; to be signed again: {', '.join(answer['sign_again'])}"
    left = left or ("; nothing is left: complete it" if answer["state"] == "open" else "")
    typer.echo(f"checklist {number}: {item} is {_shown(given) or 'answered by a photo'}{failed}{left}")


@app.command("complete", epilog=examples("checklists complete 3 --by 'Li Wei'"))
def complete_checklist(
    context: typer.Context, number: Number, by: By, note: Note = None, url: Url = None, as_json: Json = False
) -> None:
    """Complete a checklist whose required items are answered."""
    common = common_of(context, url, as_json=as_json)
    with Connection(common.url) as gateway:
        answer = gateway.post(f"/checklist-runs/{number}/complete", said(by, note))
    if common.as_json:
        print_json(answer)
    else:
        failed = f"; not good: {', '.join(answer['failed'])}" if answer["failed"] else "; nothing has failed"
        left = f"; not applicable: {', '.join(answer['not_applicable'])}" if answer["not_applicable"] else ""
        typer.echo(f"checklist {number} ({answer['title']}, {answer['about']}) is complete{failed}{left}")


def _list(common: Common, *, about: str | None, state: RunState | None, limit: int, before: int | None) -> None:
    with Connection(common.url) as gateway:
        answer = gateway.get(
            "/checklist-runs", {"about": about, "state": state and state.value, "limit": limit, "before": before}
        )
        if common.as_json:
            print_json(answer)
            return
        time = SiteTime(gateway.get("/site"))
    columns = ("number", "checklist", "about", "device", "state", "answered", "failed", "since")
    rows = [
        (
            str(each["number"]),
            each["title"],
            each["about"],
            each["device"] or NONE,
            each["state"],
            f"{each['answered']} of {each['items']}",
            str(len(each["failed"])),
            time.short(each["attached_at"]),
        )
        for each in answer["checklist_runs"]
    ]
    narrower = [without((columns, rows), "device", "since")]
    print_table(columns, rows, nothing="no such checklist is in use", narrower=narrower)
    print_next_page(answer)


def _content(photo: str) -> bytes:
    file = Path(photo)
    if not file.is_file():
        raise typer.BadParameter(
            f"{photo} is no file, and no hash of a photo that the gateway has", param_hint="--photo"
        )
    return read_photo(file)


def _typed(value: str, wanted: Mapping[str, Any]) -> bool | float | str:
    """The value as the item takes it: a choice by its id or its text, in capitals or not.

    What is no such value is sent as it is: the gateway says what is right.
    """
    form = wanted["form"]
    if form in ("pass_fail", "choice"):
        meant = [each["id"] for each in wanted["options"] if value.casefold() in _words_of(each)]
        return str(meant[0]) if len(meant) == 1 else value
    if form == "truth":
        return _TRUTHS.get(value.lower(), value)
    if form == "number":
        try:
            number = float(value)
        except ValueError:
            return value
        return number if math.isfinite(number) else value
    return value


def _shown(given: Mapping[str, Any]) -> str:
    """What was answered; empty of a photo."""
    return "not applicable" if given["not_applicable"] else str(given["shown"])


def _words_of(option: Mapping[str, Any]) -> set[str]:
    return {option["id"].casefold(), option["text"].casefold()}


def _row(item: Mapping[str, Any], time: SiteTime) -> tuple[Cell, ...]:
    given = item["answer"]
    if given is None:
        wanted = item["wanted"] + (" (optional)" if item["optional"] else "")
        return item["id"], item["text"], wanted, NONE, NONE, NONE, NONE
    shown = _shown(given) or "photo"
    if item["kind"] == "reading" and not given["not_applicable"]:
        shown += " (from the device)" if given["source"] == "telemetry" else " (by hand)"
    cell: Cell = (f"{shown}, not good", "bold red") if given["failed"] else shown
    at = time.short(given["answered_at"])
    return item["id"], item["text"], cell, str(given["revision"]), at, given["by"], given["note"] or NONE


def _good(item: Mapping[str, Any]) -> str:
    """Which answers are good, in one cell."""
    unit = f" {item['unit']}" if item["unit"] else ""
    if item["min"] is not None and item["max"] is not None:
        return f"{item['min']:g} to {item['max']:g}{unit}"
    if item["min"] is not None:
        return f"at least {item['min']:g}{unit}"
    if item["max"] is not None:
        return f"at most {item['max']:g}{unit}"
    if item["fails"]:
        return f"not {', '.join(str(each) for each in item['fails'])}"
    return "pass" if item["kind"] == "pass_fail" else f"any{unit}"


def _needed(item: Mapping[str, Any]) -> str:
    return "optional" if item["optional"] else "yes"
