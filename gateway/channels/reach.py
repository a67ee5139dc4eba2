"""Who of a site can be told by the channels that the gateway has."""

from __future__ import annotations

from collections.abc import Collection

import structlog

from gateway.core.notices.ways import ALL_CHANNELS, Channel, ways_of
from gateway.core.site.site import Site

log = structlog.get_logger()


def unreachable(site: Site, available: Collection[Channel]) -> list[str]:
    """The ids of the people who have contacts, and none for which the gateway has a channel."""
    return [
        person.id
        for person in site.people.values()
        if ways_of(person.contact, ALL_CHANNELS, may_ring=True)
        and not ways_of(person.contact, available, may_ring=True)
    ]


def log_unreachable(site: Site, available: Collection[Channel]) -> None:
    """Say once, at the start, who cannot be told."""
    if people := unreachable(site, available):
        log.warning("people cannot be told: the file of channels has no service for their contacts", people=people)
