"""Files of tests: payload tests of profiles, which have `profile:` at the top, and histories, which test rules."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gateway.authoring.histories.grounds import Grounds, read_grounds
from gateway.authoring.histories.reading import ReadTest, read_histories
from gateway.authoring.histories.running import run_history
from gateway.authoring.payload_tests import run_tests
from gateway.clock import steady_s
from gateway.core.kernel.times import Micros
from gateway.core.profiles.profile import Profile
from gateway.errors import GatewayError
from gateway.site_files import load_profiles
from gateway.site_files.documents import read_document
from gateway.site_files.problems import Problem

_SUFFIXES = (".yaml", ".yml")
_MEANT = re.compile(rb"\bexpect\"?\s*:")
"""No other file has such a key."""


class NoTests(GatewayError):
    """A path where there are no tests."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test that has run, or cannot."""

    name: str
    line: int
    """Where it stands."""
    problems: tuple[Problem, ...]
    """What is wrong with it, or not as it says, each where it stands; none if it has passed."""
    seconds: float = 0.0
    """How long it took."""


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of the tests of one file."""

    file: Path
    profile: str
    """Whose payloads it tests; empty where it tests rules."""
    cases: tuple[Case, ...]
    problems: tuple[Problem, ...]
    """Mistakes in the file that are none of a single test."""

    @property
    def failed(self) -> int:
        """How many tests have failed."""
        return sum(bool(case.problems) for case in self.cases)

    @property
    def passed(self) -> int:
        """How many tests have passed."""
        return len(self.cases) - self.failed

    @property
    def every_problem(self) -> list[Problem]:
        """All of them, in the order of the file."""
        found = [*self.problems, *(problem for case in self.cases for problem in case.problems)]
        return sorted(dict.fromkeys(found), key=lambda each: (each.line, each.column))


@dataclass(frozen=True)
class Libraries:
    """The profiles and rules with which tests run. Those of one kind alone are read where only that is needed."""

    site: Path | None
    profiles_directory: Path | None

    @cached_property
    def grounds(self) -> Grounds:
        """What histories build on."""
        return read_grounds(self.site, self.profiles_directory)

    @cached_property
    def profiles(self) -> dict[str, Profile]:
        """The profiles of payload tests."""
        if self.site is None:
            return load_profiles(self.profiles_directory)
        return self.grounds.profiles


def files_of(paths: Iterable[Path]) -> list[Path]:
    """The files that are named, and those below a directory that have tests, each once.

    Raises:
        NoTests: there is nothing at a path, or a directory holds no tests.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            below = [file for file in sorted(path.rglob("*")) if file.suffix in _SUFFIXES and _has_tests(file)]
            if not below:
                raise NoTests(f"no file below {path} has tests: write some to {path / 'pumps.yaml'}, under `tests:`")
            found |= dict.fromkeys(below)
        elif path.exists():
            found[path] = None
        else:
            raise NoTests(f"there is no file {path}: name a file of tests, or a directory that holds some")
    return [*found]


def run_file(
    file: Path,
    libraries: Libraries,
    *,
    now: Micros,
    chosen: Callable[[str], bool] = lambda _name: True,
    begins: Callable[[str], None] = lambda _name: None,
    stops_early: bool = False,
) -> FileResult:
    """Run the tests in one file.

    Args:
        chosen: by its name, whether a test is run.
        begins: called with the name of each test before it is run.
        stops_early: whether to stop after the first test that fails.

    Raises:
        SiteError: the profiles and rules on which it builds have mistakes.
    """
    document, problems = read_document(file)
    if document is None:
        return FileResult(file, "", (), tuple(problems))
    if "profile" in document.root:
        result = run_tests(file, libraries.profiles, now=now, chosen=chosen)
        found = [Case(name, line, of_case) for name, line, of_case in result.cases]
        of_cases = {problem for case in found for problem in case.problems}
        rest = tuple(each for each in result.problems if each not in of_cases)
        return FileResult(file, result.profile, tuple(_until_failure(found, stops_early)), rest)
    read = read_histories(document, libraries.grounds, problems, chosen=chosen)
    cases = (_run(each, begins) for each in read.tests)
    return FileResult(file, "", tuple(_until_failure(cases, stops_early)), read.problems)


def _run(test: ReadTest, begins: Callable[[str], None]) -> Case:
    begins(test.name)
    if test.history is None:
        return Case(test.name, test.line, test.problems)
    since = steady_s()
    try:
        problems = run_history(test.history).problems
    except Exception as error:  # the results of all other tests would be lost
        what = f"{test.name}: the gateway itself failed, which is a mistake of the product: {error!r}"
        problems = [test.history.document.problem(test.history.at, what, excerpt=traceback.format_exc())]
    return Case(test.name, test.line, tuple(problems), steady_s() - since)


def _until_failure(cases: Iterable[Case], stops: bool, /) -> Iterator[Case]:
    for case in cases:
        yield case
        if stops and case.problems:
            return


def _has_tests(file: Path) -> bool:
    """Whether it has tests or is meant to: what is wrong with it is told when it is run."""
    document, _ = read_document(file)
    if document is not None and "tests" in document.root:
        return True
    try:
        return _MEANT.search(file.read_bytes()) is not None
    except OSError:
        return True
