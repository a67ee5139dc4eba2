"""What people are told with an alarm: what the annunciator, the announcement and the desk know of a rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from gateway.core.kernel.subjects import SubjectKind
from gateway.core.kernel.texts import Text
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Severity
from gateway.core.rules.chatter import ChatterLimit
from gateway.core.rules.groups.grouping import GroupBy
from gateway.core.rules.rule import Rule, TicketTemplate

_KINDS = {None: SubjectKind.DEVICE, GroupBy.ZONE: SubjectKind.ZONE, GroupBy.LOCATION: SubjectKind.LOCATION}
"""Of which kind the subjects of a rule are; of any other group, `group`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmDefinition:
    """The definition of an alarm: of a rule in the site's files, or built in."""

    id: str
    subject: SubjectKind
    """The kind of thing that its alarms are about."""
    severity: Severity
    title: Text
    """What has happened."""
    guidance: Text | None
    """What to do."""
    latched: bool = False
    """Once raised it stays until somebody has acknowledged and reset it."""
    life_safety: bool = False
    """Whether people are in danger."""
    ticket: TicketTemplate | None = None
    """The work that one occurrence opens."""
    when: str | None = None
    """The condition, in CEL; None of one that is built in."""
    on_delay: Micros = 0
    """For how long it must hold before the alarm is raised."""
    chatter: ChatterLimit | None = None
    """From how many raises on it chatters; None where it never does, as with those about the gateway: what reports
    them waits until a trouble has lasted."""
    realarm: Micros | None = None
    """So long after an acknowledgement it is told again, if it still stands; None where it is not."""

    @classmethod
    def of(cls, rule: Rule) -> Self:
        """The definition of a rule's alarms."""
        spec = rule.spec
        return cls(
            id=rule.id,
            subject=_KINDS.get(spec.group_by, SubjectKind.GROUP),
            severity=spec.severity,
            title=spec.title,
            guidance=spec.guidance,
            latched=spec.latched,
            life_safety=spec.life_safety,
            ticket=spec.ticket,
            when=spec.when or rule.when.text,
            on_delay=rule.on_delay,
            chatter=spec.chatters,
            realarm=spec.realarm,
        )
