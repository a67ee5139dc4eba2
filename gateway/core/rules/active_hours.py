"""Active hours: the time of day and week in which a rule is evaluated, as written in YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import Identifier
from gateway.core.site.calendars import Calendar, HoursSpec, Outside, compile_hours
from gateway.core.site.notation import is_hours


class ActiveSpec(HoursSpec):
    """When a rule is active: the hours of a calendar, those outside it, or hours of the week."""

    calendar: Identifier | None = None
    """The calendar in whose hours it is active."""
    outside: Identifier | None = None
    """The calendar outside whose hours it is active."""

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        given = self.model_fields_set
        if not given:
            raise ValueError("active: this says no hours: write a calendar, or {days: mon-fri, hours: 08:00-18:00}")
        for name in ("calendar", "outside"):
            if name in given and (more := sorted(given - {name})):
                raise Mistake(f"{name}: stands alone: remove {' and '.join(more)}, or write hours instead", more[0])
        return self


def _as_calendar(value: object) -> object:
    """A name alone is that of a calendar."""
    if isinstance(value, str) and is_hours(value):
        raise ValueError(f"active: hours stand in a mapping: write {{hours: {value}}}")
    return {"calendar": value} if isinstance(value, str) else value


ActiveHours = Annotated[ActiveSpec, BeforeValidator(_as_calendar, json_schema_input_type=str | ActiveSpec)]
"""Active hours, or the id of a calendar."""


def compile_hours_of(spec: ActiveSpec, zone: ZoneInfo, calendars: Mapping[str, Calendar]) -> Calendar:
    """The hours as a calendar.

    Raises:
        KeyError: it names a calendar that is not among these.
    """
    if spec.outside is not None:
        return Calendar(zone, Outside(zone, calendars[spec.outside]))
    return calendars[spec.calendar] if spec.calendar is not None else compile_hours([spec], zone)
