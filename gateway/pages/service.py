"""The pages of a running gateway: their socket, their certificate, their links, and the server."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

from gateway.clock import Clock
from gateway.core.kernel.links import LinkPurpose
from gateway.core.site.site import Site
from gateway.listener import listening
from gateway.pages.acting import Act
from gateway.pages.alarm_links import AlarmLinks
from gateway.pages.application import create_pages
from gateway.pages.certificate import Certificate
from gateway.pages.links import Links
from gateway.pages.ports import PagePorts, PhotoKeeper
from gateway.pages.report_desk import TicketReports
from gateway.pages.secret import load_secret
from gateway.pages.server import PageServer
from gateway.pages.ticket_links import OF_TICKETS, AcknowledgeLinks, TicketLinks
from gateway.settings import Settings
from gateway.store.database import Database

Opened = tuple[socket.socket, Certificate | None]
"""A socket that listens, and what connections are encrypted with; None for plain HTTP."""


class PageService:
    """Serves the pages at its listener."""

    def __init__(
        self,
        opened: Opened,
        settings: Settings,
        *,
        site: Site,
        database: Database,
        photos: PhotoKeeper,
        act: Act,
        clock: Clock,
    ) -> None:
        """
        Args:
            opened: what `opened` yields.

        Raises:
            StoreError: the secret of links cannot be read or made.
        """
        self._listener, certificate = opened
        self._certificate, self._clock = certificate, clock
        secret = load_secret(settings.data_dir)
        self.links = Links(secret, settings.pages_base_url or "", now=clock.now, knows_time=lambda: clock.is_certain)
        """Makes the links of messages."""
        tickets = TicketLinks(site, database, act)
        acknowledge = AcknowledgeLinks(AlarmLinks(site, database, act), tickets)
        ports = PagePorts(
            site=site,
            links=self.links,
            photos=photos,
            targets={LinkPurpose.ACKNOWLEDGE: acknowledge, **dict.fromkeys(OF_TICKETS, tickets)},
            reports=TicketReports(site, database, act),
        )
        self._server = PageServer(
            create_pages(ports, secret=secret, behind_proxy=settings.pages_behind_proxy),
            context=lambda: None if certificate is None else certificate.context,
            behind_proxy=settings.pages_behind_proxy,
        )

    @property
    def problem(self) -> str:
        """A sentence where phones refuse the certificate, or will soon; empty where not, or the time is not known."""
        if self._certificate is None or not self._clock.is_certain:
            return ""
        return self._certificate.problem(self._clock.now())

    async def serve(self) -> None:
        """Serve until `stop`."""
        await self._server.serve(self._listener)

    def stop(self) -> None:
        """Answer what was asked, and end."""
        self._server.stop()


@contextlib.contextmanager
def opened(settings: Settings, address: tuple[str, int]) -> Iterator[Opened]:
    """The socket of the pages at this host and port, and their certificate.

    Raises:
        SettingsError: the address is taken, or the certificate cannot be used.
    """
    certificate = None
    if settings.pages_cert_file is not None and settings.pages_key_file is not None:
        certificate = Certificate(settings.pages_cert_file, settings.pages_key_file)
    with listening(*address, how="the setting pages") as listener:
        yield listener, certificate
