"""Alarms as the API shows them."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from gateway.api.events import EventAnswer
from gateway.api.paging import NextBefore
from gateway.api.services import Services
from gateway.api.times import Moment
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.lifecycle import State
from gateway.core.alarms.suppression import SuppressedBy, SuppressionKind
from gateway.core.kernel.urgency import Severity
from gateway.core.kernel.values import Value
from gateway.core.rules.evidence import Evidence


class ReasonAnswer(BaseModel):
    """One reason why people are not told of an alarm."""

    kind: SuppressionKind
    why: str
    until: Moment | None = Field(description="When it ends; null where an event ends it.")
    by: str | None = Field(description="Whose decision it is; null where nobody's.")
    source: str = Field(description="What suppresses it, such as shelf:12.")

    @classmethod
    def of(cls, reason: SuppressedBy) -> Self:
        """The answer for this reason."""
        return cls(**{name: getattr(reason, name) for name in reason.__struct_fields__})


class AlarmAnswer(BaseModel):
    """One occurrence of an alarm."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "number": 12,
                "rule": "pump-dry-run",
                "device": "pump-b1-1",
                "device_name": "Booster pump 1",
                "subject": "device:pump-b1-1",
                "subject_name": "Booster pump 1",
                "members": [],
                "location": "b1.pump-room",
                "state": "unacknowledged",
                "severity": "critical",
                "life_safety": False,
                "title": "Pump running dry",
                "raised_at": "2026-01-31T08:00:05.000Z",
                "first_raised_at": "2026-01-31T08:00:05.000Z",
                "raised_count": 1,
                "chattering": False,
                "returned_at": None,
                "acknowledged_at": None,
                "acknowledged_by": None,
                "closed_at": None,
                "ticket": 7,
                "values": {"running": True, "inlet_pressure": 0.01},
                "detail": None,
                "suppressed_by": [],
                "stale": False,
            }
        }
    )

    number: int = Field(description="Never used twice.")
    rule: str = Field(description="Of the site's rules, or built in, such as gateway-blind.")
    device: str | None = Field(description="What it is about, where that is a device; else null.")
    device_name: str | None = Field(
        description="In the site's language; its id where it has no name; null where the files have no such device."
    )
    subject: str = Field(description="What it is about, as kind:id.")
    subject_name: str = Field(
        description="In the site's language: of a device or location, also of a group by these; else as `subject`."
    )
    members: list[str] = Field(
        description="Of a group: the devices that counted when it was last raised, or one more of them was told."
    )
    location: str | None = Field(
        description="Where the device is, by id; of a group, that location, or the one where all its members are."
    )
    state: State = Field(
        description="unacknowledged; acknowledged; returned: ended before anybody acknowledged it; latched: ended and "
        "acknowledged, waits for a reset; suppressed: holds, and people are not told; normal: over."
    )
    severity: Severity
    life_safety: bool = Field(description="Whether people were in danger.")
    title: str = Field(description="In the site's language.")
    raised_at: Moment = Field(description="When it was last raised; while suppressed, since when its condition holds.")
    first_raised_at: Moment = Field(description="When it was first raised or suppressed.")
    raised_count: int = Field(
        description="How often it was raised before it was back to normal, reminders not counted; 0 where it was "
        "suppressed all the time."
    )
    chattering: bool = Field(
        description="Whether it comes and goes so often that it is held as one alarm until it is quiet."
    )
    returned_at: Moment | None = Field(description="When the condition ended; null while it holds.")
    acknowledged_at: Moment | None
    acknowledged_by: str | None
    closed_at: Moment | None = Field(description="When it was back to normal.")
    ticket: int | None = Field(description="Number of the ticket it opened.")
    values: dict[str, Value] = Field(
        description="Of the reading that raised it last, and of a rule with `let` what it read; empty where none did."
    )
    detail: str | None = Field(
        description="What has happened, of a built-in alarm; of a group, which members count; else null."
    )
    suppressed_by: list[ReasonAnswer] = Field(
        description="Why people are not told of it, or would not be told if it were raised again."
    )
    stale: bool = Field(
        description="Whether it is raised and a value that its rule reads is too old, so that nobody knows whether its "
        "condition still holds."
    )

    @classmethod
    def of(cls, record: AlarmRecord, gateway: Services) -> Self:
        """The answer for this record."""
        site = gateway.site
        fields = {name: getattr(record, name) for name in cls.model_fields if name in record.__struct_fields__}
        device = record.subject.device
        fields |= {"device": device, "device_name": site.name_of(device), "subject": str(record.subject)}
        fields |= {"subject_name": site.words_of(record.subject)}
        fields |= {"suppressed_by": [ReasonAnswer.of(reason) for reason in record.suppressed_by]}
        fields |= {"location": site.location_of(record.subject, record.members), "members": [*record.members]}
        fields |= {"chattering": record.is_chattering, "stale": _is_stale(record, gateway)}
        return cls(**fields, values={} if record.evidence is None else record.evidence.values)


class AlarmsAnswer(BaseModel):
    """A page of alarms: of those that stand the most urgent first, else the latest raise first."""

    alarms: list[AlarmAnswer]
    next_before: NextBefore


class EvidenceAnswer(BaseModel):
    """The message with which the condition began to hold before the latest raise."""

    message: int = Field(description="Number of the message in the journal.")
    topic: str
    payload: str = Field(description="As received, as text, cut off after 4,096 characters.")
    received: Moment
    time: Moment = Field(description="Event time of its reading.")
    values: dict[str, Value]

    @classmethod
    def of(cls, evidence: Evidence) -> Self:
        """The answer for this evidence."""
        return cls(**{name: getattr(evidence, name) for name in evidence.__struct_fields__})


class AlarmDetails(AlarmAnswer):
    """One alarm with its evidence and its causal chain."""

    evidence: EvidenceAnswer | None = Field(description="Null where no message raised it, as with a built-in alarm.")
    guidance: str | None = Field(description="What to do, in the site's language; null where its rule says nothing.")
    chain: list[EventAnswer] = Field(description="From the message over the alarm's steps to its ticket, in order.")


def _is_stale(record: AlarmRecord, gateway: Services) -> bool:
    device = gateway.site.devices.get(record.subject.device or "")
    if record.returned_at is not None:
        return False
    if device is None:
        return _has_stale_member(record, gateway)
    stale = gateway.devices.stale_of(device.id)
    for rule in gateway.configuration.rules:
        if rule.id != record.rule:
            continue
        if not rule.metrics.isdisjoint(stale):
            return True
        for read in rule.elsewhere.values():
            others = gateway.site.roles.find(read.role, device.location)
            if any(read.metric in gateway.devices.stale_of(other) for other in others):
                return True
    return False


def _has_stale_member(record: AlarmRecord, gateway: Services) -> bool:
    """Whether what a counted member has said for the rule is too old."""
    rules = [rule for rule in gateway.configuration.rules if rule.id == record.rule]
    members = [device for name in record.members if (device := gateway.site.devices.get(name)) is not None]
    return any(
        not rule.metrics_of(device.profile).isdisjoint(gateway.devices.stale_of(device.id))
        for rule in rules
        for device in members
        if rule.concerns(device)
    )
