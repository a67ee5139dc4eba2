"""Profiles as people look them up: what there is, and what to write for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.core.bindings import Binding
from gateway.core.decoding.compiled import topics_of
from gateway.core.profiles import Metric, Profile
from gateway.core.registry import SPARKPLUG

_NATIVE = "(native)"


def overview(profiles: Iterable[Profile]) -> Iterator[str]:
    """One line a profile, with its dialects below it."""
    for profile in sorted(profiles, key=lambda each: each.profile):
        yield f"{profile.profile:22}{profile.title.en}"
        if profile.dialects:
            yield f"{'':22}dialects: {', '.join(sorted(profile.dialects))}"


def details(profile: Profile) -> Iterator[str]:
    """Everything that an engineer asks about one profile."""
    yield f"{profile.profile}: {profile.title.en}"
    yield "metrics"
    for name, metric in profile.metrics.items():
        yield f"  {name:26}{_described(metric)}"
    if profile.attributes:
        yield "attributes"
        for name, attribute in profile.attributes.items():
            unit = f" {attribute.unit}" if attribute.unit else ""
            yield f"  {name:26}{attribute.type}, {attribute.default}{unit} unless the device says otherwise"
    yield "dialects"
    for dialect in (None, *sorted(profile.dialects)):
        topics = dict.fromkeys(topic for binding in profile.bindings(dialect) for topic in _topics(binding))
        for index, topic in enumerate(topics):
            yield f"  {(dialect or _NATIVE) if index == 0 else '':26}{topic}"


def _described(metric: Metric) -> str:
    parts: list[str] = [metric.type]
    if metric.range is not None:
        parts.append(f"{metric.range[0]:g} … {metric.range[1]:g}")
    if metric.values is not None:
        parts.append(", ".join(metric.values.values()))
    title = f"   {metric.title.en}" if metric.title else ""
    return " ".join(filter(None, [*parts, metric.unit])) + title


def _topics(binding: Binding) -> list[str]:
    if binding.format == "sparkplug":
        return [f"{SPARKPLUG}…"]
    return [topic.text for topic in topics_of(binding)]
