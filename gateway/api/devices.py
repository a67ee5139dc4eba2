"""Devices as they stand: latest values, and the alarms on them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Self

import msgspec
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.problems import QueryParameters, check_known, documented, not_found
from gateway.api.services import Gateway
from gateway.api.times import Moment
from gateway.core.alarms.lifecycle import State
from gateway.core.configuration import Site
from gateway.core.devices.device import Device
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import Micros, isoformat
from gateway.core.kernel.urgency import Severity
from gateway.core.kernel.values import Value
from gateway.core.site.site import LocationSpec

router = APIRouter(prefix="/devices", tags=["devices"])


class DeviceParameters(QueryParameters):
    """Which devices to list."""

    profile: str | None = Field(None, description="Class of device, such as booster_pump.")
    location: str | None = Field(None, description="Id of a place; what is inside it counts too.")


class ValueAnswer(BaseModel):
    """The latest value of a metric."""

    value: Value
    unit: str
    time: Moment = Field(description="Event time of the reading it is from.")


class StandingAlarm(BaseModel):
    """An alarm that is not normal."""

    number: int
    rule: str
    state: State
    severity: Severity
    title: str


class DeviceAnswer(BaseModel):
    """One device."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "pump-b1-1",
                "name": "Booster pump 1",
                "profile": "booster_pump",
                "location": "b1.pump-room",
                "criticality": "high",
                "last_received": "2026-01-31T08:00:00.120Z",
                "newest": "2026-01-31T08:00:00.000Z",
                "values": {"inlet_pressure": {"value": 0.01, "unit": "MPa", "time": "2026-01-31T08:00:00.000Z"}},
                "alarms": [
                    {
                        "number": 12,
                        "rule": "pump-dry-run",
                        "state": "unacknowledged",
                        "severity": "critical",
                        "title": "Pump running dry",
                    }
                ],
            }
        }
    )

    id: str
    name: str = Field(description="In the site's language; its id where it has no name.")
    profile: str
    location: str | None
    criticality: str
    last_received: Moment | None = Field(description="When it was last heard since the gateway started.")
    newest: Moment | None = Field(description="Event time of its latest reading.")
    values: dict[str, ValueAnswer] = Field(description="By metric; those never reported are missing.")
    alarms: list[StandingAlarm] = Field(description="Those not normal.")


class DevicesAnswer(BaseModel):
    """Devices, in the order of the site's files."""

    devices: list[DeviceAnswer]


@dataclass(frozen=True, slots=True)
class _View:
    """A device as it was at one moment: what the event loop's thread hands over to another."""

    device: Device
    values: dict[str, Value]
    times: dict[str, Micros]
    newest: Micros
    received: Micros
    alarms: list[dict[str, object]]

    @classmethod
    def of(cls, device: Device) -> Self:
        """Copy what may change. Call it in the event loop's thread."""
        alarms = [
            {name: getattr(alarm, name) for name in StandingAlarm.model_fields}
            for alarm in device.alarms.values()
            if alarm.state is not State.PENDING
        ]
        return cls(device, device.values, dict(device.times), device.newest, device.received, alarms)

    def answer(self, language: Language) -> dict[str, object]:
        """A `DeviceAnswer` as a plain dictionary: for thousands of devices, models take nine times as long."""
        spec, metrics = self.device.spec, self.device.profile.metrics
        written = {time: isoformat(time) for time in {*self.times.values(), self.newest, self.received}}
        return {
            "id": spec.id,
            "name": spec.name.in_language(language) if spec.name else spec.id,
            "profile": spec.profile,
            "location": spec.location,
            "criticality": spec.criticality,
            "last_received": written[self.received] if self.received else None,
            "newest": written[self.newest] if self.newest else None,
            "values": {
                name: {"value": value, "unit": metrics[name].unit, "time": written[self.times[name]]}
                for name, value in self.values.items()
            },
            "alarms": self.alarms,
        }


@router.get("", response_model=DevicesAnswer, responses=documented())
async def list_devices(gateway: Gateway, query: Annotated[DeviceParameters, Query()]) -> Response:
    """Devices with their latest values and standing alarms."""
    site = gateway.site
    check_known("profile", query.profile, site.profiles)
    check_known("location", query.location, site.locations)
    views = [
        _View.of(device)
        for device in gateway.monitor.devices.values()
        if (query.profile is None or device.spec.profile == query.profile)
        and (query.location is None or is_inside(device.spec.location, query.location, site))
    ]
    return await asyncio.to_thread(_list, views, site.header.language)


@router.get("/{device}", response_model=DeviceAnswer, responses=documented(404))
async def get_device(gateway: Gateway, device: str) -> Response:
    """One device with its latest values and standing alarms."""
    found = gateway.monitor.devices.get(device)
    if found is None:
        raise not_found(f"the site has no device {device!r}; /api/v1/devices lists them")
    return _json(_View.of(found).answer(gateway.site.header.language))


def is_inside(location: str | None, outer: str, site: Site) -> bool:
    """Whether the place `location` is `outer`, or lies in it."""
    while location is not None and location != outer:
        place: LocationSpec | None = site.locations.get(location)
        location = place.parent if place else None
    return location is not None


def _list(views: list[_View], language: Language) -> Response:
    return _json({"devices": [view.answer(language) for view in views]})


def _json(answer: dict[str, object]) -> Response:
    return Response(msgspec.json.encode(answer), media_type="application/json")
