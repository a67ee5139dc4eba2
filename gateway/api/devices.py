"""Devices: their latest values, and the alarms on them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.memberships import GroupAlarm, group_alarms
from gateway.api.problems import QueryParameters, check_known, documented, not_found
from gateway.api.services import Gateway, Services
from gateway.api.times import Moment
from gateway.api.unsure_time import warnings_of
from gateway.core.alarms.alarm import AlarmView
from gateway.core.alarms.lifecycle import State
from gateway.core.devices.device_view import DeviceView
from gateway.core.devices.presence_view import PresenceView
from gateway.core.devices.watched import Presence
from gateway.core.kernel.times import isoformat
from gateway.core.kernel.urgency import Severity
from gateway.core.kernel.values import Value
from gateway.core.site.site import Site

router = APIRouter(prefix="/devices", tags=["devices"])

_NOT_HEARD = (Presence.WAITING, Presence.SILENT, Presence.UNREACHABLE, Presence.NEVER_HEARD)
AT_ONCE = 50
"""Devices that are looked at and written before other tasks get their turn."""


_encode = msgspec.json.Encoder().encode


class DeviceParameters(QueryParameters):
    """Which devices to list."""

    profile: str | None = Field(None, description="Class of device, such as booster_pump.")
    location: str | None = Field(None, description="Id of a place; what is inside it counts too.")
    silent: bool = Field(False, description="Only those that are silent, unreachable or waiting, or were never heard.")


class ValueAnswer(BaseModel):
    """The latest value of a metric."""

    value: Value
    unit: str
    time: Moment = Field(description="Event time of the reading it is from.")
    stale: bool = Field(description="Whether it is too old: rules do not know it any more.")


class StandingAlarm(BaseModel):
    """An alarm that is not normal."""

    number: int
    rule: str
    state: State
    severity: Severity
    title: str
    metrics: list[str] = Field(description="The metrics on which its rule depends, in the order of the profile.")
    stale: bool = Field(description="Whether one of these is too old: nobody knows whether its condition still holds.")


_OF_ALARM = ("number", "rule", "state", "severity", "title")
"""The fields of a standing alarm that the alarm itself has."""


class DeviceAnswer(BaseModel):
    """One device."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "pump-b1-1",
                "name": "Booster pump 1",
                "profile": "booster_pump",
                "location": "b1.pump-room",
                "location_name": "Pump room",
                "role": "duty",
                "criticality": "high",
                "last_received": "2026-01-31T08:00:00.120Z",
                "presence": "heard",
                "silent_since": None,
                "newest": "2026-01-31T08:00:00.000Z",
                "values": {
                    "inlet_pressure": {"value": 0.01, "unit": "MPa", "time": "2026-01-31T08:00:00.000Z", "stale": False}
                },
                "alarms": [
                    {
                        "number": 12,
                        "rule": "pump-dry-run",
                        "state": "unacknowledged",
                        "severity": "critical",
                        "title": "Pump running dry",
                        "metrics": ["running", "inlet_pressure"],
                        "stale": False,
                    }
                ],
            }
        }
    )

    id: str
    name: str = Field(description="In the site's language; its id where it has no name.")
    profile: str
    location: str | None
    location_name: str | None = Field(description="In the site's language; its id where it has no name.")
    role: str | None = Field(description="What it is among the devices of its location: rules there read it by this.")
    criticality: str
    last_received: Moment | None = Field(
        description="When it was last heard. What was retained, or only says that it is online, does not count."
    )
    presence: Literal["heard", "waiting", "silent", "unreachable", "never_heard", "unwatched"] = Field(
        description="heard; waiting: silent for long enough, and the gateway waits for some minutes whether what "
        "powers or carries it is silent as well; silent: for three times as long as it may take between two messages; "
        "unreachable: silent, and people know that what powers or carries it is silent or down; never_heard: not yet; "
        "unwatched: how often it sends is not known."
    )
    silent_since: Moment | None = Field(
        description="Of one that is waiting, silent or unreachable: when it was last heard, or first known of."
    )
    newest: Moment | None = Field(description="Event time of its latest reading.")
    values: dict[str, ValueAnswer] = Field(
        description="By metric, in the order of the profile; those never reported are missing."
    )
    alarms: list[StandingAlarm] = Field(description="Those not normal.")


