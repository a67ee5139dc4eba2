"""Who is told of a ticket: whom a level of a chain stands for at present, and who decides where nobody has it."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Priority
from gateway.core.site.site import Site
from gateway.core.work.escalation import ChainSpec, PeopleOf, Recipients, chain_of, people_to_warn
from gateway.core.work.events import TicketMoved
from gateway.core.work.lifecycle import TicketStep
from gateway.core.work.staff import Staff
from gateway.core.work.tickets import Ticket


class ToldPeople:
    """The people of a site, as the chains of its files name them. All answers are ids, in the order of telling."""

    def __init__(self, site: Site, chains: Sequence[ChainSpec], seam: Seam) -> None:
        self._site = site
        self._chains = chains
        self._staff = Staff(site, seam)
        self._in_vain: tuple[int, str | None] = (0, None)
        """The ticket that has moved last, and who was asked for it in vain. It is needed within one step alone."""

    def chain_of(self, ticket: Ticket) -> ChainSpec:
        """The chain of its breaches."""
        return chain_of(self._chains, team=ticket.team, priority=Priority(ticket.priority), category=ticket.category)

    def resolver(self, ticket: Ticket, now: Micros) -> PeopleOf:
        """Whom the levels of its chain stand for: people who are there, with substitutes for those who are away."""
        return lambda recipients: self._people_of(recipients, ticket, now)

    def to_warn(self, ticket: Ticket, now: Micros) -> tuple[str, ...]:
        """Who is told that a target soon runs out."""
        return people_to_warn(self.resolver(ticket, now))

    def note(self, event: TicketMoved) -> None:
        """Learn from whom the gateway has just taken a ticket, as that person has not accepted it."""
        is_taken = event.step is TicketStep.DECLINE and event.by is None and event.before is not None
        had = event.before.assignee if is_taken and event.before is not None else None
        self._in_vain = (event.ticket.number, had)

    def who_decide(self, ticket: Ticket, now: Micros) -> tuple[str, ...]:
        """Who is told that nobody does it: `others_decide` than who was just asked in vain; else `anybody`."""
        number, asked = self._in_vain
        return self.others_decide(ticket, now, asked if number == ticket.number else None) or self.anybody(ticket, now)

    def others_decide(self, ticket: Ticket, now: Micros, person: str | None) -> tuple[str, ...]:
        """Who but this person decides: the first level of its chain that names people or another team; where none
        resolves to anybody else, who of its own team is on duty. Empty where that is nobody."""
        people_of = self.resolver(ticket, now)
        named = [each.tell for each in self.chain_of(ticket).levels if each.tell.people or each.tell.team]
        found = (dict.fromkeys(people_of(recipients)) for recipients in (*named, Recipients(is_own_team=True)))
        others = (tuple(each for each in people if each != person) for people in found)
        return next((people for people in others if people), ())

    def anybody(self, ticket: Ticket, now: Micros) -> tuple[str, ...]:
        """Where nobody else can be told: all of its team who are there, else everybody who is, else everybody."""
        team = [each.id for each in self._site.members_of(ticket.team)]
        everybody = [*self._site.people]
        return self._staff.present(team, now) or self._staff.present(everybody, now) or tuple(everybody)

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
