"""Rules: how one stands on one device, and why no alarm came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.alarm_answers import AlarmAnswer
from gateway.api.memberships import group_alarms, of_memberships
from gateway.api.places import groups_of
from gateway.api.problems import documented, not_found
from gateway.api.reasons import Situation, of_alarm, of_awaited, of_earlier, sentences
from gateway.api.services import Gateway, Services
from gateway.api.silence_reasons import of_presence
from gateway.api.times import Moment
from gateway.api.unsure_time import awaiting_time
from gateway.core.alarms.alarm import AlarmRecord, AlarmView
from gateway.core.alarms.lifecycle import State
from gateway.core.devices.device_view import DeviceView
from gateway.core.devices.watched import Presence
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.texts import Text
from gateway.core.kernel.urgency import Severity
from gateway.core.kernel.values import Value, readable
from gateway.core.rules.conditions import is_of_another
from gateway.core.rules.explanation import Explanation, NamedValue, Origin, RunningDelay, with_values
from gateway.core.rules.roles import RoleMetric
from gateway.core.rules.silence import SILENT, SILENT_TITLE
from gateway.core.rules.trouble import TROUBLE, TROUBLE_TITLE
from gateway.store.alarms.queries import find_alarm, find_alarms
from gateway.store.paging import Page

router = APIRouter(prefix="/rules", tags=["rules"])

_UNDECIDED = (Presence.WAITING, Presence.UNREACHABLE)


class Verdict(StrEnum):
    """How a rule stands on a device, in one word."""

    NOT_WATCHED = "not_watched"
    """The rule does not apply to the device."""
    INACTIVE = "inactive"
    """It is outside its active hours, and not evaluated."""
    FALSE = "false"
    """Its condition does not hold."""
    UNKNOWN = "unknown"
    """Whether its condition holds depends on a value that nobody knows."""
    DELAYED = "delayed"
    """Its condition holds, and its delay runs."""
    SUPPRESSED = "suppressed"
    """Its alarm stands, and people are not told."""
    RAISED = "raised"
    """Its alarm was raised and its condition has not ended."""
    ENDED = "ended"
    """Its alarm stands though its condition has ended: it waits for a person."""


class ValueOfName(BaseModel):
    """A name in the conditions and its present value."""

    name: str
    origin: Origin = Field(
        description="reported: by the device; default: of the profile; attribute: a constant of the device; "
        "past: reported, and too old to count; derived: by the rule's let; unknown: never reported."
    )
    value: Value | None
    unit: str
    time: Moment | None = Field(description="Event time of a reported value.")
    rejected: str | None = Field(description="Why the device's latest word on it was rejected; null where it was not.")
    is_certain: bool = Field(
        description="False where a derived value may be another, as the gateway has not heard the whole window."
    )
    device: str | None = Field(
        description="Whose metric it is, where that is another device, read by its role; null also where there is none."
    )

    @classmethod
    def of(cls, named: NamedValue, unit: str) -> Self:
        """The answer for this value."""
        return cls(unit=unit, **{name: getattr(named, name) for name in named.__struct_fields__})


class ConditionAnswer(BaseModel):
    """A condition at present."""

    text: str
    with_values: str = Field(description="The text, with the present value of each name in brackets behind it.")
    holds: bool | None = Field(description="Null where that depends on an unknown value: then nothing changes.")

    @classmethod
    def of(cls, text: str, holds: bool | None, shown: Mapping[str, str]) -> Self:
        """The answer for this condition."""
        return cls(text=text, with_values=with_values(text, shown), holds=holds)


class DelayAnswer(BaseModel):
    """A delay that runs."""

    ends_alarm: bool = Field(description="Whether the alarm returns when it is over; else it is raised.")
    since: Moment = Field(description="Its start, moved on by the time that did not count.")
    length_s: float
    due: Moment | None = Field(description="When time alone ends it; null while the gateway hears nothing.")

    @classmethod
    def of(cls, delay: RunningDelay) -> Self:
        """The answer for this delay."""
        return cls(ends_alarm=delay.ends_alarm, since=delay.since, length_s=delay.length / 1_000_000, due=delay.due)


class LevelAnswer(BaseModel):
    """One level of the rule; a rule without levels has one."""

    severity: Severity
    when: ConditionAnswer
    clear_when: ConditionAnswer | None = Field(description="Null where it ends when `when` no longer holds.")
    is_active: bool = Field(description="Whether `when` has held for its `for`, and was not cleared since.")
    delay: DelayAnswer | None = Field(description="The delay that runs.")

    @classmethod
    def of(cls, explanation: Explanation, shown: Mapping[str, str]) -> Self:
        """The answer for this level, with the values of its names as people read them."""
        rule = explanation.rule
        clear_when = None
        if rule.clear_when is not None:
            clear_when = ConditionAnswer.of(rule.clear_when.text, explanation.clears, shown)
        return cls(
            severity=rule.spec.severity,
            when=ConditionAnswer.of(rule.when.text, explanation.when, shown),
            clear_when=clear_when,
            is_active=explanation.is_active,
            delay=DelayAnswer.of(explanation.delay) if explanation.delay is not None else None,
        )


class StandingAnswer(BaseModel):
    """How one rule stands on one device."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "rule": "pump-dry-run",
                "device": "pump-b1-1",
                "title": "Pump running dry",
                "verdict": "false",
                "sentences": ["The condition does not hold: running (true) && inlet_pressure (0.31 MPa) < …"],
                "levels": [
                    {
                        "severity": "critical",
                        "when": {
                            "text": "running && inlet_pressure < dry_run_pressure",
                            "with_values": "running (true) && inlet_pressure (0.31 MPa) < dry_run_pressure (0.02 MPa)",
                            "holds": False,
                        },
                        "clear_when": None,
                        "is_active": False,
                        "delay": None,
                    }
                ],
                "values": [],
                "alarm": None,
                "latest_alarm": None,
                "last_received": "2026-01-31T08:00:00.120Z",
                "blind_since": None,
            }
        }
    )

    rule: str
    device: str
    title: str = Field(description="The rule's, in the site's language.")
    verdict: Verdict
    sentences: list[str] = Field(description="Why, for people, the reason first.")
    levels: list[LevelAnswer] = Field(
        description="The most severe first; one where the rule has no levels, none where it does not watch the device. "
        "The built-in rule silent has none."
    )
    values: list[ValueOfName]
    alarm: AlarmAnswer | None = Field(description="The alarm, where it stands and is on disk.")
    latest_alarm: AlarmAnswer | None = Field(description="The latest that is over.")
    last_received: Moment | None = Field(description="When the device was last heard, since the gateway started.")
    blind_since: Moment | None = Field(description="Since when the gateway hears nothing; null while it hears.")


