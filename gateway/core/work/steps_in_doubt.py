"""The steps that tickets make while the time is not known: once it is, their clocks follow from the right times.

A clock that ran before the doubt and is paused or met in it has counted by a wrong time. How wrong it was is known
later, so the steps are kept until then. They are not stored: after a restart in doubt what was counted before it stays.
"""

from __future__ import annotations

from typing import NamedTuple

from gateway.core.kernel.doubt import ClockCorrected
from gateway.core.work.clocks import ClockKind
from gateway.core.work.terms import Due, Terms, breaches_noted
from gateway.core.work.ticket_clocks import Clocks, TrailStep
from gateway.core.work.tickets import Ticket


class _History(NamedTuple):
    before: Clocks
    """The clocks before the first of the steps."""
    steps: list[TrailStep]


class StepsInDoubt:
    """Those of each ticket that has changed since the doubt began. None are kept while the time is known."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._histories: dict[int, _History] | None = None
        self._late: dict[int, set[ClockKind]] = {}

    def set_trust(self, *, trusts: bool) -> None:
        """The time is known, or is not."""
        self._histories = None if trusts else {}

    @property
    def trusts_time(self) -> bool:
        """Whether the time is known."""
        return self._histories is None

    def note(self, ticket: Ticket, *steps: TrailStep) -> None:
        """A ticket as it was before these steps, or after a change without one."""
        if self._histories is not None:
            self._histories.setdefault(ticket.number, _History(ticket.clocks, [])).steps.extend(steps)

    def tickets(self) -> list[int]:
        """The numbers of the tickets that have changed."""
        return sorted(self._histories or ())

    def corrected(self, ticket: Ticket, correction: ClockCorrected) -> Ticket:
        """One of them with its times as they should have been, and the clocks that follow from them."""
        clocks, steps = (self._histories or {})[ticket.number]
        for number, step in enumerate(steps):
            steps[number] = step._replace(time=correction.corrected(step.time))
            clocks = self._terms.stepped(clocks, steps[number])
        right = self._terms.corrected(ticket, correction, clocks)
        late = {due.clock.kind for due in breaches_noted(ticket, right)}
        self._late[ticket.number] = self._late.get(ticket.number, set()) | late
        return right

    def has_late(self, ticket: int) -> bool:
        """Whether a correction has found a breach of it that nobody was told."""
        return bool(self._late.get(ticket))

    def pop_late(self, ticket: Ticket) -> list[Due]:
        """The breaches that corrections have found, where it has them still: they are told now."""
        kinds = self._late.pop(ticket.number, set())
        found = [(each, each.breached_at) for each in ticket.clocks if each.kind in kinds]
        return [Due(clock, True, at) for clock, at in found if at is not None]
