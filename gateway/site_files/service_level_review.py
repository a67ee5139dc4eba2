"""What is valid in service levels, and somebody should know: warnings and notes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from gateway.core.configuration import Configuration
from gateway.core.kernel.times import MINUTE, Micros, written_duration
from gateway.core.kernel.urgency import Priority
from gateway.core.rules.rule import RuleSpec
from gateway.core.work.clocks import ClockKind
from gateway.core.work.escalation import ChainSpec
from gateway.core.work.level_spec import ALWAYS, ServiceLevelSpec
from gateway.core.work.levels import Work
from gateway.site_files.catalogue import Catalogues, Entry
from gateway.site_files.documents import Document
from gateway.site_files.escalation_checks import read_chains
from gateway.site_files.problems import Gravity, Problem, did_you_mean, first_of
from gateway.site_files.service_level_checks import read_levels, tickets_of

_LIFTS = "elevator"
"""The category of the tickets of lifts."""
_TRAPPED: Micros = 30 * MINUTE
"""A municipal rule for people who are trapped in a lift, counted from the report, by day and by night."""


def review_service_levels(
    document: Document, catalogues: Catalogues, configuration: Configuration
) -> Iterator[Problem]:
    """Emergencies whose clocks stand still at night, trapped people who wait for too long, categories that are
    misspelt, and places of which nobody knows how far they are."""
    entries, _ = read_levels(document)
    yield from _emergencies(entries, configuration)
    yield from _trapped(document, entries, configuration)
    categories = {rule.ticket.category for rule in _rules(catalogues) if rule.ticket is not None}
    yield from _misspelt(entries, categories)
    yield from _misspelt(read_chains(document)[0], categories)
    yield from _distances(catalogues, configuration)


def _rules(catalogues: Catalogues) -> Iterator[RuleSpec]:
    yield from (entry.spec for entry in catalogues.rules.entries.values())


def _emergencies(entries: Sequence[Entry[ServiceLevelSpec]], configuration: Configuration) -> Iterator[Problem]:
    levels = configuration.service_levels
    for entry in entries:
        name = entry.spec.calendar
        if name in (None, ALWAYS):
            continue
        if any(
            work.priority is Priority.P1 and levels.giver("calendar", work, now.__contains__) == entry.spec
            for work, now in tickets_of(entry.spec, entries)
        ):
            what = f"an emergency that comes outside {name} is late only after {name} has begun"
            hint = "name priorities from P2 on, or put - {priority: P1, calendar: always} before it"
            yield entry.warning(what, hint, at=("calendar",))


def _trapped(
    document: Document, entries: Sequence[Entry[ServiceLevelSpec]], configuration: Configuration
) -> Iterator[Problem]:
    """Lifts whose emergencies have more time than people who are trapped in one may wait."""
    devices = configuration.site.devices.values()
    lifts = (
        rule for rule in configuration.rules if rule.spec.ticket is not None and rule.spec.ticket.category == _LIFTS
    )
    if not any(rule.watches(device) for rule in lifts for device in devices):
        return
    work, levels = Work(category=_LIFTS, priority=Priority.P1), configuration.service_levels
    during = {entry.spec.during for entry in entries if entry.spec.during is not None}
    for now in (frozenset[str](), *(frozenset({each}) for each in sorted(during))):
        target = levels.of_hours(work, now.__contains__).targets.get(ClockKind.ON_SITE)
        if target is not None and target <= _TRAPPED:
            continue
        giver = levels.giver(ClockKind.ON_SITE.value, work, now.__contains__)
        waits = "never be timed" if target is None else f"take up to {written_duration(target)}"
        what = f"to reach people who are trapped in a lift would {waits}; municipal rules ask for 30m"
        entry = next((each for each in entries if each.spec == giver), None)
        hint = "write on_site: 30m or less"
        at = ("sla", "P1") if entry is None else (*entry.at, ClockKind.ON_SITE.value)
        yield document.remark(Gravity.WARNING, at, what, hint)
        return


def _misspelt(
    entries: Iterable[Entry[ServiceLevelSpec] | Entry[ChainSpec]], known: Collection[str]
) -> Iterator[Problem]:
    """Categories that no rule's ticket has, and that are nearly one which some have. Reports may have others."""
    for entry in entries:
        for category in entry.spec.category or ():
            hint = did_you_mean(category, known)
            if category not in known and hint.startswith("did"):
                yield entry.warning(f"no rule gives its tickets the category {category!r}", hint, at=("category",))


def _distances(catalogues: Catalogues, configuration: Configuration) -> Iterator[Problem]:
    site = configuration.site
    points = [*dict.fromkeys((*site.service_points.of_team.values(), site.service_points.everybody))]
    used = dict.fromkeys(device.location for device in site.devices.values() if device.location is not None)
    starts = [each for each in points if each is not None]
    unknown = [place for place in used if any(site.distances.ring_from(each, place) is None for each in starts)]
    if unknown:
        what = f"nobody knows how far these places are from where people start: {first_of(unknown)}"
        hint = "their targets do not depend on it; write walking: in metres at each place on the way, or ring:"
        yield catalogues.locations.entries[unknown[0]].note(what, hint)
