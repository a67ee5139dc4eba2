"""Escalation: who is told of a breach, who comes next when nobody acknowledges, and how often the last is told again.

A warning tells the assignee, or whoever of the team is on duty, and escalates nothing. A breach tells the levels of a
chain, one after another, until somebody acknowledges. A level that resolves to nobody is passed over at once. When
the last has been told, it is told again and again; where that resolves to nobody, the nearest level before it that
does. How far a chain has gone is a value. A gateway that was away tells the levels it has missed, and what follows
comes after its whole time from then on. Who keeps it drops it once somebody acknowledges, the clock is met or stopped,
or it has a target that has not run out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import msgspec
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.names import DEVICE_ID, NAME, Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import MINUTE, Duration, Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.work.level_spec import Names, Priorities

_SHORTEST_REPEAT: Micros = MINUTE
OUTAGE: Micros = MINUTE
"""What is told so late sets the time of what follows: else the next level is told before anybody could acknowledge."""
REPEAT: Micros = 15 * MINUTE
"""The last level is told again so often unless the site says otherwise."""
ASSIGNEE, OWN_TEAM = "assignee", "team"


@dataclass(frozen=True, slots=True)
class Recipients:
    """Whom a level tells: the assignee, people, or who of a team is on duty."""

    is_assignee: bool = False
    people: tuple[str, ...] = ()
    """By id."""
    team: str | None = None
    is_own_team: bool = False
    """The team of the ticket."""


def _recipients(value: object) -> Recipients:
    if value == ASSIGNEE:
        return Recipients(is_assignee=True)
    if value == OWN_TEAM:
        return Recipients(is_own_team=True)
    if isinstance(value, dict) and value.keys() == {"team"} and isinstance(team := value["team"], str):
        if not NAME.fullmatch(team):
            raise Mistake(f"{team!r} is no team: use lower-case letters, digits and _", "team", of_key=False)
        return Recipients(team=team)
    given = value if isinstance(value, list | tuple) else [value]
    people = tuple(each for each in given if isinstance(each, str) and DEVICE_ID.fullmatch(each))
    if people and len(people) == len(given):
        return Recipients(people=people)
    hint = "write assignee, team (that of the ticket), {team: managers}, or people by id, such as [leader-1]"
    raise ValueError(f"this is nobody who can be told: {hint}")


def _often(repeat: Micros) -> Micros:
    if repeat < _SHORTEST_REPEAT:
        raise ValueError("it is shorter than a minute: nobody could acknowledge in time; write at least 1m")
    return repeat


_AN_ID = {"type": "string", "pattern": f"^(?:{DEVICE_ID.pattern})$"}
_A_TEAM = {"type": "string", "pattern": f"^(?:{NAME.pattern})$", "description": "Who of this team is on duty."}
_RECIPIENTS_SCHEMA = {
    "anyOf": [
        _AN_ID,
        {"type": "array", "items": _AN_ID, "minItems": 1},
        {"type": "object", "properties": {"team": _A_TEAM}, "required": ["team"], "additionalProperties": False},
    ],
    "examples": [ASSIGNEE, OWN_TEAM, ["leader-1"], {"team": "managers"}],
}


class ChainLevel(Spec):
    """One level of a chain."""

    tell: Annotated[Recipients, BeforeValidator(_recipients), WithJsonSchema(_RECIPIENTS_SCHEMA)]
    """Whom: `assignee`, `team` (who of the ticket's team is on duty), `{team: managers}`, or people by id."""
    after: Duration = 0
    """How long after the level before it was told, or the first after the breach; at once unless given."""


class ChainSpec(Spec):
    """Who is told of breaches of some tickets, one level after another until somebody acknowledges."""

    team: Name | None = Field(default=None, examples=["engineering"])
    """Tickets of this team; of any unless given."""
    priority: Priorities | None = Field(default=None, examples=["P1"])
    """Tickets of this priority, or of these; of any unless given."""
    category: Names | None = Field(default=None, examples=["elevator"])
    """Tickets of this category, or of these; of any unless given."""
    levels: tuple[ChainLevel, ...] = Field(min_length=1, examples=[[{"tell": "assignee"}]])
    """In the order in which they are told."""
    repeat: Annotated[Duration, AfterValidator(_often)] = REPEAT
    """How often the last level is told again."""

    def matches(self, *, team: str, priority: Priority, category: str) -> bool:
        """Whether it is for such tickets."""
        return (
            (self.team is None or self.team == team)
            and (self.priority is None or priority in self.priority)
            and (self.category is None or category in self.category)
        )


SHIPPED_CHAIN = ChainSpec.model_validate({"levels": [{"tell": ASSIGNEE}, {"tell": OWN_TEAM, "after": "15m"}]})
"""Where a site names no chain: the assignee; then whoever of the team is on duty, at once where nobody is assigned."""


class Escalated(msgspec.Struct, frozen=True, gc=False):
    """How far the chain of one breach has gone."""

    level: int
    """The level that was told last, from 0; -1 before the first."""
    at: Micros
    """When that was due, or when it was told after an outage; at the beginning when the target ran out."""
    repeated: int = 0
    """How often the last level was told again."""


class Call(NamedTuple):
    """What is due of a chain."""

    people: tuple[str, ...]
    """Who is to be told now, by id, each once. Empty where the levels that are due resolve to nobody."""
    escalated: Escalated
    """How far the chain has gone with it."""
    is_unheard: bool = False
    """No level of the chain resolves to anybody: somebody else must be told."""


PeopleOf = Callable[[Recipients], Sequence[str]]
"""Whom a level is for at present, by id."""


def chain_of(chains: Iterable[ChainSpec], *, team: str, priority: Priority, category: str) -> ChainSpec:
    """The first chain that is for such tickets, or else the one that ships."""
    found = (each for each in chains if each.matches(team=team, priority=priority, category=category))
    return next(found, SHIPPED_CHAIN)


def people_to_warn(people_of: PeopleOf) -> tuple[str, ...]:
    """Who is told that a target soon runs out, by id: the assignee, or else whoever of the team is on duty."""
    of_warnings = (Recipients(is_assignee=True), Recipients(is_own_team=True))
    return next((tuple(people) for each in of_warnings if (people := people_of(each))), ())


def begun(breached_at: Micros) -> Escalated:
    """A chain of which nobody has been told yet."""
    return Escalated(-1, breached_at)


def next_due(chain: ChainSpec, escalated: Escalated) -> Micros:
    """When the next level is to be told, or the last again."""
    following = escalated.level + 1
    return escalated.at + (chain.levels[following].after if following < len(chain.levels) else chain.repeat)


def next_level(chain: ChainSpec, escalated: Escalated, now: Micros, people_of: PeopleOf) -> Call | None:
    """Who is to be told now; None where nothing is due yet.

    Ask again with what it returns until it is None: after an outage several levels may be due, each with its own
    moment. Repetitions that were missed are one. Levels that are due at one moment are told together. Where the site's
    files have fewer levels by now than were told, the last is told again.
    """
    due = next_due(chain, escalated)
    if due > now:
        return None
    last = len(chain.levels) - 1
    if escalated.level >= last:
        return _again(chain, Escalated(escalated.level, due, escalated.repeated + 1), now, people_of)
    people: dict[str, None] = {}
    level = escalated.level
    for following in range(level + 1, last + 1):
        if people and chain.levels[following].after:
            break
        people |= dict.fromkeys(people_of(chain.levels[following].tell))
        level = following
    is_unheard = not people and not any(people_of(each.tell) for each in chain.levels)
    return Call(tuple(people), Escalated(level, due), is_unheard)


def all_due(chain: ChainSpec, escalated: Escalated, now: Micros, people_of: PeopleOf) -> tuple[list[Call], Escalated]:
    """All that is due by now, in order, and how far the chain has gone with it."""
    late = now - next_due(chain, escalated)
    calls: list[Call] = []
    while (call := next_level(chain, escalated, now, people_of)) is not None:
        calls.append(call)
        escalated = call.escalated
    if late >= OUTAGE:
        escalated = msgspec.structs.replace(escalated, at=now)
    return calls, escalated


def _again(chain: ChainSpec, escalated: Escalated, now: Micros, people_of: PeopleOf) -> Call:
    """The last level, or the nearest before it that resolves to somebody."""
    latest = escalated.at + (now - escalated.at) // chain.repeat * chain.repeat
    after = Escalated(escalated.level, latest, escalated.repeated)
    for each in reversed(chain.levels):
        if people := tuple(dict.fromkeys(people_of(each.tell))):
            return Call(people, after)
    return Call((), after, is_unheard=True)
