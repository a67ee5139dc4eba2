"""What tells whether a member of a group says anything new: nearly every reading does not."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from gateway.core.profiles.profile import Profile
from gateway.core.rules.conditions import Comparison, Condition
from gateway.core.rules.expressions import Facts
from gateway.core.rules.groups.functions import GroupFunction

Reader = Callable[[Facts], object]
"""What functions read of the facts of a member: as long as it is the same, nothing is new."""

Limit = tuple[str, Any, Any]
"""A metric, and the lowest and the highest value within which nothing is new."""

_STATES = ("bool", "enum")
"""Types with few values."""
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def has_past(functions: Sequence[GroupFunction]) -> bool:
    """Whether the rule remembers what has ended, so that the times of words matter."""
    return any(each.within for each in functions)


def reader_of(functions: Sequence[GroupFunction], profile: str) -> Reader:
    """What tells by the facts alone whether anything is new; where each word may be, NaN, as it equals nothing."""
    if _needs_each_word(functions, profile):
        return lambda _facts: math.nan
    reads = [_read_of(each, profile) for each in functions]
    return reads[0] if len(reads) == 1 else lambda facts: [read(facts) for read in reads]


def may_have_limit(functions: Sequence[GroupFunction], profile: str) -> bool:
    """Whether there is a limit at times: of values there is none, as nearly each is another."""
    return all(each.is_of_condition for each in functions) and not _needs_each_word(functions, profile)


def limit_of(conditions: Sequence[Condition], profile: Profile, facts: Facts) -> Limit | None:
    """A limit that these facts are within, and within which each condition has the same verdict; None without one."""
    found = {_limit_of(each, profile, facts) for each in conditions}
    return found.pop() if len(found) == 1 else None


def _needs_each_word(functions: Sequence[GroupFunction], profile: str) -> bool:
    """Whether each word may be news: of events, and of silence where the times of words matter."""
    conditions = [each for each in functions if each.is_of_condition]
    reads_silence = any(each.reads_silence(profile) for each in conditions)
    return any(each.events.get(profile) for each in conditions) or (reads_silence and has_past(functions))


def _read_of(function: GroupFunction, profile: str) -> Reader:
    if function.is_of_condition and not function.reads_silence(profile):
        return function.conditions[profile]
    if not function.is_of_condition:
        return lambda facts: facts.get(function.metric)
    names = sorted(function.metrics_of(profile))
    return lambda facts: [facts.get(name) for name in names]


def _limit_of(condition: Condition, profile: Profile, facts: Facts) -> Limit | None:
    """The same of one condition: of comparisons that must all hold, one that does not is enough. Otherwise a state may
    stay as it is, if it is all that the condition reads."""
    found = [limit for each in condition.comparisons if (limit := _falsehood(each, profile, facts)) is not None]
    if found:
        return next((limit for limit in found if limit[1] != limit[2]), found[0])
    read = [name for name in condition.metrics if name in profile.metrics]
    return _state(read[0], profile, facts) if len(read) == 1 else None


def _falsehood(comparison: Comparison, profile: Profile, facts: Facts) -> Limit | None:
    """Where a comparison of a metric with what is constant stays false; None where it is true, unknown or another."""
    left, operator, right = comparison.left, comparison.operator, comparison.right
    if comparison.is_with_name:
        if left in profile.attributes:
            left, operator, right = str(right), _FLIPPED.get(operator, operator), left
        if right not in profile.attributes or right not in facts:
            return None
        right = facts[str(right)]
    if left not in profile.metrics or left not in facts:
        return None
    value = facts[left]
    if operator not in _FLIPPED:
        return _state(left, profile, facts) if (value == right) is (operator == "!=") else None
    if isinstance(value, str) or isinstance(right, str):  # texts have an order, too
        return None
    limit = _beyond(left, operator, right)
    return limit if limit[1] <= value <= limit[2] else None


def _state(metric: str, profile: Profile, facts: Facts) -> Limit | None:
    """A state as it is: one of few, as limits are kept."""
    is_one = metric in facts and profile.metrics[metric].type in _STATES
    return (metric, facts[metric], facts[metric]) if is_one else None


def _beyond(metric: str, operator: str, constant: float) -> Limit:
    """Where a comparison that orders is false."""
    match operator:
        case "<":
            return (metric, constant, math.inf)
        case "<=":
            return (metric, math.nextafter(constant, math.inf), math.inf)
        case ">":
            return (metric, -math.inf, constant)
    return (metric, -math.inf, math.nextafter(constant, -math.inf))
