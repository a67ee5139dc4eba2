"""Checks of what powers and carries devices: unknown ids, and circles."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.site.site import DeviceSpec
from gateway.site_files.catalogue import Catalogue, Entry
from gateway.site_files.problems import Problem

_KEYS = ("powered_by", "reports_via")


def check_topology(devices: Catalogue[DeviceSpec]) -> Iterator[Problem]:
    """Devices that depend on one that does not exist, or on themselves, directly or through others."""
    parents: dict[str, dict[str, str]] = {}
    for entry in devices.entries.values():
        for key, parent in parents_given(entry).items():
            if parent == entry.spec.id:
                hint = "name another device, or remove it"
                yield entry.problem(f"{key}: {parent} would depend on itself", hint, at=(key,))
            elif parent in devices.entries:
                parents.setdefault(entry.spec.id, {})[key] = parent
            elif not devices.knows(parent):
                yield entry.problem(*devices.unknown(parent), at=(key,))
    while circle := _circle(parents):
        last, key = circle[-1]
        names = " on ".join([*(name for name, _ in circle), circle[0][0]])
        what = f"{key}: these devices depend on each other in a circle: {names}"
        yield devices.entries[last].problem(what, "remove one of their powered_by or reports_via", at=(key,))
        for name, _ in circle:
            del parents[name]


def parents_given(entry: Entry[DeviceSpec]) -> dict[str, str]:
    """The devices that the entry names, by key."""
    return {key: parent for key in _KEYS if (parent := getattr(entry.spec, key)) is not None}


def _circle(parents: dict[str, dict[str, str]]) -> list[tuple[str, str]]:
    """The devices of a circle, each with the key that leads to the next; empty where there is none.

    Devices whose parents end somewhere are removed: what is left leads into a circle.
    """
    while ended := [name for name, keys in parents.items() if not any(each in parents for each in keys.values())]:
        for name in ended:
            del parents[name]
    if not parents:
        return []
    path: list[tuple[str, str]] = []
    name = min(parents)
    while name not in (seen := [each for each, _ in path]):
        key, parent = next((key, each) for key, each in parents[name].items() if each in parents)
        path.append((name, key))
        name = parent
    return path[seen.index(name) :]
