"""Values at paths: of JSON documents, plain texts and Sparkplug metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import NamedTuple

from gateway.core.kernel.values import Json, Value
from gateway.core.profiles.bindings import Binding, Bits, Format, Present, Source
from gateway.core.profiles.metric import Metric
from gateway.core.profiles.path_tree import SEVERAL, PathTree, compile_obstacle
from gateway.core.profiles.paths import MISSING, SINGLE, WHOLE, Find, compile_first, compile_path, parse_path
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.decoding.checks import shown, wrong_type
from gateway.core.telemetry.decoding.locating import factor_of, finder, located
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.decoding.parsers import Fragment
from gateway.core.telemetry.decoding.sources import Factor, Reader
from gateway.core.telemetry.decoding.texts import comparable
from gateway.core.telemetry.decoding.times import StampReader
from gateway.core.telemetry.decoding.transforms import bits_of
from gateway.core.telemetry.quarantine import Reason, Rejected

Fits = Callable[[Json, Json], bool]


class _Field(NamedTuple):
    """A metric, and how it is read."""

    name: str
    find: Find
    """Looks up its raw value, by the first of its paths that leads to one."""
    obstacle: Find | None
    """Looks up what bars its paths."""
    read: Reader
    factor: Factor | None


class FieldMapping:
    """Decodes a fragment whose values are at paths."""

    def __init__(self, profile: Profile, binding: Binding, read_stamp: StampReader) -> None:
        """Raises ValueError when a source cannot give its metric."""
        sources = binding.values or {name: Source.model_validate(name) for name in profile.metrics}
        if binding.ignore:
            sources = {}
        self.ignores = self.takes_all = binding.ignore
        """Whether fragments that fit are ignored."""
        self._fits = fitting(binding)
        self._time = None if binding.time is None else compile_first(binding.time.path)
        self._read_stamp = read_stamp
        self._by_server = binding.is_stamped_by_server
        verbatim = binding.format == "sparkplug"
        self._fields = [
            _field(name, profile.metrics[name], source, form=binding.format) for name, source in sources.items()
        ]
        self._always: dict[int, Json] = {}
        self._in_element, self._in_root = PathTree(), PathTree()
        for number, source in enumerate(sources.values()):
            self._add_paths(number, source, binding.format)
        self._first = [finder(each, verbatim=verbatim, first=True) for each in sources.values()]
        self.metrics = frozenset(sources)
        """The metrics that such messages carry."""
        self._paths = {name: frozenset(source.path or ()) for name, source in sources.items()}
        self.paths = frozenset[str]().union(*self._paths.values())
        """The paths of its sources."""

    def _add_paths(self, number: int, source: Source, form: Format) -> None:
        """Add the paths of a field to the trees. A field that every message may have is always looked up."""
        paths = source.path or (WHOLE,)
        parsed = [(False, (path,)) if form == "sparkplug" else parse_path(path) for path in paths]
        is_everywhere = source.absent is not None or source.const is not None or form == "plain"
        if is_everywhere or not all(segments for _, segments in parsed):
            self._always[number] = SEVERAL
            return
        for at_root, segments in parsed:
            tree = self._in_root if at_root else self._in_element
            tree.add(number, segments, is_only=len(paths) == 1 and not source.any)

    def decode(self, fragment: Fragment) -> list[Decoded] | Rejected | None:
        """The reading; an empty list if the fragment fits but has no values, None if it does not fit."""
        body, root = fragment.body, fragment.root
        if self._fits is not None and not self._fits(body, root):
            return None
        if self.ignores:
            return []
        values: dict[str, Value] = {}
        rejected: list[Rejected] = []
        found = False
        fields, raws = self._fields, self._always.copy()
        self._in_element.find(body, raws)
        if self._in_root.leads_on:
            self._in_root.find(root, raws)
        for number in sorted(raws):
            name, find, obstacle, read, factor_of_value = fields[number]
            raw = raws[number]
            if raw is SEVERAL:
                raw = find(body, root)
            if raw is not MISSING:
                found = True
            elif obstacle is not None and (met := obstacle(body, root)) is not MISSING:
                rejected.append(wrong_type(name, met, "an object that has it"))
                continue
            elif number not in self._always:
                continue
            value = read(raw) if factor_of_value is None or raw is MISSING else read(raw, factor_of_value(body, root))
            if type(value) is Rejected:
                rejected.append(value)
                if value.limit is not None:
                    values[name] = value.limit
            elif value is not None:
                values[name] = value
        if not values and not rejected:
            if found:
                return []  # its values are all null: the device does not know them
            what = f"keys: {shown(list(body))}" if type(body) is dict else f"it says {shown(body)}"
            return Rejected(Reason.NO_METRICS, f"none of the profile's metrics is in it; {what}")
        if self._time is None:
            return [Decoded(values, rejected)]
        stamp = self._time(body, root)
        time = None if stamp is MISSING else self._read_stamp(stamp)
        return [Decoded(values, rejected, time, timed=True, by_server=self._by_server)]

    def cuts(self, fragment: Fragment) -> bool | None:
        """Not of messages without bytes."""
        return False

    def metrics_at(self, paths: Iterable[str]) -> frozenset[str]:
        """The metrics that are read at one of these paths."""
        wanted = frozenset(paths)
        return frozenset(name for name, each in self._paths.items() if not wanted.isdisjoint(each))

    def score(self, fragment: Fragment) -> float:
        """How many of its paths lead to a value in the fragment; first paths count more."""
        if self._fits is not None and not self._fits(fragment.body, fragment.root):
            return 0.0
        found = sum(field.find(fragment.body, fragment.root) is not MISSING for field in self._fields)
        first = sum(find(fragment.body, fragment.root) is not MISSING for find in self._first)
        return (found + first) / 2 + (self._fits is not None)


def _or_whole(find: Find) -> Find:
    """What a path leads to in a plain message that is an object or list; a message that is a bare value itself."""
    return lambda element, root: find(root, root) if type(root) in (dict, list) else element


def _field(name: str, metric: Metric, source: Source, *, form: Format) -> _Field:
    verbatim = form == "sparkplug"
    find, read = located(name, metric, source, verbatim=verbatim)
    return _Field(
        name,
        _or_whole(find) if form == "plain" and source.path else find,
        None if verbatim or source.path is None or source.any else compile_obstacle(source.path),
        read,
        factor_of(name, source, verbatim=verbatim),
    )


def fitting(binding: Binding) -> Fits | None:
    """A function that tests the binding's `when`; None if it has none."""
    tests = [_test(compile_path(path), condition) for path, condition in binding.when.items()]
    return reduce(_both, tests) if tests else None


def _both(first: Fits, second: Fits) -> Fits:
    return lambda element, root: first(element, root) and second(element, root)


def _test(find: Find, wanted: Present | Bits | tuple[Json, ...]) -> Fits:
    if isinstance(wanted, Bits):
        bits, value = wanted.bits, wanted.equals
        return lambda element, root: bits_of(find(element, root), *bits) == value
    if isinstance(wanted, Present):
        present = wanted.present
        return lambda element, root: (find(element, root) is not MISSING) is present

    meant = frozenset(map(comparable, wanted))

    def is_wanted(element: Json, root: Json) -> bool:
        value = find(element, root)
        return type(value) in SINGLE and comparable(value) in meant

    return is_wanted
