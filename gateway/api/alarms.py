"""Alarms: lists, and one alarm with its causal chain."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from gateway.api.acting import alarm_of
from gateway.api.alarm_actions import Number
from gateway.api.alarm_answers import AlarmAnswer, AlarmDetails, AlarmsAnswer, EvidenceAnswer
from gateway.api.answers import encoded
from gateway.api.events import EventAnswer
from gateway.api.paging import PageParameters, cut
from gateway.api.places import check_group, groups_of, subject_given, subjects_inside
from gateway.api.problems import check_known, check_rule, documented
from gateway.api.services import Gateway, Services
from gateway.core.alarms.builtin import BUILTIN
from gateway.core.alarms.lifecycle import State
from gateway.core.kernel.urgency import Severity
from gateway.store.alarms.queries import find_alarms
from gateway.store.audit.queries import causal_chain

router = APIRouter(prefix="/alarms", tags=["alarms"])

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
    device: str | None = Field(None, description="Id of a device; alarms of groups of which it is a member as well.")
    subject: str | None = Field(None, description="A group in place of a device, as kind:id, such as zone:east.")
    rule: str | None = Field(None, description="Id of a rule.")
    location: str | None = Field(
        None, description="Id of a location; alarms of devices inside it as well, and of groups with such members."
    )
    severity: Severity | None = None


@router.get("", response_model=AlarmsAnswer, responses=documented())
def list_alarms(gateway: Gateway, query: Annotated[AlarmParameters, Query()]) -> Response:
    """Alarms: those standing unless asked otherwise.

    They come by life safety, severity and latest raise, suppressed ones last; lists with alarms that are over come by
    the latest raise alone.
    """
    by_urgency = State.NORMAL not in query.state.states
    check_known("location", query.location, gateway.site.locations)
    found = find_alarms(
        gateway.database,
        query.page(),
        states=query.state.states,
        subject=subject_given(query.device, query.subject),
        groups=groups_of(gateway.configuration, query.device),
        subjects=subjects_inside(gateway.configuration, query.location),
        rule=query.rule,
        severity=query.severity,
        most_urgent_first=by_urgency,
    )
    if not found:  # a device or rule that left the site's files can still have alarms
        check_known("device", query.device, gateway.site.devices)
        check_group(gateway, query.subject)
        check_rule(query.rule, gateway)
    shown, next_before = cut(found, query, lambda alarm: alarm.urgency if by_urgency else alarm.latest_raise)
    return encoded(AlarmsAnswer(alarms=[AlarmAnswer.of(record, gateway) for record in shown], next_before=next_before))


@router.get("/{number}", responses=documented(404))
def get_alarm(gateway: Gateway, number: Number) -> AlarmDetails:
    """One alarm with its causal chain: the message and reading of each raise and return, its steps, its ticket."""
    record = alarm_of(gateway, number)
    return AlarmDetails(
        **dict(AlarmAnswer.of(record, gateway)),
        evidence=EvidenceAnswer.of(record.evidence) if record.evidence is not None else None,
        guidance=_guidance(gateway, record.rule),
        chain=[EventAnswer.of(event) for event in causal_chain(gateway.database, record)],
    )


def _guidance(gateway: Services, rule_id: str) -> str | None:
    guidance = {rule.id: rule.spec.guidance for rule in gateway.configuration.every_rule if rule.id == rule_id}
    text = BUILTIN[rule_id].guidance if rule_id in BUILTIN else guidance.get(rule_id)
    return text.in_language(gateway.site.header.language) if text is not None else None
