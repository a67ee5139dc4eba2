"""What a site's files say of dispatch: for how long somebody who is asked may wait before the next is asked."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gateway.core.kernel.names import Name
from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import MINUTE, Interval, Micros
from gateway.core.work.clocks import ClockKind
from gateway.core.work.tickets import Ticket

_WITHOUT_TARGET: Micros = 15 * MINUTE
"""What the owner's service rules allow for a response to a fault: where a ticket has no target to respond."""


class DispatchSpec(Spec):
    """How tickets are given to people."""

    accept_within: Interval | None = Field(default=None, examples=["3m"])
    """Somebody who is asked accepts within this time, or the next is asked; half of the target to respond unless
    given."""
    teams: dict[Name, Interval | Literal["off"]] = Field(default={}, examples=[{"engineering": "5m"}])
    """The same of single teams; `off`: tickets of this team wait for a person."""

    def gives(self, team: str) -> bool:
        """Whether tickets of this team are given to people."""
        return self.teams.get(team) != "off"

    def within(self, ticket: Ticket) -> Micros:
        """How long somebody has to accept this ticket."""
        of_team = self.teams.get(ticket.team)
        if isinstance(of_team, int):
            return of_team
        if self.accept_within is not None:
            return self.accept_within
        targets = (clock.target for clock in ticket.clocks if clock.kind is ClockKind.RESPOND)
        return max(next(targets, 2 * _WITHOUT_TARGET) // 2, 1)
