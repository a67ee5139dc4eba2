"""Texts of messages: one rule for control characters and for what cannot be read."""

from __future__ import annotations

import re

_CONTROLS = "".join(map(chr, (*range(0x20), *range(0x7F, 0xA0))))
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_UNREADABLE = re.compile("[\ud800-\udfff]")


def cleaned(text: str) -> str | None:
    """The text without control characters: none at its ends, and a space for each run of them within.

    None if part of it cannot be read: half a surrogate pair, which also stands for a byte that is not UTF-8.
    """
    if text.isprintable():  # it is for most, and this is faster than the pattern
        return text
    if _UNREADABLE.search(text):
        return None
    return _CONTROL.sub(" ", text.strip(_CONTROLS))
