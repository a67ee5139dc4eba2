"""Conditions of rules: CEL, checked against the profile when loaded. Nearly all of them run as Python.

All numbers in a condition are doubles, so that `vibration > 6` and `fault_code == 3` compare numbers of any type.
Whole-number literals get a `.0` before CEL compiles them; errors point into the original text.

A metric that a device has never sent is unknown, which is not false. A condition that depends on it is None and changes
nothing. One that does not depend on it has a value: `false && unknown` is false, `true || unknown` is true.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.values import Value, exact
from gateway.core.profiles.profile import Profile
from gateway.core.rules.closures import closure_of
from gateway.core.rules.expressions import Facts, Test, as_test, check_expression, names_in, with_caret
from gateway.core.rules.syntax import Node, parse

_TERM = re.compile(
    r"""\s*(?:(?P<negated>!\s*)?(?P<flag>[a-z]\w*(?:\.[a-z]\w*)?)"""
    r"""|(?P<left>[a-z]\w*(?:\.[a-z]\w*)?)\s*(?P<operator><=|>=|==|!=|<|>)\s*(?P<right>-?[\d.]+|"[^"\\]*"|true|false|[a-z]\w*(?:\.[a-z]\w*)?))\s*"""
)
_QUOTED = r"""(?:"[^"\\]*"|'[^'\\]*')"""
_NAME = r"(?<![\w.])(?P<name>[a-z]\w*(?:\.[a-z]\w*)?)"
_ENUM_COMPARISONS = (
    re.compile(rf"{_NAME}\s*(?:==|!=)\s*(?P<states>{_QUOTED})"),
    re.compile(rf"(?P<states>{_QUOTED})\s*(?:==|!=)\s*{_NAME}"),
    re.compile(rf"{_NAME}\s+in\s*\[(?P<states>\s*{_QUOTED}(?:\s*,\s*{_QUOTED})*\s*)\]"),
)
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_CONSTANTS = frozenset({"true", "false"})
_TOWARDS_BREACH: Mapping[str, str] = {"<": "+", "<=": "+", ">": "-", ">=": "-"}
"""How a limit is moved so that more values breach it, by the operator before it."""


class Comparison(NamedTuple):
    """A comparison of a metric or an attribute. That a bool holds is written as `== true`."""

    left: str
    operator: str
    right: Value
    """A constant, or the name of a metric or an attribute."""
    is_with_name: bool = False
    """Whether `right` is a name."""


class Variable(NamedTuple):
    """What a condition may read beside the device's metrics and attributes: one of the rule's `let`, or a metric of
    another device."""

    type: str
    """As of a metric."""
    metrics: Sequence[str]
    """What it is derived from: metrics of the device itself."""
    states: Sequence[str] = ()
    """Of an enum."""


_NO_VARIABLES: Mapping[str, Variable] = {}


class Condition:
    """A compiled condition. Call it with a device's facts: True, False, or None when that is unknown."""

    __slots__ = ("_test", "comparisons", "failures", "metrics", "names", "text", "tree")

    def __init__(
        self,
        text: str,
        metrics: frozenset[str],
        test: Test,
        comparisons: tuple[Comparison, ...] = (),
        names: frozenset[str] = frozenset(),
        tree: Node | None = None,
    ) -> None:
        self.text = text
        self.tree = tree
        """Its syntax; None where it is nested too deeply to be examined."""
        self.comparisons = comparisons
        """It holds if all of these do; empty if it is more than such comparisons."""
        self.metrics = metrics
        """The metrics that it reads, also by its variables. A message with none of them cannot change its value."""
        self.names = names
        """The metrics, attributes and variables that stand in it; those of other devices with their role and a dot."""
        self.failures = 0
        """How often it failed although all its metrics were known, such as by a division by zero."""
        self._test = test

    def __call__(self, facts: Facts) -> bool | None:
        try:
            return self._test(facts)
        except KeyError:
            return None
        except ArithmeticError:
            self.failures += 1
            return None


