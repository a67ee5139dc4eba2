"""Shelves: what people have put aside, and devices out of service."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.acting import act
from gateway.api.answers import encoded
from gateway.api.operators import Line, PersonName
from gateway.api.paging import NextBefore, PageParameters, cut
from gateway.api.places import check_group, subject_given
from gateway.api.problems import check_known, check_rule, documented, not_found
from gateway.api.putting_aside import RuleShelving, TakingOutOfService
from gateway.api.services import Gateway, Services
from gateway.api.times import Moment
from gateway.core.alarms.maintenance_actions import told_in_maintenance
from gateway.core.alarms.shelf import EndShelf, Shelf, ShelveRule, TakeOutOfService, replaced_by
from gateway.core.alarms.suppression import SuppressionKind
from gateway.core.kernel.subjects import Subject
from gateway.store.alarms.shelves import find_shelf, find_shelves
from gateway.store.paging import Page

router = APIRouter(tags=["shelves"])

Number = Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the shelf.")]


class ShelfState(StrEnum):
    """Which shelves."""

    HOLDS = "holds"
    ALL = "all"


class ShelfKind(StrEnum):
    """What was put aside, and how."""

    SHELVED = "shelved"
    OUT_OF_SERVICE = "out_of_service"


class ShelfParameters(PageParameters):
    """Which shelves to list."""

    state: ShelfState = Field(ShelfState.HOLDS, description="Those that hold, or all, ended ones as well.")
    kind: ShelfKind | None = Field(None, description="Only shelved alarms, or only what is out of service.")
    device: str | None = Field(None, description="Id of a device.")
    subject: str | None = Field(None, description="A group in place of a device, as kind:id, such as zone:east.")
    rule: str | None = Field(None, description="Id of a rule.")


class ShelfAnswer(BaseModel):
    """What a person has put aside."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "number": 3,
                "kind": "shelved",
                "rule": "pump-low-pressure",
                "device": "pump-b1-1",
                "device_name": "Booster pump 1",
                "subject": "device:pump-b1-1",
                "alarm": 12,
                "since": "2026-01-31T08:00:00.000Z",
                "until": "2026-01-31T10:00:00.000Z",
                "one_shot": False,
                "life_safety": False,
                "still_told": [],
                "reason": "The sensor is being changed",
                "by": "Li Wei",
                "confirmed_by": None,
                "ended_at": None,
                "ended_by": None,
                "ended_because": None,
            }
        }
    )

    number: int = Field(description="Never used twice.")
    kind: ShelfKind
    rule: str | None = Field(description="Whose alarms are put aside; null for any.")
    device: str | None = Field(description="What they are about, where that is a device; else null.")
    device_name: str | None
    subject: str | None = Field(description="What they are about, as kind:id; null for anything.")
    alarm: int | None = Field(description="The alarm that was shelved; null where it was a rule or a device.")
    since: Moment
    until: Moment | None = Field(description="When it ends by itself; null where only a person ends it.")
    one_shot: bool = Field(description="Whether it also ends when the alarm next returns.")
    life_safety: bool = Field(description="Whether it covers life-safety alarms: two people have said so.")
    still_told: list[str] = Field(
        description="Life-safety rules of a device out of service that are told all the same, as no two people agreed."
    )
    reason: str
    by: str
    confirmed_by: str | None
    ended_at: Moment | None
    ended_by: str | None = Field(description="Who has ended it; null while it holds, or where it ended by itself.")
    ended_because: str | None

    @classmethod
    def of(cls, shelf: Shelf, gateway: Services) -> Self:
        """The answer for this shelf."""
        site = gateway.site
        fields = {name: getattr(shelf, name) for name in cls.model_fields if name in shelf.__struct_fields__}
        device = shelf.subject.device if shelf.subject is not None else None
        fields |= {"subject": None if shelf.subject is None else str(shelf.subject), "kind": shelf.kind.value}
        fields["still_told"] = _still_told(shelf, gateway)
        return cls(**fields, reason=shelf.why, device=device, device_name=site.name_of(device))


class BegunShelfAnswer(ShelfAnswer):
    """What a person has just put aside."""

    replaces: int | None = Field(None, description="The shelf of the same rule and device in whose place it began.")


class ShelvesAnswer(BaseModel):
    """A page of shelves, newest first."""

    shelves: list[ShelfAnswer]
    next_before: NextBefore


class Ending(BaseModel):
    """Who ends it, and why."""

    model_config = ConfigDict(extra="forbid")

    by: PersonName = Field(description="A name that colleagues know.")
    note: Line | None = Field(None, description="Why, in one line.")


