"""Tries whether the tests of a rule notice that it was changed."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.mutations.mutants import Mutant, mutants_of
from gateway.authoring.histories.grounds import Grounds, read_grounds
from gateway.authoring.histories.reading import History, read_histories
from gateway.authoring.histories.running import is_failing, rules_of, run_history
from gateway.site_files.documents import read_document


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the mutants of one rule."""

    rule: str
    mutants: int
    survivors: tuple[Mutant, ...]
    tests: int


class Trials:
    """The library and its tests, read once."""

    def __init__(self, tests: Iterable[Path]) -> None:
        """`tests`: the files of histories."""
        self._grounds = read_grounds(None, None)
        self._tests: dict[str, list[tuple[float, History]]] = defaultdict(list)
        self.failing: list[str] = []
        """Tests that fail without any change, which show nothing."""
        for file in tests:
            document, problems = read_document(file)
            read = read_histories(document, self._grounds, problems) if document is not None else None
            if read is None or read.problems:
                self.failing.append(str(file))
            for test in read.tests if read is not None else ():
                self._add(file, test.name, test.history)

    @property
    def rules(self) -> list[str]:
        """The shipped rules, by id."""
        return [*self._grounds.catalogues.shipped_rules.entries]

    def of_rule(self, rule: str) -> Verdict:
        """Try every mutant of the rule, until the first test that fails."""
        tests = [history for _, history in sorted(self._tests[rule], key=lambda each: each[0])]
        tried, survivors = 0, []
        for mutant in mutants_of(rule, self._grounds.catalogues):
            caught = self._is_caught(mutant, tests)
            tried += caught is not None
            if caught is False:
                survivors.append(mutant)
        return Verdict(rule, tried, tuple(survivors), len(tests))

    def _is_caught(self, mutant: Mutant, tests: list[History]) -> bool | None:
        """Whether one of the tests fails with it; None where it is no rule of the profile.

        The next mutant stands beside this one, so what has caught this one is moved to the front.
        """
        grounds = Grounds(mutant.applied_to(self._grounds.catalogues), None)
        for place, history in enumerate(tests):
            changed = _alone(history, grounds)
            if changed is None:
                return None
            if is_failing(changed):
                tests.insert(0, tests.pop(place))
                return True
        return False

    def _add(self, file: Path, name: str, history: History | None) -> None:
        alone = _alone(history, self._grounds) if history is not None else None
        if history is None or alone is None:
            self.failing.append(f"{file}: {name}")
            return
        begun = time.perf_counter()
        outcome = run_history(alone)
        took = time.perf_counter() - begun
        if outcome.failures:
            self.failing.append(f"{file}: {name}: {outcome.failures[0].what}")
            return
        for rule in rules_of(history):
            self._tests[rule].append((took, history))


def _alone(history: History, grounds: Grounds) -> History | None:
    """The test on a site that has no other rules than it looks at; None where these are not rules of the profile.

    All rules of a profile cost several times as much as those that a test looks at.
    """
    configuration, problems = grounds.with_rules({}, only=rules_of(history)).configuration(history.document, history.at)
    return None if configuration is None or problems else replace(history, configuration=configuration)
