"""Comparisons of `min`, `max` and `abs`, as comparisons of each of their arguments."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Final

from gateway.core.rules.syntax import Call, Node

_FLIPPED: Final[Mapping[str, str]] = {"_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_"}
_UPWARD: Final = frozenset({"_>_", "_>=_"})


def spread(node: Node) -> Node:
    """The condition with `a > 3 && b > 3` in place of `min(a, b) > 3`, and `a > 3 || a < -3` in place of `abs(a) > 3`.

    It holds if the condition does. It may also hold or fail where one argument decides and another is unknown.
    """
    if not isinstance(node, Call):
        return node
    if node.function in _FLIPPED:
        left, right = node.parts
        for one, other, sign in ((left, right, node.function), (right, left, _FLIPPED[node.function])):
            if isinstance(one, Call) and (found := _spread(one, sign, other)) is not None:
                return found
        return node
    return Call(node.function, tuple(map(spread, node.parts)), node.offset)


def _spread(call: Call, sign: str, limit: Node) -> Node | None:
    if call.function == "abs":
        (inner,) = call.parts
        below = Call(_FLIPPED[sign], (inner, Call("-_", (limit,))))
        return Call("_||_" if sign in _UPWARD else "_&&_", (spread(Call(sign, (inner, limit))), spread(below)))
    if call.function not in ("min", "max"):
        return None
    joined_by = "_&&_" if (call.function == "min") is (sign in _UPWARD) else "_||_"
    return reduce(
        lambda one, other: Call(joined_by, (one, other)), [spread(Call(sign, (part, limit))) for part in call.parts]
    )
