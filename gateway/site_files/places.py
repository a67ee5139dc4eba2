"""Finds the part of a mapping that a sentence about it means."""

from __future__ import annotations

import re

from gateway.site_files.documents import Location, Series, Table, value_at

_BACKQUOTED = re.compile(r"`([a-z_]+)`")
_ITEM = re.compile(r"item (\d+)")


def place_of(sentence: str, value: object) -> tuple[Location, bool]:
    """Which part of a value a sentence about it means, and whether its key: the value itself unless it names a part.

    Validators of whole mappings name what they mean so that it can be found here: `name: …` at the beginning is a key
    (or `item 2: …` of a list), a word in backquotes is a key, and a value that is quoted stands for itself.
    """
    inside: Location = ()
    name, colon, _ = sentence.partition(": ")
    if colon and (found := _named(value, name)) is not None:
        inside = found
        value = value_at(value, inside)
    if isinstance(value, Table):
        for word in _BACKQUOTED.findall(sentence):
            if word in value:
                return (*inside, word), True
    quoted = _quoted(sentence, value)
    if quoted is not None:
        return (*inside, *quoted), False
    return inside, bool(inside) and isinstance(value, Table | Series) and isinstance(inside[-1], str)


def _named(value: object, name: str) -> Location | None:
    """Where a key of this name is: in a table, or in a table right in it. `a, b` is a; `item 2` is one of a list."""
    if isinstance(value, Series):
        item = _ITEM.fullmatch(name)
        return (int(item[1]) - 1,) if item and int(item[1]) <= len(value) else None
    if not isinstance(value, Table):
        return None
    key = name.split(", ", maxsplit=1)[0]
    if key in value:
        return (key,)
    parts = ("values", *(each for each in value if isinstance(each, str)))  # a metric may stand under `when` too
    return next(((part, key) for part in parts if isinstance(table := value.get(part), Table) and key in table), None)


def _quoted(sentence: str, value: object) -> Location | None:
    """Where the first value stands that the sentence shows."""
    if isinstance(value, Table):
        parts: list[tuple[object, object]] = list(value.items())
    elif isinstance(value, Series):
        parts = list(enumerate(value))
    else:
        return () if _shows(sentence, value) else None
    for key, part in parts:
        if isinstance(key, str | int | float) and (found := _quoted(sentence, part)) is not None:
            return (key, *found)
    return None


def _shows(sentence: str, value: object) -> bool:
    return value is not None and re.search(rf"(?:^|: | is ){re.escape(repr(value))}(?![\w.])", sentence) is not None
