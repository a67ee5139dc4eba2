"""Values by path: of JSON documents, plain texts and Sparkplug metrics."""

from __future__ import annotations

from collections.abc import Callable

from gateway.core.kernel.values import Json, Value
from gateway.core.profiles.bindings import Binding, Present, Source
from gateway.core.profiles.paths import MISSING, WHOLE, Find, compile_first, compile_path
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.decoding.checks import shown
from gateway.core.telemetry.decoding.forms import Fragment
from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.decoding.sources import Factor, Reader, factor_reader, reader_of
from gateway.core.telemetry.decoding.times import StampReader
from gateway.core.telemetry.quarantine import Reason, Rejected

Fits = Callable[[Json, Json], bool]
_SCALARS = (bool, int, float, str)


class FieldMapping:
    """Gives the values of one fragment of a message."""

    def __init__(self, profile: Profile, binding: Binding, read_stamp: StampReader) -> None:
        """Raises ValueError when a source cannot give its metric."""
        sources = binding.values or {name: Source.model_validate(name) for name in profile.metrics}
        if binding.ignore:
            sources = {}
        plain = binding.format == "plain"
        self.ignores = binding.ignore
        """Whether what fits is known to be of no use, and for no other binding."""
        self._fits = fitting(binding)
        self._time = None if binding.time is None else compile_first(binding.time.path)
        self._read_stamp = read_stamp
        self._verbatim = binding.format == "sparkplug"
        self._fields: list[tuple[str, Find, Reader, Factor | None, bool]] = []
        for name, source in sources.items():
            reader = reader_of(name, profile.metrics[name], source, plain=plain)
            find = finder(source, verbatim=self._verbatim)
            always = source.absent is not None or source.const is not None
            self._fields.append((name, find, reader, factor_of(name, source, verbatim=self._verbatim), always))
        self._first = [finder(each, verbatim=self._verbatim, first=True) for each in sources.values()]
        self.paths = frozenset(path for source in sources.values() for path in source.path or ())
        """Where it looks."""

    def decode(self, fragment: Fragment) -> list[Decoded] | Rejected | None:
        """Its readings; None when it is not for this binding, an empty list when there is nothing of use in it."""
        body, root = fragment.body, fragment.root
        if self._fits is not None and not self._fits(body, root):
            return None
        if self.ignores:
            return []
        values: dict[str, Value] = {}
        rejected: list[Rejected] = []
        said = False
        for name, find, read, factor, always in self._fields:
            raw = find(body, root)
            if raw is not MISSING:
                said = True
            elif not always:
                continue
            value = read(raw) if factor is None or raw is MISSING else read(raw, factor(body, root))
            if value is not None:
                if type(value) is Rejected:
                    rejected.append(value)
                else:
                    values[name] = value
        if not values and not rejected:
            if said:
                return []  # it was to say something, and says that it does not know
            what = f"keys: {shown(list(body))}" if type(body) is dict else f"it says {shown(body)}"
            return Rejected(Reason.NO_METRICS, f"none of the profile's metrics is in it; {what}")
        if self._time is None:
            return [Decoded(values, rejected)]
        stamp = self._time(body, root)
        return [Decoded(values, rejected, None if stamp is MISSING else self._read_stamp(stamp), timed=True)]

    def evidence(self, fragment: Fragment) -> float:
        """How many of the places where it looks are in the fragment: the more, the likelier it is meant for it."""
        if self._fits is not None and not self._fits(fragment.body, fragment.root):
            return 0.0
        said = sum(find(fragment.body, fragment.root) is not MISSING for _, find, *_ in self._fields)
        first = sum(find(fragment.body, fragment.root) is not MISSING for find in self._first)
        return (said + first) / 2 + (self._fits is not None)


def factor_of(name: str, source: Source, *, verbatim: bool = False) -> Factor | None:
    """By what a value at a path is scaled, where the message says so."""
    if source.scale_by is None:
        return None
    find, read = finder(source.scale_by, verbatim=verbatim), factor_reader(name, source.scale_by)
    return lambda body, root: read(find(body, root))


def finder(source: Source, *, verbatim: bool = False, first: bool = False) -> Find:
    """Looks up what a source names.

    Args:
        verbatim: its paths are keys as they stand, dots and all.
        first: look at the first of its paths alone.
    """
    paths = (source.path or (WHOLE,))[: 1 if first else None]
    if verbatim:
        keys = paths
        return lambda element, _root: next((element[key] for key in keys if key in element), MISSING)
    return compile_first(paths)


def fitting(binding: Binding) -> Fits | None:
    """Tells whether a message is for the binding; None when all are."""
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
            elif type(value) not in _SCALARS or value not in wanted:
                return False
        return True

    return fits
