"""The engine: messages, people's actions and passing time go in, what they change comes out.

It is the same code in production, in a test and in an accelerated demo: no await, no I/O, no clock. It composes parts
in one fixed order and knows their verbs only. Readings go through the first three, which it makes itself: intake,
devices, rules. A reading that moves nothing reaches no other part.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.core.configuration import Configuration
from gateway.core.devices.latest import Devices
from gateway.core.kernel.changes import Changes, Publication
from gateway.core.kernel.counters import Counters
from gateway.core.kernel.events import Action, Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.timers import Timers
from gateway.core.kernel.times import Micros
from gateway.core.rules.evaluator import Evaluator
from gateway.core.telemetry.intake import OVERSIZED_AFTER, Intake
from gateway.core.telemetry.readings import Message, Reading

MakePart = Callable[[Configuration, Seam], Part]
"""Makes a part for a site."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where an earlier run ended: what the store remembers of it."""

    counters: Mapping[str, int] = field(default_factory=dict)
    """The next number by the name of each counter."""
    rows: Mapping[str, Any] = field(default_factory=dict)
    """By the name of a part, its rows."""


_NOTHING = Checkpoint()


class Engine:
    """The state of a site, and everything that can happen to it."""

    def __init__(
        self,
        configuration: Configuration,
        parts: Mapping[str, MakePart],
        checkpoint: Checkpoint = _NOTHING,
        *,
        now: Micros = 0,
        largest_payload: int = OVERSIZED_AFTER,
    ) -> None:
        """Go on where the checkpoint ends. `beginning` holds what that alone changed: commit it first.

        Args:
            parts: how to make the parts above rules, by name, the lowest first.
            largest_payload: bytes beyond which a message is not looked into.
        """
        self._counters = Counters(checkpoint.counters)
        self._timers = Timers()
        self._events: deque[Event] = deque()
        self._publications: list[Publication] = []
        site, profiles = configuration.site, configuration.profiles
        self._intake = Intake(site, profiles, self._seam(Intake.name), largest_payload=largest_payload)
        self.devices = Devices(site, profiles, self._seam(Devices.name))
        self._evaluator = Evaluator(site, configuration.rules, self.devices, self._seam(Evaluator.name))
        self._stream: tuple[Part, ...] = (self._intake, self.devices, self._evaluator)
        above = [make(configuration, self._seam(name)) for name, make in parts.items()]
        self._parts: tuple[Part, ...] = (*self._stream, *above)
        self._has_moved = True
        """Whether parts above the stream may have changed in this step."""
        self._by_name = {part.name: part for part in self._parts}
        self._by_action = {action: part for part in self._parts for action in part.actions}
        self._by_request = {request: part for part in self._parts for request in part.requests}
        for part in self._parts:
            if part.name in checkpoint.rows:
                part.restore(checkpoint.rows[part.name], now)
        self.beginning = self._finish()

    def step(self, batch: Sequence[Message]) -> Changes:
        """Read a batch of messages, in the order in which they were received."""
        read, update, evaluate, events = self._intake.read, self.devices.update, self._evaluator.evaluate, self._events
        number = self._intake.begin(len(batch))
        for message in batch:
            for reading in read(message):
                fresh = update(reading, message.retained)
                if fresh is not None:
                    evaluate(fresh, message, number)
                if events:
                    self._deliver()  # before the next reading says otherwise
            number += 1
        return self._finish()

    def act(self, action: Action, now: Micros) -> Changes:
        """A person acts.

        Raises:
            GatewayError: it cannot be done; nothing has changed.
        """
        self._has_moved = True
        self._by_action[type(action)].act(action, now)
        return self._finish()

    def tick(self, now: Micros) -> Changes:
        """Time has passed."""
        for name, key in self._timers.due(now):
            self._has_moved = True
            self._by_name[name].tick(key, now)
            self._deliver()
        return self._finish()

    def clock_set(self, by: Micros) -> Changes:
        """The gateway's own clock was set forward or, with `by` below 0, back: delays keep what is left of them."""
        self._has_moved = True
        for part in self._parts:
            part.clock_set(by)
        return self._finish()

    def snapshot(self) -> Changes:
        """Save the latest values that have changed since the last snapshot."""
        self.devices.snapshot()
        return self._finish()

    def quarantine(self, reading: Reading, metric: str, detail: str, now: Micros) -> Changes:
        """The series store refuses a reading, or one metric of it (`metric` not empty), for good."""
        self._intake.quarantine(reading, metric, detail, now)
        return self._finish()

    def reconnected(self) -> None:
        """The broker was out of reach; it may hand over old messages now."""
        self._intake.reconnected()

    def next_due(self) -> Micros | None:
        """When a tick will be needed next, unless messages come before."""
        return self._timers.next_due()

    def counts(self) -> dict[str, int]:
        """How many messages came since this run began (`received`), and what became of them."""
        return asdict(self._intake.totals) | {"late": self.devices.late}

    def _seam(self, part: str) -> Seam:
        return Seam(
            part,
            counters=self._counters,
            timers=self._timers,
            emit=self._events.append,
            ask=self._ask,
            publications=self._publications,
        )

    def _ask(self, request: Request) -> None:
        self._by_request[type(request)].serve(request)

    def _deliver(self) -> None:
        """Tell all parts, from the lowest up, of each event, in the order in which the events were emitted."""
        events = self._events
        while events:
            self._has_moved = True
            event = events.popleft()
            for part in self._parts:
                part.on(event)

    def _finish(self) -> Changes:
        """End the step. A batch that moves nothing costs those parts nothing that it did not reach."""
        self._deliver()
        changed = {}
        for part in self._parts if self._has_moved else self._stream:
            if (each := part.finish()) is not None:
                changed[part.name] = each
        self._has_moved = False
        publications = self._publications.copy()
        self._publications.clear()
        return Changes(changed, publications, self._counters.finish())
