"""Maintenance: which devices are worked on, so that nobody is told of their alarms."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Annotated, Self

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.acting import act
from gateway.api.operators import Line, Operator, PersonName
from gateway.api.paging import NextBefore, PageParameters, cut
from gateway.api.problems import check_known, documented, invalid, not_found
from gateway.api.services import Gateway, Services
from gateway.api.times import Moment
from gateway.core.alarms.maintenance_actions import (
    LONGEST,
    EndMaintenance,
    MaintenanceRecord,
    StartMaintenance,
    told_in_maintenance,
)
from gateway.core.kernel.events import Action
from gateway.core.kernel.times import parse_duration
from gateway.core.site.maintenance import MaintenanceWindow
from gateway.errors import MaintenanceRefused, StoreError
from gateway.store.maintenance.queries import find_maintenance, find_one
from gateway.store.paging import Page

router = APIRouter(prefix="/maintenance", tags=["maintenance"])

Number = Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the maintenance.")]


class MaintenanceParameters(PageParameters):
    """Which maintenance to list."""

    ended: bool = Field(False, description="true: also what is over.")


class MaintenanceAnswer(BaseModel):
    """One maintenance that a person has begun."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "number": 3,
                "devices": ["lift-b1-1"],
                "reason": "Rope change",
                "by": "Li Wei",
                "started_at": "2026-01-31T08:00:00.000Z",
                "ends_at": "2026-01-31T10:00:00.000Z",
                "ended_at": None,
                "ended_by": None,
                "still_told": ["elevator-entrapment"],
            }
        }
    )

    number: int = Field(description="Never used twice.")
    devices: list[str]
    reason: str
    by: str = Field(description="Who began it.")
    started_at: Moment
    ends_at: Moment = Field(description="When it ends, or has ended.")
    ended_at: Moment | None = Field(description="Null while it lasts.")
    ended_by: str | None = Field(description="Who ended it; null where its time was over.")
    still_told: list[str] = Field(description="Life-safety rules of its devices: their alarms are told all the same.")

    @classmethod
    def of(cls, record: MaintenanceRecord, gateway: Services) -> Self:
        """The answer for this record."""
        fields = {name: getattr(record, name) for name in cls.model_fields if name in record.__struct_fields__}
        fields |= {"devices": [*record.devices], "still_told": _still_told(gateway, record.devices)}
        return cls(**fields)


class WindowAnswer(BaseModel):
    """A maintenance window that the site's files plan, as it takes place now or next."""

    devices: list[str]
    reason: str = Field(description="In the site's language.")
    takes_place: bool = Field(description="Whether it does so now.")
    awaits_time: bool = Field(
        description="Whether it does not, though it should by the clock: the gateway is not sure of the time yet."
    )
    begins_at: Moment = Field(description="Of one that takes place, at latest.")
    ends_at: Moment
    still_told: list[str] = Field(description="Life-safety rules of its devices: their alarms are told all the same.")


class MaintenancesAnswer(BaseModel):
    """Maintenance that people have begun, newest first, and what the site's files plan."""

    maintenance: list[MaintenanceAnswer]
    next_before: NextBefore
    planned: list[WindowAnswer]


class MaintenanceStart(BaseModel):
    """What a person begins to work on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"devices": ["lift-b1-1"], "for": "2h", "reason": "Rope change", "by": "Li Wei"},
        },
    )

    devices: list[str] = Field([], description="By id.")
    location: str | None = Field(None, description="All devices at this location or inside it.")
    profile: str | None = Field(None, description="All devices of this profile; with location, those that are there.")
    for_: str = Field(alias="for", description="For how long at most, such as 2h; up to 30d.")
    reason: Line = Field(description="Why, in one line.")
    by: PersonName = Field(description="A name that colleagues know.")


@router.get("", responses=documented())
def list_maintenance(gateway: Gateway, query: Annotated[MaintenanceParameters, Query()]) -> MaintenancesAnswer:
    """Maintenance that lasts, newest first, and the windows that the site's files plan."""
    found = find_maintenance(gateway.database, query.page(), ended=query.ended)
    shown, next_before = cut(found, query, lambda record: record.number)
    windows = (_window(each, gateway) for each in gateway.site.maintenance)
    return MaintenancesAnswer(
        maintenance=[MaintenanceAnswer.of(record, gateway) for record in shown],
        next_before=next_before,
        planned=sorted((each for each in windows if each is not None), key=lambda each: each.begins_at),
    )


