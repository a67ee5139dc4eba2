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
    """Title and body of a notice that says these things: of several, the titles one a line, life safety first.

    Of more than it lists, the latest are named beside the first: what came before may be known.
    """
    if len(items) == 1:
        return items[0].title, items[0].body
    urgent = [each for each in items if _is_for_life_safety(each)]
    first, *others = (*urgent, *(each for each in items if not _is_for_life_safety(each))) if urgent else items
    more = len(others)
    title = f"{first.title}，另有 {more} 条" if language == "zh" else f"{first.title}, and {more} more"
    if (left := len(items) - _LISTED) > 0:
        of_life_safety = urgent[1:][1 - _LISTED :]
        others = [*of_life_safety, *others[more - (_LISTED - 1 - len(of_life_safety)) :]]
    lines = [each.title for each in (first, *others)]
    if left > 0:
        lines.append(f"另有 {left} 条" if language == "zh" else f"and {left} more")
    return one_line(title), "\n".join(lines)


def _is_for_life_safety(item: Item) -> bool:
    return item.facts.get("life_safety") == "true"
