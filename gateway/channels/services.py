"""Sends messages through services that Apprise knows: mail servers, text messages, calls, chats."""

from __future__ import annotations

import logging
from urllib.parse import quote

import apprise

from gateway.channels.outcome import Message, NotSent
from gateway.channels.texts import body_of
from gateway.errors import SettingsError

WITHIN_S = 30.0
"""So long may one attempt take. Then nobody knows whether it has arrived, and it is tried again."""
_MAIL = ("mailto://", "mailtos://")
_PLACE = "{address}"

_logger = logging.getLogger("apprise")
_logger.addHandler(logging.NullHandler())
_logger.propagate = False  # what it says is in the outcome; on stderr it could show a password


class AppriseSender:
    """Sends by one URL of Apprise, in which `{address}` stands for the address of the person."""

    def __init__(self, channel: str, url: str, *, example: str) -> None:
        """
        Args:
            example: an address, to see whether the URL is valid.

        Raises:
            SettingsError: Apprise does not understand the URL, or it has no place for the address.
        """
        if _PLACE not in url:
            raise SettingsError(f"{channel}: the URL has no {_PLACE}: write it where the address of the person belongs")
        self._url = url
        if apprise.Apprise.instantiate(self._url_to(example, "id"), suppress_exceptions=True) is None:
            scheme = url.partition(":")[0]
            raise SettingsError(
                f"{channel}: Apprise does not understand this URL of {scheme}: see the page of the service at "
                f"https://github.com/caronc/apprise/wiki"
            )

    async def send(self, message: Message) -> NotSent | None:
        """Send it; Apprise works in threads of its own."""
        service = apprise.Apprise()
        service.add(self._url_to(message.notice.way.address, message.id))
        said: list[str] = []
        result = await service.async_notify(
            title=message.notice.title,
            body=body_of(message),
            body_format=apprise.NotifyFormat.TEXT,
            timeout=WITHIN_S,
            log_callback=lambda entry, _service: said.append(entry.message),
            log_level=logging.WARNING,
        )
        if result:
            return None
        return NotSent("; ".join(dict.fromkeys(said)) or f"{result.status.name.lower()} within {WITHIN_S:g} s")

    def _url_to(self, address: str, message_id: str) -> str:
        url = self._url.replace(_PLACE, quote(address, safe=""))
        if not url.startswith(_MAIL):
            return url
        return f"{url}{'&' if '?' in url else '?'}+X-Gateway-Id={quote(message_id, safe='')}"