@router.post("", responses=documented(409, 500))
async def start_maintenance(gateway: Gateway, start: MaintenanceStart) -> MaintenanceAnswer:
    """Begin a maintenance. The answer comes once this is on disk.

    Until it ends, alarms of its devices are recorded, but not told, and open no tickets. Life-safety alarms are told.
    """
    try:
        duration = parse_duration(start.for_.strip().removeprefix("-"))
    except ValueError as error:
        raise invalid(f"for: {error}") from error
    if duration <= 0 or start.for_.strip().startswith("-"):
        raise invalid("for: say a time above zero, such as 2h")
    if duration > LONGEST:
        raise invalid("for: a maintenance lasts for at most 30d; plan a longer one in the site's files")
    devices = _devices_of(gateway, start)
    await _perform(gateway, StartMaintenance(devices=devices, duration=duration, reason=start.reason, by=start.by))
    return await asyncio.to_thread(_newest, gateway, devices, start)


@router.post("/{number}/end", responses=documented(404, 409, 500))
async def end_maintenance(gateway: Gateway, number: Number, operator: Operator) -> MaintenanceAnswer:
    """End a maintenance: alarms of its devices that still stand are told. The answer comes once this is on disk."""
    if await asyncio.to_thread(find_one, gateway.database, number) is None:
        raise not_found(f"there is no maintenance {number}")
    await _perform(gateway, EndMaintenance(maintenance=number, by=operator.by, note=operator.note))
    found = await asyncio.to_thread(find_one, gateway.database, number)
    if found is None:
        raise StoreError(f"maintenance {number} has ended, and the store cannot show it: its row is damaged")
    return MaintenanceAnswer.of(found, gateway)


async def _perform(gateway: Services, action: Action) -> None:
    try:
        await act(gateway, action)
    except MaintenanceRefused as error:
        raise HTTPException(409, str(error)) from error


def _devices_of(gateway: Services, start: MaintenanceStart) -> tuple[str, ...]:
    site = gateway.site
    if start.devices and (start.location or start.profile):
        raise invalid("devices stand alone: list the devices, or say location and profile")
    for device in start.devices:
        check_known("device", device, site.devices)
    check_known("location", start.location, site.locations)
    check_known("profile", start.profile, {spec.profile for spec in site.devices.values()})
    if start.devices:
        return tuple(dict.fromkeys(start.devices))
    if start.location is None and start.profile is None:
        raise invalid("say what is worked on: devices, location or profile")
    found = tuple(
        spec.id
        for spec in site.devices.values()
        if (start.location is None or site.is_inside(spec.location, start.location))
        and (start.profile is None or spec.profile == start.profile)
    )
    if not found:
        raise invalid("there is no such device at this location")
    return found


def _newest(gateway: Services, devices: tuple[str, ...], start: MaintenanceStart) -> MaintenanceAnswer:
    """The maintenance that was just begun: the newest like it."""
    for record in find_maintenance(gateway.database, Page(100), ended=True):
        if (record.devices, record.reason, record.by) == (devices, start.reason, start.by):
            return MaintenanceAnswer.of(record, gateway)
    raise StoreError("the maintenance has begun, and the store does not show it yet: list it again")


def _window(window: MaintenanceWindow, gateway: Services) -> WindowAnswer | None:
    """None of one that is over."""
    now, site = gateway.now(), gateway.site
    stretch = window.stretch(now)
    if stretch is None:
        return None
    return WindowAnswer(
        devices=sorted(window.devices),
        reason=window.reason.in_language(site.header.language),
        takes_place=stretch.start <= now and gateway.knows_time(),
        awaits_time=stretch.start <= now and not gateway.knows_time(),
        begins_at=stretch.start,
        ends_at=stretch.end,
        still_told=_still_told(gateway, window.devices),
    )


def _still_told(gateway: Services, devices: Iterable[str]) -> list[str]:
    return [*told_in_maintenance(gateway.configuration.rules, gateway.site, devices)]
