"""Problems in a site's files: where each is, what it is, and how to correct it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from textwrap import indent

_SHOWN = 12
_LEAST_PART = 3
"""Letters that a word must have to match a known word that contains it."""


class Gravity(StrEnum):
    """How grave a problem is."""

    ERROR = "error"
    """The gateway does not start."""
    WARNING = "warning"
    """The gateway starts, and somebody should look at it."""
    NOTE = "note"
    """Nothing is wrong; it is worth knowing."""


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

    @property
    def is_error(self) -> bool:
        """Whether the gateway cannot start with it."""
        return self.gravity is Gravity.ERROR

    def __str__(self) -> str:
        gravity = "" if self.is_error else f"{self.gravity}: "
        hint = f"; {self.hint}" if self.hint else ""
        excerpt = f"\n{indent(self.excerpt, '    ')}" if self.excerpt else ""
        return f"{self.file}:{self.line}:{self.column}: {gravity}{self.what}{hint}{excerpt}"


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
