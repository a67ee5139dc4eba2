"""All that can be said of a site's files: errors, and what is hardly meant. `facility-gateway check` prints it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.clock import Clock
from gateway.core.kernel.times import Micros
from gateway.core.site.site import Site
from gateway.site_files.catalogue import in_order
from gateway.site_files.group_checks import check_groups
from gateway.site_files.group_conditions import checked_group_rules
from gateway.site_files.length_checks import check_lengths
from gateway.site_files.level_checks import check_levels
from gateway.site_files.muting import check_muting
from gateway.site_files.notify_review import review_routes
from gateway.site_files.problems import Gravity, Problem
from gateway.site_files.role_checks import check_roles
from gateway.site_files.rule_checks import check_rules, checked_rules
from gateway.site_files.schedule_review import review_schedules
from gateway.site_files.service_level_review import review_service_levels
from gateway.site_files.sites import ReadSite, read_site
from gateway.site_files.topology_review import review_topology
from gateway.site_files.unset_limits import check_unset_limits


@dataclass(frozen=True, slots=True)
class Review:
    """What was found, and what was looked at."""

    problems: tuple[Problem, ...]
    """Errors first, then warnings, then notes; each by file and place."""
    devices: int
    rules: int
    """Rules that watch at least one device."""
    profiles: int
    """Profiles of which the site has devices."""

    def count(self, gravity: Gravity) -> int:
        """How many problems there are of this gravity."""
        return sum(each.gravity is gravity for each in self.problems)

    def summary(self) -> str:
        """What was looked at and found, on one line."""
        errors, warnings, notes = (self.count(each) for each in Gravity)
        found = [_some(errors, "error")]
        if warnings:
            found.append(_some(warnings, "warning"))
        elif errors:
            found.append(f"which hide{'s' if errors == 1 else ''} warnings")
        if notes:
            found.append(f"{_some(notes, 'note')} (--verbose shows them)")
        rules = _some(self.rules, "rule")
        return f"{', '.join(found)}; {_some(self.devices, 'device')} of {_some(self.profiles, 'profile')}, {rules}"


def _some(count: int, thing: str) -> str:
    return f"{count or 'no'} {thing}{'s' * (count != 1)}"


def _nothing(_site: Site | None) -> Iterable[Problem]:
    return ()


def review_site(
    path: Path,
    *,
    strict: bool = False,
    now: Micros | None = None,
    also: Callable[[Site | None], Iterable[Problem]] = _nothing,
) -> Review:
    """Read and check all files of the site. Warnings are looked for where there are no errors.

    Args:
        also: finds further problems, in files beside those of the site; the site is None where there are errors.
        strict: whether warnings are errors.
        now: from when on rosters and holidays are looked at; the present unless given.
    """
    read = read_site(path, every_rule=True)
    further = also(None if read.configuration is None else read.configuration.site)
    problems = in_order([*read.problems, *_beyond_errors(read, Clock().now() if now is None else now), *further])
    if strict:
        problems = [
            replace(each, gravity=Gravity.ERROR) if each.gravity is Gravity.WARNING else each for each in problems
        ]
    devices = [entry.spec for entry in read.catalogues.devices.entries.values()]
    rules = [entry.spec for entry in read.catalogues.rules.entries.values()]
    return Review(
        tuple(sorted(problems, key=lambda each: list(Gravity).index(each.gravity))),
        devices=len(devices),
        rules=sum(any(rule.applies_to.includes(device) for device in devices) for rule in rules),
        profiles=len({device.profile for device in devices}),
    )


def _beyond_errors(read: ReadSite, now: Micros) -> Iterator[Problem]:
    if read.document is None or read.configuration is None:
        return
    yield from check_muting(read.catalogues, read.document)
    rules = [*checked_rules(read.catalogues), *checked_group_rules(read.catalogues)]
    yield from check_rules(rules)
    yield from check_levels([each for each in rules if each.place is None])
    yield from check_roles(rules, read.catalogues)
    yield from check_groups(read.catalogues, read.configuration)
    yield from check_lengths(read.catalogues, read.configuration, now)
    yield from check_unset_limits(read.catalogues)
    yield from review_topology(read.catalogues.devices, read.configuration)
    yield from review_routes(read.catalogues.notify, read.configuration, now)
    yield from review_schedules(read.catalogues, read.configuration, now)
    yield from review_service_levels(read.document, read.catalogues, read.configuration)
