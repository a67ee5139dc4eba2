"""Who is there: the questions to duty, with their answers."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.core.duty.actions import AskOnDuty, AskPresent
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros


class Attendance:
    """Asks duty for a part above it. Answers are ids, in the order in which people are told."""

    def __init__(self, seam: Seam) -> None:
        self._seam = seam

    def on_duty(self, team: str, at: Micros) -> tuple[str, ...]:
        """Who of a team is on duty, as of `AskOnDuty`."""
        found: list[str] = []
        self._seam.ask(AskOnDuty(team=team, at=at, answer=found.extend))
        return tuple(found)

    def present(self, people: Iterable[str], at: Micros) -> tuple[str, ...]:
        """Who of these people is there, as of `AskPresent`."""
        found: list[str] = []
        self._seam.ask(AskPresent(people=tuple(people), at=at, answer=found.extend))
        return tuple(found)
