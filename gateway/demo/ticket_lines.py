"""What the demo prints of tickets: each step with who made it, the clock that runs out next, and breaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.markup import escape

from gateway.core.kernel.events import AuditRecord
from gateway.core.kernel.times import Micros
from gateway.core.site.site import Site
from gateway.core.work.lifecycle import AT_WORK, DONE, TicketState
from gateway.core.work.tickets import Ticket
from gateway.demo.words import Words

_COLOURS = {
    "clock breached": "bold red",
    "told": "red",
    "clock warned": "yellow",
    "nobody to ask": "yellow",
    "decline": "yellow",
}
_UNTIMED = frozenset({"clock breached", "clock warned", "nobody to ask", "decline", "told", "acknowledge", "comment"})
_ANSWERED = frozenset({"assign", "accept", "decline", "hand over", "cancel", "merge"})
"""Steps after which nobody is asked any more, or another."""
_TIMED = AT_WORK - {TicketState.NEW}
"""In these states a line says what is due next; of a new ticket the one who opened it does."""


@dataclass(frozen=True, slots=True)
class TicketLine:
    """One line."""

    time: Micros
    colour: str
    text: str
    """What has happened, with markup."""
    clock: str | None
    """The clock that runs out next."""
    due: Micros | None


@dataclass(slots=True)
class Answers:
    """How somebody has answered who was asked to do tickets."""

    asked: int = 0
    accepted: int = 0
    waited: Micros = 0
    """From the requests until they were accepted, all together."""


class TicketLines:
    """Makes the lines, and counts."""

    def __init__(self, site: Site, words: Words) -> None:
        self._site = site
        self._words = words
        self._tickets: dict[int, Ticket] = {}
        """As they were last, by number."""
        self._opened: set[int] = set()
        self._asked: dict[int, tuple[str, Micros]] = {}
        """Who is asked for a ticket and has not answered, by its number, and since when."""
        self.answers: dict[str, Answers] = {}
        """How people have answered, by their ids, in the order in which they were asked first."""

    def keep(self, ticket: Ticket) -> None:
        """Remember what a ticket is like now."""
        self._tickets[ticket.number] = ticket

    @property
    def opened(self) -> int:
        """How many tickets were opened in this run."""
        return len(self._opened)

    @property
    def resolved(self) -> int:
        """How many tickets were seen whose work is done."""
        return sum(ticket.state in DONE for ticket in self._tickets.values())

    @property
    def closed(self) -> int:
        """How many of these are closed."""
        return sum(ticket.state is TicketState.CLOSED for ticket in self._tickets.values())

    def clocks(self) -> tuple[int, int, int]:
        """How many clocks were met within their targets, how many have run out, and how many may still do either."""
        met = breached = running = 0
        for ticket in self._tickets.values():
            for clock in ticket.clocks:
                breached += clock.breached_at is not None
                met += clock.met_at is not None and clock.breached_at is None
                running += clock.met_at is None and clock.breached_at is None and ticket.is_at_work
        return met, breached, running

    def lines(self, records: list[AuditRecord]) -> Iterator[TicketLine]:
        """The lines of what has become of tickets; `keep` comes first."""
        for record in records:
            if record.kind == "ticket" and (line := self._line(record)) is not None:
                yield line

    def _line(self, record: AuditRecord) -> TicketLine | None:
        step, number = str(record.data["step"]), int(record.subject)
        if step == "open":
            self._opened.add(number)
        ticket = self._tickets.get(number)
        values = {} if ticket is None else self._values(record, ticket)
        values["before"] = self._note_answer(record, step, number)
        said = None if ticket is None else self._words.step(step, values)
        if ticket is None or said is None:
            return None
        is_timed = ticket.state in _TIMED or step == "open"
        has_clock = is_timed and step not in _UNTIMED
        return TicketLine(
            record.time,
            _COLOURS.get(step, "magenta"),
            f"#{number} [bold]{escape(ticket.title)}[/bold] · {escape(said)}",
            ticket.next_clock if has_clock else None,
            ticket.next_due if has_clock else None,
        )

    def _note_answer(self, record: AuditRecord, step: str, number: int) -> str | None:
        """Count requests and answers; the name of who was asked until then, has not answered and is asked no more."""
        if step not in _ANSWERED:
            return None
        before = self._asked.pop(number, None)
        if step == "assign":
            person = str(record.data.get("to"))
            self._asked[number] = person, record.time
            self.answers.setdefault(person, Answers()).asked += 1
            return None if before is None or before[0] == person else self.name(before[0])
        if step == "accept" and before is not None and self.name(before[0]) == self.name(record.by):
            answers = self.answers[before[0]]
            answers.accepted += 1
            answers.waited += record.time - before[1]
        return None

    def _values(self, record: AuditRecord, ticket: Ticket) -> dict[str, object]:
        data = record.data
        people = data.get("people")
        by = ticket.reporter.name if ticket.reporter is not None and data["step"] == "open" else record.by
        return {
            "priority": ticket.priority,
            "team": self._words.say(ticket.team),
            "by": by and self.name(by),
            "to": self.name(data.get("to")),
            "note": str(data.get("note") or ""),
            "reason": self._words.say(str(data.get("reason"))),
            "clock": self._words.say(str(data.get("clock"))),
            "level": data.get("level"),
            "rating": data.get("rating"),
            "people": self._words.separator.join(map(self.name, people if isinstance(people, list) else ())),
        }

    def name(self, person: object) -> str:
        """The name of a person of the site, by id; anybody else as written."""
        known = self._site.people.get(str(person))
        return str(person) if known is None else self._site.person_name(known)
