"""The book of dispatch: who is asked for which ticket, when to look at it next, and what of it has changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from gateway.core.kernel.doubt import ClockCorrected
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.work.asks import Ask, DispatchChanges, DispatchRows, Phase
from gateway.core.work.events import TicketMoved
from gateway.core.work.lifecycle import TicketStep


class AskBook:
    """Keeps the asks of all tickets with work to do, and has the part woken for each when it is due."""

    def __init__(self, seam: Seam) -> None:
        self._seam = seam
        self._asks: dict[int, Ask] = {}
        self._turns: dict[str, int] = {}
        self._changed: dict[int, Ask | None] = {}
        self._turned: dict[str, int] = {}
        self.trusts_time = True
        self._in_doubt: set[int] = set()
        """The tickets of which something was decided while the time was not known."""

    def __iter__(self) -> Iterator[Ask]:
        return iter([*self._asks.values()])

    @property
    def turns(self) -> Mapping[str, int]:
        """When people were last asked: the number of the turn, by id."""
        return self._turns

    def restore(self, rows: DispatchRows) -> None:
        """Go on with those of an earlier run; none is looked at yet."""
        self._asks = {ask.ticket: ask for ask in rows.asks}
        self._turns = dict(rows.turns)

    def find(self, ticket: int) -> Ask | None:
        """The ask of this ticket."""
        return self._asks.get(ticket)

    def keep(self, ask: Ask) -> None:
        """Keep what was decided."""
        if not self.trusts_time:
            self._in_doubt.add(ask.ticket)
        self._put(ask)

    def take_turn(self, person: str) -> None:
        """Somebody is asked."""
        self._turns[person] = self._turned[person] = self._seam.counters.take("turn")

    def forget(self, ticket: int) -> None:
        """There is no work to do any more, or nobody gives it to people."""
        if self._asks.pop(ticket, None) is not None:
            self._changed[ticket] = None
        self._in_doubt.discard(ticket)
        self._seam.let_sleep(ticket)

    def schedule(self, ask: Ask) -> None:
        """When to look at it next: at once where nothing says when."""
        if ask.phase is Phase.HELD or (ask.phase is Phase.NOBODY and ask.until is None):
            self._seam.let_sleep(ask.ticket)
        else:
            self._seam.wake(ask.ticket, 0 if ask.phase is Phase.TO_ASK else ask.until or 0)

    def look_soon(self, ask: Ask) -> None:
        """Look at it with the next tick."""
        self._seam.wake(ask.ticket, 0)

    def clock_set(self, by: Micros) -> None:
        """Who is asked has as much time left as before. Rosters follow the clock: what it shows comes with the tick."""
        for ask in self:
            if ask.phase is Phase.ASKED and ask.until is not None:
                self._put(_moved(ask, by))
            if ask.phase is not Phase.HELD:
                self.look_soon(ask)

    def correct(self, event: ClockCorrected) -> None:
        """Times that were right before keep what they were. Once the time is known, rosters count."""
        for ask in self:
            if event.by and ask.phase is Phase.ASKED and ask.until is not None and ask.ticket not in self._in_doubt:
                self._put(_moved(ask, -event.by))
        if event.is_certain:
            self.trusts_time = True
            self._in_doubt.clear()
            for ask in self:
                if ask.phase is not Phase.HELD:
                    self.look_soon(ask)

    def finish(self) -> DispatchChanges | None:
        """What has changed in this step."""
        if not self._changed and not self._turned:
            return None
        changes = DispatchChanges(self._changed, self._turned)
        self._changed, self._turned = {}, {}
        return changes

    def _put(self, ask: Ask) -> None:
        if self._asks.get(ask.ticket) != ask:
            self._asks[ask.ticket] = self._changed[ask.ticket] = ask
        self.schedule(ask)


def _moved(ask: Ask, by: Micros) -> Ask:
    until = None if ask.until is None else ask.until + by
    return msgspec.structs.replace(ask, since=ask.since + by, until=until)


def unassigned(ask: Ask, event: TicketMoved) -> Ask:
    """After a step with which nobody has the ticket."""
    if event.step is TicketStep.RESUME and ask.phase is Phase.NOBODY:
        return ask
    asked = () if event.step in (TicketStep.OPEN, TicketStep.REOPEN) else ask.asked
    declined = event.before.assignee if event.before is not None and event.step is TicketStep.DECLINE else None
    if declined is not None and declined not in asked:
        asked = (*asked, declined)
    return Ask(ask.ticket, Phase.TO_ASK, asked=asked)


def asked_again(ticket: int, person: str | None) -> Ask:
    """Of a ticket that is reopened: who had it is asked once more, and the next where that person is not there."""
    return Ask(ticket, Phase.TO_ASK) if person is None else Ask(ticket, Phase.ASKED, person, asked=(person,))
