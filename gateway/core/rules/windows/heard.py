"""Of which times the gateway knows what devices said: it was blind in the gaps between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.core.kernel.times import LATEST, Micros
from gateway.core.rules.windows.let import LONGEST

Span = tuple[Micros, Micros]
"""Begin and end."""

_MOST_GAPS = 200
"""Gaps that are kept. Of more, the two that are closest to each other become one, with the time between them."""


class Gaps:
    """The blind gaps, in the order of their times: one object for all windows of the site."""

    __slots__ = ("_gaps", "_since")

    def __init__(self) -> None:
        self._gaps: list[Span] = []
        self._since: Micros | None = None
        """Since when the gateway is blind."""

    @property
    def closed(self) -> Sequence[Span]:
        """Those that are over."""
        return self._gaps

    @property
    def end(self) -> Micros:
        """The end of the latest that is over; 0 where there is none."""
        return self._gaps[-1][1] if self._gaps else 0

    def restore(self, gaps: Sequence[Span]) -> None:
        """Restore those of earlier runs."""
        self._gaps = list(gaps)

    def open(self, since: Micros) -> None:
        """The gateway is blind from then on."""
        self._since = since

    def close(self, until: Micros) -> None:
        """The gateway hears again. What ended longer ago than the longest window is forgotten."""
        since, self._since = self._since, None
        gaps = [(begin, end) for begin, end in self._gaps if end > until - LONGEST]
        if since is not None and until > since:
            gaps.append((since, until))
        if len(gaps) > _MOST_GAPS:
            index = min(range(len(gaps) - 1), key=lambda index: gaps[index + 1][0] - gaps[index][1])
            gaps[index : index + 2] = [(gaps[index][0], gaps[index + 1][1])]
        self._gaps = gaps

    def move(self, by: Micros, since: Micros) -> None:
        """The gateway's clock was set: what it has told since then is later by so much."""

        def moved(time: Micros) -> Micros:
            return time + by if time >= since else time

        self._gaps = [(moved(begin), moved(end)) for begin, end in self._gaps]
        if self._since is not None and self._since >= since:
            self._since += by

    def missed(self, begin: Micros, end: Micros) -> Micros:
        """How much of this time the gateway was blind."""
        if self._are_before(begin):  # nearly always
            return 0
        return sum(min(end, until) - max(begin, since) for since, until in self._within(begin, end))

    def heard(self, begin: Micros, end: Micros, *, of: Span) -> Micros:
        """How much of this time is known to have been as the reading at the beginning of the span said.

        The part of a gap is not, unless both readings of the span were heard in the gap, with their own stamps.
        """
        if begin >= end:
            return 0
        known = end - begin
        if self._are_before(begin):
            return known
        said, following = of
        for since, until in self._within(begin, end):
            if not (since <= said and following <= until):
                known -= min(end, until) - max(begin, since)
        return known

    def _are_before(self, begin: Micros) -> bool:
        """Whether all of them were over by then."""
        return self._since is None and (not self._gaps or self._gaps[-1][1] <= begin)

    def _within(self, begin: Micros, end: Micros) -> Iterator[Span]:
        """The gaps that have a part of this time, the latest first."""
        if self._since is not None and self._since < end:
            yield self._since, LATEST
        for since, until in reversed(self._gaps):
            if until <= begin:
                break
            if since < end:
                yield since, until
