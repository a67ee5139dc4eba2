"""Whom to ask for a ticket, and why it is that person."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from gateway.core.kernel.times import DAY, Micros, to_datetime
from gateway.core.site.site import Site
from gateway.core.work.tickets import Ticket

_PHRASES: Mapping[str, tuple[str, str]] = {
    "on duty": ("on duty for {team}", "{team} 值班"),
    "on duty until": ("on duty for {team} until {until}", "{team} 值班至 {until}"),
    "member": ("member of {team}", "{team} 成员"),
    "skilled": ("knows {skill}", "具备 {skill} 技能"),
    "no tickets": ("has no tickets", "手上没有工单"),
    "one ticket": ("has 1 ticket", "手上有 1 张工单"),
    "tickets": ("has {load} tickets", "手上有 {load} 张工单"),
    "others": ("others {least} or more", "其他人至少 {least} 张"),
    "longest": ("was not asked for longest", "最久未被派单"),
    "alone": ("nobody else is left to ask", "没有其他人可派"),
    "asked by": ("asked by {by}", "由{by}指派"),
    "taken": ("{by} has taken it", "本人主动接单"),
    "unreached": ("{people} cannot be reached", "联系不上{people}"),
    "declined": ("{person} has declined it: {note}", "{person} 已拒单：{note}"),
    "nobody on duty": ("nobody of {team} is on duty", "{team} 无人值班"),
    "all asked": ("everybody of {team} who is on duty was asked", "{team} 值班人员均已派过"),
    "nobody reached": ("nobody of {team} who is on duty is left to ask", "{team} 值班人员中没有可派的人"),
}
"""In English and in Chinese."""


class Candidate(NamedTuple):
    """Somebody who can be asked. The least of several is asked."""

    lacks_skill: bool
    """Whether the skills of this person do not name the category of the ticket."""
    leaves: bool
    """Whether this person goes off duty before the time to accept is over."""
    load: int
    """How many tickets with work to do this person has, or is asked for."""
    turn: int
    """When this person was last asked: 0 for never."""
    place: int
    """Among those on duty, in the order in which they are told."""
    person: str


def candidates(
    ticket: Ticket,
    people: Sequence[str],
    *,
    site: Site,
    later: Collection[str],
    load: Mapping[str, int],
    turns: Mapping[str, int],
) -> list[Candidate]:
    """These people, the first to be asked first.

    Args:
        later: who is on duty when the time to accept is over.
        load: of each person, by id.
        turns: as of `Candidate.turn`, by id.
    """
    return sorted(
        Candidate(
            ticket.category not in site.people[person].skills,
            person not in later,
            load.get(person, 0),
            turns.get(person, 0),
            place,
            person,
        )
        for place, person in enumerate(people)
    )


def why_asked(
    ticket: Ticket,
    found: Sequence[Candidate],
    *,
    site: Site,
    until: Micros | None,
    now: Micros,
    unreached: Sequence[str] = (),
) -> str:
    """Why it is the first of these, in the site's language: only what decided is said.

    Args:
        until: until when the first is on duty; None where that is not known.
        unreached: who else is on duty and cannot be told.
    """
    first, others = found[0], found[1:]
    said = [_duty(ticket.team, site, until, now)]
    same = [each for each in others if each.lacks_skill == first.lacks_skill]
    if len(same) < len(others) or (not first.lacks_skill and not others):
        said.append(_say(site, "skilled", skill=ticket.category))
    same = [each for each in same if each.leaves == first.leaves]
    name = {0: "no tickets", 1: "one ticket"}.get(first.load, "tickets")
    load = _say(site, name, load=first.load)
    if not others:
        said += [load, _say(site, "alone")]
    elif same:
        least = min(each.load for each in same)
        comma = "，" if site.header.language == "zh" else ", "
        said.append(f"{load}{comma}{_say(site, 'others', least=least)}" if least > first.load else load)
        alike = [each.turn for each in same if each.load == first.load]
        if alike and first.turn < min(alike):
            said.append(_say(site, "longest"))
    else:
        said.append(load)
    return _joined(site, [*said, *_unreached(site, unreached)])


def why_nobody(ticket: Ticket, *, site: Site, is_anybody_on_duty: bool, unreached: Sequence[str] = ()) -> str:
    """Why nobody is asked, in the site's language. `unreached` as of `why_asked`."""
    asked = "nobody reached" if unreached else "all asked"
    said = _say(site, asked if is_anybody_on_duty else "nobody on duty", team=ticket.team)
    return _joined(site, [said, *_unreached(site, unreached)])


def why_declined(before: Ticket | None, note: str | None, *, site: Site) -> str:
    """Why nobody has it where nobody else is asked, in the site's language. `before` is as somebody had it."""
    had = before.assignee if before is not None else None
    person = site.people.get(had or "")
    return _say(site, "declined", person=had if person is None else site.person_name(person), note=note or "")


def _unreached(site: Site, people: Sequence[str]) -> list[str]:
    if not people:
        return []
    names = [site.person_name(site.people[each]) for each in people]
    return [_say(site, "unreached", people=("、" if site.header.language == "zh" else ", ").join(names))]


def _joined(site: Site, said: Sequence[str]) -> str:
    return ("；" if site.header.language == "zh" else "; ").join(said)


def why_given(site: Site, by: str, note: str | None) -> str:
    """Why somebody has it whom a person has asked: what that person says of it."""
    return f"{by}: {note}" if note else _say(site, "asked by", by=by)


def why_taken(site: Site, by: str) -> str:
    """Why somebody has it who has accepted it without being asked."""
    return _say(site, "taken", by=by)


def _duty(team: str, site: Site, until: Micros | None, now: Micros) -> str:
    if team not in site.rosters:
        return _say(site, "member", team=team)
    if until is None:
        return _say(site, "on duty", team=team)
    time = to_datetime(until).astimezone(site.zone)
    shown = f"{time:%H:%M}" if until - now < DAY else f"{time:%Y-%m-%d %H:%M}"
    return _say(site, "on duty until", team=team, until=shown)


def _say(site: Site, phrase: str, **values: object) -> str:
    en, zh = _PHRASES[phrase]
    return (zh if site.header.language == "zh" else en).format(**values)
