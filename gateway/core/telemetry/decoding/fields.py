"""Values at paths: of JSON documents, plain texts and Sparkplug metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gateway.core.kernel.values import Json, Value
from gateway.core.profiles.bindings import Binding, Present, Source
from gateway.core.profiles.paths import MISSING, WHOLE, Find, compile_first, compile_obstacle, compile_path
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.decoding.checks import shown, wrong_type
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.decoding.parsers import Fragment
from gateway.core.telemetry.decoding.sources import Factor, Reader, factor_reader, reader_of
from gateway.core.telemetry.decoding.texts import cleaned
from gateway.core.telemetry.decoding.times import StampReader
from gateway.core.telemetry.quarantine import Reason, Rejected

Fits = Callable[[Json, Json], bool]
_SCALARS = (bool, int, float, str)


class FieldMapping:
    """Decodes a fragment whose values are at paths."""

    def __init__(self, profile: Profile, binding: Binding, read_stamp: StampReader) -> None:
        """Raises ValueError when a source cannot give its metric."""
        sources = binding.values or {name: Source.model_validate(name) for name in profile.metrics}
        if binding.ignore:
            sources = {}
        plain = binding.format == "plain"
        self.ignores = binding.ignore
        """Whether fragments that fit are ignored; no later binding gets them."""
        self._fits = fitting(binding)
        self._time = None if binding.time is None else compile_first(binding.time.path)
        self._read_stamp = read_stamp
        self._by_server = binding.is_stamped_by_server
        self._verbatim = binding.format == "sparkplug"
        self._fields: list[tuple[str, Find, Reader, Factor | None, bool, Find | None]] = []
        for name, source in sources.items():
            reader = reader_of(name, profile.metrics[name], source, plain=plain)
            find = finder(source, verbatim=self._verbatim)
            factor = factor_of(name, source, verbatim=self._verbatim)
            always = source.absent is not None or source.const is not None
            obstacle = None if self._verbatim or source.path is None else compile_obstacle(source.path)
            self._fields.append((name, find, reader, factor, always, obstacle))
        self._first = [finder(each, verbatim=self._verbatim, first=True) for each in sources.values()]
        self.metrics = frozenset(sources)
        """The metrics that such messages carry."""
        self._paths = {name: frozenset(source.path or ()) for name, source in sources.items()}
        self.paths = frozenset[str]().union(*self._paths.values())
        """The paths of its sources."""

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
        for name, find, read, factor, always, obstacle in self._fields:
            raw = find(body, root)
            if raw is not MISSING:
                found = True
            elif obstacle is not None and (met := obstacle(body, root)) is not MISSING:
                rejected.append(wrong_type(name, met, "an object that has it"))
                continue
            elif not always:
                continue
            value = read(raw) if factor is None or raw is MISSING else read(raw, factor(body, root))
            if value is not None:
                if type(value) is Rejected:
                    rejected.append(value)
                    if value.limit is not None:
                        values[name] = value.limit
                else:
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
        found = sum(find(fragment.body, fragment.root) is not MISSING for _, find, *_ in self._fields)
        first = sum(find(fragment.body, fragment.root) is not MISSING for find in self._first)
        return (found + first) / 2 + (self._fits is not None)


def factor_of(name: str, source: Source, *, verbatim: bool = False) -> Factor | None:
    """The factor of a value at a path; None if its source has no `scale_by`."""
    if source.scale_by is None:
        return None
    find, read = finder(source.scale_by, verbatim=verbatim), factor_reader(name, source.scale_by)
    return lambda body, root: read(find(body, root))


def finder(source: Source, *, verbatim: bool = False, first: bool = False) -> Find:
    """A function that looks up the raw value of a source.

    Args:
        verbatim: its paths are keys and may contain dots.
        first: only the first of its paths counts.
    """
    paths = (source.path or (WHOLE,))[: 1 if first else None]
    if verbatim:
        keys = paths
        return lambda element, _root: next((element[key] for key in keys if key in element), MISSING)
    return compile_first(paths)


def fitting(binding: Binding) -> Fits | None:
    """A function that tests the binding's `when`; None if it has none."""
    tests: list[tuple[Find, Present | tuple[Json, ...]]] = [
        (compile_path(path), condition) for path, condition in binding.when.items()
    ]
    if not tests:
        return None

    def fits(element: Json, root: Json) -> bool:
        for find, wanted in tests:
            value = find(element, root)
            if isinstance(wanted, Present):
                if (value is not MISSING) is not wanted.present:
                    return False
            elif type(value) not in _SCALARS or (cleaned(value) if type(value) is str else value) not in wanted:
                return False
        return True

    return fits
