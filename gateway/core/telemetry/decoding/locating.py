"""Where the value of a source is in a document: at the first of several paths, or at any of them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gateway.core.kernel.values import Json, Value
from gateway.core.profiles.bindings import Source
from gateway.core.profiles.metric import Metric
from gateway.core.profiles.path_tree import compile_obstacle
from gateway.core.profiles.paths import MISSING, WHOLE, Find, compile_first
from gateway.core.telemetry.decoding.checks import wrong_type
from gateway.core.telemetry.decoding.sources import Factor, Reader, factor_reader, reader_of
from gateway.core.telemetry.quarantine import Rejected


def located(name: str, metric: Metric, source: Source, *, verbatim: bool = False) -> tuple[Find, Reader]:
    """How the value of a source at a path is found, and how what is found is read."""
    read = reader_of(name, metric, source)
    if source.any:
        return _find_each(name, source.path or (WHOLE,), verbatim=verbatim), _any_of(read)
    return finder(source, verbatim=verbatim), read


class _Each(msgspec.Struct, gc=False):
    """What is at all paths that lead to something: raw values, and rejections of what bars a path."""

    raws: list[Json]


def _find_each(name: str, paths: Sequence[str], *, verbatim: bool) -> Find:
    finds = [
        (finder(Source(path=(path,)), verbatim=verbatim), None if verbatim else compile_obstacle((path,)))
        for path in paths
    ]

    def find(element: Json, root: Json) -> Json:
        raws = []
        for each, obstacle in finds:
            raw = each(element, root)
            if raw is not MISSING:
                raws.append(raw)
            elif obstacle is not None and (met := obstacle(element, root)) is not MISSING:
                raws.append(wrong_type(name, met, "an object that has it"))
        return _Each(raws) if raws else MISSING

    return find


def _any_of(read: Reader) -> Reader:
    """True if one of the values is. False only if nothing is rejected, which may have been true."""

    def read_each(raw: Json, _factor: float | Rejected | None = 1.0) -> Value | Rejected | None:
        if type(raw) is not _Each:
            return read(raw)
        values = [each if type(each) is Rejected else read(each) for each in raw.raws]
        if True in values:
            return True
        return next((each for each in values if type(each) is Rejected), None) or (False if False in values else None)

    return read_each


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
