"""Whether decoding accepts the values of a series: asked before a test runs, so that a slip is told at its line."""

from __future__ import annotations

import msgspec

from gateway.authoring.histories.timeline import Track
from gateway.authoring.histories.values import Stretch
from gateway.core.configuration import Configuration
from gateway.core.kernel.values import Value
from gateway.core.telemetry.readings import Message
from gateway.core.telemetry.routing import Router
from gateway.core.telemetry.senders import senders_of


class Sendable:
    """Decodes single values as production does, and keeps nothing of it."""

    def __init__(self, configuration: Configuration) -> None:
        site = configuration.site
        self._router = Router(site.header, senders_of(site, configuration.profiles))

    def refusal(self, track: Track) -> str | None:
        """Why one of the values is rejected; None where all are accepted."""
        for stretch in track.stretches:
            for value in _samples(stretch):
                if (refused := self._refusal(track, value)) is not None:
                    return refused
        return None

    def _refusal(self, track: Track, value: Value) -> str | None:
        route = self._router.find(track.topic)
        assert route is not None
        read = route.read(Message(track.topic, msgspec.json.encode({track.metric: value}), 0))
        rejected = [*read.rejected, *(each for _, decoded in read.readings for each in decoded.rejected)]
        return rejected[0].detail if rejected else None


def _samples(stretch: Stretch) -> list[Value]:
    """Values that stand for all of a stretch: on a ramp the ends, and one between."""
    if not stretch.is_sent:
        return []
    places = {0, stretch.count - 1, 1} if stretch.to is not None else {0}
    found = (stretch.at(place) for place in sorted(places))
    return [each for each in found if each is not None]
