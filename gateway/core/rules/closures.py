"""Conditions as Python closures, which take a fraction of the time that CEL does.

A closure gives what CEL gives: numbers are doubles, and what depends on an unknown metric is None, unless the rest
decides it: `false && unknown` is false. Lists, methods, macros and the order of texts are left to CEL.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, NamedTuple, cast

from gateway.core.kernel.values import Value
from gateway.core.rules.expressions import Facts, Test
from gateway.core.rules.syntax import Call, Constant, Items, Name, Node

Kind = Literal["bool", "number", "text"]
_KINDS: Final[Mapping[str, Kind]] = {
    "bool": "bool",
    "int": "number",
    "float": "number",
    "enum": "text",
    "string": "text",
    "tag": "text",
}
"""Of the types of metrics, attributes and derived values."""
_ARITHMETIC: Final = {"_+_": operator.add, "_-_": operator.sub, "_*_": operator.mul}
_EQUAL: Final = {"_==_": operator.eq, "_!=_": operator.ne}
_ORDERED: Final = {"_<_": operator.lt, "_<=_": operator.le, "_>_": operator.gt, "_>=_": operator.ge}
_OF_NUMBERS: Final[Mapping[str, Callable[..., float]]] = {"min": min, "max": max, "abs": abs, "-_": operator.neg}

_Value = Callable[[Facts], Value | None]
"""A part of a condition: a bool, a float or a text; None where it is unknown."""


class _Part(NamedTuple):
    kind: Kind
    value: _Value


def closure_of(node: Node, types: Mapping[str, str]) -> Test | None:
    """The closure of a condition; None where it is left to CEL.

    Args:
        types: of the names that it reads, as those of metrics.
    """
    part = _part(node, types)
    return cast(Test, part.value) if part is not None and part.kind == "bool" else None


def _part(node: Node, types: Mapping[str, str]) -> _Part | None:
    if isinstance(node, Constant):
        return _constant(node)
    if isinstance(node, Name):
        return _name(node.name, types)
    if not isinstance(node, Call):
        return None
    if node.function == "@in":
        return _in(node, types)
    parts = [part for each in node.parts if (part := _part(each, types)) is not None]
    if len(parts) < len(node.parts):
        return None
    kinds = {part.kind for part in parts}
    values = [part.value for part in parts]
    if kinds == {"bool"} and (found := _logic(node.function, values)) is not None:
        return _Part("bool", found)
    if node.function == "_?_:_" and parts[0].kind == "bool" and parts[1].kind == parts[2].kind:
        return _Part(parts[1].kind, _chosen(*values))
    if len(kinds) == 1 and (compare := _EQUAL.get(node.function)) is not None:
        return _Part("bool", _both_known(compare, *values))
    if kinds == {"number"}:
        return _of_numbers(node.function, values)
    return None


def _constant(node: Constant) -> _Part | None:
    value = node.value
    kinds: Mapping[type, Kind] = {bool: "bool", float: "number", str: "text"}
    kind = kinds.get(type(value))
    return None if kind is None else _Part(kind, lambda _facts: value)


def _name(name: str, types: Mapping[str, str]) -> _Part | None:
    kind = _KINDS.get(types.get(name, ""))
    if kind is None:
        return None
    if kind != "number":
        return _Part(kind, lambda facts: facts.get(name))

    def number(facts: Facts) -> Value | None:
        value = facts.get(name)
        return float(value) if type(value) is int else value

    return _Part(kind, number)


def _in(node: Call, types: Mapping[str, str]) -> _Part | None:
    left, right = _part(node.parts[0], types), node.parts[1]
    if left is None or not isinstance(right, Items):
        return None
    constants = [each.value for each in right.items if isinstance(each, Constant)]
    wanted = {"bool": bool, "number": float, "text": str}[left.kind]
    if len(constants) < len(right.items) or any(type(each) is not wanted for each in constants):
        return None
    value, among = left.value, tuple(constants)

    def is_in(facts: Facts) -> bool | None:
        found = value(facts)
        return None if found is None else found in among

    return _Part("bool", is_in)


def _logic(function: str, values: list[_Value]) -> _Value | None:
    if function == "!_":
        (value,) = values

        def negated(facts: Facts) -> bool | None:
            found = value(facts)
            return None if found is None else not found

        return negated
    if function not in ("_&&_", "_||_"):
        return None
    left, right = values
    decides = function == "_||_"

    def joined(facts: Facts) -> Value | None:
        one = left(facts)
        if one is decides:
            return decides
        other = right(facts)
        return other if one is not None or other is decides else None

    return joined


def _chosen(test: _Value, then: _Value, otherwise: _Value) -> _Value:
    def chosen(facts: Facts) -> Value | None:
        found = test(facts)
        return None if found is None else then(facts) if found else otherwise(facts)

    return chosen


def _both_known(compute: Callable[[Any, Any], Value], left: _Value, right: _Value) -> _Value:
    def computed(facts: Facts) -> Value | None:
        one, other = left(facts), right(facts)
        return None if one is None or other is None else compute(one, other)

    return computed


def _of_numbers(function: str, values: list[_Value]) -> _Part | None:
    if (compare := _ORDERED.get(function)) is not None:
        return _Part("bool", _both_known(compare, *values))
    if (compute := _ARITHMETIC.get(function)) is not None:
        return _Part("number", _both_known(compute, *values))
    if function == "_/_":
        return _Part("number", _both_known(_divided, *values))
    of_all = _OF_NUMBERS.get(function)
    if of_all is None:
        return None

    def computed(facts: Facts) -> float | None:
        found = [value(facts) for value in values]
        return None if None in found else of_all(*found)

    return _Part("number", computed)


def _divided(one: float, other: float) -> float:
    """As IEEE 754 and CEL divide: by zero it is infinite, or no number."""
    if other:
        return one / other
    return one * math.copysign(math.inf, other) if one else math.nan
