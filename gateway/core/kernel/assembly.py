"""The parts of an engine, put together: what they exchange within one step, and what the step has changed."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TypeVar

from gateway.core.kernel.changes import Changes, Publication
from gateway.core.kernel.counters import Counters
from gateway.core.kernel.errors import GatewayError
from gateway.core.kernel.events import Action, Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.timers import Timers
from gateway.core.kernel.times import Micros

P = TypeVar("P", bound=Part)


class Assembly:
    """Carries events up and requests down. The first parts form the stream: every reading goes through them.

    A step that moves no part above the stream asks only the stream for changes.
    """

    def __init__(self, counters: Counters) -> None:
        """The first step has begun: it restores the parts."""
        self.counters = counters
        self.timers = Timers()
        self.events: deque[Event] = deque()
        """Those that are not yet delivered."""
        self._by_name: dict[str, Part] = {}
        self._parts: tuple[Part, ...] = ()
        self._stream: tuple[Part, ...] = ()
        self._by_action: dict[type[Action], Part] = {}
        self._by_request: dict[type[Request], Part] = {}
        self._publications: list[Publication] = []
        self._has_moved = True
        """Whether a part above the stream may have changed in this step."""
        self._is_stepping = True

    def seam(self, part: str) -> Seam:
        """What the part of this name may do to the others."""
        return Seam(
            part,
            counters=self.counters,
            timers=self.timers,
            emit=self.events.append,
            ask=self.ask,
            publications=self._publications,
        )

    def join(self, stream: Sequence[Part], above: Sequence[Part]) -> tuple[Part, ...]:
        """Take in all parts, the lowest first, and return them."""
        self._stream, self._parts = tuple(stream), (*stream, *above)
        self._by_name = {part.name: part for part in self._parts}
        self._by_action = {action: part for part in self._parts for action in part.actions}
        self._by_request = {request: part for part in self._parts for request in part.requests}
        return self._parts

    def part(self, kind: type[P]) -> P:
        """The part of this class; KeyError when there is none."""
        found = self._by_name[kind.name]
        if not isinstance(found, kind):
            raise TypeError(f"the part {kind.name} is no {kind.__name__}")
        return found

    def begin(self) -> None:
        """Begin a step. After one that failed half-way the state cannot be trusted, and nothing of it is committed."""
        if self._is_stepping:
            raise RuntimeError("an earlier step failed half-way: start again from what is committed")
        self._is_stepping = True

    def act(self, action: Action, now: Micros) -> None:
        """Have the part that allows it do what a person wants.

        Raises:
            GatewayError: it cannot be done; nothing has changed, and the step has ended.
        """
        self._has_moved = True
        try:
            self._by_action[type(action)].act(action, now)
        except GatewayError:
            self._is_stepping = False
            raise

    def ask(self, request: Request) -> None:
        """Have the part that serves it do what is asked."""
        self._has_moved = True
        self._by_request[type(request)].serve(request)

    def tick(self, part: str, key: object, now: Micros) -> None:
        """Tell a part that a time which it has set has come."""
        self._has_moved = True
        self._by_name[part].tick(key, now)
        self.deliver()

    def clock_set(self, by: Micros) -> None:
        """Tell all parts that the gateway's clock was set."""
        self._has_moved = True
        for part in self._parts:
            part.clock_set(by)

    def deliver(self) -> int:
        """Tell all parts, from the lowest up, of each event. What an event causes comes before what was waiting.

        Returns:
            How many events there were.
        """
        events, count = self.events, 0
        while events:
            count += 1
            self._has_moved = True
            event = events.popleft()
            waiting = len(events)
            for part in self._parts:
                part.on(event)
            events.rotate(len(events) - waiting)
        return count

    def finish(self) -> Changes:
        """End the step."""
        self.deliver()
        for part in self._stream:
            part.conclude()
        self.deliver()
        changed = {}
        for part in self._parts if self._has_moved else self._stream:
            if (each := part.finish()) is not None:
                changed[part.name] = each
        self._has_moved = self._is_stepping = False
        publications = self._publications.copy()
        self._publications.clear()
        return Changes(changed, publications, self.counters.finish())
