"""Lists profiles: as text, or as tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway.core.profiles.bindings import Binding
from gateway.core.profiles.metric import Metric
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.addresses import SPARKPLUG
from gateway.core.telemetry.decoding.compiled import topics_of

_NATIVE = "(native)"
_TOPICS = 3
"""Topics of a dialect that a table shows."""


def overview(profiles: Iterable[Profile]) -> Iterator[str]:
    """One line a profile, with its dialects below it."""
    for profile in sorted(profiles, key=lambda each: each.profile):
        yield f"{profile.profile:22}{profile.title.en}"
        if profile.dialects:
            yield f"{'':22}dialects: {', '.join(sorted(profile.dialects))}"


def details(profile: Profile) -> Iterator[str]:
    """The metrics, attributes, dialects and topics of one profile."""
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
    if binding.format == "lorawan":
        return ["uplinks of ChirpStack and The Things Stack"]
    return [topic.text for topic in topics_of(binding)]


def markdown(profiles: Iterable[Profile]) -> Iterator[str]:
    """The lines of a page in Markdown, with a section for each profile."""
    for profile in sorted(profiles, key=lambda each: each.profile):
        yield f"## {profile.profile}"
        yield ""
        yield f"{profile.title.en}. Metrics: {', '.join(profile.metrics)}."
        if profile.attributes:
            yield f"Attributes: {', '.join(profile.attributes)}."
        yield ""
        yield "| dialect | of | topics |"
        yield "|---|---|---|"
        for dialect in ((None,) if profile.messages else ()) + tuple(sorted(profile.dialects)):
            topics = list(dict.fromkeys(topic for binding in profile.bindings(dialect) for topic in _topics(binding)))
            shown = [f"`{topic}`" if "/" in topic else topic for topic in topics[:_TOPICS]] + ["…"] * (
                len(topics) > _TOPICS
            )
            yield f"| {f'`{dialect}`' if dialect else 'native'} | {_product(profile, dialect)} | {', '.join(shown)} |"
        yield ""


def _product(profile: Profile, dialect: str | None) -> str:
    if dialect is None:
        return "the gateway's own JSON"
    title = profile.dialects[dialect].title
    return title.en if title else dialect.replace("_", " ")
