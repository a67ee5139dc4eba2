"""Looks up many paths at once: what they have in common is followed once, and an absent key costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, zip_longest
from typing import Final

from gateway.core.kernel.values import Json
from gateway.core.profiles.paths import MISSING, SINGLE, Find, Segment, entered, follow, parse_path

SEVERAL: Final = object()
"""In place of a value: one of several paths may lead to it, or something may bar the only one."""


class PathTree:
    """The paths of numbered fields, as a tree of their segments from one element of a document on."""

    __slots__ = ("_barred", "_ends", "_keys", "_others", "leads_on")

    def __init__(self) -> None:
        self._keys: dict[str, PathTree] = {}
        self._others: list[tuple[Segment, PathTree]] = []
        self._ends: list[tuple[int, bool]] = []
        """The fields whose path ends here, each with whether it is the only one of its field."""
        self._barred: list[int] = []
        """The fields whose path leads on through a key, so that a single value in this place bars it."""
        self.leads_on = False
        """Whether a path leads on from here."""

    def add(self, field: int, segments: Sequence[Segment], *, is_only: bool) -> None:
        """Add a path of a field, which has at least one segment."""
        tree = self
        for segment, following in zip_longest(segments, segments[1:]):
            tree = tree._branch(segment)
            if type(following) is str:
                tree._barred.append(field)
        tree._ends.append((field, is_only))

    def _branch(self, segment: Segment) -> PathTree:
        self.leads_on = True
        if type(segment) is str:
            return self._keys.setdefault(segment, PathTree())
        for known, branch in self._others:
            if known == segment:
                return branch
        branch = PathTree()
        self._others.append((segment, branch))
        return branch

    def find(self, element: Json, found: dict[int, Json]) -> None:
        """Add to `found` each field to which a path may lead: its value, or SEVERAL."""
        if type(element) is str:
            element = entered(element)
        if type(element) is dict:
            for key in self._keys.keys() & element.keys():
                self._keys[key]._reach(element[key], found)
        elif self._barred and type(element) in SINGLE:
            for field in self._barred:
                found.setdefault(field, SEVERAL)
        for segment, branch in self._others:
            value = follow(element, segment)
            if value is not MISSING:
                branch._reach(value, found)

    def _reach(self, value: Json, found: dict[int, Json]) -> None:
        for field, is_only in self._ends:
            found[field] = value if is_only else SEVERAL
        if self.leads_on:
            self.find(value, found)


def compile_obstacle(paths: Sequence[str]) -> Find | None:
    """A function that looks up what bars one of several paths: a single value that should be an object with a key.

    It returns MISSING if nothing does. None if no path leads through a key to another. One number in the place of a
    list bars nothing: some senders write a list of one item so.

    Raises:
        ValueError: one of the texts is not a path.
    """
    parsed = [each for each in map(parse_path, paths) if any(type(segment) is str for segment in each[1][1:])]
    if not parsed:
        return None

    def find(element: Json, root: Json) -> Json:
        for at_root, segments in parsed:
            value = root if at_root else element
            for segment, following in pairwise(segments):
                value = follow(value, segment)
                if value is MISSING or value is None:
                    break
                if type(following) is str and type(entered(value)) in SINGLE:
                    return value
        return MISSING

    return find
