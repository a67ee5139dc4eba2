"""Expressions in CEL: types, compilation with readable errors, and evaluation on a device's facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from cel_expr_python import cel

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.values import Value
from gateway.core.profiles.metric import LIST_SEPARATOR
from gateway.core.profiles.profile import Profile

Facts = Mapping[str, Value]
"""A device's attributes and the last known value of each of its metrics, by name."""

Test = Callable[[Facts], bool | None]

TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*)"""
    r"""|(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<number>(?<![\w.])(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?)"""
    r"""|(?P<name>[A-Za-z_]\w*)"""
)
"""Comments, texts, numbers and names."""

_POSITION = re.compile(r"<input>:(\d+):(\d+): ")
_CEL_TYPES = {
    "bool": cel.Type.BOOL,
    "int": cel.Type.DOUBLE,
    "float": cel.Type.DOUBLE,
    "enum": cel.Type.STRING,
    "string": cel.Type.STRING,
    "list": cel.Type.List(cel.Type.STRING),
    "tag": cel.Type.STRING,
}


_NUMBER = cel.Type.DOUBLE
_NO_VARIABLES: Mapping[str, str] = {}
_MOST_ARGUMENTS = 8
"""Of `min` and `max`."""
_MOST_COMPILED = 2048
"""Expressions that are kept: those of all shipped rules, and of a large site."""


def _function(name: str, impl: Callable[..., float], counts: range) -> cel.FunctionDecl:
    overloads = [
        cel.Overload(id=f"{name}_{count}", return_type=_NUMBER, parameters=[_NUMBER] * count, impl=impl)
        for count in counts
    ]
    return cel.FunctionDecl(name, overloads)


_FUNCTIONS = (
    _function("abs", abs, range(1, 2)),
    _function("min", min, range(2, _MOST_ARGUMENTS + 1)),
    _function("max", max, range(2, _MOST_ARGUMENTS + 1)),
)
_SIGNATURES = {
    "abs": "abs takes one number, as in abs(a - b)",
    **dict.fromkeys(("min", "max"), f"min and max take 2 to {_MOST_ARGUMENTS} numbers, as in min(a, b)"),
}
_WRONG_CALL = re.compile(r"(?:no matching overload for|undeclared reference to) '(abs|min|max)'")


def are_of_one_type(one: str, other: str) -> bool:
    """Whether values of metrics of these types are of one type in conditions: all numbers are."""
    return _CEL_TYPES[one] is _CEL_TYPES[other]


class WrittenName(NamedTuple):
    """A name as it stands in an expression."""

    name: str
    """With what stands before its dot, such as `duty.flow`."""
    start: int
    end: int


def written_names(text: str) -> Iterator[WrittenName]:
    """The names in an expression, in their order: also those of functions, and words of the language.

    Of `duty.flow` first comes `duty`, then `duty.flow`, and `flow` is none.
    """
    end, start, before = 0, 0, ""
    for match in TOKEN.finditer(text):
        name, gap = match["name"], text[end : match.start()].strip()
        if name and not gap.endswith("."):
            yield WrittenName(name, *match.span())
        elif name and before and gap == ".":
            yield WrittenName(f"{before}.{name}", start, match.end())
        end, before, start = match.end(), name if name and not gap.endswith(".") else "", match.start()


@lru_cache(maxsize=_MOST_COMPILED)
def names_in(text: str) -> frozenset[str]:
    """The names in an expression, as `written_names` finds them."""
    return frozenset(each.name for each in written_names(text))


def check_expression(text: str, profile: Profile, variables: Mapping[str, str] = _NO_VARIABLES) -> cel.Expression:
    """The text compiled, with the profile's metrics and attributes as its variables.

    Args:
        variables: the types of further ones, as those of metrics.

    Raises:
        ConditionError: the text has a mistake.
    """
    types: dict[str, str] = {name: metric.type for name, metric in profile.metrics.items()}
    # An attribute without a default is none of each device: a condition that depended on it could be unknown for ever.
    types |= {name: each.type for name, each in profile.attributes.items() if each.default is not None}
    types |= variables
    doubled, inserted = _with_doubles(text)
    try:
        expression = _compiled(doubled, tuple(types.items()))
    except RuntimeError as error:
        raise ConditionError(_explain(text, str(error), inserted)) from error
    if expression.return_type() != cel.Type.BOOL:
        raise ConditionError(with_caret(f"this is {expression.return_type().name()}, true or false is needed", text, 0))
    return expression


@lru_cache(maxsize=_MOST_COMPILED)
def _compiled(text: str, types: tuple[tuple[str, str], ...]) -> cel.Expression:
    """The text, compiled with variables of these types: once, though it is evaluated here and examined there."""
    variables = {name: _CEL_TYPES[kind] for name, kind in types}
    return cel.NewEnv(variables=variables, functions=_FUNCTIONS).compile(text)


@lru_cache(maxsize=_MOST_COMPILED)
def _with_doubles(text: str) -> tuple[str, tuple[int, ...]]:
    """The text with whole numbers written as doubles, and the offsets in the result at which `.0` was inserted."""
    parts, inserted, position, length = [], [], 0, 0
    for match in TOKEN.finditer(text):
        number = match["number"]
        if number and number.isdigit():
            part = text[position : match.end()]
            length += len(part) + 2
            inserted.append(length - 2)
            parts.append(part + ".0")
            position = match.end()
    return "".join((*parts, text[position:])), tuple(inserted)


def original_offset(text: str, offset: int) -> int:
    """Where in the text stands what CEL has at this offset of the text with doubles."""
    return offset - 2 * sum(1 for place in _with_doubles(text)[1] if place < offset)


def _explain(text: str, errors: str, inserted: Sequence[int]) -> str:
    """CEL's error messages, each with the original line and a caret under the place."""
    lines, explained = text.split("\n"), []
    starts = [0]
    for line in _with_doubles(text)[0].split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    originals = [0]
    for line in lines:
        originals.append(originals[-1] + len(line) + 1)
    parts = _POSITION.split(errors)
    for row, column, error in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        index = min(int(row), len(lines)) - 1
        offset = starts[index] + int(column) - 1
        shift = 2 * sum(1 for place in inserted if place < offset)
        caret = max(0, min(offset - shift - originals[index], len(lines[index])))
        sentence = error.split("\n")[0].replace(" (in container '')", "")
        called = _WRONG_CALL.search(sentence)
        if called is not None and re.search(rf"\b{called[1]}\s*\(", text):
            sentence = _SIGNATURES[called[1]]
        explained.append(f"{sentence}\n{lines[index]}\n{' ' * caret}^")
    return "\n".join(explained) or errors


def with_caret(sentence: str, text: str, offset: int) -> str:
    """The sentence, the line of the text that contains `offset`, and a caret under that place."""
    before = text[:offset].rpartition("\n")[2]
    line = before + text[offset:].partition("\n")[0]
    return f"{sentence}\n{line}\n{' ' * len(before)}^"


def as_test(expression: cel.Expression, used: frozenset[str], lists: frozenset[str]) -> Test:
    """A function that evaluates the expression on a device's facts.

    Args:
        used: the names that it reads.
        lists: those of them that are lists.
    """
    names = tuple(used)

    def evaluate(facts: Facts) -> bool | None:
        data: dict[str, Value | list[str]] = {
            name: float(value) if type(value := facts[name]) is int else value for name in names if name in facts
        }
        for name in lists & data.keys():
            data[name] = [item for item in str(data[name]).split(LIST_SEPARATOR) if item]
        result = expression.eval(data=data).value()
        if result is True or result is False:
            return result
        if len(data) < len(names):
            return None
        raise ArithmeticError(str(result))

    return evaluate
