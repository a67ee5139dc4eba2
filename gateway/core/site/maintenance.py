"""Maintenance windows: when which devices are worked on, as planned in the site's files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import Identifier, Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.texts import Text
from gateway.core.kernel.times import Micros
from gateway.core.site.calendars import Calendar, HoursSpec, compile_hours
from gateway.core.site.notation import WallMoment
from gateway.core.site.wall_time import Interval, moment_of

_TIMES = ("from", "every", "calendar")
_SCOPES = ("devices", "locations", "profiles")


class MaintenanceSpec(Spec):
    """A maintenance window: once, or again and again. Alarms of its devices are recorded, and nobody is told."""

    devices: tuple[Identifier, ...] | None = Field(default=None, examples=[["lift-b1-1"]])
    """The devices that are worked on, by id; stands alone."""
    locations: tuple[Identifier, ...] | None = Field(default=None, examples=[["b1"]])
    """All devices at these locations or inside them."""
    profiles: tuple[Name, ...] | None = Field(default=None, examples=[["elevator"]])
    """All devices of these profiles; with `locations`, those of them that are there."""
    from_: WallMoment | None = Field(default=None, alias="from")
    """When it begins once, in the site's time zone."""
    to: WallMoment | None = None
    """When it ends."""
    every: HoursSpec | None = Field(default=None, examples=[{"days": "mon", "hours": "22:00-23:00"}])
    """On which days of the week, and in which hours, it takes place."""
    calendar: Identifier | None = None
    """The calendar in whose hours it takes place."""
    reason: Text = Field(examples=[{"en": "Yearly inspection"}])
    """What people read: why."""

    @model_validator(mode="after")
    def _says_what_and_when(self) -> Self:
        scopes = [name for name in _SCOPES if getattr(self, name) is not None]
        if not scopes:
            raise ValueError("nothing says what is worked on: write devices, locations or profiles")
        if "devices" in scopes and len(scopes) > 1:
            raise Mistake("devices: stands alone: list the devices, or say their locations and profiles", scopes[1])
        for name in scopes:
            if not getattr(self, name):
                raise Mistake(f"{name}: there are none: name at least one", name)
        given = [name.rstrip("_") for name in ("from_", "every", "calendar") if getattr(self, name) is not None]
        if len(given) > 1:
            raise Mistake(f"{given[1]}: {given[0]} says already when it takes place: write one of them", given[1])
        if (self.from_ is None) is not (self.to is None):
            here, missing = ("from", "to") if self.to is None else ("to", "from")
            raise Mistake(f"{here}: {missing} is missing: write both, such as 2026-12-01T09:00", here)
        if not given:
            raise ValueError(f"nothing says when it takes place: write from and to, or {' or '.join(_TIMES[1:])}")
        if self.from_ is not None and self.to is not None and self.to <= self.from_:
            raise Mistake("to: this is not after from: write when it ends", "to", of_key=False)
        return self


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """A maintenance window, compiled."""

    devices: frozenset[str]
    reason: Text
    when: Interval | Calendar
    """Once, or as a calendar says."""

    def stretch(self, at: Micros) -> Interval | None:
        """The stretch in which it takes place then, or else the next one; None after the last."""
        if isinstance(self.when, Interval):
            return self.when if at < self.when.end else None
        return next(self.when.following(at), None)


def compile_window(
    spec: MaintenanceSpec, devices: frozenset[str], zone: ZoneInfo, calendars: Mapping[str, Calendar]
) -> MaintenanceWindow:
    """Compile a maintenance window of these devices.

    Raises:
        KeyError: it takes place in the hours of a calendar that is not among these.
    """
    when: Interval | Calendar
    if spec.from_ is not None and spec.to is not None:
        when = Interval(_moment(zone, spec.from_), _moment(zone, spec.to))
    elif spec.every is not None:
        when = compile_hours([spec.every], zone)
    else:
        when = calendars[spec.calendar or ""]
    return MaintenanceWindow(devices, spec.reason, when)


def _moment(zone: ZoneInfo, shown: datetime) -> Micros:
    return moment_of(zone, shown.date(), shown.hour * 60 + shown.minute)
