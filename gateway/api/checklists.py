"""Checklists: their definitions, those in use, and what people answer."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StrictBool
from pydantic_core import PydanticCustomError

from gateway.api.acting import act
from gateway.api.checklist_answers import (
    DefinitionAnswer,
    DefinitionsAnswer,
    ItemAnswer,
    RunAnswer,
    RunDetails,
    RunsAnswer,
)
from gateway.api.operators import Line, Operator, PersonName
from gateway.api.paging import PageParameters, cut
from gateway.api.problems import documented, invalid, not_found
from gateway.api.services import Gateway, Services
from gateway.core.checklists.actions import AnswerItem, CompleteChecklist
from gateway.core.checklists.compiling import items_of
from gateway.core.checklists.run import Run, RunState
from gateway.core.kernel.events import Action
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import isoformat
from gateway.errors import ChecklistRefused, StoreError, UnknownChecklist
from gateway.store.checklists.queries import find_run, find_runs

definitions = APIRouter(prefix="/checklists", tags=["checklists"])
router = APIRouter(prefix="/checklist-runs", tags=["checklists"])

Number = Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the checklist in use.")]


def _one_value(given: object) -> bool | float | str | None:
    """A value of one of the kinds that items have, a text without the spaces around it."""
    if isinstance(given, str):
        return given.strip()
    if given is None or isinstance(given, bool | int | float):
        return given
    raise PydanticCustomError("value", "write a text, a number, true or false")


ItemValue = Annotated[
    bool | float | str | None, PlainValidator(_one_value, json_schema_input_type=bool | float | str | None)
]


class RunParameters(PageParameters):
    """Which checklists in use to list."""

    about: str | None = Field(None, description="Those attached to this, as kind:id, such as ticket:12.")
    state: RunState | None = Field(None, description="Those in this state; all unless given.")


class ItemReply(BaseModel):
    """What a person answers to an item."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"item": "seal", "value": "dripping", "by": "Li Wei"}}
    )

    item: str = Field(description="Its id.")
    value: ItemValue = Field(
        None,
        description="pass or fail, a number, one of the options, or the name of the person who signs. Left out of a "
        "photo, and of a reading that is to be taken from the device.",
    )
    not_applicable: StrictBool = Field(
        False, description="There is nothing to look at, for the reason in `note`: in place of a value and a photo."
    )
    note: Line | None = Field(None, description="What colleagues should know, in one line.")
    photo: str | None = Field(None, description="The hash under which a photo is stored.")
    by: PersonName = Field(description="A name that colleagues know.")
    expects: int = Field(
        0, ge=0, description="The revision of the answer that this one replaces; 0 where there is none."
    )


@definitions.get("", responses=documented())
def list_checklists(gateway: Gateway) -> DefinitionsAnswer:
    """The checklists that the site's files define, and the shipped ones that they do not replace."""
    language, profiles = gateway.site.header.language, gateway.configuration.profiles
    found = sorted(gateway.configuration.checklists.values(), key=lambda each: each.id)
    return DefinitionsAnswer(
        checklists=[
            DefinitionAnswer(
                id=spec.id,
                title=spec.title.in_language(language),
                profile=spec.profile,
                items=[ItemAnswer.of(item) for item in items_of(spec, profiles.get(spec.profile or ""), language)],
            )
            for spec in found
        ]
    )


@router.get("", responses=documented())
def list_runs(gateway: Gateway, query: Annotated[RunParameters, Query()]) -> RunsAnswer:
    """Checklists in use, newest first, those that are complete or withdrawn included."""
    try:
        about = None if query.about is None else Subject.parse(query.about)
    except ValueError as error:
        raise invalid("about: write kind:id, such as ticket:12") from error
    shown, next_before = cut(
        find_runs(gateway.database, query.page(), about=about, state=query.state), query, lambda run: run.record.number
    )
    return RunsAnswer(
        checklist_runs=[RunAnswer.model_validate(RunAnswer.fields_of(run)) for run in shown], next_before=next_before
    )


@router.get("/{number}", responses=documented(404))
def get_run(gateway: Gateway, number: Number) -> RunDetails:
    """A checklist in use with its items and their answers."""
    return RunDetails.of(_run(gateway, number))


@router.post("/{number}/answers", responses=documented(404, 409, 500))
async def answer_item(gateway: Gateway, number: Number, reply: ItemReply) -> RunDetails:
    """Answer an item, or correct an answer. The response comes once this is on disk.

    An answer that is sent again changes nothing. One that somebody else has answered otherwise is a 409, and says how;
    it is replaced by an answer that expects its revision. A photo is kept already: `POST /photos` keeps it, and says
    its hash.
    """
    if reply.photo is not None and not await asyncio.to_thread(gateway.photos.claim, reply.photo):
        raise invalid("photo: there is no photo with this hash; send it to /api/v1/photos first")
    action = AnswerItem(
        run=number,
        item=reply.item,
        value=reply.value,
        not_applicable=reply.not_applicable,
        note=reply.note,
        photo=reply.photo,
        by=reply.by,
        expects=reply.expects,
    )
    run = await _perform(gateway, number, action)
    if not run.record.is_open and not _is_given(run, action):
        raise HTTPException(409, f"{_over(run)}: it can not be answered any more")
    return RunDetails.of(run)


@router.post("/{number}/complete", responses=documented(404, 409, 500))
async def complete_run(gateway: Gateway, number: Number, operator: Operator) -> RunDetails:
    """Complete a checklist of which every required item is answered. The response comes once this is on disk.

    Its failed items open the corrective tickets of their definitions. Sent again by the same person it changes nothing.
    """
    run = await _perform(gateway, number, CompleteChecklist(run=number, by=operator.by, note=operator.note))
    if run.record.completed_by != operator.by:
        raise HTTPException(409, _over(run))
    return RunDetails.of(run)


async def _perform(gateway: Services, number: int, action: Action) -> Run:
    """Perform it, unless the checklist is over; returns the checklist as it is on disk then."""
    try:
        await act(gateway, action)
    except ChecklistRefused as error:
        raise HTTPException(409, str(error)) from error
    except UnknownChecklist as error:
        run = await asyncio.to_thread(_run, gateway, number)
        if run.record.is_open:  # what has ended it is not on disk yet
            raise HTTPException(409, str(error)) from error
        return run
    found = await asyncio.to_thread(find_run, gateway.database, number)
    if found is None:
        raise StoreError(f"done, and the store cannot show checklist {number}: its row is damaged")
    return found


def _run(gateway: Services, number: int) -> Run:
    run = find_run(gateway.database, number)
    if run is None:
        raise not_found(f"there is no checklist in use of the number {number}")
    return run


def _is_given(run: Run, action: AnswerItem) -> bool:
    """Whether the answer stands there already."""
    given = run.revision(action.item, action.expects + 1)
    return given is not None and given.says(action, action.value)


def _over(run: Run) -> str:
    record = run.record
    if record.completed_at is not None:
        return f"{record.completed_by} has completed checklist {record.number} at {isoformat(record.completed_at)}"
    return f"checklist {record.number} was withdrawn at {isoformat(record.withdrawn_at or 0)}"
