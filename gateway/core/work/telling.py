"""What people are told of tickets: which notice, how urgent it is, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.times import Micros, to_datetime
from gateway.core.kernel.urgency import Priority
from gateway.core.notices.requests import Hush, NoticeFailed, Tell, Urgency
from gateway.core.site.site import Site
from gateway.core.work.clocks import ClockKind
from gateway.core.work.tickets import Ticket

ASKED = "asked/"
"""So begins the key of what somebody is told who is asked."""
URGENCY: Mapping[str, Urgency] = {
    Priority.P1.value: Urgency.WAKE,
    Priority.P2.value: Urgency.PROMPT,
    Priority.P3.value: Urgency.PROMPT,
    Priority.P4.value: Urgency.QUIET,
}
"""An emergency may ring; what is to be done within days waits for the morning."""
_CLOCKS: Mapping[ClockKind, tuple[str, str]] = {
    ClockKind.RESPOND: ("respond", "响应"),
    ClockKind.ON_SITE: ("be on site", "到场"),
    ClockKind.RESOLVE: ("resolve it", "解决"),
}
_STATES: Mapping[str, tuple[str, str]] = {
    "resolved": ("It is done.", "已处理完成。"),
    "closed": ("It is closed.", "已关闭。"),
    "cancelled": ("It was closed without work.", "已关闭，未安排处理。"),
}


class Happening(Enum):
    """Why those who decide are told of a ticket that somebody has: in English and in Chinese."""

    AWAY = ("{person} has it and is away", "{person} 为当前处理人，现不在岗")
    UNREACHED = ("{person} has it and cannot be reached", "{person} 为当前处理人，但联系不上")
    NOT_TOLD = ("{person} was told first and cannot be reached", "已先通知 {person}，但联系不上")
    UNANSWERED = ("{person} is alone on duty and has not accepted it", "{person} 一人值班，尚未接单")


def subject_of(ticket: Ticket) -> Subject:
    """What notices of it are about."""
    return Subject(SubjectKind.TICKET, str(ticket.number))


def number_of(event: NoticeFailed) -> int:
    """The ticket of which somebody was not told; 0 where it is about none."""
    return int(event.about.id) if event.about.kind is SubjectKind.TICKET else 0


def is_of(event: NoticeFailed, key: str) -> bool:
    """Whether it has a key of its ticket that begins so."""
    return event.key.startswith(f"ticket/{number_of(event)}/{key}")


class Telling:
    """Makes the requests to notices. Facts are in the site's language, but what a reporter is told of the state."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._is_zh = site.header.language == "zh"

    def colleagues(
        self,
        ticket: Ticket,
        kind: str,
        people: Sequence[str],
        now: Micros,
        *,
        key: str,
        cause: int | None,
        why: str | None = None,
        clock: ClockKind | None = None,
        due: Micros | None = None,
        links: tuple[LinkPurpose, ...] = (),
        urgency: Urgency | None = None,
    ) -> Tell:
        """Tell people of the site. Of a clock, while nobody has responded, any of them can accept the ticket.

        Args:
            due: what to say in place of the target that runs out next.
            urgency: by the priority unless given.
        """
        facts = {"number": str(ticket.number), "title": ticket.title, "priority": ticket.priority}
        more = {
            "place": self._place(ticket),
            "due": self._time(ticket.next_due if due is None else due),
            "why": why,
            "guidance": ticket.guidance,
            "alarm": self._alarm(ticket),
            "clock": None if clock is None else _CLOCKS[clock][self._is_zh],
        }
        return Tell(
            about=subject_of(ticket),
            kind=kind,
            people=tuple(people),
            urgency=urgency or URGENCY[ticket.priority],
            facts=facts | {name: fact for name, fact in more.items() if fact is not None},
            links=links if clock is None or _is_answered(ticket) else (LinkPurpose.ACCEPT, *links),
            time=now,
            cause=cause,
            key=f"ticket/{ticket.number}/{key}",
        )

    def reporter(
        self,
        ticket: Ticket,
        kind: str,
        now: Micros,
        *,
        key: str,
        cause: int | None,
        links: tuple[LinkPurpose, ...] = (),
    ) -> Tell | None:
        """Tell who has reported it, outside of quiet hours: what is public alone. None where nobody can be reached."""
        reporter = ticket.reporter
        if reporter is None or reporter.contact is None:
            return None
        language = reporter.language or self._site.header.language
        facts = {"number": str(ticket.number), "title": ticket.title}
        state = _STATES.get(ticket.state.value)
        more = {
            "place": self._site.place_of(ticket.location),
            "due": self._time(ticket.next_due) if ticket.is_at_work else None,
            "state": None if state is None else state[language == "zh"],
        }
        return Tell(
            about=subject_of(ticket),
            kind=kind,
            contact=reporter.contact,
            language=language,
            urgency=Urgency.QUIET,
            facts=facts | {name: fact for name, fact in more.items() if fact is not None},
            links=links,
            time=now,
            cause=cause,
            key=f"ticket/{ticket.number}/{key}",
        )

    def hush(
        self,
        ticket: Ticket,
        now: Micros,
        person: str | None = None,
        *,
        keys: Sequence[str] = (),
        is_quiet: bool = False,
    ) -> Hush:
        """Nothing that was not sent yet is told to this person, or to anybody.

        Args:
            keys: only what has a key of the ticket that begins with one of these.
            is_quiet: only what waits for the end of the quiet hours.
        """
        begins = tuple(f"ticket/{ticket.number}/{key}" for key in keys)
        return Hush(about=subject_of(ticket), person=person, keys=begins, is_quiet=is_quiet, time=now)

    def why(self, happening: Happening, person: str) -> str:
        """What has happened, and to whom."""
        name = self._site.person_name(self._site.people[person])
        return happening.value[self._is_zh].format(person=name)

    def _alarm(self, ticket: Ticket) -> str | None:
        """The number of the alarm of which people are told as well; once it was reopened it may be another one."""
        return str(ticket.alarm) if ticket.alarm is not None and not ticket.reopened_count else None

    def _place(self, ticket: Ticket) -> str:
        words = self._site.words_of(ticket.subject)
        place = self._site.place_of(ticket.location)
        return words if place is None or place == words else f"{words} ({place})"

    def _time(self, time: Micros | None) -> str | None:
        return None if time is None else f"{to_datetime(time).astimezone(self._site.zone):%Y-%m-%d %H:%M}"


def _is_answered(ticket: Ticket) -> bool:
    """Whether no response is due."""
    return not any(clock.kind is ClockKind.RESPOND and clock.met_at is None for clock in ticket.clocks)
