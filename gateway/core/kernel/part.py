"""What a part of the engine is, and what it can do to the others.

A part owns one idea of the domain: its state, what it changes, its events. The engine calls its verbs in one fixed
order and knows nothing else of it. Events go up: a part emits, and the parts above it may react. Requests go down: a
part asks one below it, and has what it asked for when the call returns. Neither leaves the step in which it was made.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, ClassVar

from gateway.core.kernel.changes import Publication
from gateway.core.kernel.counters import Counters
from gateway.core.kernel.events import Action, AuditRecord, Event, Request
from gateway.core.kernel.timers import Timers
from gateway.core.kernel.times import Micros


class Seam:
    """What a part may do to the rest of the engine."""

    def __init__(
        self,
        part: str,
        *,
        counters: Counters,
        timers: Timers,
        emit: Callable[[Event], None],
        ask: Callable[[Request], None],
        publications: list[Publication],
    ) -> None:
        self._part = part
        self._timers = timers
        self._publications = publications
        self.counters = counters
        self.emit = emit
        """Tell the parts above, once the verb that runs has returned."""
        self.ask = ask
        """Ask the part below that serves this request; it is done when this returns."""

    def wake(self, key: Hashable, due: Micros) -> None:
        """Have `tick` called with this key at `due`. A key that is set again moves; keys can be compared."""
        self._timers.set(self._part, key, due)

    def let_sleep(self, key: Hashable) -> None:
        """Do not have `tick` called with this key."""
        self._timers.cancel(self._part, key)

    def record(
        self,
        kind: str,
        subject: str,
        time: Micros,
        data: dict[str, object],
        *,
        cause: int | None = None,
        by: str | None = None,
    ) -> AuditRecord:
        """A numbered record of the audit trail, for an event to carry."""
        return AuditRecord(self.counters.take("event"), time, kind, subject, cause, by, data)

    def publish(self, topic: str, payload: bytes) -> None:
        """Publish an MQTT event once this step is durable."""
        self._publications.append(Publication(self.counters.take("publication"), topic, payload))


class Part:
    """The verbs of a part. One that it has no use for, it leaves as it is here."""

    name: ClassVar[str]
    """Under which its changes and its rows are found."""
    actions: ClassVar[tuple[type[Action], ...]] = ()
    """What it lets people do."""
    requests: ClassVar[tuple[type[Request], ...]] = ()
    """What it does for parts above it."""

    def restore(self, rows: Any, now: Micros) -> None:  # noqa: ANN401 — each part has rows of its own type
        """Go on where the rows of an earlier run end."""

    def on(self, event: Event) -> None:
        """React to an event of a part below."""

    def serve(self, request: Request) -> None:
        """Do what a part above asks: one of `requests`."""

    def act(self, action: Action, now: Micros) -> None:
        """Do what a person wants: one of `actions`.

        Raises:
            GatewayError: it cannot be done; nothing has changed.
        """

    def tick(self, key: Any, now: Micros) -> None:  # noqa: ANN401 — each part has keys of its own type
        """A time that the part has set with `wake` has come."""

    def clock_set(self, by: Micros) -> None:
        """The gateway's own clock was set forward or, with `by` below 0, back."""

    def conclude(self) -> None:
        """Tell what was collected in the step, which ends. Only parts that see each reading are asked."""

    def finish(self) -> object | None:
        """What has changed since this was last called; None when nothing has. The step ends here: emit nothing."""
        return None
