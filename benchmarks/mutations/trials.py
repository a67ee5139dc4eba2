"""Tries whether the tests of a rule notice that it was changed."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.mutations.mutants import Mutant, mutants_of
from gateway.authoring.histories.grounds import Grounds, read_grounds
from gateway.authoring.histories.reading import History, read_histories
from gateway.authoring.histories.running import rules_of, run_history
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

    def _is_caught(self, mutant: Mutant, tests: Sequence[History]) -> bool | None:
        """Whether one of the tests fails with it; None where it is no rule of the profile."""
        grounds = Grounds(mutant.applied_to(self._grounds.catalogues), None)
        for history in tests:
            configuration, problems = grounds.configuration(history.document, history.at)
            if configuration is None or problems:
                return None
            if run_history(replace(history, configuration=configuration)).failures:
                return True
        return False

    def _add(self, file: Path, name: str, history: History | None) -> None:
        if history is None:
            self.failing.append(f"{file}: {name}")
            return
        begun = time.perf_counter()
        outcome = run_history(history)
        took = time.perf_counter() - begun
        if outcome.failures:
            self.failing.append(f"{file}: {name}: {outcome.failures[0].what}")
            return
        for rule in rules_of(history):
            self._tests[rule].append((took, history))
