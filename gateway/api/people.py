"""The people of the site, and who of them is on duty."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.problems import QueryParameters, check_known, documented, invalid
from gateway.api.services import Gateway
from gateway.api.times import Moment, parse_moment
from gateway.core.kernel.times import DAY, LATEST, Micros
from gateway.core.site.people import PersonSpec
from gateway.core.site.site import Site

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
            }
        }
    )

    id: str
    name: str = Field(description="In the site's language; the id where the site's files give none.")
    teams: list[str]
    skills: list[str]
    contact: list[ContactAnswer] = Field(description="What comes first is tried first.")

    @classmethod
    def of(cls, person: PersonSpec, site: Site) -> Self:
        """The answer for this person."""
        ways = [ContactAnswer(kind=kind, address=address) for kind, address in (each.way for each in person.contact)]
        name = site.person_name(person)
        return cls(id=person.id, name=name, teams=[*person.teams], skills=[*person.skills], contact=ways)


class PeopleAnswer(BaseModel):
    """People, in the order of the site's files."""

    people: list[PersonAnswer]


class TeamAnswer(BaseModel):
    """Who of a team is on duty."""

    team: str
    has_roster: bool = Field(description="false: the site's files say nothing of its duty, and all its members count.")
    people: list[PersonAnswer] = Field(description="On duty then, in the order in which they are told.")
    until: Moment | None = Field(description="When others are on duty; null without a change within four weeks.")


class DutyAnswer(BaseModel):
    """Who is on duty at a time."""

    at: Moment
    teams: list[TeamAnswer]


@router.get("", responses=documented())
async def list_people(gateway: Gateway, query: Annotated[PeopleParameters, Query()]) -> PeopleAnswer:
    """The people of the site."""
    site = gateway.site
    check_known("team", query.team, site.teams)
    people = site.people.values() if query.team is None else site.members_of(query.team)
    return PeopleAnswer(people=[PersonAnswer.of(person, site) for person in people])


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
    return DutyAnswer(
        at=at, teams=[_team(site, team, at) for team in (site.teams if query.team is None else [query.team])]
    )


def _team(site: Site, team: str, at: Micros) -> TeamAnswer:
    roster, on_duty = site.rosters.get(team), site.on_duty(team, at)
    return TeamAnswer(
        team=team,
        has_roster=roster is not None,
        people=[PersonAnswer.of(person, site) for person in (site.members_of(team) if on_duty is None else on_duty)],
        until=roster.next_change(at) if roster is not None else None,
    )
