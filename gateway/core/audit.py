"""Writes down what happened to alarms: audit events with their cause, tickets, and MQTT events for other systems."""

from __future__ import annotations

import msgspec

from gateway.core.alarms.lifecycle import Alarm, Step
from gateway.core.configuration import Site
from gateway.core.devices.device import Device
from gateway.core.kernel.times import Micros, isoformat
from gateway.core.outcomes import AuditEvent, Notice, Outcome
from gateway.core.rules.rule import Rule
from gateway.core.work.tickets import open_ticket


class Chronicle:
    """Numbers events and tickets; the numbers never repeat in the life of a store."""

    def __init__(self, site: Site, *, next_ticket: int, next_event: int) -> None:
        self._site = site
        self._next_event = next_event
        self.next_ticket = next_ticket

    def title_of(self, rule: Rule) -> str:
        """The rule's title in the site's language."""
        return rule.spec.title.in_language(self._site.header.language)

    def evidence(self, alarm: Alarm, outcome: Outcome) -> int:
        """Write down the message and the reading that made a breach; the number of the latter."""
        found = alarm.evidence
        data: dict[str, object] = {"number": found.message, "payload": found.payload}
        message = self._event("message", found.topic, None, found.received, data, outcome)
        data = {"time": isoformat(found.time), "values": found.values}
        return self._event("reading", alarm.device, message, found.received, data, outcome)

    def transition(
        self,
        alarm: Alarm,
        step: Step,
        device: Device | None,
        rule: Rule | None,
        now: Micros,
        outcome: Outcome,
        by: str | None,
    ) -> None:
        """Write down one step of an alarm, and tell other systems."""
        data: dict[str, object] = {"alarm": alarm.number, "step": step.value, "state": alarm.state.value}
        if step is Step.RAISE and rule is not None:
            data |= {"when": rule.spec.when, "for_s": rule.raise_after / 1e6}
        subject = f"{alarm.rule}/{alarm.device}"
        alarm.event = self._event("alarm", subject, alarm.event or None, now, data, outcome, by)
        outcome.notices.append(self._notice(alarm, step, device, rule, now, by))

    def open_ticket(self, alarm: Alarm, rule: Rule, now: Micros, outcome: Outcome) -> None:
        """Open the ticket that the rule asks for."""
        template, guidance = rule.spec.ticket, rule.spec.guidance
        if template is None:
            raise ValueError(f"rule {rule.id} makes no tickets")
        ticket = open_ticket(
            template,
            self._site.sla[template.priority],
            number=self.next_ticket,
            alarm=alarm.number,
            device=alarm.device,
            title=alarm.title,
            guidance=guidance.in_language(self._site.header.language) if guidance else None,
            now=now,
        )
        self.next_ticket += 1
        outcome.tickets.append(ticket)
        data: dict[str, object] = {"ticket": ticket.number, "step": "open", "priority": ticket.priority}
        self._event("ticket", str(ticket.number), alarm.event, now, data, outcome)

    def _event(
        self,
        kind: str,
        subject: str,
        cause: int | None,
        time: Micros,
        data: dict[str, object],
        outcome: Outcome,
        by: str | None = None,
    ) -> int:
        number = self._next_event
        self._next_event += 1
        outcome.events.append(AuditEvent(number, time, kind, subject, cause, by, data))
        return number

    def _notice(
        self, alarm: Alarm, step: Step, device: Device | None, rule: Rule | None, now: Micros, by: str | None
    ) -> Notice:
        content = {
            "site": self._site.header.id,
            "alarm": alarm.number,
            "rule": alarm.rule,
            "device": alarm.device,
            "location": device.spec.location if device else None,
            "step": step.value,
            "state": alarm.state.value,
            "severity": alarm.severity,
            "life_safety": rule is not None and rule.spec.life_safety,
            "title": alarm.title,
            "time": isoformat(now),
            "raised_at": isoformat(alarm.raised_at),
            "by": by,
            "ticket": alarm.ticket,
            "values": alarm.evidence.values,
        }
        topic = f"gateway/{self._site.header.id}/alarms/{alarm.device}/{alarm.rule}"
        return Notice(topic, msgspec.json.encode(content))
