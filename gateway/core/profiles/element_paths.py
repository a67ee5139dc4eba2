"""Paths to several elements of a JSON document: `data[]`, `params.switch:{channel}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import takewhile
from typing import Final

from gateway.core.kernel.values import Json
from gateway.core.profiles.paths import MISSING, Segment, entered, follow, parse_path

EMPTY: Final = object()
"""The result of a path to several elements that leads to an empty list: there is nothing to read, but it is known."""

Found = list[tuple[Json, dict[str, str]]]
"""Elements, each with the captures of its keys."""


def compile_paths(text: str) -> Callable[[Json], Found]:
    """A function that finds each element to which a path leads, with the captures of its keys.

    Raises:
        ValueError: the text is not a path.
    """
    _, segments = parse_path(text, many=True)
    to_one = tuple(takewhile(lambda segment: segment is not None and type(segment) is not re.Pattern, segments))
    steps = [_step(segment) for segment in segments[len(to_one) :]]

    def find(root: Json) -> Found:
        value = root
        for segment in to_one:
            value = follow(value, segment)
            if value is MISSING:
                return []
        found = steps[0](value, {}) if steps else [(value, {})]
        for step in steps[1:]:
            found = [each for value, captured in found for each in step(value, captured)]
        return found

    return find


def _step(segment: Segment) -> Callable[[Json, dict[str, str]], Found]:
    """A function that follows one segment from an element with captures. EMPTY stays as it is."""
    if segment is None:
        return _each_item
    if not isinstance(segment, re.Pattern):
        return lambda value, captured: _other(value, captured, segment)
    fullmatch = segment.fullmatch

    def each_match(value: Json, captured: dict[str, str]) -> Found:
        found: Found = []
        value = entered(value)
        for key, item in value.items() if type(value) is dict else ():
            match = fullmatch(key)
            if match is not None:
                found.append((item, captured | match.groupdict()))
        return [(EMPTY, captured)] if value is EMPTY else found

    return each_match


def _each_item(value: Json, captured: dict[str, str]) -> Found:
    value = entered(value)
    if type(value) is not list:
        return [(EMPTY, captured)] if value is EMPTY else []
    return [(item, captured) for item in value] or [(EMPTY, captured)]


def _other(value: Json, captured: dict[str, str], segment: Segment) -> Found:
    item = value if value is EMPTY else follow(value, segment)
    return [] if item is MISSING else [(item, captured)]


def captures_of(text: str) -> frozenset[str]:
    """The names that a path of `readings` captures."""
    return frozenset(
        name
        for segment in parse_path(text, many=True)[1]
        if isinstance(segment, re.Pattern)
        for name in segment.groupindex
    )
