"""Quiet hours: when people are not told of what can wait. Machines are told at any hour, unless the files say else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import Identifier
from gateway.core.kernel.times import LATEST, Micros
from gateway.core.notices.notice import Notice
from gateway.core.notices.requests import Urgency
from gateway.core.site.calendars import Calendar, HoursSpec, compile_hours

_NIGHT = HoursSpec.model_validate({"hours": "21:00-08:00"})
_NIGHT_AND_MEALS = HoursSpec.model_validate({"hours": ["21:00-08:00", "11:30-14:00"]})
"""The owner's service rules: no calls to residents at meal times, early in the morning and after 21:00, unless it is an
emergency."""


class QuietHoursSpec(HoursSpec):
    """The quiet hours of the site: hours of the week, or those of a calendar."""

    calendar: Identifier | None = Field(default=None, examples=["night"])
    """The calendar whose hours these are, in place of `days` and `hours`."""
    machines: bool = Field(default=False, examples=[True])
    """Whether webhooks and MQTT wait as well: where people read them at once, such as in a chat."""

    @model_validator(mode="after")
    def _has_one_kind_of_hours(self) -> Self:
        given = self.model_fields_set
        if self.calendar is not None and (more := sorted(given & {"days", "hours"})):
            raise Mistake("calendar: stands in place of days and hours: remove these or the calendar", more[0])
        if given <= {"machines"}:
            raise ValueError("no hours are given: write hours: 21:00-08:00, or calendar: night")
        return self


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Compiled."""

    staff: Calendar
    """Of the people of the site."""
    outside: Calendar
    """Of all others."""
    are_for_machines: bool = False

    def concern(self, notice: Notice) -> bool:
        """Whether this has to wait for their end: what can wait, and rings or lights up beside somebody's bed."""
        return notice.urgency is Urgency.QUIET and (self.are_for_machines or not notice.way.channel.is_machine)

    def end(self, at: Micros, *, is_staff: bool) -> Micros:
        """From when on somebody may be told who has this to know at this moment: at once outside of quiet hours.

        Hours that never end are none.
        """
        hours = self.staff if is_staff else self.outside
        if not hours.is_active(at):
            return at
        end = hours.next_change(at)
        return at if end is None or end >= LATEST else end


def compile_quiet_hours(spec: QuietHoursSpec | None, zone: ZoneInfo, calendars: Mapping[str, Calendar]) -> QuietHours:
    """The site's quiet hours for everybody; without a spec, the night, and for people outside also meal times.

    Raises:
        KeyError: there is no such calendar.
    """
    if spec is None:
        return QuietHours(compile_hours([_NIGHT], zone), compile_hours([_NIGHT_AND_MEALS], zone))
    hours = calendars[spec.calendar] if spec.calendar is not None else compile_hours([spec], zone)
    return QuietHours(hours, hours, are_for_machines=spec.machines)
