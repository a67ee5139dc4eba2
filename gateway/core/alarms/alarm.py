"""One alarm: an occurrence of a rule's condition on a subject, from its raise until it is back to normal."""

from __future__ import annotations

import msgspec

from gateway.core.alarms.lifecycle import State, Step, next_state
from gateway.core.alarms.occurred import Occurred
from gateway.core.alarms.suppression import SuppressedBy
from gateway.core.alarms.told import Told
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Severity, rank
from gateway.core.rules.evidence import Evidence

TOLD, LIFE_SAFETY = 8, 4
SEVERITIES = {severity.value: place for place, severity in enumerate(reversed(Severity))}
"""What these weigh in the urgency of an alarm."""
RAISES = 2**44
"""More than there are audit records. The whole stays below 2**53, which every reader of JSON keeps exactly."""

_TIMES = ("raised_at", "first_raised_at", "returned_at", "acknowledged_at")
"""Of a standing alarm."""


class AlarmRecord(msgspec.Struct, frozen=True, gc=False):
    """An alarm as it stands: a row of the store."""

    number: int
    """Unique in the life of the store."""
    rule: str
    subject: Subject
    state: State
    severity: str
    title: str
    raised_at: Micros
    """When it was last raised; while it is suppressed, when its condition began to hold."""
    first_raised_at: Micros
    """When it was raised or suppressed for the first time."""
    raised_count: int
    """How often it was raised so far. 0 as long as it was suppressed from the beginning: nobody was told."""
    returned_at: Micros | None
    acknowledged_at: Micros | None
    acknowledged_by: str | None
    closed_at: Micros | None
    ticket: int | None
    evidence: Evidence | None
    """The message and reading of the latest raise; None where no message led to it."""
    first_raise: int
    """The audit record of its first step: a raise, or where it was suppressed from the beginning, that."""
    latest_raise: int
    """The audit record with which its condition was last told or suppressed. Lists of alarms are in this order, as
    times repeat and clocks are set."""
    event: int
    """The audit record of its latest step."""
    detail: str | None = None
    """A built-in alarm's sentence on what has happened; None where the evidence says it."""
    suppressed_by: tuple[SuppressedBy, ...] = ()
    """What suppresses it, or would if people had not been told before."""
    acknowledgement_due: bool = False
    """While it is suppressed: whether people were told before, and nobody has acknowledged that."""
    occurred: Occurred | None = None
    """How often it has occurred of late; None where its rule cannot chatter."""
    life_safety: bool = False
    """Whether people are in danger, as its rule says; of an alarm that is over, as it said then."""
    told: Told | None = None
    """What people know of its present occurrence, or of its last; None where nobody was told of it."""
    members: tuple[str, ...] = ()
    """Of a group: the members that counted when it was last raised, suppressed, or fell to a lower level, by id."""

    @property
    def holds(self) -> bool:
        """Whether its condition holds, whether people were told or not."""
        return holds(self.state, self.returned_at)

    @property
    def is_known(self) -> bool:
        """Whether people were told of its present occurrence: they are told now, or were before it was put aside."""
        return self.told is not None or self.state in (State.UNACKNOWLEDGED, State.ACKNOWLEDGED)

    @property
    def urgency(self) -> int:
        """The place in lists of what stands, the most urgent highest: what people are told of, then life safety, then
        severity, then the latest raise."""
        is_told = self.state is not State.SUPPRESSED
        weight = is_told * TOLD + self.life_safety * LIFE_SAFETY + SEVERITIES[self.severity]
        return weight * RAISES + self.latest_raise

    @property
    def is_chattering(self) -> bool:
        """Whether it comes and goes, and is held as one alarm."""
        return self.occurred is not None and self.occurred.changed_at is not None

    @property
    def is_held_back(self) -> bool:
        """Whether it chatters, and its end or that of its worst level is not yet told."""
        return self.occurred is not None and self.occurred.is_better

    @property
    def has_returned_unseen(self) -> bool:
        """Whether it latches, is suppressed, and its condition has ended: people learn of it later."""
        return self.state is State.SUPPRESSED and self.returned_at is not None


class AlarmView(msgspec.Struct, frozen=True, gc=False):
    """What people see of an alarm that stands: a copy, for another thread."""

    number: int
    rule: str
    subject: Subject
    state: State
    severity: str
    title: str


