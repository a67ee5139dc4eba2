"""Checklists: their definitions, those in use, and what people answer."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated, Literal, Self

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StringConstraints

from gateway.api.acting import act
from gateway.api.operators import Line, Operator, PersonName
from gateway.api.paging import NextBefore, PageParameters, cut
from gateway.api.problems import documented, invalid, not_found
from gateway.api.services import Gateway, Services
from gateway.api.times import Moment
from gateway.core.checklists.actions import AnswerItem, CompleteChecklist
from gateway.core.checklists.compiling import items_of
from gateway.core.checklists.definition import ItemKind
from gateway.core.checklists.items import Form, Item
from gateway.core.checklists.run import Answer, Run
from gateway.core.kernel.events import Action
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import SECOND, isoformat
from gateway.core.kernel.urgency import Priority
from gateway.errors import ChecklistRefused, StoreError, UnknownChecklist
from gateway.store.checklists.queries import find_run, find_runs

definitions = APIRouter(prefix="/checklists", tags=["checklists"])
router = APIRouter(prefix="/checklist-runs", tags=["checklists"])

Number = Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the checklist in use.")]


Trimmed = Annotated[str, StringConstraints(strict=True, strip_whitespace=True)]


class RunState(StrEnum):
    """The state of a checklist in use."""

    OPEN = "open"
    COMPLETE = "complete"
    WITHDRAWN = "withdrawn"


class OptionAnswer(BaseModel):
    """One value from which people choose."""

    id: str = Field(description="What is sent as `value`.")
    text: str


class CorrectiveAnswer(BaseModel):
    """The ticket that a failed item opens."""

    category: str
    priority: Priority
    team: str


class ItemAnswer(BaseModel):
    """What one item of a checklist asks."""

    id: str
    text: str
    kind: ItemKind
    form: Form = Field(description="Which values it accepts: of a reading it follows from the metric.")
    wanted: str = Field(description="What answers it, for people.")
    unit: str
    min: float | None = Field(description="The least number that is good.")
    max: float | None = Field(description="The largest number that is good.")
    options: list[OptionAnswer] = Field(description="Of a choice, and of a reading that is a state; else empty.")
    fails: list[bool | str] = Field(description="The values, other than numbers, that are not good.")
    metric: str | None = Field(description="Of a reading: whose latest value it takes.")
    max_age_s: float | None = Field(description="Of a reading: how many seconds old that value may be.")
    optional: bool
    corrective: CorrectiveAnswer | None

    @classmethod
    def of(cls, item: Item) -> Self:
        """The answer for this item."""
        template = item.corrective
        return cls(
            id=item.id,
            text=item.text,
            kind=item.kind,
            form=item.form,
            wanted=item.wanted,
            unit=item.unit,
            min=item.min,
            max=item.max,
            options=[OptionAnswer(id=each.id, text=each.text) for each in item.options],
            fails=[*item.fails],
            metric=item.metric,
            max_age_s=None if item.metric is None else item.max_age / SECOND,
            optional=item.optional,
            corrective=None
            if template is None
            else CorrectiveAnswer(category=template.category, priority=template.priority, team=template.team),
        )


class DefinitionAnswer(BaseModel):
    """A checklist as the site's files define it."""

    id: str
    title: str = Field(description="In the site's language, as are all texts.")
    profile: str | None = Field(description="The class of device that it is for.")
    items: list[ItemAnswer]


class DefinitionsAnswer(BaseModel):
    """All of them, by id."""

    checklists: list[DefinitionAnswer]


class GivenAnswer(BaseModel):
    """An answer to an item."""

    revision: int = Field(description="1 for the first, one more for each correction: `expects` of the next.")
    value: bool | float | str | None = Field(description="Null of a photo.")
    shown: str = Field(description="The value as people read it, with its unit.")
    failed: bool = Field(description="Whether it is not good.")
    source: Literal["telemetry", "person"] = Field(description="Whether it was taken from the device, or entered.")
    measured_at: Moment | None = Field(description="When the device measured it; null where a person entered it.")
    note: str | None
    photo: str | None
    by: str
    answered_at: Moment

    @classmethod
    def of(cls, item: Item, answer: Answer) -> Self:
        """The answer of the API for this answer."""
        return cls(
            revision=answer.revision,
            value=answer.value,
            shown=item.words(answer.value),
            failed=item.is_failed(answer.value),
            source="person" if answer.measured_at is None else "telemetry",
            measured_at=answer.measured_at,
            note=answer.note,
            photo=answer.photo,
            by=answer.by,
            answered_at=answer.answered_at,
        )


class AnsweredItem(ItemAnswer):
    """An item of a checklist in use, with its answer."""

    answer: GivenAnswer | None = Field(description="The one that counts; null where nobody has answered it.")
    earlier: list[GivenAnswer] = Field(description="Those that were corrected, the oldest first.")


