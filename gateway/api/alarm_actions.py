"""Actions of people on alarms: acknowledge, reset, shelve, unshelve and comment on one, or on many at once."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated, Self

from fastapi import APIRouter, HTTPException, Path
from pydantic import BaseModel, ConfigDict, Field, model_validator

from gateway.api.acting import act_on_alarm
from gateway.api.alarm_answers import AlarmAnswer
from gateway.api.operators import Line, Operator, PersonName
from gateway.api.places import subjects_inside
from gateway.api.problems import check_known, check_rule, documented
from gateway.api.putting_aside import Shelving
from gateway.api.services import Gateway, Services
from gateway.api.times import OffsetTime
from gateway.core.alarms.actions import Acknowledge, Comment, Reset
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.lifecycle import State
from gateway.core.alarms.shelf import ShelveAlarm, UnshelveAlarm
from gateway.core.alarms.suppression import SuppressionKind
from gateway.core.kernel.events import Action
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Duration, from_datetime
from gateway.core.kernel.urgency import Severity
from gateway.errors import StoreError
from gateway.store.alarms.queries import find_alarms
from gateway.store.paging import Page

router = APIRouter(prefix="/alarms", tags=["alarms"])

MOST_AT_ONCE = 1000
"""Alarms on which one request acts."""
_MOST_STANDING = 10_000
"""Alarms among which a filter looks."""
_AT_A_TIME = 40
"""Actions that are done before other tasks get their turn."""

Number = Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the alarm.")]


class Commenting(BaseModel):
    """What a person says about an alarm."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"by": "Li Wei", "note": "The spare part comes on Monday."}}
    )

    by: PersonName
    """A name that colleagues know."""
    note: Line
    """What colleagues should know, in one line. It stays in the alarm's chain."""


@router.post("/{number}/acknowledge", responses=documented(404, 409, 500))
async def acknowledge_alarm(gateway: Gateway, number: Number, operator: Operator) -> AlarmAnswer:
    """Acknowledge an alarm. The answer comes once this is on disk."""
    return await _answer(gateway, number, Acknowledge(alarm=number, by=operator.by, note=operator.note))


@router.post("/{number}/reset", responses=documented(404, 409, 500))
async def reset_alarm(gateway: Gateway, number: Number, operator: Operator) -> AlarmAnswer:
    """Reset a latched alarm: it is acknowledged, and its condition has ended. The answer comes once this is on disk."""
    return await _answer(gateway, number, Reset(alarm=number, by=operator.by, note=operator.note))


@router.post("/{number}/shelve", responses=documented(404, 409, 500))
async def shelve_alarm(gateway: Gateway, number: Number, shelving: Shelving) -> AlarmAnswer:
    """Shelve a standing alarm: its rule on its device tells people nothing until the end that is given."""
    return await _answer(gateway, number, ShelveAlarm(alarm=number, **shelving.terms()))


@router.post("/{number}/unshelve", responses=documented(404, 409, 500))
async def unshelve_alarm(gateway: Gateway, number: Number, operator: Operator) -> AlarmAnswer:
    """End the shelf of an alarm: if it still holds, people are told at once."""
    return await _answer(gateway, number, UnshelveAlarm(alarm=number, by=operator.by, note=operator.note))


@router.post("/{number}/comment", responses=documented(404, 409, 500))
async def comment_on_alarm(gateway: Gateway, number: Number, comment: Commenting) -> AlarmAnswer:
    """Say something about an alarm, also about one that is over. It stays in the alarm's chain."""
    return await _answer(gateway, number, Comment(alarm=number, by=comment.by, note=comment.note))


class Act(StrEnum):
    """What is done with many alarms."""

    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    SHELVE = "shelve"
    UNSHELVE = "unshelve"
    COMMENT = "comment"

    @property
    def states(self) -> tuple[State, ...]:
        """The states in which a filter finds alarms for it."""
        match self:
            case Act.ACKNOWLEDGE:
                return (State.UNACKNOWLEDGED, State.RETURNED)
            case Act.RESET:
                return (State.LATCHED,)
            case Act.SHELVE:
                return (State.UNACKNOWLEDGED, State.ACKNOWLEDGED)
            case Act.UNSHELVE | Act.COMMENT:
                return tuple(state for state in State if state is not State.NORMAL)

    def applies_to(self, record: AlarmRecord) -> bool:
        """Whether it does so to one of these, as far as its state alone does not tell."""
        reasons = record.suppressed_by
        return self is not Act.UNSHELVE or any(reason.kind is SuppressionKind.SHELVED for reason in reasons)


class AlarmFilter(BaseModel):
    """Which standing alarms: all that match what is given, of those to which the action applies.

    Life-safety alarms are left out: somebody has to look at each, and give its number.
    """

    model_config = ConfigDict(extra="forbid")

    device: str | None = Field(None, description="Id of a device.")
    rule: str | None = Field(None, description="Id of a rule.")
    location: str | None = Field(None, description="Id of a location; those inside it as well.")
    severity: Severity | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.device is None and self.rule is None and self.location is None and self.severity is None:
            raise ValueError("an empty filter means all alarms: name a device, a rule, a location or a severity")
        return self


