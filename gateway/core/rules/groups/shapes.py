"""How a condition depends on each value that is uncertain: which values between its ends must be tried.

A name that stands once, in an atom that only orders numbers, has a verdict that turns at most once between its ends,
whatever the others are: both ends tell all between, also for several such names together. So have names that stand
often, if all of these comparisons point one way. One that is compared with written numbers alone can turn at these.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.rules.expressions import WrittenName, written_names

_COMMENT = re.compile(r"//[^\n]*")
_BEYOND_ORDER = re.compile(r"==|!=|%|\bin\b|\babs\b")
"""In an atom: what makes it turn there and back between the ends of a value."""
_BEYOND_ATOMS = re.compile(r"\?|\)\s*(?:==|!=|in\b)|(?:==|!=)\s*[!(]")
"""In a condition: what compares or chooses between verdicts, so that no atom can be seen by itself."""
_NUMBER = r"-?\s*(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_AFTER = re.compile(rf"\s*(<=|>=|==|!=|<|>)\s*({_NUMBER})\s*(?:\Z|\)|&&|\|\|)")
_BEFORE = re.compile(rf"(?:\A|\(|&&|\|\|)\s*({_NUMBER})\s*(<=|>=|==|!=|<|>)\s*\Z")
_ENDS_OF_ATOM = re.compile(r"&&|\|\|")
_STANDS_ALONE = re.compile(r"(?:\A|\(|&&|\|\|)\s*\Z")
_NEGATED = re.compile(r"!\s*\(")
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Shape:
    """How the verdict depends on one value."""

    by_ends: bool = False
    """Whether both ends tell all between."""
    constants: tuple[float, ...] | None = None
    """The only values at which the verdict can turn; None where that is not known."""

    def candidates(self, low: float, high: float) -> list[float] | None:
        """The values between these that must be tried; None where they cannot be named."""
        if self.by_ends:
            return [low, high]
        if self.constants is None:
            return None
        near = (
            each for at in self.constants for each in (math.nextafter(at, -math.inf), at, math.nextafter(at, math.inf))
        )
        return [low, *(each for each in near if low < each < high), high]


BY_ENDS = Shape(by_ends=True)


def shapes_of(text: str) -> Mapping[str, Shape]:
    """How the verdict of a condition depends on each of its names."""
    text = _COMMENT.sub("", text)
    places: dict[str, list[WrittenName]] = {}
    for written in written_names(text):
        places.setdefault(written.name, []).append(written)
    return {name: _shape_of(text, each) for name, each in places.items()}


def _shape_of(text: str, places: list[WrittenName]) -> Shape:
    if _BEYOND_ATOMS.search(text):
        return Shape()
    if len(places) == 1 and _is_ordered(text, places[0]):
        return BY_ENDS
    compared = [_compared(text, each) for each in places]
    known = [each for each in compared if each is not None]
    if len(known) < len(compared):
        return Shape()
    ways = {operator[0] for operator, _ in known}
    if len(ways) == 1 and ways <= {"<", ">"} and not _NEGATED.search(text):
        return BY_ENDS
    return Shape(constants=tuple(sorted({at for _, at in known})))


def _is_ordered(text: str, place: WrittenName) -> bool:
    """Whether the atom around the name only orders numbers, and does not divide by the name."""
    begin = max((match.end() for match in _ENDS_OF_ATOM.finditer(text, 0, place.start)), default=0)
    after = _ENDS_OF_ATOM.search(text, place.end)
    atom = text[begin : after.start() if after else len(text)]
    return _BEYOND_ORDER.search(atom) is None and "/" not in text[begin : place.start]


def _compared(text: str, place: WrittenName) -> tuple[str, float] | None:
    """The operator and the number with which the name alone is compared; None where it is not."""
    after, before = _AFTER.match(text, place.end), _BEFORE.search(text[: place.start])
    if after and _STANDS_ALONE.search(text[: place.start]):
        return after[1], float(after[2].replace(" ", ""))
    if before and re.match(r"\s*(?:\Z|\)|&&|\|\|)", text[place.end :]):
        return _TURNED.get(before[2], before[2]), float(before[1].replace(" ", ""))
    return None