class RunAnswer(BaseModel):
    """A checklist in use."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "number": 3,
                "about": "ticket:12",
                "device": "pump-b1-1",
                "checklist": "pump-weekly",
                "title": "Weekly check of a pump",
                "state": "open",
                "attached_at": "2026-01-31T08:00:00.000Z",
                "ended_at": None,
                "completed_by": None,
                "items": 9,
                "answered": 4,
                "failed": ["seal"],
                "unanswered": ["noise", "vibration", "outlet-pressure", "panel", "signature"],
                "sign_again": [],
            }
        }
    )

    number: int = Field(description="Never used twice.")
    about: str = Field(description="To what it is attached, as kind:id.")
    device: str | None = Field(description="The device whose values its readings take.")
    checklist: str = Field(description="The id of its definition. Its items are as they were when it was attached.")
    title: str
    state: RunState
    attached_at: Moment
    ended_at: Moment | None = Field(description="When it was completed or withdrawn; null while it is open.")
    completed_by: str | None
    items: int = Field(description="How many there are.")
    answered: int = Field(description="How many of them have an answer.")
    failed: list[str] = Field(description="The ids of those whose answer is not good.")
    unanswered: list[str] = Field(description="The ids of those without which it is not complete.")
    sign_again: list[str] = Field(description="The ids of signatures given before another item was answered.")

    @classmethod
    def fields_of(cls, run: Run) -> dict[str, object]:
        """The fields for this checklist."""
        record = run.record
        state = RunState.COMPLETE if record.completed_at is not None else RunState.WITHDRAWN
        return {
            "number": record.number,
            "about": str(record.about),
            "device": record.device,
            "checklist": record.checklist,
            "title": record.title,
            "state": RunState.OPEN if record.is_open else state,
            "attached_at": record.attached_at,
            "ended_at": record.withdrawn_at if record.completed_at is None else record.completed_at,
            "completed_by": record.completed_by,
            "items": len(record.items),
            "answered": sum(run.latest(item.id) is not None for item in record.items),
            "failed": [item.id for item, _ in run.failed()],
            "unanswered": [item.id for item in run.unanswered()],
            "sign_again": [item.id for item in run.outdated_signatures()],
        }


class RunDetails(RunAnswer):
    """A checklist in use with its items and their answers."""

    details: list[AnsweredItem] = Field(description="The items, in order.")

    @classmethod
    def of(cls, run: Run) -> Self:
        """The answer for this checklist."""
        return cls.model_validate(cls.fields_of(run) | {"details": [_answered(run, item) for item in run.record.items]})


class RunsAnswer(BaseModel):
    """A page of checklists in use, newest first."""

    checklist_runs: list[RunAnswer]
    next_before: NextBefore


class RunParameters(PageParameters):
    """Which checklists in use to list."""

    about: str | None = Field(None, description="Those attached to this, as kind:id, such as ticket:12.")


class ItemReply(BaseModel):
    """What a person answers to an item."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"item": "seal", "value": "dripping", "by": "Li Wei"}}
    )

    item: str = Field(description="Its id.")
    value: StrictBool | StrictInt | StrictFloat | Trimmed | None = Field(
        None,
        description="pass or fail, a number, one of the options, or the name of the person who signs. Left out of a "
        "photo, and of a reading that is to be taken from the device.",
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
    """Checklists in use, newest first, those that are complete included."""
    try:
        about = None if query.about is None else Subject.parse(query.about)
    except ValueError as error:
        raise invalid("about: write kind:id, such as ticket:12") from error
    shown, next_before = cut(
        find_runs(gateway.database, query.page(), about=about), query, lambda run: run.record.number
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
    if reply.photo is not None and await asyncio.to_thread(gateway.photos.find, reply.photo) is None:
        raise invalid("photo: there is no photo with this hash; send it to /api/v1/photos first")
    action = AnswerItem(
        run=number,
        item=reply.item,
        value=reply.value,
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
    return given is not None and given.says(action.value, action.note, action.photo, action.by)


def _over(run: Run) -> str:
    record = run.record
    if record.completed_at is not None:
        return f"{record.completed_by} has completed checklist {record.number} at {isoformat(record.completed_at)}"
    return f"checklist {record.number} was withdrawn at {isoformat(record.withdrawn_at or 0)}"


def _answered(run: Run, item: Item) -> AnsweredItem:
    given = [GivenAnswer.of(item, answer) for _, answer in sorted(run.answers.get(item.id, {}).items())]
    asked = ItemAnswer.of(item)
    return AnsweredItem(**dict(asked), answer=given[-1] if given else None, earlier=given[:-1])
