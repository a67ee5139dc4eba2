"""Slips in conditions: what people write who know other languages, or none, and what they mean by it.

A slip is looked for only in a condition that does not compile, so a finding here never doubts a condition that works.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gateway.site_files.condition_names import name_slips
from gateway.site_files.condition_numbers import alone, number_slips
from gateway.site_files.condition_reader import (
    COMPARE,
    JOIN,
    ORDER,
    SIGNS,
    TRUTHS,
    Reader,
    Slip,
    Vocabulary,
    kind_in_words,
)
from gateway.site_files.condition_text import ConditionText, Token

_MACRO_VARIABLE = re.compile(r"\.(?:all|exists|exists_one|filter|map)\(\s*(\w+)\s*,")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def slips_of(condition: ConditionText, words: Vocabulary) -> list[Slip]:
    """The slips of a condition that does not compile, in order; those that overlap an earlier one are left out."""
    if not condition.plain.strip():
        example = "write what must be true, such as running && pressure < 0.02"
        return [Slip(0, 0, "the condition is empty", example)]
    reader = Reader(condition.plain, condition.tokens, words)
    found = sorted(_all_slips(reader), key=lambda slip: (slip.start, slip.correction is None))
    kept: list[Slip] = []
    for slip in found:
        if not kept or slip.start >= kept[-1].end:
            kept.append(slip)
    return kept


def corrected(text: str, slips: Sequence[Slip]) -> str | None:
    """The text with all corrections; None where one is missing."""
    parts, position = [], 0
    for slip in slips:
        if slip.correction is None:
            return None
        parts += [text[position : slip.start], slip.correction]
        position = slip.end
    return "".join((*parts, text[position:]))


def _all_slips(reader: Reader) -> Iterator[Slip]:
    yield from _brackets(reader)
    yield from _chains(reader)
    variables = set(_MACRO_VARIABLE.findall(reader.text))
    for index, token in enumerate(reader.tokens):
        if token.kind == "operator":
            yield from _operator(reader, index)
        elif token.kind == "number":
            yield from number_slips(reader, index)
        elif token.kind == "name" and token.text not in variables:
            yield from name_slips(reader, index)
        elif token.kind == "text":
            yield from _text(reader, index)
        elif token.text in "\"'":
            what = "this quotation mark is not closed"
            hint = f"close it with {token.text}; a condition that holds ' #' needs quotes around the whole in YAML"
            yield Slip(token.start, len(reader.text), what, hint)
        elif token.text == ";":
            yield Slip(token.start, token.end, "a condition has no ;", "leave it out", "")


def _brackets(reader: Reader) -> Iterator[Slip]:
    open_: list[Token] = []
    for token in reader.tokens:
        if token.kind != "bracket":
            continue
        if token.text in _CLOSING:
            open_.append(token)
        elif open_ and _CLOSING[open_[-1].text] == token.text:
            open_.pop()
        else:
            opening = next(each for each, closing in _CLOSING.items() if closing == token.text)
            what = f"this {token.text} closes no {opening}"
            yield Slip(token.start, token.end, what, f"leave it out, or write the {opening} that is missing")
    for token in open_:
        closing = _CLOSING[token.text]
        what = f"this {token.text} is not closed"
        is_last = len(open_) == 1 and not _inner_mistakes(reader, token)
        correction = reader.text[token.start :].rstrip() + closing if is_last else None
        end = len(reader.text) if correction else token.end
        yield Slip(token.start, end, what, f"write the {closing} that is missing", correction)


def _inner_mistakes(reader: Reader, token: Token) -> bool:
    """Whether what the bracket opens may hold another slip: then the place of the other bracket is a guess."""
    inner = [each for each in reader.tokens if each.start > token.start]
    return any(
        each.text in SIGNS or each.kind == "other" or (each.kind == "name" and not reader.words.knows(each.text))
        for each in inner
    ) or any(each.text in JOIN for each in inner)


def _chains(reader: Reader) -> Iterator[Slip]:
    """`1 < x < 3`, where each operand is one word or number."""
    for index in range(len(reader.tokens) - 4):
        left, first, middle, second, right = reader.tokens[index : index + 5]
        if first.text not in ORDER or second.text not in ORDER:
            continue
        if all(each.kind in ("name", "number") for each in (left, middle, right)):
            one, two = (SIGNS.get(each.text, (each.text,))[0] for each in (first, second))
            correction = f"{left.text} {one} {middle.text} && {middle.text} {two} {right.text}"
            what = "two comparisons in a row: the second compares true or false"
            yield Slip(left.start, right.end, what, "join two comparisons with &&", correction)


def _operator(reader: Reader, index: int) -> Iterator[Slip]:
    token, before, after = reader.at(index), reader.at(index - 1), reader.at(index + 1)
    sign = "".join(token.text.split())
    if sign != token.text and sign in COMPARE:
        yield Slip(token.start, token.end, f"{sign} is written without a space", f"write {sign}", sign)
    elif sign in SIGNS:
        plain, what = SIGNS[sign]
        yield Slip(token.start, token.end, what, f"write {plain}", plain)
    elif sign == "!" and after.kind == "name" and reader.at(index + 2).text in COMPARE:
        yield from _negated(reader, index)
    elif sign == "%" and (before.kind != "number" or reader.starts_operand(after)):
        yield Slip(token.start, token.end, "conditions know no remainder (%)", "leave it out")


def _negated(reader: Reader, index: int) -> Iterator[Slip]:
    """`!mode == "on"`: the ! turns the mode, not the comparison."""
    name, operator, right = (reader.at(index + step) for step in (1, 2, 3))
    kind = reader.words.type_of(name.text)
    if kind in (None, "bool") or right.kind not in ("name", "number", "text"):
        return
    inverse = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}.get(operator.text)
    if inverse is not None:
        what = f"! is for what is true or false, and {name.text} is {kind_in_words(kind)}"
        remedy = f"write {inverse} in place of {operator.text}"
        correction = f"{name.text} {inverse} {_value(reader, name.text, right)}"
        yield Slip(reader.at(index).start, right.end, what, remedy, correction)


def _value(reader: Reader, name: str, right: Token) -> str:
    """The right side of a comparison, a state in quotes."""
    return f'"{right.text}"' if right.kind == "name" and right.text in reader.words.states_of(name) else right.text


def _text(reader: Reader, index: int) -> Iterator[Slip]:
    token = reader.at(index)
    if reader.at(index - 1).text in JOIN and reader.at(index - 2).kind == "text":
        yield from alone(reader, index)
    compared = reader.compared(index)
    if compared is None:
        return
    kind, inner = reader.words.type_of(compared.text), token.text[1:-1]
    if kind in ("int", "float"):
        is_number = re.fullmatch(r"\s*-?\d+(?:\.\d+)?\s*", inner) is not None
        what = f"{compared.text} is a number, and {token.text} in quotes is a text"
        remedy = f"write {inner.strip()} without quotes" if is_number else "compare it with a number"
        yield Slip(token.start, token.end, what, remedy, inner.strip() if is_number else None)
    elif kind == "bool":
        meant = TRUTHS.get(inner, inner if inner in ("true", "false") else None)
        what = f"{compared.text} is true or false, and {token.text} in quotes is a text"
        remedy = f"write {compared.text} or !{compared.text}"
        yield Slip(token.start, token.end, what, remedy, meant)
    elif kind == "list":
        start, end = min(compared.start, token.start), max(compared.end, token.end)
        what = f"{compared.text} is a list, and {token.text} is one item"
        correction = f"{token.text} in {compared.text}"
        yield Slip(start, end, what, f"write {correction}", correction)
