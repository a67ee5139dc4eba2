"""Checks of maintenance windows: unknown names, windows that never end, and what they do not stop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.core.kernel.times import DAY, LATEST, Micros
from gateway.core.site.maintenance import MaintenanceSpec, MaintenanceWindow, compile_window
from gateway.core.site.site import Site
from gateway.site_files.catalogue import Catalogue, Catalogues, Entry, M
from gateway.site_files.problems import Problem

_SOME_TIME: Micros = 18_262 * DAY
"""2020-01-01. A window that has no end from then on never has one."""
_SHOWN = 6


def check_windows(catalogues: Catalogues) -> Iterator[Problem]:
    """Unknown devices, locations, profiles and calendars."""
    for entry in catalogues.maintenance:
        spec = entry.spec
        yield from _check_names(entry, catalogues.devices, "devices", spec.devices)
        yield from _check_names(entry, catalogues.locations, "locations", spec.locations)
        yield from _check_names(entry, catalogues.profiles, "profiles", spec.profiles)
        if spec.calendar is not None and not catalogues.calendars.knows(spec.calendar):
            yield entry.problem(*catalogues.calendars.unknown(spec.calendar), at=("calendar",))


def _check_names(
    entry: Entry[MaintenanceSpec], catalogue: Catalogue[M], key: str, names: tuple[str, ...] | None
) -> Iterator[Problem]:
    for index, name in enumerate(names or ()):
        if not catalogue.knows(name):
            yield entry.problem(*catalogue.unknown(name), at=(key, index))


def compile_windows(
    site: Site, entries: Iterable[Entry[MaintenanceSpec]]
) -> tuple[tuple[MaintenanceWindow, ...], list[Problem]]:
    """The windows of a site that has its calendars, and what is wrong with them."""
    done, problems = list[MaintenanceWindow](), list[Problem]()
    for entry in entries:
        devices = frozenset(_devices(site, entry.spec))
        window = compile_window(entry.spec, devices, site.zone, site.calendars)
        first = window.stretch(_SOME_TIME)
        if not devices:
            what = "no device is worked on in this maintenance"
            problems.append(entry.problem(what, "name locations or profiles that have devices"))
        elif first is not None and first.end == LATEST:
            what = "this maintenance never ends: nobody would ever be told"
            problems.append(entry.problem(what, "say the days and hours in which the devices are worked on"))
        else:
            done.append(window)
    return tuple(done), problems


def _devices(site: Site, spec: MaintenanceSpec) -> Iterator[str]:
    if spec.devices is not None:
        yield from spec.devices
        return
    for device in site.devices.values():
        is_there = spec.locations is None or any(site.is_inside(device.location, each) for each in spec.locations)
        if is_there and (spec.profiles is None or device.profile in spec.profiles):
            yield device.id
