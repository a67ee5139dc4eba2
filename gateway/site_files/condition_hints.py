"""What is wrong with a condition, in plain words: where, and what to write in its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from gateway.core.kernel.errors import ConditionError
from gateway.site_files.condition_reader import Slip, Vocabulary
from gateway.site_files.condition_slips import corrected, slips_of
from gateway.site_files.condition_text import ConditionText

_TYPES = {
    "bool": "true or false",
    "BOOL": "true or false",
    "double": "a number",
    "DOUBLE": "a number",
    "int": "a number",
    "INT": "a number",
    "string": "a text",
    "STRING": "a text",
    "list(string)": "a list of texts",
    "list(double)": "a list of numbers",
    "null_type": "null",
}
_OVERLOAD = re.compile(r"found no matching overload for '([^']+)' applied to '\((.*)\)'")
_RESULT = re.compile(r"this is (.+), true or false is needed")
_UNDECLARED = re.compile(r"undeclared reference to '([\w.]+)'")
_INPUT = re.compile(r"(?:mismatched|extraneous|no viable alternative at) input '(.*?)'(?: expecting .*)?$")
_MISSING = re.compile(r"missing '(.)' at")
_UNRECOGNISED = re.compile(r"token recognition error at: '(.*)'$")
_LOGIC = {"&&", "||", "!"}


@dataclass(frozen=True, slots=True)
class Explained:
    """One mistake in a condition."""

    what: str
    hint: str
    excerpt: str
    """The line with a caret under the place; behind it the whole condition as it should be, where that is known."""


def explain(
    written: str, error: ConditionError, words: Vocabulary, compile_: Callable[[str], object]
) -> list[Explained]:
    """The mistakes of a condition that does not compile; at least one.

    Args:
        error: what compiling it has raised.
        compile_: compiles a text, or raises ConditionError.
    """
    condition = ConditionText.of(written)
    words = replace(words, unknown_functions=frozenset(_UNDECLARED.findall(str(error))))
    slips = slips_of(condition, words)
    found = [*_look_alikes(condition), *(_of_slip(slip, condition) for slip in slips)]
    if not found:
        return list(_in_plain_words(error, written))
    better = corrected(condition.plain, slips)
    if better is not None and _compiles(better, compile_):
        last = found[-1]
        found[-1] = Explained(last.what, last.hint, f"{last.excerpt}\ncorrect: {' '.join(better.split())}")
    return found


def _compiles(text: str, compile_: Callable[[str], object]) -> bool:
    try:
        compile_(text)
    except ConditionError:
        return False
    return True


def _look_alikes(condition: ConditionText) -> Iterator[Explained]:
    """Each character that is not what it looks like, once."""
    seen = set[str]()
    for each in condition.look_alikes:
        if each.written in seen:
            continue
        seen.add(each.written)
        at = next(plain for plain, origin in enumerate(condition.origins) if origin >= each.offset)
        if each.plain.isspace() or not each.plain:
            what = f"an invisible character (U+{ord(each.written):04X}) stands here"
            yield Explained(what, "remove it, or write a plain space", condition.excerpt(at))
        else:
            what = f"the character {each.written} (U+{ord(each.written):04X}) is not {each.plain}"
            yield Explained(what, f"switch the keyboard to English and write {each.plain}", condition.excerpt(at))


def _of_slip(slip: Slip, condition: ConditionText) -> Explained:
    return Explained(slip.what, slip.remedy, condition.excerpt(slip.start) if condition.plain.strip() else "")


def _in_plain_words(error: ConditionError, written: str) -> Iterator[Explained]:
    """The errors of the compiler, each a sentence, a line and a caret."""
    lines = str(error).split("\n")
    for index in range(0, len(lines), 3):
        what, hint = _translated(lines[index], written)
        yield Explained(what, hint, "\n".join(lines[index + 1 : index + 3]))


def _translated(sentence: str, written: str) -> tuple[str, str]:
    plain = sentence.removeprefix("Syntax error: ")
    if match := _OVERLOAD.search(plain):
        return _overload(match[1].strip("_@"), match[2])
    if match := _RESULT.search(plain):
        kind = _TYPES.get(match[1], match[1])
        return f"this is {kind}, and a condition must be true or false", "compare it, as in pressure > 1"
    if match := _UNDECLARED.search(plain):
        return f"there is no {match[1]!r}", "write metrics and attributes of the profile alone"
    if match := _MISSING.search(plain):
        return f"a {match[1]} is missing", f"write the {match[1]}"
    if match := _UNRECOGNISED.search(plain):
        return f"{match[1].strip()!r} means nothing in a condition", "leave it out"
    if match := _INPUT.search(plain):
        if match[1] == "<EOF>":
            return "the condition ends here, and something is missing", "write what should be compared, or leave it out"
        text = match[1] if match[1] in written else match[1].removesuffix(".0")
        return f"{text!r} does not fit here", "see what stands before it: an operator may be missing, or too many"
    return plain, ""


def _overload(operator: str, given: str) -> tuple[str, str]:
    kinds = [_TYPES.get(each, each) for each in re.split(r", (?![^(]*\))", given)]
    both = " and ".join(kinds) if len(kinds) > 1 else kinds[0]
    sign = operator.replace("_", "")
    if sign in _LOGIC:
        return f"{sign} is for what is true or false, not for {both}", "compare the number or text, as in pressure > 1"
    if sign == "in":
        return f"in does not fit {both}", "write a value before it and a list behind it, as in code in [1, 2]"
    if len(kinds) == 2 and kinds[0] != kinds[1]:
        hint = "compare numbers with numbers and text with text, and join what is true or false with && || !"
        return f"{sign} does not fit {both}", hint
    return f"{sign} is not for {kinds[0]}", "numbers can be reckoned with and ordered, other values only compared"
