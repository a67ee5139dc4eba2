"""What the API answers of checklists: of their items, of those in use, and of what people have answered."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from gateway.api.paging import NextBefore
from gateway.api.times import Moment
from gateway.core.checklists.definition import ItemKind
from gateway.core.checklists.items import Corrective, Form, Item
from gateway.core.checklists.run import Answer, Run, RunState
from gateway.core.kernel.times import SECOND
from gateway.core.kernel.urgency import Priority


class OptionAnswer(BaseModel):
    """One value from which people choose."""

    id: str = Field(description="What is sent as `value`.")
    text: str


class CorrectiveAnswer(BaseModel):
    """The ticket that a failed item opens."""

    category: str
    priority: Priority
    team: str
    checklist: str | None = Field(description="The checklist that is answered with it, by id.")

    @classmethod
    def of(cls, corrective: Corrective) -> Self:
        """The answer for this ticket."""
        return cls(
            category=corrective.category,
            priority=corrective.priority,
            team=corrective.team,
            checklist=corrective.checklist,
        )


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
    options: list[OptionAnswer] = Field(description="Of pass or fail, a choice, and a reading that is a state.")
    fails: list[bool | str] = Field(description="The values, other than numbers, that are not good.")
    metric: str | None = Field(description="Of a reading: whose latest value it takes.")
    max_age_s: float | None = Field(description="Of a reading: how many seconds old that value may be.")
    optional: bool
    corrective: CorrectiveAnswer | None

    @classmethod
    def of(cls, item: Item) -> Self:
        """The answer for this item."""
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
            corrective=None if item.corrective is None else CorrectiveAnswer.of(item.corrective),
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
    value: bool | float | str | None = Field(description="Null of a photo, and where it does not apply.")
    shown: str = Field(description="The value as people read it, with its unit.")
    failed: bool = Field(description="Whether it is not good.")
    not_applicable: bool = Field(description="Whether the item does not apply: `note` says why.")
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
            not_applicable=answer.is_not_applicable,
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
                "not_applicable": [],
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
    not_applicable: list[str] = Field(description="The ids of those that do not apply.")
    unanswered: list[str] = Field(description="The ids of those without which it is not complete.")
    sign_again: list[str] = Field(description="The ids of signatures given before another item was answered.")

    @classmethod
    def fields_of(cls, run: Run) -> dict[str, object]:
        """The fields for this checklist."""
        record = run.record
        return {
            "number": record.number,
            "about": str(record.about),
            "device": record.device,
            "checklist": record.checklist,
            "title": record.title,
            "state": record.state,
            "attached_at": record.attached_at,
            "ended_at": record.withdrawn_at if record.completed_at is None else record.completed_at,
            "completed_by": record.completed_by,
            "items": len(record.items),
            "answered": sum(run.latest(item.id) is not None for item in record.items),
            "failed": [item.id for item, _ in run.failed()],
            "not_applicable": [*run.not_applicable()],
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


def _answered(run: Run, item: Item) -> AnsweredItem:
    given = [GivenAnswer.of(item, answer) for _, answer in sorted(run.answers.get(item.id, {}).items())]
    asked = ItemAnswer.of(item)
    return AnsweredItem(**dict(asked), answer=given[-1] if given else None, earlier=given[:-1])
