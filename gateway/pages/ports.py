"""What the pages need from the rest of the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import Micros
from gateway.core.site.site import Site
from gateway.pages.links import Link, Links
from gateway.photos import Photo


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a link asks for is done already."""

    by: str | None
    """The name of the person; None where nobody is named."""
    at: Micros | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """What a link is about, as it stands, in the language of the page."""

    title: str
    place: str | None
    state: str
    """In words, such as `not acknowledged yet`."""
    since: Micros | None
    """Since when it stands so."""
    is_urgent: bool = False
    lines: Sequence[str] = ()
    """What else the person should know: a sentence each."""
    done: Done | None = None
    """What the link asks for is done already, by this link or otherwise."""
    obstacle: str | None = None
    """Why what it asks for cannot be done now, and what to do: a sentence. None where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the person has entered on the page of a link."""

    comment: str | None = None
    """In one or more lines; None where nothing was written."""
    rating: int | None = None
    """From 1 to 5 to rate a ticket, else None."""


class LinkTarget(Protocol):
    """Shows what links of a purpose are about, and does what they ask for. Called in the event loop.

    A link that was read is genuine and has not expired, and its person, if it has one, is of the site's files.
    """

    async def view(self, link: Link, language: Language) -> LinkView | None:
        """What the link is about; None where there is nothing of this number.

        Raises:
            StoreError: it cannot be read.
        """

    async def act(self, link: Link, answer: Answer) -> None:
        """Do what the link asks for; it is durable when this returns.

        Raises:
            GatewayError: it cannot be done. The page shows why by `view`, and else the text of the error.
            StoreError: it is done, and not on disk yet.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A fault, a danger or a complaint that somebody without an account reports about a place."""

    key: str
    """Of a form and of what was written in it: the same key again is the same report."""
    place: Subject
    """The location or device whose code was scanned."""
    text: str
    photos: tuple[str, ...]
    """Their hashes."""
    name: str | None
    contact: tuple[str, str] | None
    """How the person wants to be told: `email` or `phone`, and the address."""
    language: Language
    """In which it was written, as far as the page knows."""


class ReportState(StrEnum):
    """What the person who reported is told about the state."""

    RECEIVED = "received"
    ON_ITS_WAY = "on_its_way"
    WAITING = "waiting"
    """On hold: for a part, for access, for somebody else."""
    DONE = "done"
    """The work is done, and the person who reported is asked to confirm it."""
    CLOSED = "closed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicEntry:
    """Something that was done or written, and that the person who reported may read."""

    at: Micros
    text: str
    photo: int | None = None
    """Which photo of the view it has added, from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportView:
    """A report as the person who made it may see it. Nothing in it is internal."""

    number: int
    """Of the ticket."""
    text: str
    """What was reported."""
    place: Subject
    state: ReportState
    since: Micros
    entries: Sequence[PublicEntry] = ()
    """The earliest first."""
    photos: Sequence[str] = ()
    """The hashes of those that the person may see, the earliest first."""
    photos_sent: int = 0
    """So many of them, from the first, came with the report."""
    rating: int | None = None
    can: frozenset[LinkPurpose] = field(default_factory=frozenset)
    """What the person can do now: confirm, reopen, rate."""


class ReportDesk(Protocol):
    """Takes reports. Called in the event loop."""

    async def open_report(self, report: Report) -> int:
        """Open a ticket for a report, or find the one that was opened for its key, and add the photos that it lacks;
        returns its number. It is durable when this returns.

        Raises:
            StoreError: it is not on disk yet; to send the same key again does no harm.
        """

    async def view_report(self, ticket: int, language: Language) -> ReportView | None:
        """The report that has opened this ticket; None where there is none.

        Raises:
            StoreError: it cannot be read.
        """


class PhotoKeeper(Protocol):
    """Keeps photos. Called in the event loop."""

    async def add(self, content: bytes) -> Photo:
        """Keep a photo, durable when this returns.

        Raises:
            PhotoRefused: it is no photo, or there is no room for it.
            StoreError: it cannot be written.
        """

    def find(self, name: str) -> Path | None:
        """The file of the photo with this hash, a JPEG; None where there is none."""

    def thumbnail(self, name: str) -> Path | None:
        """The file of its thumbnail; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePorts:
    """The ports of the pages to the rest of the gateway."""

    site: Site
    links: Links
    photos: PhotoKeeper
    targets: Mapping[LinkPurpose, LinkTarget]
    """Who does what links ask for. A link of a purpose that is not here is answered as unknown."""
    reports: ReportDesk | None
    """None where reports are not taken."""
