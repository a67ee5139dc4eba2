"""Checks within a profile: sources of unknown metrics, and sources that cannot give their metric."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from gateway.core.kernel.mistakes import Location, place_of
from gateway.core.kernel.units import conversion, unit_names
from gateway.core.profiles.bindings import Binding, Format, Source
from gateway.core.profiles.metric import Metric
from gateway.core.profiles.paths import check_paths
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.decoding.compiled import mapping_of
from gateway.core.telemetry.decoding.sources import reader_of
from gateway.site_files.catalogue import Catalogue, Entry
from gateway.site_files.problems import Problem, did_you_mean

_SECONDS = Metric(type="float", unit="s")
"""The metric as which the time of a channel is checked."""
_FACTOR = Metric(type="float")
_HINTS = {
    "the metric is": "remove that, or give the metric another type",
    "was expected": "write that, or give the metric another type",
    "outside": "change it, or the range of the metric",
    "none of": "write one of these",
}
"""Hints by a part of the sentence. Sentences that say what to do themselves have none here."""


def check_profiles(profiles: Catalogue[Profile]) -> Iterator[Problem]:
    """Every source of every message binding, against the metric that it names."""
    for entry in profiles.entries.values():
        for index, binding in enumerate(entry.spec.messages):
            yield from _check_binding(entry, ("messages", index), binding)
        for name, dialect in entry.spec.dialects.items():
            for index, binding in enumerate(dialect.messages):
                yield from _check_binding(entry, ("dialects", name, "messages", index), binding)


def _check_binding(entry: Entry[Profile], at: Location, binding: Binding) -> Iterator[Problem]:
    found = [*_check_sources(entry, (*at, "values"), binding.values or {}, binding.format)]
    for tag, channel in binding.channels.items():
        here = (*at, "channels", _as_written(entry, (*at, "channels"), tag))
        found += _check_sources(entry, (*here, "values"), channel.values, binding.format)
        if channel.time is not None:
            found += _check_source(entry, (*here, "time"), "time", _SECONDS, channel.time, binding.format)
    if (records := binding.records) is not None:
        found += _check_sources(entry, (*at, "records", "values"), records.values, binding.format)
        if records.time is not None:
            found += _check_source(entry, (*at, "records", "time"), "time", _SECONDS, records.time, binding.format)
    yield from found
    if not found:  # else it is reported already
        yield from _check_compiles(entry, at, lambda: mapping_of(entry.spec, binding, site_zone="UTC"))


def _as_written(entry: Entry[Profile], at: Location, tag: str) -> str:
    """The key of a channel as it stands in the file, such as in capitals."""
    table = entry.document.value((*entry.at, *at))
    keys = [str(key) for key in table] if isinstance(table, Mapping) else []
    return next((key for key in keys if key.lower().replace(" ", "") == tag), tag)


def _check_sources(
    entry: Entry[Profile], at: Location, sources: Mapping[str, Source], form: Format
) -> Iterator[Problem]:
    metrics = entry.spec.metrics
    for name, source in sources.items():
        if name not in metrics:
            hint = did_you_mean(name, metrics, kind="metrics")
            yield entry.problem(f"the profile has no metric {name!r}", hint, at=(*at, name), of_key=True)
        else:
            yield from _check_source(entry, (*at, name), name, metrics[name], source, form)


def _check_source(
    entry: Entry[Profile], at: Location, name: str, metric: Metric, source: Source, form: Format
) -> Iterator[Problem]:
    if source.unit is not None and (problem := _check_unit(entry, at, name, metric, source.unit)) is not None:
        yield problem
    else:
        yield from _check_reader(entry, at, name, metric, source, form)


def _check_reader(
    entry: Entry[Profile], at: Location, name: str, metric: Metric, source: Source, form: Format
) -> Iterator[Problem]:
    yield from _check_compiles(entry, at, lambda: reader_of(name, metric, source))
    if form != "sparkplug":  # where a path is the name of a metric, and any name will do
        yield from _check_compiles(entry, (*at, "path"), lambda: check_paths(source.path or ()))
    if source.scale_by is not None:
        yield from _check_reader(entry, (*at, "scale_by"), "scale_by", _FACTOR, source.scale_by, form)


def _check_unit(entry: Entry[Profile], at: Location, name: str, metric: Metric, sent: str) -> Problem | None:
    try:
        conversion(sent, metric.unit)
    except ValueError as error:
        if not metric.unit:
            what = f"{name}: {sent!r} cannot be converted, as the metric has no unit"
            return entry.problem(what, "give the metric one, or remove this one", at=(*at, "unit"))
        fitting = [unit for unit in unit_names() if _converts(unit, metric.unit)]
        hint = did_you_mean(sent, fitting, kind="units")
        if not fitting:
            hint = "the metric's unit is one of its own: remove the unit here, and use scale"
        return entry.problem(f"{name}: {error}", hint, at=(*at, "unit"))
    return None


def _converts(sent: str, kept: str) -> bool:
    try:
        conversion(sent, kept)
    except ValueError:
        return False
    return True


def _check_compiles(entry: Entry[Profile], at: Location, compile_: Callable[[], object]) -> Iterator[Problem]:
    """The ValueError that compiling raises, at the part that it is about."""
    try:
        compile_()
    except ValueError as error:
        sentence = str(error)
        part, of_key = place_of(error)
        hint = next((hint for mark, hint in _HINTS.items() if mark in sentence), "")
        yield entry.problem(sentence, hint, at=(*at, *part), of_key=of_key)
