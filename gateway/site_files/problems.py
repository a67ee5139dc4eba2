"""Problems in a site's files: where each is, what it is, and how to correct it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from textwrap import indent

_SHOWN = 12
_NAMED = 5
_LEAST_PART = 3
"""Letters that a word must have to match a known word that contains it."""


class Gravity(StrEnum):
    """How much a problem matters."""

    ERROR = "error"
    """The gateway does not start with it."""
    WARNING = "warning"
    """The gateway works, but hardly as its owner means it to."""
    NOTE = "note"
    """Worth knowing when an alarm does not come."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it stands, what it is, and what to do about it."""

    file: Path
    line: int
    """From 1, as editors count."""
    column: int
    """From 1, as editors count."""
    what: str
    hint: str = ""
    excerpt: str = ""
    """Further lines to look at: the condition, with a caret under the place."""
    gravity: Gravity = Gravity.ERROR

    def __str__(self) -> str:
        hint = f"; {self.hint}" if self.hint else ""
        excerpt = f"\n{indent(self.excerpt, '    ')}" if self.excerpt else ""
        gravity = "" if self.gravity is Gravity.ERROR else f"{self.gravity}: "
        return f"{self.file}:{self.line}:{self.column}: {gravity}{self.what}{hint}{excerpt}"


def first_of(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def did_you_mean(word: object, known: Iterable[str], *, kind: str = "") -> str:
    """A hint: the known word nearest to this one, or else what there is."""
    words = sorted(known)
    near = [each for each in words if each.casefold() == str(word).casefold()]
    near = near or difflib.get_close_matches(str(word), words, n=1)
    near = near or [each for each in words if len(str(word)) >= _LEAST_PART and str(word) in each]
    if near:
        return f"did you mean {near[0]!r}?"
    if not words:
        return f"there are no {kind}" if kind else ""
    shown = ", ".join(words[:_SHOWN]) + (", …" if len(words) > _SHOWN else "")
    return f"known {kind or 'are'}: {shown}"
