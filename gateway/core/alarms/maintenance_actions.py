"""Maintenance that people begin and end, and what it does not stop."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from gateway.core.kernel.events import Action, Request
from gateway.core.kernel.times import DAY, Micros
from gateway.core.rules.rule import Rule
from gateway.core.site.site import Site

LONGEST: Micros = 30 * DAY
"""Of a maintenance that a person begins: what lasts longer belongs into the site's files, or out of service."""


class StartMaintenance(Action, frozen=True, kw_only=True):
    """A person begins to work on devices."""

    devices: tuple[str, ...]
    """By id; at least one."""
    duration: Micros
    reason: str


class EndMaintenance(Action, frozen=True, kw_only=True):
    """A person says that the work is done."""

    maintenance: int
    """Its number."""
    note: str | None = None


class BeginMaintenance(Request, frozen=True, kw_only=True):
    """Somebody begins to work on devices, under a ticket."""

    devices: tuple[str, ...]
    """By id, of the site; at least one."""
    duration: Micros
    """Above 0, and at most `LONGEST`."""
    reason: str
    by: str
    time: Micros
    cause: int | None
    """The audit record that led to this."""
    answer: Callable[[int], None]
    """Called with its number before the request returns."""


class FinishMaintenance(Request, frozen=True, kw_only=True):
    """The work under a ticket is done. Nothing happens where the maintenance has ended."""

    maintenance: int
    by: str
    time: Micros
    cause: int | None


class MaintenanceRecord(msgspec.Struct, frozen=True, gc=False):
    """A maintenance that a person has begun: a row of the store."""

    number: int
    """Unique in the life of the store."""
    devices: tuple[str, ...]
    reason: str
    by: str
    """Who began it."""
    started_at: Micros
    ends_at: Micros
    """When it ends, or has ended."""
    event: int
    """The audit record of its beginning."""
    ended_at: Micros | None = None
    """None while it lasts."""
    ended_by: str | None = None
    """Who ended it; None where its time was over."""


def told_in_maintenance(rules: Iterable[Rule], site: Site, devices: Iterable[str]) -> dict[str, list[str]]:
    """The life-safety rules that no maintenance of these devices stops, with the devices that they watch."""
    specs = [site.devices[device] for device in devices if device in site.devices]
    found = {rule.id: [spec.id for spec in specs if rule.watches(spec)] for rule in rules if rule.spec.life_safety}
    return {rule: watched for rule, watched in found.items() if watched}
