"""The values that a test sends around one moment, as a small table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from gateway.authoring.histories.reading import History
from gateway.authoring.histories.timeline import Track, payload_of
from gateway.core.kernel.times import Micros, written_duration
from gateway.core.kernel.values import exact

_BEFORE, _AFTER = 4, 2
"""Samples before the moment, and behind it."""
_MOST_ROWS = 8
_MOST_MESSAGES = 3
_LONGEST = 60
"""Characters of a payload."""


def values_around(history: History, at: Micros, devices: Collection[str], metrics: Collection[str]) -> list[str]:
    """Lines: a metric per row, a time per column; those of these devices and metrics first.

    Messages that are written out are no series: the latest of them follow.
    """
    tracks = sorted(history.tracks, key=lambda each: (each.device not in devices, each.metric not in metrics))
    return [*_table(history, tracks[:_MOST_ROWS], at), *_messages(history, at)]


def shown_value(track: Track, index: int) -> str:
    """One value as a person writes it; `_` where nothing is sent."""
    value, is_sent = track.at(index)
    if not is_sent:
        return "_"
    return "null" if value is None else exact(value)


def _table(history: History, tracks: Sequence[Track], at: Micros) -> Iterator[str]:
    if not tracks:
        return
    every = history.spec.every
    middle = min(at // every, max(track.length for track in tracks) - 1)
    indices = range(max(0, middle - _BEFORE), middle + _AFTER + 1)
    names = [f"{track.device}.{track.metric}{_unit(history, track)}" for track in tracks]
    rows = [[shown_value(track, index) for index in indices] for track in tracks]
    heads = [f"[{time}]" if index == middle else time for index in indices if (time := written_duration(index * every))]
    widths = [max(len(row[column]) for row in (heads, *rows)) for column in range(len(indices))]
    first = max(map(len, names))
    for name, row in zip(("", *names), (heads, *rows), strict=True):
        cells = "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        yield f"{name.ljust(first)}  {cells}"


def _unit(history: History, track: Track) -> str:
    profile = history.configuration.profiles[history.configuration.site.devices[track.device].profile]
    unit = profile.metrics[track.metric].unit
    return f" ({unit})" if unit else ""


def _messages(history: History, at: Micros) -> Iterator[str]:
    sent = [each for each in history.spec.messages if each.at <= at]
    for each in sorted(sent, key=lambda message: message.at)[-_MOST_MESSAGES:]:
        payload = payload_of(each).decode("utf-8", "replace") if each.payload_hex is None else each.payload_hex
        text = payload if len(payload) <= _LONGEST else f"{payload[:_LONGEST]}…"
        yield f"{written_duration(each.at)}  {each.topic}  {text}"
