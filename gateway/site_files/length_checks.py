"""Warnings of times that are valid and much longer than anybody means: devices, chatter and maintenance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.core.alarms.maintenance_actions import LONGEST
from gateway.core.configuration import Configuration
from gateway.core.kernel.times import DAY, HOUR, Micros, written_duration
from gateway.core.rules.chatter import ChatterLimit
from gateway.core.rules.rule import Rule
from gateway.core.site.calendars import Calendar
from gateway.core.site.maintenance import MaintenanceSpec, MaintenanceWindow
from gateway.site_files.catalogue import Catalogues, Entry
from gateway.site_files.problems import Problem

RAREST_LIFE_SIGN: Micros = 2 * DAY
"""Of a life-safety device. Detectors with batteries say daily that they work, and a bridge waits 25 h for that; at two
days a dead one is told after six."""
LONGEST_CHATTER: Micros = HOUR
"""An alarm that chatters is held for so long after its last raise; the convention is a minute."""
_WEEK: Micros = 7 * DAY
_NEARLY_ALWAYS = 0.9


def check_lengths(catalogues: Catalogues, configuration: Configuration, now: Micros) -> Iterator[Problem]:
    """What is too long.

    Args:
        now: from when on maintenance is looked at.
    """
    yield from _life_signs(catalogues, configuration.rules)
    for entry in catalogues.own_rules.entries.values():
        chatter = entry.spec.chatter
        if isinstance(chatter, ChatterLimit) and chatter.within > LONGEST_CHATTER:
            length = written_duration(chatter.within)
            what = f"{entry.spec.id} chatters until it is quiet for {length}: its raises are not told for so long"
            yield entry.warning(what, "write 1h or less, by convention 1m", at=("chatter", "within"))
    for window_entry, window in zip(catalogues.maintenance, configuration.site.maintenance, strict=True):
        yield from _windows(window_entry, window, now)


def _life_signs(catalogues: Catalogues, rules: Iterable[Rule]) -> Iterator[Problem]:
    """Devices of life safety whose silence nobody is told of, or only after days."""
    watching = [rule for rule in rules if rule.spec.life_safety]
    hint = "write how often it sends at least, such as 1d"
    for entry in catalogues.devices.entries.values():
        device, every = entry.spec, entry.spec.expect_every
        if every is None or not any(rule.concerns(device) for rule in watching):
            continue
        if every == "never":
            what = f"life-safety rules watch {device.id}, and nobody is told when it falls silent"
            yield entry.warning(what, hint, at=("expect_every",))
        elif every > RAREST_LIFE_SIGN:
            after = written_duration(3 * every)
            what = f"life-safety rules watch {device.id}, and that it is silent is told after {after}"
            yield entry.warning(what, hint, at=("expect_every",))


def _windows(entry: Entry[MaintenanceSpec], window: MaintenanceWindow, now: Micros) -> Iterator[Problem]:
    """Maintenance that lasts so long that its devices are as good as not watched."""
    stretch = window.stretch(now)
    if stretch is None:
        return
    if (length := stretch.end - stretch.start) > LONGEST:
        what = f"this maintenance lasts for {length // DAY} days: nobody is told of alarms of its devices for so long"
        yield entry.warning(what, "plan at most 30 days, or take the devices out of service")
    elif isinstance(window.when, Calendar):
        end, covered = now + _WEEK, 0
        for each in window.when.following(now):
            if each.start >= end:
                break
            covered += min(each.end, end) - max(each.start, now)
        if covered >= _NEARLY_ALWAYS * _WEEK:
            share = 100 * covered // _WEEK
            what = f"this maintenance takes place {share} % of the time: nobody is told of its devices then"
            yield entry.warning(what, "say the days and hours in which the devices are worked on")
