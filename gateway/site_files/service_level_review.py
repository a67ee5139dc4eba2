"""What is valid in service levels, and somebody should know: warnings and notes."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.configuration import Configuration
from gateway.core.kernel.urgency import Priority
from gateway.core.work.level_spec import ALWAYS
from gateway.site_files.catalogue import Catalogues
from gateway.site_files.documents import Document
from gateway.site_files.problems import Problem, first_of
from gateway.site_files.service_level_checks import read_levels, tickets_of


def review_service_levels(
    document: Document, catalogues: Catalogues, configuration: Configuration
) -> Iterator[Problem]:
    """Emergencies whose clocks stand still at night, and places of which nobody knows how far they are."""
    yield from _emergencies(document, configuration)
    yield from _distances(catalogues, configuration)


def _emergencies(document: Document, configuration: Configuration) -> Iterator[Problem]:
    entries, _ = read_levels(document)
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
