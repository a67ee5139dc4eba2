"""Who of a site can be told by the channels that the gateway has."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import structlog

from gateway.channels.file import ChannelsFile, read_channels
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


def open_channels(file: Path | None, site: Site) -> ChannelsFile:
    """Read the file of channels, and say in the log who of the site cannot be told.

    Raises:
        SettingsError: it cannot be read, or is wrong.
    """
    channels = read_channels(file)
    if people := unreachable(site, channels.available):
        log.warning("people cannot be told: the file of channels has no service for their contacts", people=people)
    return channels
