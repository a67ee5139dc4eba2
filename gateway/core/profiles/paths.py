"""Paths into a JSON document: `ENERGY.Total`, `rxInfo[0].rssi`, `d[tag=Pump1].value`, `params.switch:{channel}`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from gateway.core.kernel.mistakes import Mistake
from gateway.core.kernel.values import Json

MISSING: Final = object()
"""The result of a path that leads to nothing. It differs from null."""

WHOLE = "."
"""The path of the element itself."""

_SEGMENT = re.compile(
    r'"(?P<quoted>[^"]+)"|(?P<key>[^.\[\]"]+)|\[(?P<index>-?\d+)?\]|\[(?P<name>[^=\]]+)=(?P<is>[^\]]*)\]'
)
_CAPTURE = re.compile(r"\{([a-z_]+)\}")

_OPENING = re.compile(r"\s*[\[{]")

SINGLE = (bool, int, float, str)
"""The types of values that are neither null, nor lists, nor objects."""

Find = Callable[[Json, Json], Json]
"""Given an element and the whole document, the value at the path, or MISSING."""


def entered(value: Json) -> Json:
    """The object or list that stands in a text as JSON; anything else as it is."""
    return _parsed(value) if type(value) is str and _OPENING.match(value) else value


@lru_cache(maxsize=2)  # several paths, and the elements of one message, lead into the same text
def _parsed(text: str) -> Json:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return text


Segment = str | int | re.Pattern[str] | tuple[str, str] | None
"""A key, an index, a pattern of keys with captures, the key and value that an item has, or None for each item."""


def parse_path(text: str, *, many: bool = False) -> tuple[bool, tuple[Segment, ...]]:
    """Parse a path: whether it starts at the root of the document, and its segments.

    Args:
        many: whether it may lead to several elements, by `[]` or by captures in a key.

    Raises:
        ValueError: the text is not a path.
    """
    if text == WHOLE:
        return False, ()
    at_root = text.startswith("$.")
    rest = text.removeprefix("$.")
    segments: list[Segment] = []
    position = 0
    while position < len(rest):
        match = _SEGMENT.match(rest, position)
        if match is None:
            break
        segments.append(_segment(match, text, many=many))
        position = match.end()
        if position < len(rest) and rest[position] == ".":
            position += 1
            if position == len(rest):
                break
        elif position < len(rest) and rest[position] != "[":
            break
    else:
        if segments:
            return at_root, tuple(segments)
    raise ValueError(f'{text!r} is not a path: write keys with dots between, such as data.items[0].value or data."a.b"')


def _segment(match: re.Match[str], text: str, *, many: bool) -> Segment:
    if match["quoted"] is not None:
        return match["quoted"]
    if (key := match["key"]) is not None:
        if "{" not in key:
            return key
        if not many:
            raise ValueError(f"{text!r}: only `readings` may capture a part of a key; write the key in full")
        names = _CAPTURE.findall(key)
        if not names or len(names) != len(set(names)) or _CAPTURE.sub("", key).strip("{}") != _CAPTURE.sub("", key):
            raise ValueError(f"{text!r}: a capture is a name in braces, such as switch:{{channel}}")
        parts = _CAPTURE.split(key)
        pattern = "".join(re.escape(part) if i % 2 == 0 else f"(?P<{part}>.+)" for i, part in enumerate(parts))
        return re.compile(pattern, re.DOTALL)
    if match["index"] is not None:
        return int(match["index"])
    if match["name"] is not None:
        return match["name"], match["is"]
    if not many:
        raise ValueError(f"{text!r}: only `readings` may lead to each item of an array; write [0] for the first")
    return None


def check_paths(paths: Sequence[str]) -> None:
    """Raise Mistake at the first text that is not a path."""
    for index, path in enumerate(paths):
        try:
            parse_path(path)
        except ValueError as error:
            raise Mistake(str(error), index) from error


def compile_path(text: str) -> Find:
    """A function that looks up the value at a path.

    Raises:
        ValueError: the text is not a path.
    """
    at_root, segments = parse_path(text)
    if not segments:
        return lambda element, _root: element
    if len(segments) == 1 and isinstance(segments[0], str):
        key = segments[0]
        if at_root:
            return lambda _element, root: root.get(key, MISSING) if type(root) is dict else MISSING
        return lambda element, _root: element.get(key, MISSING) if type(element) is dict else MISSING

    def find(element: Json, root: Json) -> Json:
        value = root if at_root else element
        for segment in segments:
            if type(segment) is str and type(value) is dict:
                value = value.get(segment, MISSING)
            else:
                value = follow(value, segment)
            if value is MISSING:
                return MISSING
        return value

    return find


def follow(value: Json, segment: Segment) -> Json:
    """The value to which one segment leads, or MISSING. It goes on in a text that is JSON."""
    if type(value) is str:
        value = entered(value)
    if type(segment) is str:
        return value.get(segment, MISSING) if type(value) is dict else MISSING
    if type(value) is not list:
        return MISSING
    if type(segment) is tuple:
        name, wanted = segment
        return next((item for item in value if type(item) is dict and _is(item.get(name), wanted)), MISSING)
    return value[segment] if type(segment) is int and -len(value) <= segment < len(value) else MISSING


def _is(value: Json, wanted: str) -> bool:
    return value == wanted or (type(value) is int and str(value) == wanted)


def compile_first(paths: Sequence[str]) -> Find:
    """A function that looks up the first value other than null at several paths; null if all found are null.

    Raises:
        ValueError: one of the texts is not a path.
    """
    finds = [compile_path(path) for path in paths]
    if len(finds) == 1:
        return finds[0]

    def find(element: Json, root: Json) -> Json:
        found = MISSING
        for each in finds:
            value = each(element, root)
            if value is not MISSING:
                found = value
                if value is not None:
                    break
        return found

    return find
