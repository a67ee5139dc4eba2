"""What other parts ask of notices, what people and the shell do, and what is told to the parts above."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from gateway.core.kernel.events import Action, Event, Request
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.notices.ways import Way

SIREN_TEST: Micros = 5 * SECOND
"""So long does a siren sound that is tested, unless somebody says."""


class Urgency(StrEnum):
    """How urgent it is that somebody knows."""

    WAKE = "wake"
    """At once, and it may ring at night."""
    PROMPT = "prompt"
    """At once."""
    QUIET = "quiet"
    """When the quiet hours are over."""

    @property
    def rank(self) -> int:
        """0 for the most urgent: it goes before all that waits for the same address."""
        return [*Urgency].index(self)


class Tell(Request, frozen=True, kw_only=True):
    """Tell people something. The same key again is the same notice, and is told once."""

    about: Subject
    kind: str
    """Which template, such as `ticket assigned`."""
    people: tuple[str, ...] = ()
    """Ids of people; each is told by the first of their ways, and by the next where that fails."""
    contact: tuple[str, str] | None = None
    """In place of people: kind (email, phone, mqtt, webhook) and address of somebody outside."""
    language: Language | None = None
    """Of that somebody; the site's unless given. People of the site have one of their own."""
    urgency: Urgency
    facts: Mapping[str, str]
    """What the template says, such as number, title, place, due. Somebody outside reads only what is public."""
    links: tuple[LinkPurpose, ...] = ()
    """Made into signed links when it is sent."""
    time: Micros
    cause: int | None = None
    """The audit record that led to this."""
    key: str


class Hush(Request, frozen=True, kw_only=True):
    """Tell nothing more of this: what was not sent yet is withdrawn."""

    about: Subject
    person: str | None = None
    """Only to this person; None for everybody."""
    keys: tuple[str, ...] = ()
    """Only what has a key that begins with one of these; unless given, everything."""
    is_quiet: bool = False
    """Only what waits for the end of the quiet hours."""
    time: Micros


class AskReachable(Request, frozen=True, kw_only=True):
    """Who of these people can be told something."""

    people: Sequence[str]
    """By id."""
    answer: Callable[[Sequence[str]], None]
    """Called before the request returns, with their ids in this order: those to whom there is a way, and whom messages
    do not fail to reach at present. In a site where there is a way to nobody, people look at the lists: there nobody
    needs one."""


class NoticeDelivered(Event, frozen=True, kw_only=True):
    """A message has arrived, as far as its channel knows."""

    about: Subject
    key: str
    """As whoever asked gave it."""
    person: str | None


class NoticeFailed(Event, frozen=True, kw_only=True):
    """Somebody could be reached by no way."""

    about: Subject
    key: str
    """As whoever asked gave it."""
    person: str | None
    time: Micros


class NoticeAction(Action, frozen=True, kw_only=True):
    """What the shell reports of one message."""

    number: int


class NoticeSent(NoticeAction, frozen=True, kw_only=True):
    """The channel has taken the message."""


class NoticeNotSent(NoticeAction, frozen=True, kw_only=True):
    """The channel has not taken the message."""

    reason: str
    is_final: bool = False
    """Whether trying again is useless."""
    retry_after: Micros = 0
    """So long does the other side ask to wait."""


class SendTest(Action, frozen=True, kw_only=True):
    """A person wants to see whether messages arrive: at a person of the site by each way, or at one address."""

    key: str
    person: str | None = None
    way: Way | None = None
    sound_for: Micros = SIREN_TEST
    """Of the siren: so long does it sound."""


class EndSirenTest(Action, frozen=True, kw_only=True):
    """A person ends a test of the siren. Nothing happens where it has ended."""

    key: str
    """As it was started."""
