"""Verdicts on conditions over what is derived of a group, where some of that is not certain."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import product

from gateway.core.kernel.values import Value
from gateway.core.rules.conditions import Condition
from gateway.core.rules.expressions import Facts, written_names
from gateway.core.rules.groups.shapes import Shape
from gateway.core.rules.windows.window import Derived

_MOST = 512
"""Combinations of values that are tried; with more, what is not certain counts as unknown."""
_RISING = re.compile(r"\s*>=?")
_FALLING_BEFORE = re.compile(r"<=?\s*\Z")
_NEGATED = re.compile(r"!\s*\(|\?")


def judged(
    test: Callable[[Facts], bool | None],
    derived: Mapping[str, Derived],
    *,
    shapes: Mapping[str, Shape],
    wholes: Mapping[str, int],
) -> bool | None:
    """The verdict that holds whatever the uncertain values are; None where there is none.

    Args:
        shapes: how the verdict depends on each value.
        wholes: into how many parts 1 is divided, of names whose values are whole parts: 1 of a number of members, their
            count of a share.
    """
    facts: dict[str, Value] = {}
    uncertain: dict[str, Derived] = {}
    for name, each in derived.items():
        if each[1] == each[2]:
            facts[name] = each[1]
        elif name in shapes:
            uncertain[name] = each
    if not uncertain:
        return test(facts)
    values = {name: _candidates(each, shapes[name], wholes.get(name, 0)) for name, each in uncertain.items()}
    known = {name: found for name, found in values.items() if found}
    if math.prod(len(found) for found in known.values()) > _MOST:
        known = {}
    verdicts = {test(facts | dict(zip(known, chosen, strict=True))) for chosen in product(*known.values())}
    return verdicts.pop() if len(verdicts) == 1 else None


def _candidates(derived: Derived, shape: Shape, parts: int) -> list[float]:
    """The values to try; none where they are too many, or cannot be named."""
    low, high = float(derived.low), float(derived.high)
    if not shape.by_ends and parts and (high - low) * parts <= _MOST:
        first = round(low * parts)
        return [each / parts for each in range(first, round(high * parts) + 1)]
    return shape.candidates(low, high) or []


def towards_breach(condition: Condition, counts: Iterable[str]) -> frozenset[str]:
    """The counts of which more members lead towards the breach: each is only compared by `>` with what it exceeds."""
    text, names = condition.text, set(counts)
    if _NEGATED.search(text):
        return frozenset()
    found, others = set[str](), set[str]()
    for written in written_names(text):
        if written.name in names:
            is_rising = _RISING.match(text, written.end) or _FALLING_BEFORE.search(text[: written.start])
            (found if is_rising else others).add(written.name)
    return frozenset(found - others)
