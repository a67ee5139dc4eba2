"""Alarms: lists, one alarm with its causal chain, and the actions acknowledge and reset."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Annotated, Self

from fastapi import APIRouter, HTTPException, Path, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from gateway.api.answers import encoded
from gateway.api.events import EventAnswer
from gateway.api.paging import NextBefore, PageParameters, cut
from gateway.api.problems import check_known, documented, not_found
from gateway.api.services import Gateway, Services
from gateway.api.times import Moment
from gateway.core.alarms.actions import Acknowledge, AlarmAction, Reset
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.builtin import BUILTIN, BUILTIN_IDS
from gateway.core.alarms.lifecycle import State
from gateway.core.alarms.suppression import SuppressedBy, SuppressionKind
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.texts import LONGEST_NAME, LONGEST_NOTE, is_one_line
from gateway.core.kernel.times import isoformat
from gateway.core.kernel.urgency import Severity
from gateway.core.kernel.values import Value
from gateway.core.rules.evidence import Evidence
from gateway.core.site.site import Site
from gateway.errors import IllegalTransition, StoreError, UnknownAlarm
from gateway.store.alarms.queries import find_alarm, find_alarms
from gateway.store.audit.queries import causal_chain

router = APIRouter(prefix="/alarms", tags=["alarms"])

DURABLE_WITHIN_S = 10.0
"""A person waits no longer than this for an action to be on disk."""

STANDING = (State.UNACKNOWLEDGED, State.ACKNOWLEDGED, State.RETURNED, State.LATCHED, State.SUPPRESSED)


class StateFilter(StrEnum):
    """Which alarms: one state, those standing (any but normal), or all."""

    STANDING = "standing"
    ALL = "all"
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    LATCHED = "latched"
    SUPPRESSED = "suppressed"
    NORMAL = "normal"

    @property
    def states(self) -> tuple[State, ...]:
        """The states it stands for."""
        if self is StateFilter.STANDING:
            return STANDING
        return (*STANDING, State.NORMAL) if self is StateFilter.ALL else (State(self.value),)


class AlarmParameters(PageParameters):
    """Which alarms to list."""

    state: StateFilter = Field(StateFilter.STANDING, description="A state, or standing (any but normal), or all.")
    device: str | None = Field(None, description="Id of a device.")
    rule: str | None = Field(None, description="Id of a rule.")
    severity: Severity | None = None


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
                "state": "unacknowledged",
                "severity": "critical",
                "title": "Pump running dry",
                "raised_at": "2026-01-31T08:00:05.000Z",
                "first_raised_at": "2026-01-31T08:00:05.000Z",
                "raised_count": 1,
                "returned_at": None,
                "acknowledged_at": None,
                "acknowledged_by": None,
                "closed_at": None,
                "ticket": 7,
                "values": {"running": True, "inlet_pressure": 0.01},
                "detail": None,
                "suppressed_by": [],
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
    state: State = Field(
        description="unacknowledged; acknowledged; returned: ended before anybody acknowledged it; latched: ended and "
        "acknowledged, waits for a reset; suppressed: holds, and people are not told; normal: over."
    )
    severity: Severity
    title: str = Field(description="In the site's language.")
    raised_at: Moment = Field(description="When it was last raised; while suppressed, since when its condition holds.")
    first_raised_at: Moment = Field(description="When it was first raised or suppressed.")
    raised_count: int = Field(
        description="How often it was raised before it was back to normal; 0 where it was suppressed all the time."
    )
    returned_at: Moment | None = Field(description="When the condition ended; null while it holds.")
    acknowledged_at: Moment | None
    acknowledged_by: str | None
    closed_at: Moment | None = Field(description="When it was back to normal.")
    ticket: int | None = Field(description="Number of the ticket it opened.")
    values: dict[str, Value] = Field(description="Of the reading that raised it last; empty where none did.")
    detail: str | None = Field(description="What has happened, of a built-in alarm; else null.")
    suppressed_by: list[ReasonAnswer] = Field(
        description="Why people are not told of it, or would not be told if it were raised again."
    )

    @classmethod
    def of(cls, record: AlarmRecord, site: Site) -> Self:
        """The answer for this record."""
        fields = {name: getattr(record, name) for name in cls.model_fields if name in record.__struct_fields__}
        device = record.subject.device
        fields |= {"device": device, "device_name": site.name_of(device), "subject": str(record.subject)}
        fields |= {"suppressed_by": [ReasonAnswer.of(reason) for reason in record.suppressed_by]}
        return cls(**fields, values={} if record.evidence is None else record.evidence.values)


class AlarmsAnswer(BaseModel):
    """A page of alarms, the latest raise first."""

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


def _in_one_line(text: str) -> str:
    if not is_one_line(text):
        raise ValueError("write it in one line, without control characters")
    return text


class Operator(BaseModel):
    """The person who acts."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"by": "Li Wei", "note": "The valve is shut, the plumber comes."}}
    )

    by: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME),
        AfterValidator(_in_one_line),
    ]
    """A name that colleagues know."""
    note: (
        Annotated[
            str,
            StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NOTE),
            AfterValidator(_in_one_line),
        ]
        | None
    ) = Field(None, description="What colleagues should know, in one line. It stays with the step, in the chain.")


