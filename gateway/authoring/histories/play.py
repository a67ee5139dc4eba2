"""Plays one history on the engine of production, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from operator import itemgetter

from msgspec.structs import replace

from gateway import parts
from gateway.authoring.histories.ahead import Ahead
from gateway.authoring.histories.bearing import bearing_on
from gateway.authoring.histories.doing import Deed
from gateway.authoring.histories.persons import action_of
from gateway.authoring.histories.reading import History
from gateway.authoring.histories.restarts import Restarts
from gateway.authoring.histories.standing import Standing
from gateway.authoring.histories.timeline import timeline
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.times import MINUTE, Micros, written_duration
from gateway.core.telemetry.readings import Message
from gateway.errors import GatewayError

_SAVE_EVERY: Micros = MINUTE
"""How often production saves latest values, unless its settings say otherwise."""


class Play:
    """One history, as far as it has been played.

    At one moment messages are heard first, as the ticker of production reads what has arrived before it ends a delay;
    then the delays end that are due; then people act.
    """

    def __init__(self, history: History, moved: Callable[[Engine], None]) -> None:
        """`moved` is called after each step that messages or time have made."""
        spec = history.spec
        self.history = history
        self._start = self.now = history.start
        self._moved = moved
        self.has_moved = True
        """Whether something has happened since somebody set this to False."""
        self.refusals: list[tuple[int, str]] = []
        """Which deeds the gateway refused against what the test says, or did not refuse, and a sentence."""
        self.standing = Standing(history.words)
        self._ahead = Ahead(timeline(history.tracks, spec.messages, start=history.start, every=spec.every))
        self._configuration = bearing_on(spec, history.configuration)
        self._set_by: Micros = 0
        """By how much the gateway's clock shows more than the true time."""
        self._kept: list[Message] | None = None
        """What the broker keeps while the gateway is away; None while it hears."""
        self._is_running = True
        deeds = [each for index, deed in enumerate(spec.do) for each in self._moments(index, deed)]
        self._deeds = sorted(deeds, key=itemgetter(0, 1))
        self._restarts = Restarts() if any(deed.restart for deed in spec.do) else None
        self.engine = Engine(self._configuration, parts.makers(), now=self.now)
        self._saves_at = self.now + _SAVE_EVERY if self._restarts is not None else None
        self._add(self.engine.beginning)
        self._add(self.engine.set_hearing(self.now))

    def close(self) -> None:
        """Remove what restarts have left on disk."""
        if self._restarts is not None:
            self._restarts.close()

    def go_on(self, at: Micros) -> None:
        """Play on until this time after the start."""
        while self._deeds and self._deeds[0][0] <= at:
            moment, _, do = self._deeds.pop(0)
            self._pass(self._start + moment)
            do()
            self.has_moved = True
        self._pass(self._start + at)

    @property
    def wall(self) -> Micros:
        """What the gateway's clock shows."""
        return self.now + self._set_by

    def _pass(self, until: Micros) -> None:
        """Hear what is sent, end what is due, and save as often as production does, until this true time."""
        while self._saves_at is not None and self._saves_at <= until:
            self._hear_and_end(self._saves_at)
            self._save()
            self._saves_at += _SAVE_EVERY
        self._hear_and_end(until)

    def _save(self) -> None:
        """Save what a restart does not find in the journal."""
        if self._restarts is not None and self._is_running:
            self._restarts.add(self.engine.snapshot(self.wall))
            while self.engine.has_unsaved:
                self._restarts.add(self.engine.snapshot(self.wall))

    def _hear_and_end(self, until: Micros) -> None:
        engine, ahead = self.engine, self._ahead
        if self._kept is not None:
            self._kept += ahead.until(until)
        while self._is_running:
            due, sent = engine.next_due(), None if self._kept is not None else ahead.next_at
            if sent is not None and sent <= until and (due is None or sent + self._set_by <= due):
                self._hear(ahead.batch(until, engine.next_due, set_by=self._set_by))
            elif due is not None and due <= until + self._set_by:
                self.now = max(self.now, due - self._set_by)
                self._add(engine.tick(self.wall))
                self._moved(engine)
            else:
                break
        self.now = until

    def _hear(self, messages: Iterable[Message]) -> None:
        changes = self.engine.step(messages)
        if self._kept is None and self._ahead.last is not None:
            self.now = self._ahead.last.received
        self._add(changes)
        self._moved(self.engine)

    def _add(self, changes: Changes) -> None:
        if changes.is_empty:
            return
        self.has_moved = True
        self.standing.add(changes, set_by=self._set_by)
        if self._restarts is not None:
            self._restarts.add(changes)

    def _moments(self, index: int, deed: Deed) -> list[tuple[Micros, int, Callable[[], None]]]:
        """When something is done of a deed, in which order with others of that moment, and how.

        The gateway is back before anything else is done.
        """
        back, order = deed.at + deed.lasts, -1 if deed.lasts else 1
        if deed.restart is not None:
            stop, start = (partial(do, kill=deed.restart.kill) for do in (self._stop, self._start_again))
            return [(deed.at, 0, stop), (back, order, start)]
        if deed.cut is not None:
            return [(deed.at, 0, self._cut), (back, order, self._reconnect)]
        if deed.clock is not None:
            return [(deed.at, 0, partial(self._set_clock, deed.clock))]
        return [(deed.at, 0, partial(self._act, index, deed))]

    def _stop(self, *, kill: bool) -> None:
        if not kill:
            self._add(self.engine.set_blind(self.wall))
        self._kept, self._is_running = [], False

    def _start_again(self, *, kill: bool) -> None:
        assert self._restarts is not None
        self.engine = Engine(self._configuration, parts.makers(), self._restarts.checkpoint(), now=self.wall)
        self._add(self.engine.beginning)
        self._is_running, self._saves_at = True, self.now + _SAVE_EVERY
        last = self._ahead.last
        if kill and last is not None:  # its acknowledgement was lost
            self._hear([replace(last, received=self.wall, redelivered=True)])
        self._reconnect()

    def _cut(self) -> None:
        self._add(self.engine.set_blind(self.wall))
        self._kept = []

    def _reconnect(self) -> None:
        """As production: it is blind until it has read what the broker had kept."""
        self._add(self.engine.set_blind(self.wall))
        kept = self._kept or []
        if kept:
            self._ahead.last = kept[-1]
            self._hear([replace(message, received=self.wall) for message in kept])
        self._kept = None
        self._add(self.engine.set_hearing(self.wall))
        self._moved(self.engine)

    def _set_clock(self, by: Micros) -> None:
        self._set_by += by
        self._add(self.engine.clock_set(by))

    def _act(self, index: int, deed: Deed) -> None:
        when = f"at {written_duration(deed.at)}"
        try:
            self._add(self.engine.act(action_of(deed, self.standing), self.wall))
        except GatewayError as error:
            if not deed.refused:
                self.refusals.append((index, f"{deed.kind} is refused {when}: {error}"))
        else:
            if deed.refused:
                self.refusals.append((index, f"{deed.kind} was to be refused {when}, but it is done"))
