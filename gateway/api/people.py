"""The people of the site, and who of them is on duty."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Self

from fastapi import APIRouter, HTTPException, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.acting import act
from gateway.api.operators import Line, PersonName
from gateway.api.problems import QueryParameters, check_known, documented, invalid, not_found
from gateway.api.services import Gateway, Services
from gateway.api.times import Moment, OffsetTime, parse_moment
from gateway.core.duty.absences import Absence, present
from gateway.core.duty.actions import ComeBack, GoAbsent
from gateway.core.kernel.events import Action
from gateway.core.kernel.times import DAY, LATEST, Micros, from_datetime
from gateway.core.site.people import PersonSpec
from gateway.core.site.site import Site
from gateway.errors import DutyRefused
from gateway.store.duty.tables import load as load_absences

router = APIRouter(prefix="/people", tags=["people"])

_FURTHEST: Micros = LATEST - 400 * DAY
"""Calendars cannot be reckoned up to the last year that a computer knows."""


class PeopleParameters(QueryParameters):
    """Which people to list."""

    team: str | None = Field(None, description="Only the members of this team.")


class DutyParameters(QueryParameters):
    """Whose duty, and when."""

    team: str | None = Field(None, description="Only this team; all teams unless given.")
    at: str = Field("now", description="A time with its offset, now, or a time ago.", examples=["2026-01-31T20:00:00Z"])


class ContactAnswer(BaseModel):
    """One way to reach a person."""

    kind: str = Field(description="email, phone, mqtt or webhook.")
    address: str


class AbsenceAnswer(BaseModel):
    """Somebody is away."""

    since: Moment
    until: Moment | None = Field(description="When the person is back; null where nobody knows.")
    substitute: str | None = Field(description="Who stands in, by id.")
    note: str | None
    by: str = Field(description="Who has said so.")

    @classmethod
    def of(cls, absence: Absence) -> Self:
        """The answer for this absence."""
        return cls(**{name: getattr(absence, name) for name in cls.model_fields})


class PersonAnswer(BaseModel):
    """One person."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "tech-1",
                "name": "Li Wei",
                "teams": ["engineering"],
                "skills": ["pump"],
                "contact": [{"kind": "email", "address": "tech-1@example.org"}],
                "absence": None,
            }
        }
    )

    id: str
    name: str = Field(description="In the site's language; the id where the site's files give none.")
    teams: list[str]
    skills: list[str]
    contact: list[ContactAnswer] = Field(description="What comes first is tried first.")
    absence: AbsenceAnswer | None = Field(description="Null unless the person is away now.")

    @classmethod
    def of(cls, person: PersonSpec, site: Site, absences: Mapping[str, Absence]) -> Self:
        """The answer for this person."""
        absence = absences.get(person.id)
        ways = [ContactAnswer(kind=kind, address=address) for kind, address in (each.way for each in person.contact)]
        name = site.person_name(person)
        return cls(
            id=person.id,
            name=name,
            teams=[*person.teams],
            skills=[*person.skills],
            contact=ways,
            absence=None if absence is None else AbsenceAnswer.of(absence),
        )


class PeopleAnswer(BaseModel):
    """People, in the order of the site's files."""

    people: list[PersonAnswer]


class TeamAnswer(BaseModel):
    """Who of a team is on duty."""

    team: str
    has_roster: bool = Field(description="false: the site's files say nothing of its duty, and all its members count.")
    people: list[PersonAnswer] = Field(
        description="On duty then and not away, substitutes in their places, in the order in which they are told."
    )
    until: Moment | None = Field(description="When others are on duty; null without a change within four weeks.")