@router.get("/shelves", response_model=ShelvesAnswer, responses=documented())
def list_shelves(gateway: Gateway, query: Annotated[ShelfParameters, Query()]) -> Response:
    """What people have put aside, newest first: shelved alarms, rules and devices out of service."""
    found = find_shelves(
        gateway.database,
        query.page(),
        ended=query.state is ShelfState.ALL,
        kind=None if query.kind is None else SuppressionKind(query.kind.value),
        rule=query.rule,
        subject=subject_given(query.device, query.subject),
    )
    if not found:
        _check_known(gateway, query.rule, query.device)
        check_group(gateway, query.subject)
    shown, next_before = cut(found, query, lambda shelf: shelf.number)
    shelves = [ShelfAnswer.of(shelf, gateway) for shelf in shown]
    return encoded(ShelvesAnswer(shelves=shelves, next_before=next_before))


@router.get("/shelves/{number}", responses=documented(404))
def get_shelf(gateway: Gateway, number: Number) -> ShelfAnswer:
    """One shelf, also when it has ended."""
    return ShelfAnswer.of(_find(gateway, number), gateway)


@router.post("/shelves", responses=documented(409, 500))
async def shelve(gateway: Gateway, shelving: RuleShelving) -> BegunShelfAnswer:
    """Shelve the alarms of a rule, on one device or group or on all, before they occur or while they stand.

    A shelf of the same rule and device that holds is replaced.
    """
    _check_known(gateway, shelving.rule, shelving.device)
    check_group(gateway, shelving.subject)
    subject = subject_given(shelving.device, shelving.subject)
    await act(gateway, ShelveRule(rule=shelving.rule, subject=subject, **shelving.terms()))
    return await _begun(gateway, SuppressionKind.SHELVED, shelving.rule, subject)


@router.post("/out-of-service", responses=documented(409, 500))
async def take_out_of_service(gateway: Gateway, taking: TakingOutOfService) -> BegunShelfAnswer:
    """Take a device out of service, or one rule on it. `DELETE /shelves/{number}` puts it back.

    Life-safety rules of the device go on telling, unless `confirmed_by` names a second person and there is an end. What
    put the same aside before ends: `replaces` has its number.
    """
    _check_known(gateway, taking.rule, taking.device)
    await act(gateway, TakeOutOfService(device=taking.device, rule=taking.rule, **taking.terms()))
    return await _begun(gateway, SuppressionKind.OUT_OF_SERVICE, taking.rule, Subject.of_device(taking.device))


@router.delete("/shelves/{number}", responses=documented(404, 409, 500))
async def end_shelf(gateway: Gateway, number: Number, ending: Annotated[Ending, Query()]) -> ShelfAnswer:
    """End a shelf, or put back what is out of service. What still stands is told at once."""
    await asyncio.to_thread(_find, gateway, number)
    await act(gateway, EndShelf(shelf=number, by=ending.by, note=ending.note))
    return ShelfAnswer.of(await asyncio.to_thread(_find, gateway, number), gateway)


def _check_known(gateway: Services, rule: str | None, device: str | None) -> None:
    check_known("device", device, gateway.site.devices)
    check_rule(rule, gateway)


async def _begun(
    gateway: Services, kind: SuppressionKind, rule: str | None, subject: Subject | None
) -> BegunShelfAnswer:
    """The one that has just begun: the newest of just this scope."""
    page = Page(1000)
    found = await asyncio.to_thread(
        find_shelves, gateway.database, page, ended=True, kind=kind, rule=rule, subject=subject
    )
    same = [shelf for shelf in found if (shelf.rule, shelf.subject) == (rule, subject)]
    if not same:
        raise not_found("the store has lost the shelf: look at GET /shelves")
    begun = BegunShelfAnswer.of(same[0], gateway)
    before = [shelf.number for shelf in same if shelf.ended_because == replaced_by(begun.number)]
    return begun.model_copy(update={"replaces": before[0] if before else None})


def _still_told(shelf: Shelf, gateway: Services) -> list[str]:
    """The life-safety rules of a device out of service that it does not stop. What is shelved has none such."""
    device = shelf.subject.device if shelf.subject is not None else None
    if shelf.life_safety or shelf.rule is not None or device is None:
        return []
    return [*told_in_maintenance(gateway.configuration.rules, gateway.site, [device])]


def _find(gateway: Services, number: int) -> Shelf:
    shelf = find_shelf(gateway.database, number)
    if shelf is None:
        raise not_found(f"there is no shelf {number}")
    return shelf
