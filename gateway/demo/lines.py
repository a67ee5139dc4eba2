"""The demo's output: one line for each alarm, step of a ticket, notice and scan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from gateway.channels.notifier import notices_of
from gateway.clock import Clock
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.lifecycle import State
from gateway.core.audit import AuditTrail
from gateway.core.configuration import Configuration
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.events import AuditRecord
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import SECOND, Micros, to_datetime
from gateway.core.kernel.values import readable
from gateway.core.notices.notice import Notice, NoticeState
from gateway.core.rounds.scans import Scan, Scans
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.intake import Intake
from gateway.core.work.desk import ServiceDesk
from gateway.demo.ticket_lines import TicketLine, TicketLines
from gateway.demo.words import Words

_COLOURS = {"critical": "bold red", "warning": "yellow", "info": "cyan"}
_PROGRESS_EVERY: Micros = 5 * SECOND
"""In real time: multiplied by the clock's speed."""


class Lines:
    """Prints changes as they become durable."""

    def __init__(self, console: Console, configuration: Configuration, clock: Clock) -> None:
        self._console = console
        self._rules = {rule.id: rule for rule in configuration.rules}
        self._site, self._profiles = configuration.site, configuration.profiles
        self._clock = clock
        self._zone = ZoneInfo(configuration.site.header.timezone)
        self._counts = Counts()
        self._states: dict[int, State] = {}
        self._alarms = self._scans = 0
        self._words = Words(configuration.site.header.language)
        self._tickets = TicketLines(configuration.site, self._words)
        self._told: dict[int, NoticeState] = {}
        """The states of notices as they were last shown, by number."""
        self._next_progress = clock.now() + round(_PROGRESS_EVERY * clock.speed)

    def show(self, group: Sequence[Changes]) -> None:
        """Print what these changes hold."""
        for changes in group:
            if batch := changes.parts.get(Intake.name):
                self._counts.add(batch.counts)
            for alarm in changes.parts.get(Annunciator.name, ()):
                self._alarm(alarm)
            for ticket in changes.parts.get(ServiceDesk.name, ()):
                self._tickets.keep(ticket)
            records = changes.parts.get(AuditTrail.name, [])
            for record in records:
                self._checklist(record)
            for line in self._tickets.lines(records):
                self._ticket(line)
            for scan in changes.parts.get(Scans.name, ()):
                self._scan(scan)
        self._notices(group)
        now = self._clock.now()
        if now >= self._next_progress:
            self._next_progress = now + round(_PROGRESS_EVERY * self._clock.speed)
            counts = self._words.say("progress", received=self._counts.received, stored=self._counts.stored)
            self._line(now, f"[dim]{counts}[/dim]")

    def summary(self, *, kept: Path | None) -> None:
        """Print the totals."""
        counts, tickets, say = self._counts, self._tickets, self._words.say
        totals = say(
            "totals",
            received=counts.received,
            stored=counts.stored,
            rejected=counts.rejected + counts.rejected_metrics,
            alarms=self._alarms,
            tickets=tickets.opened,
            scans=self._scans,
        )
        delivered = sum(state is NoticeState.DELIVERED for state in self._told.values())
        work = say("work", opened=tickets.opened, resolved=tickets.resolved, closed=tickets.closed, notices=delivered)
        met, breached, running = tickets.clocks()
        colour = "bold red" if breached else "bold"
        clocks = say("clocks", met=met, breached=breached, running=running, colour=colour)
        self._console.print(f"\n{totals}\n{work}\n{clocks}", soft_wrap=True)
        for person, answers in tickets.answers.items():
            seconds = answers.waited / SECOND / max(1, answers.accepted)
            after = say("after", seconds=seconds) if answers.accepted else ""
            name = escape(tickets.name(person))
            said = say("answers", name=name, asked=answers.asked, accepted=answers.accepted, after=after)
            self._console.print(f"  {said}", soft_wrap=True)
        if kept is not None:
            self._console.print(say("kept", where=kept))

    def _alarm(self, alarm: AlarmRecord) -> None:
        if self._states.get(alarm.number) == alarm.state:
            return
        first = alarm.number not in self._states
        self._states[alarm.number] = alarm.state
        self._alarms += first
        colour = _COLOURS[alarm.severity] if alarm.state is State.UNACKNOWLEDGED else "green"
        word = self._words.label("ALARM" if alarm.state is State.UNACKNOWLEDGED else alarm.state.value)
        values = alarm.detail or ", ".join(f"{name} {value}" for name, value in self._relevant(alarm))
        times = {
            State.ACKNOWLEDGED: alarm.acknowledged_at,
            State.RETURNED: alarm.returned_at,
            State.NORMAL: alarm.closed_at,
        }
        when = times.get(alarm.state) or alarm.raised_at
        self._line(
            when,
            f"[{colour}]{word}[/{colour}] #{alarm.number} [bold]{escape(alarm.title)}[/bold]"
            f" · {escape(self._whereabouts(alarm.subject))} · {self._words.say(alarm.severity)}",
            where_room=f"  [dim]{escape(values)}[/dim]" if first else "",
        )

    def _relevant(self, alarm: AlarmRecord) -> list[tuple[str, str]]:
        """The values that the alarm's rule looks at."""
        rule, evidence = self._rules.get(alarm.rule), alarm.evidence
        device = self._site.devices.get(alarm.subject.device or "")
        if rule is None or evidence is None or device is None:
            return []
        metrics = self._profiles[device.profile].metrics
        return [
            (name, readable(value, metrics[name].unit))
            for name, value in evidence.values.items()
            if name in rule.when.metrics
        ]

    def _ticket(self, line: TicketLine) -> None:
        due = ""
        if line.clock is not None and line.due is not None:
            by = self._words.say("by time", clock=self._words.say(line.clock), due=self._due(line.due, line.time))
            due = f"[dim]{self._words.separator}{by}[/dim]"
        label = self._words.label("ticket")
        self._line(line.time, f"[{line.colour}]{label}[/{line.colour}] {line.text}{due}")

    def _checklist(self, record: AuditRecord) -> None:
        """A checklist that is complete."""
        if record.kind != "checklist" or record.data["step"] != "complete":
            return
        said = self._words.say("complete", title=record.data["title"], by=record.by)
        number = str(record.data["about"]).partition(":")[2]
        label = self._words.label("checklist")
        self._line(record.time, f"[magenta]{label}[/magenta] #{number} {escape(said)}")

    def _notices(self, group: Sequence[Changes]) -> None:
        """One line for what several people were told at once by the same way."""
        told: dict[tuple[NoticeState, str, str], list[Notice]] = {}
        for notice in notices_of(group):
            before, self._told[notice.number] = self._told.get(notice.number), notice.state
            if before is not notice.state and notice.state in (NoticeState.DELIVERED, NoticeState.FAILED):
                told.setdefault((notice.state, notice.way.channel.value, notice.title), []).append(notice)
        for (state, way, title), notices in told.items():
            to = self._words.separator.join(self._addressee(notice) for notice in notices)
            said = self._words.say(state.value, to=to, way=way, title=title)
            colour = "blue" if state is NoticeState.DELIVERED else "bold red"
            time = notices[0].ended_at or notices[0].since
            self._line(time, f"[{colour}]{self._words.label('notice')}[/{colour}] {escape(said)}")

    def _addressee(self, notice: Notice) -> str:
        person = self._site.people.get(notice.person or "")
        return notice.way.address if person is None else self._site.person_name(person)

    def _scan(self, scan: Scan) -> None:
        self._scans += 1
        said = self._words.say("tag", uid=scan.uid, where=self._named(scan.device))
        self._line(scan.time, f"[cyan]{self._words.label('scan')}[/cyan] {escape(said)}")

    def _whereabouts(self, subject: Subject) -> str:
        """What an alarm is about: a device with its name, its id and its place, or anything else by its kind and id."""
        device = self._site.devices.get(subject.device or "")
        if device is None:
            return subject.level
        place = self._site.place_of(device.location)
        return self._named(device.id) + (f"{self._words.separator}{place}" if place else "")

    def _named(self, device: str) -> str:
        name = self._site.name_of(device)
        return device if name in (None, device) else f"{name} ({device})"

    def _line(self, time: Micros, text: str, *, where_room: str = "") -> None:
        """Print a line; with what is said only where the terminal is wide enough for it."""
        line = Text.from_markup(f"{self._time(time)}  {text}")
        longer = Text.assemble(line, Text.from_markup(where_room))
        self._console.print(longer if longer.cell_len <= self._console.width else line, soft_wrap=True)

    def _due(self, due: Micros, said: Micros) -> str:
        """A time; of another day than the line, with the date."""
        local = self._local(due)
        return local.strftime("%H:%M:%S" if local.date() == self._local(said).date() else "%m-%d %H:%M")

    def _time(self, time: Micros) -> str:
        return self._local(time).strftime("%H:%M:%S")

    def _local(self, time: Micros) -> datetime:
        return to_datetime(time).astimezone(self._zone)
