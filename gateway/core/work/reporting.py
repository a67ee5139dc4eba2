"""The part that makes a ticket of each report of people, once: from the pages, the API and MQTT."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

import msgspec

from gateway.core.kernel.events import Action, Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros, isoformat
from gateway.core.kernel.urgency import Priority
from gateway.core.site.site import Site
from gateway.core.telemetry.events import RejectReport, ReportHeard
from gateway.core.work.actions import NoteReported, OpenReported, OpenTicket
from gateway.core.work.classification import Classification, Classifier, ComplaintKind
from gateway.core.work.level_spec import WorkKind
from gateway.core.work.report_limits import ReportLimits
from gateway.core.work.reporters import called
from gateway.core.work.tickets import Reporter

MOST_KEYS = 10_000
"""Reports of which it is known, by their keys, that they have a ticket: the latest."""
_LONGEST_TITLE = 80


class TakeReport(Action, frozen=True, kw_only=True):
    """Somebody reports something about a place."""

    key: str | None
    """The same key again is the same report; None where it has none."""
    subject: Subject
    """A device or a location."""
    text: str
    photos: tuple[str, ...] = ()
    """Their hashes."""
    reporter: Reporter
    answer: Callable[[int], None]
    """Called with the number of its ticket before the action returns."""


class KnownReport(msgspec.Struct, frozen=True, gc=False):
    """A report that has a ticket: a row of the store."""

    key: str
    ticket: int
    is_forgotten: bool = False
    """Whether so many came after it that it is known no more."""


class Reports(Part):
    """Takes reports. What was taken before is answered with the ticket that it has."""

    name: ClassVar[str] = "reports"
    actions: ClassVar[tuple[type[Action], ...]] = (TakeReport,)

    def __init__(self, site: Site, classifier: Classifier, team_for: Callable[[str], str], seam: Seam) -> None:
        """`team_for` says who does the work of a category."""
        self._site = site
        self._classifier = classifier
        self._team_for = team_for
        self._seam = seam
        self._limits = ReportLimits()
        self._tickets: dict[str, int] = {}
        """By key, the earliest first."""
        self._changed: list[KnownReport] = []

    def restore(self, rows: Sequence[KnownReport], now: Micros) -> None:
        """Know the reports of an earlier run."""
        self._tickets = {row.key: row.ticket for row in sorted(rows, key=lambda row: row.ticket)}

    def on(self, event: Event) -> None:
        """Take a report that has come by MQTT, and answer it where it has a key."""
        if isinstance(event, ReportHeard):
            self._heard(event)

    def act(self, action: Action, now: Micros) -> None:
        """Take a report."""
        if not isinstance(action, TakeReport):
            raise TypeError(f"{type(action).__name__} is no report")
        self._take(action, now, cause=None)

    def finish(self) -> list[KnownReport] | None:
        """The reports that are known since this step, and those that are not any more."""
        changed, self._changed = self._changed, []
        return changed or None

    def _heard(self, event: ReportHeard) -> None:
        report, message = event.report, event.message
        subject = report.subject(self._site)
        if subject is None:
            raise ValueError(f"{report.place!r} is no place of the site")
        excess = None if report.key in self._tickets else self._limits.excess(report.place, message.received)
        if excess is not None and priority_of(self._classifier.classify(report.text)) is not Priority.P1:
            self._seam.ask(RejectReport(message=message, detail=excess))
            return
        audit = self._seam.record("message", message.topic, message.received, {"payload": report.text})
        self._seam.emit(Event(audit=audit))
        reporter = Reporter(
            name=report.name, contact=None if report.contact is None else report.contact.way, language=report.language
        )
        found: list[int] = []
        taken = TakeReport(
            key=report.key,
            subject=subject,
            text=report.text,
            reporter=reporter,
            answer=found.append,
            by=called(reporter, self._site.header.language),
        )
        if excess is not None:
            self._note(taken, message.received, cause=audit.number)
        if not found:
            self._take(taken, message.received, cause=audit.number)
        if report.key is not None:
            self._answer(report.key, found[0], message.received)

    def _note(self, report: TakeReport, now: Micros, *, cause: int) -> None:
        """Enter an emergency that is one too many in the open ticket of it: people know of that. Where there is none,
        nothing is done."""
        contact, numbers = report.reporter.contact, list[int]()
        noted = NoteReported(
            subject=report.subject,
            category=self._classifier.classify(report.text).category,
            text=report.text if contact is None else f"{report.text}\n{contact[1]}",
            by=report.by,
            answer=numbers.append,
            time=now,
            cause=cause,
        )
        self._seam.ask(noted)
        for number in numbers:
            self._know(report.key, number)
            report.answer(number)

    def _answer(self, key: str, ticket: int, time: Micros) -> None:
        site = self._site.header.id
        content = {
            "site": site,
            "report": key,
            "ticket": ticket,
            "time": isoformat(time),
            "key": f"{site}/report/{key}",
        }
        self._seam.publish(f"gateway/{site}/reports/{key}", msgspec.json.encode(content))

    def _take(self, report: TakeReport, now: Micros, *, cause: int | None) -> None:
        known = self._tickets.get(report.key or "")
        if known is not None:
            report.answer(known)
            return
        found = self._classifier.classify(report.text)
        numbers: list[int] = []
        ticket = OpenTicket(
            subject=report.subject,
            category=found.category,
            priority=priority_of(found),
            kind=WorkKind.COMPLAINT if found.is_complaint else WorkKind.FAULT,
            team=self._team_for(found.category),
            title=title_of(report.text),
            description=report.text,
            reporter=report.reporter,
            why=self._why(found),
            answer=numbers.append,
            by=report.by,
        )
        self._seam.ask(OpenReported(ticket=ticket, photos=report.photos, report=report.key, time=now, cause=cause))
        (number,) = numbers
        self._know(report.key, number)
        report.answer(number)

    def _know(self, key: str | None, ticket: int) -> None:
        if key is None:
            return
        self._tickets[key] = ticket
        self._changed.append(KnownReport(key, ticket))
        if len(self._tickets) > MOST_KEYS:
            first = next(iter(self._tickets))
            self._changed.append(KnownReport(first, self._tickets.pop(first), is_forgotten=True))

    def _why(self, found: Classification) -> str:
        if self._site.header.language == "zh":
            words = "、".join(f"“{word}”" for word in found.words)
            return f"按报告中的词语：{words}" if words else "报告中没有可判断类别的词语"
        words = ", ".join(f'"{word}"' for word in found.words)
        return f"by the words {words}" if words else "no word says what it is about"


def priority_of(found: Classification) -> Priority:
    """The priority of a report: of a complaint that is complex and not urgent, the one that gives time for a plan."""
    if found.complaint is ComplaintKind.COMPLEX and found.priority is Priority.P3:
        return Priority.P4
    return found.priority


def title_of(text: str) -> str:
    """The first line of a report, cut where it is long."""
    line = text.strip().partition("\n")[0].strip()
    return line if len(line) <= _LONGEST_TITLE else f"{line[: _LONGEST_TITLE - 1].rstrip()}…"