def compile_condition(text: str, profile: Profile, variables: Mapping[str, Variable] = _NO_VARIABLES) -> Condition:
    """Check `text` against the profile's metrics and attributes, and compile it.

    Args:
        variables: further values that it may read, by name.

    Raises:
        ConditionError: the text has a mistake; the error shows the line with a caret under the place.
    """
    types: dict[str, str] = {name: each.type for name, each in variables.items()}
    expression = check_expression(text, profile, types)
    _check_states(text, profile, variables)
    names = names_in(text)
    used = names & (profile.metrics.keys() | profile.attributes.keys() | variables.keys())
    derived = names & variables.keys()
    metrics = (used & profile.metrics.keys()).union(*(variables[name].metrics for name in derived))
    if not metrics and not any(is_of_another(name) for name in used):
        raise ConditionError(with_caret("this reads no metric, so no message would ever decide it", text, 0))
    comparisons = _comparisons(text)
    tree = _tree(text, profile, types)
    types |= {name: each.type for name, each in profile.attributes.items()}
    types |= {name: each.type for name, each in profile.metrics.items()}
    lists = frozenset(name for name in used if types.get(name) == "list")
    plain = _as_python(comparisons) if comparisons else closure_of(tree, types) if tree is not None else None
    return Condition(text, metrics, plain or as_test(expression, used, lists), comparisons, used, tree)


def is_of_another(name: str) -> bool:
    """Whether a name in a condition is that of a metric of another device, such as `duty.flow`."""
    return "." in name


def with_deadband(when: str, deadband: float) -> str | None:
    """The condition that clears `when` with so much between: each limit must be passed by the deadband.

    None where `when` is more than comparisons that must all hold, or compares no limit.
    """
    comparisons, terms = _comparisons(when), []
    if not any(each.operator in _TOWARDS_BREACH for each in comparisons):
        return None
    for part, each in zip(when.split("&&"), comparisons, strict=True):
        sign = _TOWARDS_BREACH.get(each.operator)
        terms.append(f"{part.strip()} {sign} {exact(deadband)}" if sign else part.strip())
    return f"!({' && '.join(terms)})"


def _check_states(text: str, profile: Profile, variables: Mapping[str, Variable]) -> None:
    states = {name: tuple(metric.values.values()) for name, metric in profile.metrics.items() if metric.values}
    states |= {name: tuple(each.states) for name, each in variables.items() if each.states}
    for form in _ENUM_COMPARISONS:
        for match in form.finditer(text):
            known = states.get(match["name"])
            if known is None:
                continue
            for quoted in re.finditer(_QUOTED, match["states"]):
                if (state := quoted[0][1:-1]) not in known:
                    sentence = f"{match['name']} is never {state!r}, only {', '.join(known)}"
                    raise ConditionError(with_caret(sentence, text, match.start("states") + quoted.start() + 1))


def _comparisons(text: str) -> tuple[Comparison, ...]:
    """The comparisons of which all must hold; none for a text that needs CEL."""
    terms = [_TERM.fullmatch(part) for part in text.split("&&")]
    comparisons = [_comparison(term) for term in terms if term is not None]
    needs_cel = len(comparisons) < len(terms) or any(each.left in _CONSTANTS for each in comparisons)
    return () if needs_cel else tuple(comparisons)


def _tree(text: str, profile: Profile, types: Mapping[str, str]) -> Node | None:
    """Its syntax; None where it compiles, but is nested too deeply to be examined."""
    try:
        return parse(text, profile, types)
    except ConditionError:
        return None


def _comparison(term: re.Match[str]) -> Comparison:
    if (flag := term["flag"]) is not None:
        return Comparison(flag, "==", not term["negated"])
    left, operator_, right = term["left"], term["operator"], term["right"]
    if right in _CONSTANTS:
        return Comparison(left, operator_, right == "true")
    if right[0].isalpha():
        return Comparison(left, operator_, right, is_with_name=True)
    if right[0] == '"':
        return Comparison(left, operator_, right[1:-1])
    return Comparison(left, operator_, float(right))


def _as_python(comparisons: tuple[Comparison, ...]) -> Test:
    """A closure for comparisons that must all hold."""
    tests = [_comparison_as_python(comparison) for comparison in comparisons]
    if len(tests) == 1:
        return tests[0]

    def every(facts: Facts) -> bool | None:
        known = True
        for test in tests:
            try:
                if not test(facts):
                    return False
            except KeyError:
                known = False
        return True if known else None

    return every


def _comparison_as_python(comparison: Comparison) -> Test:
    left, compare = comparison.left, _OPERATORS[comparison.operator]
    if comparison.is_with_name:
        name = str(comparison.right)
        return lambda facts: compare(facts[left], facts[name])
    constant = comparison.right
    return lambda facts: compare(facts[left], constant)
