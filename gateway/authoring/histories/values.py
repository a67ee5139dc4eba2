"""The values of a series, as text: `0.2 x10, 0.01 x20, 0.2..0.4 x10, _ x5, null x3, "a, b"`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.core.kernel.values import Value

MOST_VALUES = 10_000_000
"""Of one series: more is a mistake in a count."""
_ITEM = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^,"'][^,]*?))(?:\s+x\s*(\d+))?\s*(?:,|$)""")
_NUMBER = r"[-+]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?"
_WHOLE = re.compile(r"[-+]?(?:0|[1-9]\d*)")
_ANY_NUMBER = re.compile(_NUMBER)
_RAMP = re.compile(rf"({_NUMBER})\s*\.\.\s*({_NUMBER})")
_GLUED = re.compile(rf"({_NUMBER}|true|false|null|_)[x*]\s*\d+|({_NUMBER}|true|false|null|_)\s*\*\s*\d+")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_DECIMAL_COMMA = re.compile(r"\d+,\d+")
_DIGITS = 12
"""Of values on a ramp: 0.3, and not 0.30000000000000004."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Equal values in a row, or values on a ramp."""

    count: int
    value: Value | None = None
    """None where null is sent."""
    is_sent: bool = True
    """False where nothing is sent."""
    to: float | None = None
    """On a ramp: the last value, `value` being the first."""

    def at(self, index: int) -> Value | None:
        """The value of this index, from 0."""
        first = self.value
        if self.to is None or not isinstance(first, int | float):
            return first
        value = first + (self.to - first) * index / (self.count - 1)
        is_whole = isinstance(first, int) and isinstance(self.to, int) and value == int(value)
        return int(value) if is_whole else round(value, _DIGITS)


def stretches(text: bool | float | str | None) -> tuple[Stretch, ...]:
    """The values of a series.

    Raises:
        ValueError: with a hint, where the text is none of a series.
    """
    if not isinstance(text, str):
        return (Stretch(1, text),)
    if comma := _DECIMAL_COMMA.search(_QUOTED.sub("", text)):
        point = comma[0].replace(",", ".")
        raise ValueError(
            f"{comma[0]!r} may be one number or two: write a decimal point, {point}, or a space behind the comma"
        )
    found, position = list[Stretch](), 0
    while position < len(text) or not found:
        match = _ITEM.match(text, position)
        if match is None:
            rest = text[position:].strip() or text
            raise ValueError(f"{rest!r} begins with no value: write values with commas between, such as 0.2 x10, _ x5")
        found.append(_stretch(match))
        position = match.end()
    if text.rstrip().endswith(","):
        raise ValueError(f"{text!r} ends with a comma: remove it, or write a value behind it")
    if sum(each.count for each in found) > MOST_VALUES:
        raise ValueError(f"it has more than {MOST_VALUES} values: write a smaller count, or a longer `every`")
    return tuple(found)


def _stretch(match: re.Match[str]) -> Stretch:
    count = 1 if match[4] is None else int(match[4])
    if count == 0:
        raise ValueError("a value is sent x0 times: write how often, or remove it")
    quoted = match[1] if match[1] is not None else match[2]
    if quoted is not None:
        return Stretch(count, quoted)
    word: str = match[3]
    if word == "_":
        return Stretch(count, is_sent=False)
    if ramp := _RAMP.fullmatch(word):
        if count == 1:
            raise ValueError(f"{word} is a ramp of one value: write how many, such as {word} x10")
        return Stretch(count, _number(ramp[1]), to=_number(ramp[2]))
    if _GLUED.fullmatch(word):
        raise ValueError(f"{word!r} is no value: write a space and x before the count, such as 0.2 x10")
    return Stretch(count, _value(word))


def _value(word: str) -> Value | None:
    constants: dict[str, Value | None] = {"true": True, "false": False, "null": None}
    if word in constants:
        return constants[word]
    return _number(word) if _ANY_NUMBER.fullmatch(word) else word


def _number(text: str) -> float:
    number = int(text) if _WHOLE.fullmatch(text) else float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large a number")
    return number


def merged(series: list[tuple[Stretch, ...]]) -> Iterator[tuple[int, list[tuple[Value | None, bool]]]]:
    """How many moments are alike, and of each series its value then, and whether it is sent, until the longest ends."""
    walks = [_Walk(each) for each in series]
    while any(not walk.is_over for walk in walks):
        count = min(walk.left for walk in walks if not walk.is_over)
        yield count, [walk.current for walk in walks]
        for walk in walks:
            walk.go_on(count)


class _Walk:
    """Where one series is."""

    def __init__(self, stretches: tuple[Stretch, ...]) -> None:
        self._rest = iter(stretches)
        self._stretch = next(self._rest, None)
        self._index = 0

    @property
    def is_over(self) -> bool:
        return self._stretch is None

    @property
    def left(self) -> int:
        """For how many moments its value stays."""
        assert self._stretch is not None
        return 1 if self._stretch.to is not None else self._stretch.count - self._index

    @property
    def current(self) -> tuple[Value | None, bool]:
        if self._stretch is None:
            return None, False
        return self._stretch.at(self._index), self._stretch.is_sent

    def go_on(self, count: int) -> None:
        if self._stretch is None:
            return
        self._index += count
        if self._index == self._stretch.count:
            self._stretch, self._index = next(self._rest, None), 0
