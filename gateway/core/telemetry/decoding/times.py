"""Reads devices' time stamps in the notation that the binding gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from gateway.core.kernel.times import LATEST, Micros, from_datetime, parse_device_time

StampReader = Callable[[object], Micros | None]

_COMPACT = 14
"""Digits of a local time such as 20260131083000."""


def stamp_reader(zone: str | None, *, site_zone: str) -> StampReader:
    """A function that reads a stamp and returns None if it is unreadable.

    Args:
        zone: the zone of a time without an offset. `site` is the site's; with None such a time is unreadable.
        site_zone: the name of the site's zone.
    """
    if zone is None:
        return parse_device_time
    local = ZoneInfo(site_zone if zone == "site" else zone)
    return lambda value: _read(value, local)


def _read(value: object, zone: tzinfo) -> Micros | None:
    if not isinstance(value, str):
        return parse_device_time(value)
    try:
        if not value.isdecimal():
            time = datetime.fromisoformat(value)
            time = time if time.tzinfo else time.replace(tzinfo=zone)
        elif len(value) == _COMPACT:
            time = datetime.strptime(value, "%Y%m%d%H%M%S").replace(tzinfo=zone)
        else:  # a count of seconds or fractions, which `fromisoformat` would read as a date
            return parse_device_time(value)
        micros = from_datetime(time)
        return micros if 0 < micros <= LATEST else None
    except (ValueError, OverflowError):
        return parse_device_time(value)
