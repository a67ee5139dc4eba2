"""Texts in the languages of a site."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["en", "zh"]

LONGEST_NAME = 64
"""Characters of the name of a person who acts."""
LONGEST_NOTE = 500
"""Characters of what that person writes about it."""
_NOT_IN_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls, halves of characters, and separators of lines and paragraphs."""
_UNSEEN = _NOT_IN_A_LINE | {"Co", "Cn"}
"""These, and what no font has."""
_TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Controls of direction: a text with them may read as another."""


def is_one_line(text: str) -> bool:
    """Whether a text stays in one line and reads as it is written. Any letter, space and joined emoji may be in it."""
    return _TURNS.search(text) is None and not any(unicodedata.category(mark) in _NOT_IN_A_LINE for mark in text)


def tidied(text: str) -> str:
    """A text without what nobody sees, in lines that end alike, and without blank ends."""
    lines = _TURNS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("\t", " ").split("\n")
    return "\n".join(
        "".join(mark for mark in line if unicodedata.category(mark) not in _UNSEEN) for line in lines
    ).strip()


class Text(BaseModel):
    """A title or sentence in English and, where somebody wrote it, Chinese."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    en: str
    """English; it stands in where there is no Chinese."""
    zh: str | None = None
    """Chinese."""

    def in_language(self, language: Language) -> str:
        """The text in that language; in English where there is no translation."""
        return (self.zh if language == "zh" else None) or self.en