class BulkAction(BaseModel):
    """What is done, with which alarms, and by whom."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={"example": {"action": "acknowledge", "alarms": [12, 13], "by": "Li Wei"}},
    )

    action: Act
    alarms: list[Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]] | None = Field(
        None, min_length=1, max_length=MOST_AT_ONCE, description="Numbers of alarms."
    )
    filter: AlarmFilter | None = Field(None, description="In place of numbers.")
    by: PersonName
    """A name that colleagues know."""
    note: Line | None = Field(None, description="What colleagues should know; to shelve or to comment it is required.")
    for_: Duration | None = Field(None, alias="for", description="To shelve: for how long, such as 90m or 2h.")
    until: OffsetTime | None = Field(None, description="To shelve: until when, in place of `for`; with an offset.")
    one_shot: bool = Field(False, description="To shelve: whether it also ends when the alarm next returns.")
    confirmed_by: PersonName | None = Field(None, description="To shelve: a second person who agrees.")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.alarms is None) == (self.filter is None):
            raise ValueError("say which alarms: give either `alarms`, their numbers, or `filter`")
        if self.action in (Act.SHELVE, Act.COMMENT) and self.note is None:
            raise ValueError(f"to {self.action} alarms, give a `note`")
        shelving = (self.for_, self.until, self.confirmed_by)
        if self.action is not Act.SHELVE and (self.one_shot or any(each is not None for each in shelving)):
            raise ValueError("`for`, `until`, `one_shot` and `confirmed_by` are for shelving only")
        return self

    def on(self, number: int) -> Action:
        """The action on one alarm."""
        note = self.note or ""
        match self.action:
            case Act.ACKNOWLEDGE:
                return Acknowledge(alarm=number, by=self.by, note=self.note)
            case Act.RESET:
                return Reset(alarm=number, by=self.by, note=self.note)
            case Act.UNSHELVE:
                return UnshelveAlarm(alarm=number, by=self.by, note=self.note)
            case Act.COMMENT:
                return Comment(alarm=number, by=self.by, note=note)
            case Act.SHELVE:
                return ShelveAlarm(
                    alarm=number,
                    by=self.by,
                    why=note,
                    duration=self.for_,
                    until=None if self.until is None else from_datetime(self.until),
                    confirmed_by=self.confirmed_by,
                    one_shot=self.one_shot,
                )


class BulkResult(BaseModel):
    """What became of the action on one alarm."""

    number: int
    alarm: AlarmAnswer | None = Field(None, description="After the action; null where it was not done.")
    status: int = Field(description="As the action on this alarm alone would be answered: 200, 404, 409, 422 or 503.")
    error: str | None = Field(None, description="Why it was not done; null where it was.")


class BulkAnswer(BaseModel):
    """What became of the action on each alarm, in the order of the request.

    Of a filter, the life-safety alarms that it leaves out come first, then the others, the latest raise first.
    """

    results: list[BulkResult]
    done: int = Field(description="On how many it was done.")
    more: bool = Field(description="Whether the filter matches more alarms than one request acts on: send it again.")


@router.post("/actions", responses=documented(500))
async def act_on_alarms(gateway: Gateway, bulk: BulkAction) -> BulkAnswer:
    """Do the same with many alarms. Each is done or refused by itself, and each result is told.

    A filter leaves life-safety alarms out: nobody may deal with a fire without having seen it. The results name each.
    """
    numbers, more, left_out = await asyncio.to_thread(_numbers, gateway, bulk)
    results = [_left_out(number) for number in left_out]
    for start in range(0, len(numbers), _AT_A_TIME):
        some = numbers[start : start + _AT_A_TIME]
        results += await asyncio.gather(*(_result(gateway, number, bulk.on(number)) for number in some))
    return BulkAnswer(results=results, done=sum(each.error is None for each in results), more=more)


def _numbers(gateway: Services, bulk: BulkAction) -> tuple[list[int], bool, list[int]]:
    """The alarms to act on, whether there are more, and the life-safety alarms that a filter leaves out."""
    if bulk.alarms is not None:
        return [*dict.fromkeys(bulk.alarms)], False, []
    wanted = bulk.filter or AlarmFilter()
    check_known("location", wanted.location, gateway.site.locations)
    found = find_alarms(
        gateway.database,
        Page(_MOST_STANDING),
        states=bulk.action.states,
        subject=Subject.of_device(wanted.device) if wanted.device is not None else None,
        subjects=subjects_inside(gateway.configuration, wanted.location),
        rule=wanted.rule,
        severity=wanted.severity,
    )
    if not found:  # a device or rule that left the site's files can still have alarms
        check_known("device", wanted.device, gateway.site.devices)
        check_rule(wanted.rule, gateway)
    matching = [record for record in found if bulk.action.applies_to(record)]
    left_out = [record.number for record in matching if record.life_safety]
    numbers = [record.number for record in matching if not record.life_safety]
    return numbers[:MOST_AT_ONCE], len(numbers) > MOST_AT_ONCE, left_out


def _left_out(number: int) -> BulkResult:
    return BulkResult(number=number, status=422, error=f"alarm {number} is life safety: give its number")


async def _result(gateway: Services, number: int, action: Action) -> BulkResult:
    try:
        record = await act_on_alarm(gateway, number, action)
    except HTTPException as error:
        return BulkResult(number=number, status=error.status_code, error=str(error.detail))
    except StoreError as error:
        return BulkResult(number=number, status=503, error=str(error))
    return BulkResult(number=number, status=200, alarm=AlarmAnswer.of(record, gateway))


async def _answer(gateway: Services, number: int, action: Action) -> AlarmAnswer:
    return AlarmAnswer.of(await act_on_alarm(gateway, number, action), gateway)
