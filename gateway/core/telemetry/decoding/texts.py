"""Texts of messages: one rule for blanks and control characters, for spellings, and for what cannot be read."""

from __future__ import annotations

import re
from functools import lru_cache

from gateway.core.kernel.values import Json

_CONTROLS = "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0))))
_BLANKS = " \xa0\u1680" + "".join(map(chr, range(0x2000, 0x200C))) + "\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
"""Spaces of all widths, those of no width, and the byte order mark."""

_ENDS = _CONTROLS + _BLANKS
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_UNREADABLE = re.compile("[\ud800-\udfff]")
_SHORT = 64
"""Characters of a text whose meaning is remembered."""

_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,19})(?:\.\d{1,20})?", re.ASCII)
"""A number as JSON has it. A code such as 01 is none: it may differ from 1."""


def cleaned(text: str) -> str | None:
    """The text without blanks and control characters at its ends, and a space for each run of controls within.

    None if part of it cannot be read: half a surrogate pair, which also stands for a byte that is not UTF-8.
    """
    if text.isprintable():  # it is for most, and this is faster than the pattern; of all blanks it has the space only
        return text.strip(" ")
    if _UNREADABLE.search(text):
        return None
    return _CONTROL.sub(" ", text.strip(_ENDS))


def meaning(value: Json) -> tuple[bool, Json]:
    """What a single value is compared by, with whether it is a truth: False is equal to 0 in Python."""
    meant = comparable(value)
    return type(meant) is bool, meant


def comparable(value: Json) -> Json:
    """What a single value is compared by: equal for all spellings of one value.

    A text counts in lower case and without blanks at its ends; `true`, `false` and numbers as text are what they say.
    """
    if type(value) is not str:
        return value
    return _known_meant(value) if len(value) <= _SHORT else _meant(value)


def _meant(text: str) -> Json:
    text = (cleaned(text) or "").casefold()
    if text in ("true", "false"):
        return text == "true"
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


_known_meant = lru_cache(maxsize=4_096)(_meant)
"""Of short texts: devices say the same few words for years."""
