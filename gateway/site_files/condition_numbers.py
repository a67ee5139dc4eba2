"""Slips around the numbers of a condition: decimal commas, units, and values of another type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation

from gateway.core.kernel.units import conversion
from gateway.core.kernel.values import exact
from gateway.site_files.condition_reader import (
    CEL_WORDS,
    JOIN,
    SIGNS,
    WORDS,
    Reader,
    Slip,
    kind_in_words,
    name_of,
)
from gateway.site_files.condition_text import Token

_UNIT = re.compile(r"[ ]*([%‰°ΩµμA-Za-z][\w°Ω²³]*(?:/[A-Za-z]\w*[²³]?)?)")
_FLAGS: Mapping[tuple[str, float], bool] = {
    ("==", 1): True,
    ("==", 0): False,
    ("!=", 0): True,
    ("!=", 1): False,
    (">", 0): True,
    (">=", 1): True,
    ("<", 1): False,
    ("<=", 0): False,
}
"""What a flag must be, by what it was compared with."""
_DURATIONS = {"ms", "s", "sec", "second", "seconds", "m", "min", "minute", "minutes", "h", "hour", "hours", "d", "day"}


def number_slips(reader: Reader, index: int) -> Iterator[Slip]:
    """The slips at the number at `index`."""
    token, following = reader.at(index), reader.at(index + 1)
    if following.text == "," and not reader.is_in_list(index):
        further = reader.at(index + 2)
        if further.kind == "number" and further.text.isdigit() and further.start == token.end + 1:
            yield _comma(reader, token, further)
            return
    yield from _unit(reader, index)
    name, operator = reader.at(index - 2), reader.at(index - 1)
    if operator.text in JOIN and name.kind in ("number", "text") and token.text:
        yield from alone(reader, index)
    compared = reader.compared(index)
    if compared is None:
        return
    kind = reader.words.type_of(compared.text)
    if kind == "bool":
        yield _flag(reader, compared, token)
    elif kind == "enum":
        yield _code(reader, compared, token)
    elif kind in ("string", "tag"):
        what, remedy = f"{compared.text} is {kind_in_words(kind)}, {token.text} is a number", "put the text in quotes"
        yield Slip(token.start, token.end, what, remedy, f'"{token.text}"')


def _comma(reader: Reader, token: Token, further: Token) -> Slip:
    whole, part = token.text, further.text
    what = f"{whole},{part}: a decimal point is needed, not a comma"
    if len(part) == 3 and whole.isdigit() and int(whole):
        remedy = f"write {whole}.{part}, or {whole}{part} if it separates thousands"
        return Slip(token.start, further.end, what, remedy)
    correction = f"{whole}.{part}"
    return Slip(token.start, further.end, what, f"write {correction}", correction)


def _unit(reader: Reader, index: int) -> Iterator[Slip]:
    token = reader.at(index)
    match = _UNIT.match(reader.text, token.end)
    if match is None:
        return
    unit = match[1]
    if unit in JOIN | CEL_WORDS or unit in WORDS or reader.words.knows(unit):
        return
    if unit == "%" and reader.starts_operand(reader.at(index + 2)):
        return
    compared = reader.compared(index, after=match.end())
    kept = reader.words.unit_of(compared.text) if compared is not None else ""
    what = f"{token.text} {unit}: numbers stand without a unit"
    converted = _converted(token.text, unit, kept) if kept else None
    if converted is not None:
        remedy = f"{name_of(compared)} is in {kept}: write {converted}"
        yield Slip(token.start, match.end(), what, remedy, converted)
    elif unit in _DURATIONS:
        remedy = f"leave out {unit}; a time stands in `for`, as in for: {token.text}{unit}, or in `over` under `let`"
        yield Slip(token.start, match.end(), what, remedy)
    else:
        of = f"; {name_of(compared)} is in {kept}" if kept else ""
        yield Slip(token.start, match.end(), what, f"leave out {unit}{of}")


def alone(reader: Reader, index: int) -> Iterator[Slip]:
    """`code == 1 || 2`: the second value stands without a comparison."""
    token, join, value = reader.at(index), reader.at(index - 1), reader.at(index - 2)
    compared, following = reader.compared(index - 2), reader.at(index + 1)
    if compared is None or (following.text and following.text not in JOIN | {")"}):
        return
    what = f"{token.text} stands alone after {join.text}, which joins what is true or false"
    operator = reader.at(index - 3).text
    repeated = f"{compared.text} {operator} {token.text}"
    if value.kind == token.kind:
        # `code == 1 && code == 2` never holds and `code != 1 || code != 2` always does: nobody means that.
        is_meant = (operator in ("==", "=")) != (WORDS.get(join.text, join.text) in ("&&", "&"))
        remedy = (
            f"repeat the comparison: {repeated}"
            if is_meant
            else "repeat the comparison, and see whether && or || joins it"
        )
        yield Slip(token.start, token.end, what, remedy, repeated if is_meant else None)


def _flag(reader: Reader, name: Token, value: Token) -> Slip:
    """A flag compared with a number."""
    start, end = min(name.start, value.start), max(name.end, value.end)
    operator = next(each.text for each in reader.tokens if start < each.start < end)
    number = float(value.text)
    sign = SIGNS.get(operator, (operator,))[0]
    is_true = _FLAGS.get((sign, number)) if name.start < value.start else None
    correction = None if is_true is None else f"{'' if is_true else '!'}{name.text}"
    what = f"{name.text} is true or false, and {value.text} is a number"
    return Slip(start, end, what, f"write {correction or name.text + ' or !' + name.text}", correction)


def _code(reader: Reader, name: Token, value: Token) -> Slip:
    """A state compared by its code."""
    metric = reader.words.profile.metrics[name.text]
    state = (metric.values or {}).get(int(value.text)) if value.text.isdigit() else None
    what = f"{name.text} has states, which are texts, and {value.text} is a number"
    states = ", ".join(f'"{each}"' for each in reader.words.states_of(name.text))
    remedy = f'{value.text} is the code of "{state}": write "{state}"' if state else f"write one of {states}"
    return Slip(value.start, value.end, what, remedy, f'"{state}"' if state else None)


def _converted(number: str, unit: str, kept: str) -> str | None:
    """The number in the unit that is kept; None where the units are of different kinds."""
    try:
        convert = conversion(unit, kept)
        return number if convert is None else exact(float(convert(Decimal(number))))
    except (ValueError, InvalidOperation):
        return None
