"""What stands, in short: whether there is a flood, and the alarms in groups."""

from __future__ import annotations

from collections import Counter
from typing import Self

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from gateway.api.alarm_answers import AlarmAnswer
from gateway.api.answers import encoded
from gateway.api.problems import documented
from gateway.api.services import Gateway
from gateway.api.times import Moment
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.flood import FloodRecord
from gateway.core.alarms.grouping import common_cause
from gateway.core.alarms.inhibition import cause_behind
from gateway.core.alarms.lifecycle import State
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Severity, rank
from gateway.core.site.site import Site
from gateway.store.alarms.flood import load as load_flood
from gateway.store.alarms.queries import find_alarms
from gateway.store.alarms.shelves import find_shelves
from gateway.store.paging import Page

router = APIRouter(prefix="/alarms", tags=["alarms"])

_MOST = 10_000
_MOST_NUMBERS = 20
_STANDING = tuple(state for state in State if state is not State.NORMAL)


class FloodAnswer(BaseModel):
    """Whether more alarms are raised than people can deal with."""

    active: bool
    since: Moment | None = Field(description="When it began; null where there is none.")
    raises: int = Field(description="Raises of the last ten minutes. More than ten are a flood, until fewer than five.")

    @classmethod
    def of(cls, flood: FloodRecord | None, now: Micros) -> Self:
        """The answer for this record."""
        if flood is None:
            return cls(active=False, since=None, raises=0)
        return cls(active=flood.since is not None, since=flood.since, raises=flood.raises_until(now))


class GroupAnswer(BaseModel):
    """Alarms of one rule in one place."""

    rule: str
    title: str
    severity: Severity
    location: str | None
    location_name: str | None
    alarms: int = Field(description="How many stand of which people were told.")
    unacknowledged: int
    suppressed: int = Field(description="How many more stand of which people are not told.")
    latest_raise: Moment
    numbers: list[int] = Field(description="Of the alarms, the most urgent 20.")


class CauseAnswer(BaseModel):
    """Alarms that may have one cause: of a device, and of what it powers or carries."""

    device: str
    device_name: str | None
    severity: Severity = Field(description="The worst.")
    alarms: int = Field(description="How many stand of which people were told.")
    unacknowledged: int
    suppressed: int = Field(description="How many more stand of which people are not told.")
    latest_raise: Moment
    numbers: list[int] = Field(description="Of the alarms, the most urgent 20.")


class SummaryAnswer(BaseModel):
    """What stands."""

    flood: FloodAnswer
    states: dict[State, int] = Field(description="How many alarms stand in each state.")
    shelves: int = Field(description="How many shelves hold.")
    out_of_service: int = Field(description="How many devices, or rules on them, are out of service.")
    life_safety: list[AlarmAnswer] = Field(description="Each alarm that tells of danger to people, never in a group.")
    groups: list[GroupAnswer] = Field(description="All others, by rule and place, the most urgent first.")
    causes: list[CauseAnswer] = Field(
        description="Those of the groups again, where two or more may have one cause, the most urgent first."
    )


@router.get("/summary", response_model=SummaryAnswer, responses=documented())
def summarise_alarms(gateway: Gateway) -> Response:
    """The alarms that stand, by rule and place and by cause, and whether there is a flood.

    Life safety comes first, ungrouped.
    """
    site, database = gateway.site, gateway.database
    found = find_alarms(database, Page(_MOST), states=_STANDING, most_urgent_first=True)
    kinds = Counter(shelf.kind.value for shelf in find_shelves(database, Page(_MOST)))
    danger = [record for record in found if record.life_safety]
    others = [record for record in found if not record.life_safety]
    groups: dict[tuple[str, str | None], list[AlarmRecord]] = {}
    for record in others:
        groups.setdefault((record.rule, site.location_of(record.subject, record.members)), []).append(record)
    states = Counter(record.state for record in found)
    return encoded(
        SummaryAnswer(
            flood=FloodAnswer.of(load_flood(database), gateway.now()),
            states={state: states[state] for state in _STANDING},
            shelves=kinds["shelved"],
            out_of_service=kinds["out_of_service"],
            life_safety=[AlarmAnswer.of(record, gateway) for record in danger],
            groups=[_group(records, location, site) for (_, location), records in groups.items()],
            causes=[_cause(device, records, site) for device, records in _by_cause(others, site).items()],
        )
    )


def _group(records: list[AlarmRecord], location: str | None, site: Site) -> GroupAnswer:
    """`records` are of one rule, the most urgent first."""
    first = records[0]
    told = [record for record in records if record.state is not State.SUPPRESSED]
    return GroupAnswer(
        rule=first.rule,
        title=first.title,
        severity=Severity(first.severity),
        location=location,
        location_name=site.place_of(location),
        alarms=len(told),
        unacknowledged=sum(record.state is State.UNACKNOWLEDGED for record in told),
        suppressed=len(records) - len(told),
        latest_raise=max(record.raised_at for record in records),
        numbers=[record.number for record in (told or records)[:_MOST_NUMBERS]],
    )


def _by_cause(records: list[AlarmRecord], site: Site) -> dict[str, list[AlarmRecord]]:
    """The alarms by the device that may be their cause, where it may be that of more than one."""
    told = [record for record in records if record.state is not State.SUPPRESSED]
    alarmed = {device for record in told if (device := record.subject.device) is not None}
    behind = {record.number: cause for record in records if (cause := cause_behind(record)) is not None}
    named = {*behind.values()}
    found: dict[str, list[AlarmRecord]] = {}
    for record in records:
        device = behind.get(record.number, record.subject.device)
        if device is not None:
            cause = common_cause(site.topology, device, alarmed) or (device if device in named else None)
            if cause is not None:
                found.setdefault(cause, []).append(record)
    return {device: alarms for device, alarms in found.items() if len(alarms) > 1}


def _cause(device: str, records: list[AlarmRecord], site: Site) -> CauseAnswer:
    """`records` are the most urgent first."""
    told = [record for record in records if record.state is not State.SUPPRESSED]
    return CauseAnswer(
        device=device,
        device_name=site.name_of(device),
        severity=Severity(min((record.severity for record in told or records), key=rank)),
        alarms=len(told),
        unacknowledged=sum(record.state is State.UNACKNOWLEDGED for record in told),
        suppressed=len(records) - len(told),
        latest_raise=max(record.raised_at for record in records),
        numbers=[record.number for record in (told or records)[:_MOST_NUMBERS]],
    )
