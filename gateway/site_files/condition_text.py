"""The text of a condition as its author wrote it: with plain characters, and as tokens also of what CEL rejects.

CEL stops at the first character that it does not know. To say what an author meant, the hints need every token.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["text", "number", "name", "operator", "bracket", "other"]

_KINDS: dict[str, Kind] = {each: each for each in get_args(Kind)}
_LOOK_ALIKES = {
    **dict.fromkeys("“”„‟〝〞「」『』", '"'),
    **dict.fromkeys("‘’‚‛", "'"),
    **dict.fromkeys("−–—", "-"),
    **dict.fromkeys("【〔", "["),
    **dict.fromkeys("】〕", "]"),
    "≥": ">=",
    "⩾": ">=",
    "≧": ">=",
    "≤": "<=",
    "⩽": "<=",
    "≦": "<=",
    "≠": "!=",
    "×": "*",
    "÷": "/",
    "。": ".",
    "、": ",",
    "℃": "°C",
    "℉": "°F",
    **dict.fromkeys("\u200b\u200c\u200d\ufeff", ""),
}
"""What people type for plain characters, where Unicode itself names no plain one."""
_CLOSING = {"“": "”", "„": "”", "〝": "〞", "「": "」", "『": "』", "‘": "’", "‚": "’"}
_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*)"""
    r"""|(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
    r"""|(?P<number>\d+\.\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|\d+(?:[eE][+-]?\d+)?)"""
    r"""|(?P<name>[^\W\d]\w*)"""
    r"""|(?P<operator>===|!==|<>|=<|=>|=!|&&|\|\||==|!=|<=|>=|[<>=!]\s+=|\*\*|[&|=<>!+\-*/%?:^])"""
    r"""|(?P<bracket>[()\[\]{}])"""
    r"""|(?P<other>\S)"""
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number, a text in quotes or a sign of the plain text."""

    kind: Kind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A character that only looks like the plain one, or stands in its place on another keyboard."""

    offset: int
    """In the text as written."""
    written: str
    plain: str
    """Empty for a character that nobody sees."""


@dataclass(frozen=True, slots=True)
class ConditionText:
    """A condition with plain characters, and where each of them stands in the text as written."""

    written: str
    plain: str
    origins: Sequence[int]
    """For each offset in `plain`, its end included, the offset in `written`."""
    look_alikes: tuple[LookAlike, ...]
    tokens: tuple[Token, ...]

    @classmethod
    def of(cls, written: str) -> ConditionText:
        """The text read; what stands within quotes stays as it is."""
        parts: list[str] = []
        origins: list[int] = []
        found: list[LookAlike] = []
        closing = ""
        for offset, character in enumerate(written):
            plain = character
            if not closing:
                if character in "\"'":
                    closing = character if character in written[offset + 1 :] else ""
                else:
                    plain = _plain(character)
                    closing = _CLOSING.get(character, "")
            elif character == closing:
                plain, closing = _LOOK_ALIKES.get(character, character), ""
            if plain != character:
                found.append(LookAlike(offset, character, plain))
            parts.append(plain)
            origins.extend([offset] * len(plain))
        text = "".join(parts)
        return cls(written, text, (*origins, len(written)), tuple(found), tuple(_tokens(text)))

    def excerpt(self, offset: int) -> str:
        """The line of the text as written in which this offset of `plain` lies, and a caret under the place.

        Characters of double width have a space of double width below them.
        """
        at = self.origins[min(offset, len(self.origins) - 1)]
        before = self.written[:at].rpartition("\n")[2]
        line = before + self.written[at:].partition("\n")[0]
        gap = "".join("\u3000" if unicodedata.east_asian_width(each) in "WF" else " " for each in before)
        return f"{line}\n{gap}^"


def _plain(character: str) -> str:
    if character in _LOOK_ALIKES:
        return _LOOK_ALIKES[character]
    if character.isascii() or (character.isalpha() and not "\uff00" <= character <= "\uffef"):
        return character
    folded = unicodedata.normalize("NFKC", character)
    return folded if folded.isascii() else character


def _tokens(text: str) -> list[Token]:
    """All but comments."""
    return [
        Token(kind, match[0], match.start(), match.end())
        for match in _TOKEN.finditer(text)
        if (kind := _KINDS.get(match.lastgroup or "")) is not None
    ]
