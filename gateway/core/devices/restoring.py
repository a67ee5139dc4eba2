"""How the latest values of an earlier run are restored, also where the site's files were edited since."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gateway.core.devices.device import Device
from gateway.core.devices.hearing import Hearing
from gateway.core.devices.snapshot import (
    DeviceRows,
    compatible,
    in_present_units,
    origin_of,
    restore,
    was_heard,
)
from gateway.core.telemetry.readings import OF_EARLIER

_NONE: frozenset[str] = frozenset()


def restore_values(devices: Mapping[str, Device], rows: DeviceRows, hearing: Hearing) -> tuple[list[str], set[str]]:
    """Restore the values of each device from its snapshot, and from its readings in the journal since.

    Returns:
        The devices of which values were left out, as their unit is another now; and those that the site has no longer.
    """
    in_other_units: dict[str, frozenset[str]] = {}
    departed: set[str] = set()
    for snapshot in rows.snapshots:
        if (device := devices.get(snapshot.device)) is None:
            departed.add(snapshot.device)
        elif others := restore(device, snapshot):
            in_other_units[snapshot.device] = others
    for each in rows.readings:
        found = devices.get(each.device)
        if found is None:
            departed.add(each.device)
            continue
        reading = in_present_units(each, in_other_units.get(each.device, _NONE))
        if values := compatible(reading.values, found.profile):
            said = msgspec.structs.replace(reading, values=values, origin=origin_of(reading))
            if said.origin in OF_EARLIER:
                found.backfill(said)
            else:
                found.apply(said)
                is_alive = found.is_sign_of_life(values) and was_heard(said, hearing)
                if is_alive:
                    found.received = reading.received
                if found.attention is not None:
                    found.attention.note_ages(said, hearing, renew=is_alive)
    return [*in_other_units], departed
