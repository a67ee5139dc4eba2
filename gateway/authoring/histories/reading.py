"""Reads files of rule tests, and reports every mistake in them at its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.authoring.histories.checks import mistakes_in_deeds, mistakes_in_expectations, mistakes_in_times
from gateway.authoring.histories.claims import Words
from gateway.authoring.histories.grounds import Grounds
from gateway.authoring.histories.native import native_topic
from gateway.authoring.histories.sendable import Sendable
from gateway.authoring.histories.spec import HistorySpec, Shared
from gateway.authoring.histories.tables import over
from gateway.authoring.histories.timeline import Track
from gateway.authoring.histories.values import stretches
from gateway.core.configuration import Configuration
from gateway.core.kernel.mistakes import Location
from gateway.core.kernel.times import Micros, from_datetime
from gateway.site_files.documents import Document, Series, Table
from gateway.site_files.explain import validate
from gateway.site_files.problems import Problem, did_you_mean

_FIRST_YEAR, _LAST_YEAR = 2000, 2100


@dataclass(frozen=True, slots=True)
class History:
    """One test, checked, on its site."""

    spec: HistorySpec
    document: Document
    """The file, with the defaults in each test."""
    at: Location
    configuration: Configuration
    words: Words
    tracks: tuple[Track, ...]
    """Its series."""
    start: Micros
    ends: Micros
    """For how long it is watched."""

    @property
    def name(self) -> str:
        """The sentence."""
        return self.spec.name


@dataclass(frozen=True, slots=True)
class ReadTest:
    """One test as it was read."""

    name: str
    line: int
    """Where it stands."""
    history: History | None
    """None where it has mistakes."""
    problems: tuple[Problem, ...]
    """These mistakes."""


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """The tests of one file."""

    tests: tuple[ReadTest, ...]
    problems: tuple[Problem, ...]
    """Mistakes that are none of a single test."""

    @property
    def histories(self) -> list[History]:
        """The tests without mistakes."""
        return [each.history for each in self.tests if each.history is not None]


def read_histories(
    document: Document,
    grounds: Grounds,
    problems: Sequence[Problem] = (),
    *,
    chosen: Callable[[str], bool] = lambda _name: True,
) -> HistoryFile:
    """The tests of a file that has been read as YAML with these problems, or those whose names are chosen."""
    problems = [*problems]
    for key in document.root:
        if key not in ("tests", "defaults"):
            hint = did_you_mean(key, ("tests", "defaults"), kind="keys")
            problems.append(document.problem((str(key),), f"unknown key {key!r}", hint, of_key=True))
    if "defaults" in document.root:
        problems += validate(document, ("defaults",), Shared)[1]
    tests = document.root.get("tests")
    if not isinstance(tests, Series) or not tests:
        problems.append(document.problem(("tests",), "tests: this is not a list of tests", "write one a dash"))
        return HistoryFile((), tuple(problems))
    document = _with_defaults(document, tests)
    found, places = list[ReadTest](), dict[str, int]()
    for index in range(len(tests)):
        at = ("tests", index)
        given = document.value((*at, "name"))
        name = given if isinstance(given, str) else f"test {index + 1}"
        if name in places:
            hint = f"the first stands in line {places[name]}; say what is different in it"
            problems.append(document.problem((*at, "name"), f"a second test is called {name!r}", hint))
        places.setdefault(name, document.position(at)[0])
        if chosen(name):
            history, mistakes = _read(document, at, grounds)
            found.append(ReadTest(name, document.position(at)[0], history, tuple(mistakes)))
    return HistoryFile(tuple(found), tuple(problems))


def _with_defaults(document: Document, tests: Series) -> Document:
    """The same file where each test has the keys of `defaults` that it has not itself."""
    defaults = document.root.get("defaults")
    if not isinstance(defaults, Table):
        return document
    full = Series()
    full.positions = tests.positions
    for test in tests:
        full.append(over(defaults, test) if isinstance(test, Table) else test)
    root = over(document.root, Table())
    root["tests"] = full
    return Document(document.file, root)


def _read(document: Document, at: Location, grounds: Grounds) -> tuple[History | None, list[Problem]]:
    if not isinstance(document.value(at), Table):
        return None, [document.problem(at, "this is not a test", "write `- name: …` and what happens under it")]
    spec, problems = validate(document, at, HistorySpec)
    configuration, found = grounds.configuration(document, at)
    problems += [each for each in found if each not in problems]
    if spec is None or configuration is None:
        return None, problems
    tracks, found = _tracks(spec, configuration, document, at)
    problems += found
    if not spec.rejected:
        problems += _refused(tracks, grounds.sendable(configuration), document, at)
    words = Words.of(configuration)
    start, found = _start(spec, ZoneInfo(configuration.site.header.timezone), document, at)
    problems += found
    ends = _end(spec, tracks)
    problems += mistakes_in_expectations(spec, words, document, at)
    problems += mistakes_in_deeds(spec, words, document, at)
    if len(tracks) == len(spec.series):  # else nobody knows how long the others last
        problems += mistakes_in_times(spec, ends, document, at)
    if problems:
        return None, problems
    return History(spec, document, at, configuration, words, tuple(tracks), start, ends), []


def _tracks(
    spec: HistorySpec, configuration: Configuration, document: Document, at: Location
) -> tuple[list[Track], list[Problem]]:
    tracks, problems = list[Track](), list[Problem]()
    devices = configuration.site.devices
    for key, text in spec.series.items():
        here = (*at, "series", key)
        device, dot, metric = key.rpartition(".")
        if not dot:
            problems.append(document.problem(here, f"{key!r} names no metric", "write DEVICE.METRIC", of_key=True))
            continue
        if device not in devices:
            hint = did_you_mean(device, devices, kind="devices")
            problems.append(document.problem(here, f"there is no device {device!r}", hint, of_key=True))
            continue
        profile = configuration.profiles[devices[device].profile]
        known = profile.metrics.get(metric)
        if known is None:
            what = f"the profile {profile.profile} has no metric {metric!r}"
            hint = did_you_mean(metric, profile.metrics, kind="metrics")
            problems.append(document.problem(here, what, hint, of_key=True))
            continue
        if known.computed is not None:
            what, hint = f"{metric} is not sent but computed", f"write {device}.{known.computed.from_} in its place"
            problems.append(document.problem(here, what, hint, of_key=True))
            continue
        try:
            found = stretches(text)
        except ValueError as error:
            what, _, hint = str(error).partition(": write ")
            problems.append(document.problem(here, f"{key}: {what}", f"write {hint}" if hint else ""))
            continue
        tracks.append(Track(device, metric, native_topic(configuration, device), found))
    return tracks, problems


def _refused(tracks: Sequence[Track], sendable: Sendable, document: Document, at: Location) -> Iterator[Problem]:
    """Values that decoding would reject."""
    for track in tracks:
        if (refusal := sendable.refusal(track)) is not None:
            key = f"{track.device}.{track.metric}"
            hint = "write what the device's profile has, or rejected: true where that is meant"
            yield document.problem((*at, "series", key), f"{key}: {refusal}", hint)


def _start(spec: HistorySpec, zone: ZoneInfo, document: Document, at: Location) -> tuple[Micros, list[Problem]]:
    here = (*at, "start")
    try:
        local = datetime.fromisoformat(spec.start)
    except ValueError:
        hint = "write it as 2026-03-29T01:00"
        return 0, [document.problem(here, f"{spec.start!r} is no date with a time", hint)]
    if not _FIRST_YEAR <= local.year <= _LAST_YEAR:
        what = f"{spec.start!r} is no year in which this gateway runs"
        return 0, [document.problem(here, what, f"write one from {_FIRST_YEAR} to {_LAST_YEAR}")]
    if local.tzinfo is not None:
        return from_datetime(local), []
    time = from_datetime(local.replace(tzinfo=zone))
    if local.replace(tzinfo=zone).astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) != local:
        what = f"there is no {spec.start} in {zone.key}: clocks are set forward then"
        return 0, [document.problem(here, what, "write a time before or after it")]
    return time, []


def _end(spec: HistorySpec, tracks: Sequence[Track]) -> Micros:
    of_series = max((each.length - 1 for each in tracks), default=0) * spec.every
    of_messages = max((each.at for each in spec.messages), default=0)
    of_deeds = max((each.at + each.lasts for each in spec.do), default=0)
    return max(spec.lasts, of_series, of_messages, of_deeds)