Number = Annotated[int, Path(ge=1, le=2**63 - 1, description="Number of the alarm.")]


@router.get("", response_model=AlarmsAnswer, responses=documented())
def list_alarms(gateway: Gateway, query: Annotated[AlarmParameters, Query()]) -> Response:
    """Alarms, the latest raise first: those standing unless asked otherwise."""
    found = find_alarms(
        gateway.database,
        query.page(),
        states=query.state.states,
        subject=Subject.of_device(query.device) if query.device is not None else None,
        rule=query.rule,
        severity=query.severity,
    )
    if not found:  # a device or rule that left the site's files can still have alarms
        check_known("device", query.device, gateway.site.devices)
        if query.rule not in BUILTIN_IDS:
            check_known("rule", query.rule, (rule.id for rule in gateway.configuration.rules))
    shown, next_before = cut(found, query, lambda alarm: alarm.latest_raise)
    return encoded(
        AlarmsAnswer(alarms=[AlarmAnswer.of(record, gateway.site) for record in shown], next_before=next_before)
    )


@router.get("/{number}", responses=documented(404))
def get_alarm(gateway: Gateway, number: Number) -> AlarmDetails:
    """One alarm with its causal chain: the message and reading of each raise and return, its steps, its ticket."""
    record = _find(gateway, number)
    return AlarmDetails(
        **dict(AlarmAnswer.of(record, gateway.site)),
        evidence=EvidenceAnswer.of(record.evidence) if record.evidence is not None else None,
        guidance=_guidance(gateway, record.rule),
        chain=[EventAnswer.of(event) for event in causal_chain(gateway.database, record)],
    )


@router.post("/{number}/acknowledge", responses=documented(404, 409, 500))
async def acknowledge_alarm(gateway: Gateway, number: Number, operator: Operator) -> AlarmAnswer:
    """Acknowledge an alarm. The answer comes once this is on disk."""
    return await _act(gateway, Acknowledge(alarm=number, by=operator.by, note=operator.note))


@router.post("/{number}/reset", responses=documented(404, 409, 500))
async def reset_alarm(gateway: Gateway, number: Number, operator: Operator) -> AlarmAnswer:
    """Reset a latched alarm: it is acknowledged, and its condition has ended. The answer comes once this is on disk."""
    return await _act(gateway, Reset(alarm=number, by=operator.by, note=operator.note))


async def _act(gateway: Services, action: AlarmAction) -> AlarmAnswer:
    number = action.alarm
    try:
        async with asyncio.timeout(DURABLE_WITHIN_S):
            await gateway.act(action)
    except UnknownAlarm as error:
        record = await asyncio.to_thread(_find, gateway, number)
        since = f" since {isoformat(record.closed_at)}" if record.closed_at is not None else ""
        raise HTTPException(409, f"alarm {number} is back to normal{since}: nothing is left to do") from error
    except IllegalTransition as error:
        record = await asyncio.to_thread(_find, gateway, number)
        raise HTTPException(409, _cannot(action, record)) from error
    except TimeoutError as error:
        problem = gateway.health().store_problem or "commits take long"
        raise StoreError(f"done, but not on disk yet, so a crash would undo it: {problem}") from error
    return AlarmAnswer.of(await asyncio.to_thread(_find, gateway, number), gateway.site)


def _cannot(action: AlarmAction, record: AlarmRecord) -> str:
    who = f" by {record.acknowledged_by}" if record.acknowledged_by and record.state is State.ACKNOWLEDGED else ""
    if isinstance(action, Acknowledge):
        return f"alarm {record.number} is {record.state}{who}: it cannot be acknowledged again"
    return f"alarm {record.number} is {record.state}{who}: only one that is latched can be reset"


def _guidance(gateway: Services, rule_id: str) -> str | None:
    guidance = {rule.id: rule.spec.guidance for rule in gateway.configuration.every_rule if rule.id == rule_id}
    text = BUILTIN[rule_id].guidance if rule_id in BUILTIN else guidance.get(rule_id)
    return text.in_language(gateway.site.header.language) if text is not None else None


def _find(gateway: Services, number: int) -> AlarmRecord:
    record = find_alarm(gateway.database, number)
    if record is None:
        raise not_found(f"there is no alarm {number}")
    return record