class Alarm(msgspec.Struct, gc=False):
    """A standing alarm: in any state but normal."""

    number: int
    rule: str
    subject: Subject
    latched: bool
    severity: str
    title: str
    evidence: Evidence | None
    raised_at: Micros
    first_raised_at: Micros
    state: State = State.NORMAL
    raised_count: int = 0
    returned_at: Micros | None = None
    acknowledged_at: Micros | None = None
    acknowledged_by: str | None = None
    closed_at: Micros | None = None
    ticket: int | None = None
    first_raise: int = 0
    latest_raise: int = 0
    event: int = 0
    detail: str | None = None
    suppressed_by: tuple[SuppressedBy, ...] = ()
    acknowledgement_due: bool = False
    occurred: Occurred | None = None
    life_safety: bool = False
    told: Told | None = None
    members: tuple[str, ...] = ()
    levels: set[str] = msgspec.field(default_factory=set)
    """The severities of the levels of its rule that hold, at least one while its condition holds."""
    restored: dict[str, Micros | None] = {}
    """The times that an earlier run has told, by name."""

    @property
    def is_raised(self) -> bool:
        """Whether its condition still holds, and people were told."""
        return self.state in (State.UNACKNOWLEDGED, State.ACKNOWLEDGED)

    @property
    def holds(self) -> bool:
        """Whether its condition still holds, whether people were told or not."""
        return holds(self.state, self.returned_at)

    @property
    def is_chattering(self) -> bool:
        """Whether it comes and goes, and is held as one alarm."""
        return self.occurred is not None and self.occurred.changed_at is not None

    @property
    def is_held_back(self) -> bool:
        """Whether it chatters, and its end or that of its worst level is not yet told."""
        return self.occurred is not None and self.occurred.is_better

    @property
    def why_suppressed(self) -> str:
        """The reasons in one line."""
        return "; ".join(f"{reason.kind.value.replace('_', ' ')}: {reason.why}" for reason in self.suppressed_by)

    @property
    def untold(self) -> frozenset[str]:
        """Of a group: the members of which people have not been told in the present occurrence."""
        return frozenset(self.members).difference(self.told.members if self.told is not None else ())

    def apply(self, step: Step) -> None:
        """Change the state as the table says; raises IllegalTransition when it has no such step."""
        before, due = self.state, self.acknowledgement_due
        is_known = self._is_as_told
        self.state = next_state(before, step, latched=self.latched, acknowledgement_due=due, is_known=is_known)
        waits = before in (State.UNACKNOWLEDGED, State.RETURNED)
        self.acknowledgement_due = self.state is State.SUPPRESSED and (due or waits)

    @property
    def _is_as_told(self) -> bool:
        """Whether it is no worse than people were told, and no person has put it aside."""
        if self.told is None or self.told.is_put_aside or rank(self.severity) < rank(self.told.severity):
            return False
        return not any(reason.kind.takes_off_list for reason in self.suppressed_by)

    def record(self) -> AlarmRecord:
        """The row to store."""
        return AlarmRecord(
            number=self.number,
            rule=self.rule,
            subject=self.subject,
            state=self.state,
            severity=self.severity,
            title=self.title,
            raised_at=self.raised_at,
            first_raised_at=self.first_raised_at,
            raised_count=self.raised_count,
            returned_at=self.returned_at,
            acknowledged_at=self.acknowledged_at,
            acknowledged_by=self.acknowledged_by,
            closed_at=self.closed_at,
            ticket=self.ticket,
            evidence=self.evidence,
            first_raise=self.first_raise,
            latest_raise=self.latest_raise,
            event=self.event,
            detail=self.detail,
            suppressed_by=self.suppressed_by,
            acknowledgement_due=self.acknowledgement_due,
            occurred=self.occurred,
            life_safety=self.life_safety,
            told=self.told,
            members=self.members,
        )

    def correct(self, by: Micros) -> bool:
        """Move the times that this run has told, by a wrong clock; returns whether there are any."""
        times = {name: time for name in _TIMES if (time := getattr(self, name)) is not None}
        moved = {name: time + by for name, time in times.items() if by and self.restored.get(name) != time}
        for name, time in moved.items():
            setattr(self, name, time)
        return bool(moved)

    def view(self) -> AlarmView:
        """The alarm at this moment."""
        return AlarmView(self.number, self.rule, self.subject, self.state, self.severity, self.title)

    @classmethod
    def from_record(cls, record: AlarmRecord, *, latched: bool) -> Alarm:
        """Restore a stored alarm. One that waits for people stays so, even if its rule no longer latches."""
        fields = {name: getattr(record, name) for name in record.__struct_fields__}
        if record.told is None and record.is_known:  # stored by an earlier version
            fields["told"] = Told(record.severity)
        latched = latched or record.state is State.LATCHED or record.has_returned_unseen
        return cls(**fields, latched=latched, restored={name: fields[name] for name in _TIMES})


def holds(state: State, returned_at: Micros | None) -> bool:
    """Whether the condition of an alarm in this state holds, whether people were told or not."""
    is_suppressed = state is State.SUPPRESSED and returned_at is None
    return is_suppressed or state in (State.UNACKNOWLEDGED, State.ACKNOWLEDGED)