class Going(BaseModel):
    """Somebody is away from now on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"until": "2026-02-02T08:00:00+08:00", "substitute": "tech-2", "by": "Li Wei", "note": "Flu"}
        },
    )

    until: OffsetTime | None = Field(None, description="When the person is back; null where nobody knows.")
    substitute: str | None = Field(None, description="Who stands in, by id or name.")
    note: Line | None = Field(None, description="What colleagues should know, in one line.")
    by: PersonName = Field(description="Who says so: a name that colleagues know.")


class Coming(QueryParameters):
    """Who says that somebody is back."""

    by: PersonName = Field(description="A name that colleagues know.")
    note: Line | None = Field(None, description="What colleagues should know, in one line.")


PersonId = Annotated[str, Path(description="The person, by id or name.")]


class DutyAnswer(BaseModel):
    """Who is on duty at a time."""

    at: Moment
    teams: list[TeamAnswer]


@router.get("", responses=documented())
def list_people(gateway: Gateway, query: Annotated[PeopleParameters, Query()]) -> PeopleAnswer:
    """The people of the site."""
    site = gateway.site
    check_known("team", query.team, site.teams)
    people = site.people.values() if query.team is None else site.members_of(query.team)
    absences = _absences(gateway)
    return PeopleAnswer(people=[PersonAnswer.of(person, site, absences) for person in people])


@router.get("/on-duty", responses=documented())
def list_on_duty(gateway: Gateway, query: Annotated[DutyParameters, Query()]) -> DutyAnswer:
    """Who of each team is on duty, now or at another time."""
    site = gateway.site
    check_known("team", query.team, site.teams)
    try:
        at = parse_moment(query.at, gateway.now())
    except ValueError as error:
        raise invalid(f"at: {error}") from error
    if at > _FURTHEST:
        raise invalid(f"at: {query.at!r} is too far away: write a time before the year 9998")
    teams = site.teams if query.team is None else [query.team]
    absences = _absences(gateway)
    return DutyAnswer(at=at, teams=[_team(site, team, at, absences) for team in teams])


@router.post("/{person}/absence", responses=documented(404, 500))
async def go_absent(gateway: Gateway, person: PersonId, going: Going) -> PersonAnswer:
    """Say that somebody is away from now on. The answer comes once this is on disk.

    That person is asked to do nothing and is not on duty; the substitute is, in the same place. Said again, it replaces
    what was said before.
    """
    spec = _find(gateway, person)
    substitute = None if going.substitute is None else gateway.site.person_called(going.substitute)
    check_known("substitute", substitute, gateway.site.people)
    until = None if going.until is None else from_datetime(going.until)
    if until is not None and until > _FURTHEST:
        raise invalid("until: it is too far away: write a time before the year 9998")
    action = GoAbsent(person=spec.id, until=until, substitute=substitute, note=going.note, by=going.by)
    return await _answer(gateway, spec, action)


@router.delete("/{person}/absence", responses=documented(404, 409, 500))
async def come_back(gateway: Gateway, person: PersonId, coming: Annotated[Coming, Query()]) -> PersonAnswer:
    """Say that somebody is back."""
    spec = _find(gateway, person)
    return await _answer(gateway, spec, ComeBack(person=spec.id, note=coming.note, by=coming.by))


def _find(gateway: Services, person: str) -> PersonSpec:
    spec = gateway.site.people.get(gateway.site.person_called(person))
    if spec is None:
        raise not_found(f"there is no person {person!r}; /api/v1/people lists them")
    return spec


async def _answer(gateway: Services, person: PersonSpec, action: Action) -> PersonAnswer:
    try:
        await act(gateway, action)
    except DutyRefused as error:
        raise HTTPException(409, str(error)) from error
    return PersonAnswer.of(person, gateway.site, await asyncio.to_thread(_absences, gateway))


def _absences(gateway: Services) -> dict[str, Absence]:
    """Who is away, by id."""
    return {absence.person: absence for absence in load_absences(gateway.database)}


def _team(site: Site, team: str, at: Micros, absences: Mapping[str, Absence]) -> TeamAnswer:
    roster, on_duty = site.rosters.get(team), site.on_duty(team, at)
    order = [each.id for each in (site.members_of(team) if on_duty is None else on_duty)]
    begun = {person: absence for person, absence in absences.items() if absence.since <= at}
    return TeamAnswer(
        team=team,
        has_roster=roster is not None,
        people=[
            PersonAnswer.of(site.people[person], site, absences) for person in present(order, begun, site.people, at)
        ],
        until=roster.next_change(at) if roster is not None else None,
    )
