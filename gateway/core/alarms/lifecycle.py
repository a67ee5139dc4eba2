"""Alarms after ISA-18.2: their states, the steps between them, and one standing alarm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from gateway.core.kernel.errors import IllegalTransition
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value


class State(StrEnum):
    """Where an alarm stands."""

    NORMAL = "normal"
    PENDING = "pending"
    """The condition holds, its delay is running; nobody has been told."""
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    """The condition has ended before anybody acknowledged it."""
    LATCHED = "latched"
    """Ended and acknowledged, but the rule wants it reset by hand."""


class Step(StrEnum):
    """What can happen to an alarm."""

    BREACH = "breach"
    RELEASE = "release"
    RAISE = "raise"
    RETURN = "return"
    ACKNOWLEDGE = "acknowledge"
    RESET = "reset"
    REMOVE = "remove"
    """Its rule or device is no longer in the site's files."""


ACTIVE = frozenset({State.UNACKNOWLEDGED, State.ACKNOWLEDGED})
"""The states in which the condition holds, and its end is awaited."""

TRANSITIONS: Mapping[tuple[State, Step], State] = {
    (State.NORMAL, Step.BREACH): State.PENDING,
    (State.PENDING, Step.RELEASE): State.NORMAL,
    (State.PENDING, Step.RAISE): State.UNACKNOWLEDGED,
    (State.PENDING, Step.REMOVE): State.NORMAL,
    (State.UNACKNOWLEDGED, Step.ACKNOWLEDGE): State.ACKNOWLEDGED,
    (State.UNACKNOWLEDGED, Step.RETURN): State.RETURNED,
    (State.UNACKNOWLEDGED, Step.REMOVE): State.NORMAL,
    (State.ACKNOWLEDGED, Step.RETURN): State.NORMAL,
    (State.ACKNOWLEDGED, Step.REMOVE): State.NORMAL,
    (State.RETURNED, Step.RAISE): State.UNACKNOWLEDGED,
    (State.RETURNED, Step.ACKNOWLEDGE): State.NORMAL,
    (State.RETURNED, Step.REMOVE): State.NORMAL,
}

LATCHED_TRANSITIONS: Mapping[tuple[State, Step], State] = {
    **TRANSITIONS,
    (State.ACKNOWLEDGED, Step.RETURN): State.LATCHED,
    (State.RETURNED, Step.ACKNOWLEDGE): State.LATCHED,
    (State.LATCHED, Step.RAISE): State.UNACKNOWLEDGED,
    (State.LATCHED, Step.RESET): State.NORMAL,
    (State.LATCHED, Step.REMOVE): State.NORMAL,
}


def next_state(state: State, step: Step, *, latched: bool = False) -> State:
    """Where `step` leads from `state`.

    Raises:
        IllegalTransition: when the table has no such step.
    """
    table = LATCHED_TRANSITIONS if latched else TRANSITIONS
    try:
        return table[state, step]
    except KeyError:
        raise IllegalTransition(f"an alarm that is {state} cannot {step}") from None


class Evidence(msgspec.Struct, frozen=True):
    """The message and reading with which a breach began: the first links of the causal chain."""

    message: int
    topic: str
    payload: str
    received: Micros
    time: Micros
    values: dict[str, Value]


class AlarmRecord(msgspec.Struct, frozen=True):
    """One occurrence of an alarm as it stands: a row of the store."""

    number: int
    rule: str
    device: str
    state: State
    severity: str
    title: str
    raised_at: Micros
    raised_count: int
    """How often it was raised before it was back to normal."""
    returned_at: Micros | None
    acknowledged_at: Micros | None
    acknowledged_by: str | None
    closed_at: Micros | None
    turning_since: Micros | None
    ticket: int | None
    evidence: Evidence
    event: int
    """The audit event of its latest transition, which causes the next."""


class Pending(msgspec.Struct, frozen=True):
    """A breach whose delay is running: a row of the store."""

    rule: str
    device: str
    since: Micros
    evidence: Evidence


@dataclass(slots=True)
class Alarm:
    """The alarm of one rule on one device, while it is anything but normal."""

    rule: str
    device: str
    evidence: Evidence
    latched: bool
    severity: str
    title: str
    state: State = State.NORMAL
    turning_since: Micros | None = None
    """Since when the condition has pointed to the other side: to a raise while inactive, to a return while active."""
    number: int = 0
    raised_at: Micros = 0
    raised_count: int = 0
    returned_at: Micros | None = None
    acknowledged_at: Micros | None = None
    acknowledged_by: str | None = None
    closed_at: Micros | None = None
    ticket: int | None = None
    event: int = 0
    unconfirmed_until: Micros = 0
    """After a restart, time alone raises nothing before this: the gateway was blind in between."""
    restored: bool = False
    """Whether its delay began in an earlier run, and so has a row of its own."""

    def take(self, step: Step) -> None:
        """Go where the table leads; raises IllegalTransition when it leads nowhere."""
        self.state = next_state(self.state, step, latched=self.latched)

    def record(self) -> AlarmRecord:
        """The row to store."""
        return AlarmRecord(
            number=self.number,
            rule=self.rule,
            device=self.device,
            state=self.state,
            severity=self.severity,
            title=self.title,
            raised_at=self.raised_at,
            raised_count=self.raised_count,
            returned_at=self.returned_at,
            acknowledged_at=self.acknowledged_at,
            acknowledged_by=self.acknowledged_by,
            closed_at=self.closed_at,
            turning_since=self.turning_since,
            ticket=self.ticket,
            evidence=self.evidence,
            event=self.event,
        )

    @classmethod
    def from_record(cls, record: AlarmRecord, *, latched: bool, unconfirmed_until: Micros) -> Alarm:
        """A stored alarm after a restart."""
        fields = {name: getattr(record, name) for name in record.__struct_fields__}
        return cls(**fields, latched=latched, unconfirmed_until=unconfirmed_until)
