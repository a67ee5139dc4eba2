"""How often a device reports, as the files say by `expect_every`: of the device, its dialect or its profile."""

from __future__ import annotations

from gateway.core.kernel.times import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Micros, parse_duration
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec
from gateway.site_files.catalogue import Entry

KEY = "expect_every"

_UNITS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s"), (MILLISECOND, "ms"))


def interval_of(device: Entry[DeviceSpec], profile: Entry[Profile]) -> Micros | None:
    """The longest time between two reports of the device; None where no file says it, or it is no duration."""
    dialect = ("dialects", device.spec.dialect, KEY) if device.spec.dialect is not None else (KEY,)
    for entry, at in ((device, (KEY,)), (profile, dialect), (profile, (KEY,))):
        written_there = entry.document.value((*entry.at, *at))
        if written_there is not None:
            try:
                return parse_duration(written_there)
            except ValueError:  # `never`, for one
                return None
    return None


def written(duration: Micros) -> str:
    """A duration as people write it in files, such as 30s or 1m30s."""
    parts = []
    for unit, name in _UNITS:
        count, duration = divmod(duration, unit)
        if count:
            parts.append(f"{count}{name}")
    return "".join(parts) or "0s"