@router.get("/{rule}/devices/{device}", responses=documented(404))
async def get_standing(gateway: Gateway, rule: str, device: str) -> StandingAnswer:
    """Why the rule has raised an alarm on the device, or has not."""
    view = gateway.devices.find(device)
    if view is None:
        raise not_found(f"the site has no device {device!r}; /api/v1/devices lists them")
    in_groups = [*of_memberships(device, group_alarms(gateway, device))]
    levels, now = gateway.explain(rule, device), gateway.now()
    if not levels and rule != SILENT:
        return _not_watched(gateway, rule, view, in_groups)
    alarm = next((each for each in gateway.standing_alarms(device) if each.rule == rule), None)
    record, latest = await asyncio.to_thread(_alarms, gateway, alarm, rule, device)
    if rule == SILENT:
        return _of_silence(gateway, view, alarm, record, latest, in_groups)
    awaiting = awaiting_time(gateway, device)
    situation = Situation(levels, view, alarm, record, latest, now, knows_time=gateway.knows_time(), awaiting=awaiting)
    site, units = gateway.site, _units(gateway, view, levels)
    values = {each.name: each for level in levels for each in level.values}
    shown = {name: _shown(each, units[name]) for name, each in values.items()}
    return StandingAnswer(
        rule=rule,
        device=device,
        title=levels[0].rule.spec.title.in_language(site.header.language),
        verdict=_verdict(situation),
        sentences=[*sentences(situation, shown), *in_groups],
        levels=[LevelAnswer.of(level, shown) for level in levels],
        values=[ValueOfName.of(each, units[name]) for name, each in values.items()],
        alarm=AlarmAnswer.of(record, gateway) if record is not None else None,
        latest_alarm=AlarmAnswer.of(latest, gateway) if latest is not None else None,
        last_received=view.received or None,
        blind_since=gateway.blind_since(),
    )


def _of_silence(
    gateway: Services,
    view: DeviceView,
    alarm: AlarmView | None,
    record: AlarmRecord | None,
    latest: AlarmRecord | None,
    in_groups: Sequence[str],
) -> StandingAnswer:
    """How the built-in rule `silent` stands, which has no condition: the presence of the device says it."""
    device, now = view.spec.id, gateway.now()
    presence, every = gateway.presence(device), view.profile.expect_every_of(view.spec)
    parents = gateway.site.topology.parents_of(device)
    told = [*of_alarm(alarm, record, now)] if alarm is not None or every is not None else []
    told += of_awaited(awaiting_time(gateway, device)) if every is not None else []
    told += of_presence(device, presence, every=every, received=view.received, parents=parents, now=now)
    if alarm is None and every is not None:
        told.append(of_earlier(latest, now))
    if alarm is not None:
        verdict = Verdict.SUPPRESSED if alarm.state is State.SUPPRESSED else Verdict.RAISED
        verdict = verdict if presence.state is Presence.SILENT else Verdict.ENDED
    elif every is None:
        verdict = Verdict.NOT_WATCHED
    else:
        verdict = Verdict.UNKNOWN if presence.state in _UNDECIDED else Verdict.FALSE
    return _without_condition(gateway, SILENT, view, SILENT_TITLE, verdict, [*told, *in_groups], record, latest)


