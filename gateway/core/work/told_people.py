"""Who is told of a ticket: whom a level of a chain stands for at present, and who decides where nobody has it."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.site.site import Site
from gateway.core.work.escalation import ChainSpec, PeopleOf, Recipients, chain_of, people_to_warn
from gateway.core.work.staff import Staff
from gateway.core.work.tickets import Ticket


class ToldPeople:
    """The people of a site, as the chains of its files name them. All answers are ids, in the order of telling."""

    def __init__(self, site: Site, chains: Sequence[ChainSpec], seam: Seam) -> None:
        self._site = site
        self._chains = chains
        self._staff = Staff(site, seam)

    def chain_of(self, ticket: Ticket) -> ChainSpec:
        """The chain of its breaches."""
        return chain_of(self._chains, team=ticket.team, priority=Priority(ticket.priority), category=ticket.category)

    def resolver(self, ticket: Ticket, now: Micros) -> PeopleOf:
        """Whom the levels of its chain stand for: people who are there, with substitutes for those who are away."""
        return lambda recipients: self._people_of(recipients, ticket, now)

    def to_warn(self, ticket: Ticket, now: Micros) -> tuple[str, ...]:
        """Who is told that a target soon runs out."""
        return people_to_warn(self.resolver(ticket, now))

    def who_decide(self, ticket: Ticket, now: Micros, *, but: str | None = None) -> tuple[str, ...]:
        """Who is told that nobody does it, but for one person: `others_decide`, and `anybody` where nobody of these can
        be reached."""
        found = self.others_decide(ticket, now, but)
        if self._staff.reachable(found):
            return found
        return tuple(dict.fromkeys((*found, *(each for each in self.anybody(ticket, now) if each != but))))

    def others_decide(self, ticket: Ticket, now: Micros, but: str | None) -> tuple[str, ...]:
        """The levels of its chain that name people or another team, but for this person, up to the first in which
        anybody can be reached; then who of its own team is on duty. Empty where that is nobody else."""
        people_of = self.resolver(ticket, now)
        named = [each.tell for each in self.chain_of(ticket).levels if each.tell.people or each.tell.team]
        found: dict[str, None] = {}
        for recipients in (*named, Recipients(is_own_team=True)):
            people = [person for person in people_of(recipients) if person != but]
            found |= dict.fromkeys(people)
            if self._staff.reachable(people):
                break
        return tuple(found)

    def anybody(self, ticket: Ticket, now: Micros) -> tuple[str, ...]:
        """Where nobody else can be told: all of its team who are there, else everybody who is, else everybody; the
        first of these in which anybody can be reached."""
        team = self._staff.present([each.id for each in self._site.members_of(ticket.team)], now)
        there, everybody = self._staff.present(self._site.people, now), tuple(self._site.people)
        groups = [each for each in (team, there, everybody) if each]
        return next((each for each in groups if self._staff.reachable(each)), groups[0] if groups else ())

    def unreached(self, team: str, now: Micros) -> tuple[str, ...]:
        """Who of a team is on duty and cannot be reached."""
        duty = self._staff.on_duty(team, now)
        there = self._staff.reachable(duty)
        return tuple(person for person in duty if person not in there)

    def reachable(self, people: Sequence[str]) -> tuple[str, ...]:
        """Who of these people can be told something."""
        return self._staff.reachable(people)

    def known(self, person: str | None) -> str | None:
        """The person, where the site's files have such an id; else None."""
        return self._staff.known(person)

    def is_on_duty(self, person: str, team: str, now: Micros) -> bool:
        """Whether the person is on duty for a team."""
        return person in self._staff.on_duty(team, now)

    def _people_of(self, recipients: Recipients, ticket: Ticket, now: Micros) -> Sequence[str]:
        if recipients.is_assignee:
            return self._staff.present([ticket.assignee] if ticket.assignee is not None else [], now)
        if recipients.is_own_team or recipients.team is not None:
            return self._staff.on_duty(recipients.team or ticket.team, now)
        return self._staff.present(recipients.people, now)
