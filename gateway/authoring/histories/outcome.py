"""What became of a test."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.authoring.histories.reading import History
from gateway.core.kernel.mistakes import Location
from gateway.site_files.problems import Problem


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is not as the test says."""

    at: Location
    """Where it stands, inside the test."""
    what: str
    """A sentence."""
    hint: str = ""
    excerpt: str = ""
    """Lines to look at: expected and got, the values around that time, the rule."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One test that has run."""

    history: History
    failures: tuple[Failure, ...]
    messages: int
    """How many were read."""

    @property
    def has_passed(self) -> bool:
        """Whether all is as the test says."""
        return not self.failures

    @property
    def problems(self) -> list[Problem]:
        """The failures at their places in the file."""
        document, at, name = self.history.document, self.history.at, self.history.name
        return [
            document.problem((*at, *each.at), f"{name}: {each.what}", each.hint, excerpt=each.excerpt)
            for each in self.failures
        ]