def _not_watched(gateway: Services, rule: str, view: DeviceView, in_groups: Sequence[str]) -> StandingAnswer:
    """The answer where the rule exists and does not apply; a 404 where no device has it."""
    device = view.spec
    found = next((each for each in gateway.configuration.every_rule if each.id == rule), None)
    if rule == TROUBLE:
        title, why = TROUBLE_TITLE, f"no life-safety rule reads a metric of {device.id}"
    elif found is None:
        raise not_found(
            f"no rule {rule!r} watches a device of this site: see its spelling, whether the site disables it, and"
            " whether the site has a device of its profile"
        )
    elif device.profile not in (profiles := found.spec.applies_to.names):
        title, why = (
            found.spec.title,
            f"it is for devices of the profile {' and '.join(profiles)}, and {device.id} is of {device.profile}",
        )
    elif found.spec.group_by is not None:
        mine = [str(subject) for each, subject in groups_of(gateway.configuration, device.id) if each == rule]
        member = f"is a member of {', '.join(mine)}" if mine else "is a member of none"
        title, why = found.spec.title, f"it is for groups of devices, by their subject, and {device.id} {member}"
    else:
        title, why = found.spec.title, f"it is for {', '.join(found.spec.applies_to.devices or ())} alone"
    told = [f"The rule {rule} does not watch {device.id}: {why}.", *in_groups]
    return _without_condition(gateway, rule, view, title, Verdict.NOT_WATCHED, told, None, None)


def _without_condition(
    gateway: Services,
    rule: str,
    view: DeviceView,
    title: Text,
    verdict: Verdict,
    told: list[str],
    record: AlarmRecord | None,
    latest: AlarmRecord | None,
) -> StandingAnswer:
    return StandingAnswer(
        rule=rule,
        device=view.spec.id,
        title=title.in_language(gateway.site.header.language),
        verdict=verdict,
        sentences=told,
        levels=[],
        values=[],
        alarm=AlarmAnswer.of(record, gateway) if record is not None else None,
        latest_alarm=AlarmAnswer.of(latest, gateway) if latest is not None else None,
        last_received=view.received or None,
        blind_since=gateway.blind_since(),
    )


def _alarms(
    gateway: Services, alarm: AlarmView | None, rule: str, device: str
) -> tuple[AlarmRecord | None, AlarmRecord | None]:
    """The alarm that stands, as it is on disk, and the latest that is over."""
    over = find_alarms(
        gateway.database, Page(limit=1), states=[State.NORMAL], subject=Subject.of_device(device), rule=rule
    )
    record = find_alarm(gateway.database, alarm.number) if alarm is not None else None
    return record, over[0] if over else None


def _verdict(situation: Situation) -> Verdict:
    levels, alarm = situation.levels, situation.alarm
    if alarm is not None and alarm.state is State.SUPPRESSED:
        return Verdict.SUPPRESSED
    if any(level.is_active for level in levels):
        return Verdict.RAISED
    if alarm is not None:
        return Verdict.ENDED
    if any(level.is_outside_hours for level in levels):
        return Verdict.INACTIVE
    if any(level.delay is not None for level in levels):
        return Verdict.DELAYED
    return Verdict.UNKNOWN if any(level.when is None for level in levels) else Verdict.FALSE


def _units(gateway: Services, view: DeviceView, levels: Sequence[Explanation]) -> dict[str, str]:
    derived = {name: each.unit for level in levels for name, each in level.rule.let.items()}
    metrics = {name: each.unit for name, each in view.profile.metrics.items()}
    elsewhere = {
        each.name: _unit_of(gateway, each) for level in levels for each in level.values if is_of_another(each.name)
    }
    return derived | metrics | elsewhere | {name: each.unit for name, each in view.profile.attributes.items()}


def _unit_of(gateway: Services, named: NamedValue) -> str:
    """The unit of a metric of another device."""
    other = gateway.devices.find(named.device or "")
    return other.profile.metrics[RoleMetric.of(named.name).metric].unit if other is not None else ""


def _shown(named: NamedValue, unit: str) -> str:
    return "unknown" if named.value is None else readable(named.value, unit)
