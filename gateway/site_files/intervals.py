"""How often a device reports, as the files say by `expect_every`: of the device, or of its dialect or profile."""

from __future__ import annotations

from gateway.core.kernel.times import Micros, parse_duration
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec
from gateway.site_files.catalogue import Entry
from gateway.site_files.shipped import is_shipped

KEY = "expect_every"


def interval_of(device: Entry[DeviceSpec], profile: Entry[Profile]) -> Micros | None:
    """The longest time between two reports of the device; None where no file of the site says it.

    Shipped profiles say how long a device may be silent at most. Most report much more often.
    """
    dialect = ("dialects", device.spec.dialect, KEY) if device.spec.dialect is not None else (KEY,)
    of_profile = () if is_shipped(profile.document.file, "device_profiles") else ((profile, dialect),)
    for entry, at in ((device, (KEY,)), *of_profile):
        written_there = entry.document.value((*entry.at, *at))
        if written_there is not None:
            try:
                return parse_duration(written_there)
            except ValueError:  # `never`, for one
                return None
    return None
