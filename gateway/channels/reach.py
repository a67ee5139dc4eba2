"""What is wrong with the file of channels, and who of a site can be told by the channels that the gateway has."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import structlog

from gateway.channels.file import ChannelsFile, find_channels, read_channels
from gateway.core.notices.ways import ALL_CHANNELS, Channel, ways_of
from gateway.core.site.site import Site
from gateway.errors import SettingsError
from gateway.site_files.problems import Gravity, Problem, first_of

log = structlog.get_logger()


def unreachable(site: Site, available: Collection[Channel]) -> list[str]:
    """The ids of the people who have contacts, and none for which the gateway has a channel."""
    return [
        person.id
        for person in site.people.values()
        if ways_of(person.contact, ALL_CHANNELS, may_ring=True)
        and not ways_of(person.contact, available, may_ring=True)
    ]


def review_channels(file: Path, site: Site | None) -> Iterator[Problem]:
    """Errors of the file; where there are none, a warning of people whom its channels do not reach.

    Args:
        site: None where its files have errors.
    """
    channels, problems, document = find_channels(file)
    yield from problems
    if channels is None or document is None:
        return
    is_right = True
    for channel, (url, example) in channels.urls.items():
        from gateway.channels.services import AppriseSender  # Apprise costs half a second

        try:
            AppriseSender(channel.value, url, example=example)
        except SettingsError as error:
            is_right = False
            yield document.problem((channel.value,), str(error))
    if is_right and site is not None and (people := unreachable(site, channels.available)):
        what = f"{first_of(people)} cannot be told: this file has no service for their contacts"
        yield document.remark(Gravity.WARNING, (), what, "add the channel, or give them another contact")


def open_channels(file: Path | None, site: Site) -> ChannelsFile:
    """Read the file of channels, and say in the log who of the site cannot be told.

    Raises:
        SettingsError: it cannot be read, or is wrong.
    """
    channels = read_channels(file)
    if people := unreachable(site, channels.available):
        log.warning("people cannot be told: the file of channels has no service for their contacts", people=people)
    return channels
