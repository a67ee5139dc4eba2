"""The demo's output: one line for each alarm, ticket and scan."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape

from gateway.clock import Clock
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.lifecycle import State
from gateway.core.audit import AuditTrail
from gateway.core.configuration import Configuration
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import SECOND, Micros, to_datetime
from gateway.core.kernel.values import readable
from gateway.core.rounds.scans import Scan, Scans
from gateway.core.telemetry.counts import Counts
from gateway.core.telemetry.intake import Intake
from gateway.core.work.desk import ServiceDesk
from gateway.core.work.lifecycle import TicketState
from gateway.core.work.tickets import Ticket

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
        self._alarms = self._tickets = self._scans = 0
        self._known: dict[int, TicketState] = {}
        """The states of tickets as they were last shown, by number."""
        self._next_progress = clock.now() + round(_PROGRESS_EVERY * clock.speed)

    def show(self, group: Sequence[Changes]) -> None:
        """Print what these changes hold."""
        for changes in group:
            if batch := changes.parts.get(Intake.name):
                self._counts.add(batch.counts)
            for alarm in changes.parts.get(Annunciator.name, ()):
                self._alarm(alarm)
            times = {record.number: record.time for record in changes.parts.get(AuditTrail.name, ())}
            for ticket in changes.parts.get(ServiceDesk.name, ()):
                self._ticket(ticket, times.get(ticket.event, ticket.opened_at))
            for scan in changes.parts.get(Scans.name, ()):
                self._scan(scan)
        now = self._clock.now()
        if now >= self._next_progress:
            self._next_progress = now + round(_PROGRESS_EVERY * self._clock.speed)
            self._line(
                now, f"[dim]{self._counts.received} messages received, {self._counts.stored} readings stored[/dim]"
            )

    def summary(self, *, kept: Path | None) -> None:
        """Print the totals."""
        counts = self._counts
        rejected = counts.rejected + counts.rejected_metrics
        self._console.print(
            f"\n[bold]{counts.received}[/bold] messages, {counts.stored} readings stored, {rejected} rejected, "
            f"[bold]{self._alarms}[/bold] alarms, {self._tickets} tickets, {self._scans} scans."
        )
        if kept is not None:
            self._console.print(f"State is kept in {kept}.")

    def _alarm(self, alarm: AlarmRecord) -> None:
        if self._states.get(alarm.number) == alarm.state:
            return
        first = alarm.number not in self._states
        self._states[alarm.number] = alarm.state
        self._alarms += first
        colour = _COLOURS[alarm.severity] if alarm.state is State.UNACKNOWLEDGED else "green"
        what = {State.UNACKNOWLEDGED: "ALARM", State.RETURNED: "returned", State.NORMAL: "normal"}
        word = what.get(alarm.state, alarm.state.value)
        values = alarm.detail or ", ".join(f"{name} {value}" for name, value in self._relevant(alarm))
        times = {
            State.ACKNOWLEDGED: alarm.acknowledged_at,
            State.RETURNED: alarm.returned_at,
            State.NORMAL: alarm.closed_at,
        }
        when = times.get(alarm.state) or alarm.raised_at
        self._line(
            when,
            f"[{colour}]{word:<9}[/{colour}] #{alarm.number} [bold]{escape(alarm.title)}[/bold]"
            f" · {escape(self._whereabouts(alarm.subject))} · {alarm.severity}"
            + (f"  [dim]{escape(values)}[/dim]" if first else ""),
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

    def _ticket(self, ticket: Ticket, time: Micros) -> None:
        before, self._known[ticket.number] = self._known.get(ticket.number), ticket.state
        if before is ticket.state:
            return
        self._tickets += before is None
        clock = (ticket.next_clock or "").replace("_", " ")
        due = f", {clock} by {self._time(ticket.next_due)}" if ticket.next_due is not None else ""
        state = ticket.state.value.replace("_", " ")
        by = "to" if ticket.state is TicketState.ASSIGNED else "by"
        who = f" for {ticket.team}" if ticket.assignee is None else f" {by} {self._name(ticket)}"
        guidance = f"  [dim]{escape(ticket.guidance or '')}[/dim]" if before is None else ""
        self._line(
            time,
            f"[magenta]ticket   [/magenta] #{ticket.number} {ticket.priority} {state}{escape(who)}{due}{guidance}",
        )

    def _name(self, ticket: Ticket) -> str:
        person = self._site.people.get(ticket.assignee or "")
        return self._site.person_name(person) if person is not None else str(ticket.assignee)

    def _scan(self, scan: Scan) -> None:
        self._scans += 1
        self._line(scan.time, f"[blue]scan     [/blue] tag {scan.uid} at {escape(self._named(scan.device))}")

    def _whereabouts(self, subject: Subject) -> str:
        """What an alarm is about: a device with its name, its id and its place, or anything else by its kind and id."""
        device = self._site.devices.get(subject.device or "")
        if device is None:
            return subject.level
        place = self._site.place_of(device.location)
        return self._named(device.id) + (f", {place}" if place else "")

    def _named(self, device: str) -> str:
        name = self._site.name_of(device)
        return device if name in (None, device) else f"{name} ({device})"

    def _line(self, time: Micros, text: str) -> None:
        self._console.print(f"{self._time(time)}  {text}", soft_wrap=True)

    def _time(self, time: Micros) -> str:
        return to_datetime(time).astimezone(self._zone).strftime("%H:%M:%S")
