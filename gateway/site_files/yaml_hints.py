"""Values that YAML reads otherwise than their authors mean, as they lack quotes: conditions above all."""

from __future__ import annotations

import re
from dataclasses import dataclass

_KEY = re.compile(r"(?:^|[{,])\s*(?:- +)*[\w.-]+:\s+(?=\S)")
_CONDITION = re.compile(r"\b(?:when|clear_when):\s+(?=\S)")
_COMMENT = re.compile(r"\s#.*$")
_QUOTED_START = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*\S""")
_BLOCK = re.compile(r"[>|][+-]?\d?\s+\S")


@dataclass(frozen=True, slots=True)
class NeedsQuotes:
    """A value that must stand in quotes."""

    column: int
    """Where it begins, from 1."""
    what: str
    hint: str


def negation(tag: str, text: str) -> str | None:
    """What was meant by a plain value with this tag of its own, `!running`; None for a tag of YAML itself."""
    if not tag.startswith("!"):
        return None
    return f"{tag}{text}" if tag == "!" else f"{tag} {text}".rstrip()


def about_negation(meant: str) -> tuple[str, str]:
    """The problem with such a value, and the hint."""
    what = f"{meant.split(maxsplit=1)[0]}: what begins with ! is a tag in YAML, and no such tag is known here"
    return what, f"put a condition in quotes, {quoted(meant)}; remove any other tag"


def needs_quotes(text: str, line: int) -> NeedsQuotes | None:
    """The value in this line, from 1, that is no YAML as it has no quotes; None where that is not the reason."""
    lines = text.split("\n")
    if not 0 < line <= len(lines):
        return None
    source = lines[line - 1].rstrip("\r")
    match = _CONDITION.search(source) or _KEY.search(source)
    if match is None:
        return None
    value = _COMMENT.sub("", source[match.end() :]).rstrip()
    column = match.end() + 1
    if value[0] == "!":
        what = "what begins with ! is a tag in YAML, not a condition"
    elif value[0] in "&*%@`":
        what = f"a value cannot begin with {value[0]} in YAML"
    elif _QUOTED_START.match(value) and value[0] in "\"'" and "{" not in source:
        what = "this value goes on behind its quotation marks"
    elif _BLOCK.match(value):
        what = f"{value[0]} at its beginning makes YAML read a block of lines"
    elif re.search(r":\s", value) and value[0] not in "{[\"'" and "{" not in source:
        what = "this value contains a colon with a space, which is another key to YAML"
    else:
        return None
    whole = "the whole value" if "{" in source[: match.end()] else f"it: {quoted(value)}"
    return NeedsQuotes(column, what, f"put quotes around {whole}")


def quoted(text: str) -> str:
    """The text as YAML has it in quotes."""
    return f'"{text}"' if '"' not in text and "\\" not in text else "'" + text.replace("'", "''") + "'"
