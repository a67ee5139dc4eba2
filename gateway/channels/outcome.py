"""What a channel makes of one attempt to send a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.times import Micros
from gateway.core.notices.notice import Notice


@dataclass(frozen=True, slots=True)
class NotSent:
    """It was not taken, or nobody knows."""

    reason: str
    is_final: bool = False
    """Whether trying again is useless."""
    retry_after: Micros = 0
    """So long does the other side ask to wait."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link that a message carries."""

    purpose: LinkPurpose
    about: str
    """The subject, as kind:id."""
    url: str


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: a notice with its links."""

    notice: Notice
    store: str
    """The identity of the store whose numbers the notice has."""
    links: tuple[Link, ...] = ()

    @property
    def id(self) -> str:
        """Stable: the same message again, after a failure or a restart, has the same; none of another store has it."""
        return f"{self.store}/{self.notice.told_key}"


class Sender(Protocol):
    """Sends messages by one channel."""

    async def send(self, message: Message) -> NotSent | None:
        """None: it was taken. Never waits for longer than some seconds."""
