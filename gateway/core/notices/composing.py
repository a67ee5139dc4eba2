"""Puts what a notice says into one title and one body."""

from __future__ import annotations

import re

from gateway.core.kernel.texts import Language
from gateway.core.notices.notice import Item

_LISTED = 20
"""Things that one notice lists; beyond, it says how many more there are."""
_LONGEST_TITLE = 200


def one_line(text: str) -> str:
    """A title is the subject of a mail: what people write must not add headers to it."""
    return re.sub(r"\s+", " ", text).strip()[:_LONGEST_TITLE]


def compose(items: tuple[Item, ...], language: Language) -> tuple[str, str]:
    """Title and body of a notice that says these things: of several, the titles one a line."""
    if len(items) == 1:
        return items[0].title, items[0].body
    more = len(items) - 1
    title = f"{items[0].title}，另有 {more} 条" if language == "zh" else f"{items[0].title}, and {more} more"
    lines = [item.title for item in items[:_LISTED]]
    if (left := len(items) - _LISTED) > 0:
        lines.append(f"另有 {left} 条" if language == "zh" else f"and {left} more")
    return one_line(title), "\n".join(lines)
