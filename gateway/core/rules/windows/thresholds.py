"""The thresholds of what a rule derives: while a value stays between the same two, time changes no verdict on it.

`idle > 3 * 86400` compares what is derived with what is constant for one device. Where all conditions of a device do
only that with a value, it need not be looked at before it meets one of these constants.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gateway.core.rules.limits import Scope, constant
from gateway.core.rules.spreading import spread
from gateway.core.rules.syntax import Call, Items, Name, Node, names_in

Sides = tuple[Node | None, ...]
"""What a value is compared with, in all conditions of a rule; None where it is used in another way."""
Thresholds = Sequence[float] | None
"""The constants with which a value is compared, in their order; None where any change of it may matter."""
_ORDERED: Final = frozenset({"_<_", "_<=_", "_>_", "_>=_"})


def compared_with(names: Iterable[str], trees: Sequence[Node | None]) -> dict[str, Sides]:
    """With what these derived values are compared in conditions; of one that cannot be examined None is the tree."""
    found = [tree for tree in trees if tree is not None]
    if len(found) < len(trees):
        return dict.fromkeys(names, (None,))
    return {name: tuple(side for tree in found for side in _sides(spread(tree), name)) for name in names}


def thresholds_of(sides: Iterable[Sides], scope: Scope) -> Thresholds:
    """The thresholds of a value on one device, from the rules that read it."""
    found = [None if side is None else constant(side, scope) for each in sides for side in each]
    numbers = {value for value in found if isinstance(value, float)}
    if any(not isinstance(value, float) for value in found):
        return None
    return sorted(number for number in numbers if not math.isnan(number))


def place_of(value: float, thresholds: Sequence[float]) -> int:
    """Where a value stands: two values with one place compare alike with each threshold."""
    return bisect_left(thresholds, value) + bisect_right(thresholds, value)


def _sides(node: Node, name: str) -> Iterator[Node | None]:
    if isinstance(node, Name):
        if node.name == name:
            yield None
        return
    if isinstance(node, Call) and node.function in _ORDERED:
        left, right = node.parts
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Name) and one.name == name and name not in names_in(other):
                yield other
                return
    if isinstance(node, Call | Items):
        for part in node.parts if isinstance(node, Call) else node.items:
            yield from _sides(part, name)
