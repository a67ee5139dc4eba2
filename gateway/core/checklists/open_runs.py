"""The checklists in use that are open, to be found by number and by what they are about."""

from __future__ import annotations

from gateway.core.checklists.run import Run
from gateway.core.kernel.subjects import Subject


class OpenRuns:
    """Of one definition at most one is open on the same thing."""

    def __init__(self) -> None:
        self._by_number: dict[int, Run] = {}
        self._by_subject: dict[Subject, dict[str, int]] = {}
        """Their numbers, by what they are about and by definition."""

    def find(self, number: int) -> Run | None:
        """The one of this number; None where it is not open."""
        return self._by_number.get(number)

    def about(self, subject: Subject) -> list[Run]:
        """Those of this thing, in the order in which they came to it."""
        return [self._by_number[number] for number in self._by_subject.get(subject, {}).values()]

    def has(self, subject: Subject, checklist: str) -> bool:
        """Whether one of this definition is open there."""
        return checklist in self._by_subject.get(subject, {})

    def keep(self, run: Run) -> None:
        """Keep one that is attached."""
        record = run.record
        self._by_number[record.number] = run
        self._by_subject.setdefault(record.about, {})[record.checklist] = record.number

    def drop(self, run: Run) -> None:
        """It has ended, or leaves what it is about."""
        record = run.record
        del self._by_number[record.number]
        of_subject = self._by_subject[record.about]
        del of_subject[record.checklist]
        if not of_subject:
            del self._by_subject[record.about]
