"""How many reports of other systems become tickets. A program that loops must not call people a thousand times."""

from __future__ import annotations

from gateway.core.kernel.allowance import Allowance
from gateway.core.kernel.times import MINUTE, SECOND, Micros

OF_PLACE, OF_PLACE_EVERY = 20, MINUTE
"""About one place at once, and how often one more: as many as one address may send at the pages."""
OF_ALL, OF_ALL_EVERY = 200, 10 * SECOND
"""About all places together. An app in which all flats report that the water is off stays below it."""


class ReportLimits:
    """Counts them by place, as a message does not say who has published it. Places are those of the site's files."""

    def __init__(self) -> None:
        self._of_all = Allowance(OF_ALL, 1 / OF_ALL_EVERY)
        self._of_place: dict[str, Allowance] = {}

    def excess(self, place: str, now: Micros) -> str | None:
        """Count a report about this place; None, or a sentence where it is one too many."""
        of_place = self._of_place.get(place)
        if of_place is None:
            of_place = self._of_place[place] = Allowance(OF_PLACE, 1 / OF_PLACE_EVERY)
        if not of_place.allows(1, now):
            return f"more than {OF_PLACE} reports about {place!r}, then one a minute: this one opens no ticket"
        if not self._of_all.allows(1, now):
            return f"more than {OF_ALL} reports, then one in 10 s: this one opens no ticket"
        return None