class DeviceDetails(DeviceAnswer):
    """One device, with the alarms of its groups."""

    group_alarms: list[GroupAlarm] = Field(
        description="Those not normal of groups of which it is a member, such as a fire of its zone."
    )


class DevicesAnswer(BaseModel):
    """Devices, in the order of the site's files."""

    devices: list[DeviceAnswer]
    warnings: list[str] = Field(
        description="Why devices may be silent, such as a subscription from which nothing came."
    )


@router.get("", response_model=DevicesAnswer, responses=documented())
async def list_devices(gateway: Gateway, query: Annotated[DeviceParameters, Query()]) -> Response:
    """Devices with their latest values and standing alarms."""
    check_known("profile", query.profile, gateway.configuration.profiles)
    check_known("location", query.location, gateway.site.locations)
    return StreamingResponse(_in_slices(gateway, query), media_type="application/json")


@router.get("/{device}", response_model=DeviceDetails, responses=documented(404))
async def get_device(gateway: Gateway, device: str) -> Response:
    """One device with its latest values and standing alarms, and those of groups of which it is a member."""
    view = gateway.devices.find(device)
    if view is None:
        raise not_found(f"the site has no device {device!r}; /api/v1/devices lists them")
    presence, alarms = gateway.presence(device), gateway.standing_alarms(device)
    answer = _answer(view, presence, alarms, gateway.site, _metrics_of_rules(gateway))
    answer["group_alarms"] = [each.model_dump(mode="json") for each in group_alarms(gateway, device)]
    return Response(_encode(answer), media_type="application/json")


async def _in_slices(gateway: Services, query: DeviceParameters) -> AsyncIterator[bytes]:
    """A `DevicesAnswer`, each slice of devices as they are when it is written.

    Thousands of devices at once would hold up the messages that come meanwhile, in another thread as well: encoding
    them in one call keeps the interpreter to itself.
    """
    site, devices, metrics_of = gateway.site, gateway.devices, _metrics_of_rules(gateway)
    specs = [*site.devices.values()]
    separator = b'{"devices":['
    for start in range(0, len(specs), AT_ONCE):
        found = [
            _encode(_answer(view, presence, gateway.standing_alarms(spec.id), site, metrics_of))
            for spec in specs[start : start + AT_ONCE]
            if (query.profile is None or spec.profile == query.profile)
            and (query.location is None or site.is_inside(spec.location, query.location))
            and ((presence := gateway.presence(spec.id)).state in _NOT_HEARD or not query.silent)
            and (view := devices.find(spec.id)) is not None
        ]
        if found:
            yield separator + b",".join(found)
            separator = b","
        await asyncio.sleep(0)
    if separator != b",":
        yield separator
    yield b'],"warnings":' + _encode(warnings_of(gateway)) + b"}"


def _metrics_of_rules(gateway: Services) -> dict[str, frozenset[str]]:
    """By the rules' ids; the built-in rule `trouble` depends on no metric in particular."""
    return {rule.id: rule.metrics for rule in gateway.configuration.rules}


def _answer(
    view: DeviceView,
    presence: PresenceView,
    alarms: Sequence[AlarmView],
    site: Site,
    metrics_of: Mapping[str, frozenset[str]],
) -> dict[str, object]:
    """A `DeviceAnswer` as a plain dictionary: for thousands of devices, models take nine times as long."""
    spec, metrics = view.spec, view.profile.metrics
    written = {time: isoformat(time) for time in {*view.times.values(), view.newest, view.received}}
    return {
        "id": spec.id,
        "name": site.name_of(spec.id),
        "profile": spec.profile,
        "location": spec.location,
        "location_name": site.place_of(spec.location),
        "role": spec.role,
        "criticality": spec.criticality,
        "last_received": written[view.received] if view.received else None,
        "presence": presence.state.value,
        "silent_since": None if presence.silent_since is None else isoformat(presence.silent_since),
        "newest": written[view.newest] if view.newest else None,
        "values": {
            name: {
                "value": value,
                "unit": metrics[name].unit,
                "time": written[view.times[name]],
                "stale": name in view.stale,
            }
            for name in metrics
            if (value := view.values.get(name)) is not None
        },
        "alarms": [
            {name: getattr(alarm, name) for name in _OF_ALARM}
            | {
                "metrics": [metric for metric in metrics if metric in metrics_of.get(alarm.rule, ())],
                "stale": not view.stale.isdisjoint(metrics_of.get(alarm.rule, ())),
            }
            for alarm in alarms
        ],
    }
