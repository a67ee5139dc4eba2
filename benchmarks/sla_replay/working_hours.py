"""Working hours as people write them on a command line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Days of the week, one stretch of hours on each, and dates on which nobody works."""

    days: str
    """Such as mon-fri."""
    hours: str
    """Such as 08:00-18:00; over midnight where the end is not after the begin."""
    except_: tuple[str, ...] = ()
    """Dates, such as 2014-12-25."""

    def as_calendar(self) -> dict[str, object]:
        """As a calendar of a site file."""
        return {"days": self.days, "hours": self.hours, "except": list(self.except_)}


def parse_working_hours(text: str, holidays: str = "") -> WorkingHours:
    """`mon-fri 08:00-18:00`; holidays as dates with commas between them.

    Raises:
        ValueError: it is written otherwise.
    """
    parts = text.split()
    match parts:
        case [days, hours]:
            return WorkingHours(days, hours, tuple(each.strip() for each in holidays.split(",") if each.strip()))
    raise ValueError(f"{text!r} are no hours: write such as 'mon-fri 08:00-18:00'")
