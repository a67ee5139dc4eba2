"""Paths into a JSON document: `ENERGY.Total`, `rxInfo[0].rssi`, `d[tag=Pump1].value`, `params.switch:{channel}`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from gateway.core.kernel.values import Json

MISSING: Final = object()
"""What a path finds where nothing stands; null is something."""

NONE: Final = object()
"""What a path to several elements finds in an empty list: nothing to tell, which is something else than MISSING."""

WHOLE = "."
"""The path of the element itself."""

_STEP = re.compile(
    r'"(?P<quoted>[^"]+)"|(?P<key>[^.\[\]"]+)|\[(?P<index>-?\d+)?\]|\[(?P<name>[^=\]]+)=(?P<is>[^\]]*)\]'
)
_CAPTURE = re.compile(r"\{([a-z_]+)\}")

Find = Callable[[Json, Json], Json]
"""Given an element and the whole document, what stands at the path, or MISSING."""

Key = str | int | re.Pattern[str] | tuple[str, str] | None
"""A key, an index, a pattern of keys with captures, the key and value that an item has, or None for each item."""


def parse_path(text: str, *, many: bool = False) -> tuple[bool, tuple[Key, ...]]:
    """Whether a path starts at the root of the document, and its steps.

    Args:
        many: whether it may lead to several elements, by `[]` or by captures in a key.

    Raises:
        ValueError: it is no path.
    """
    if text == WHOLE:
        return False, ()
    at_root = text.startswith("$.")
    rest = text.removeprefix("$.")
    steps: list[Key] = []
    position = 0
    while position < len(rest):
        match = _STEP.match(rest, position)
        if match is None:
            break
        steps.append(_key(match, text, many=many))
        position = match.end()
        if position < len(rest) and rest[position] == ".":
            position += 1
            if position == len(rest):
                break
        elif position < len(rest) and rest[position] != "[":
            break
    else:
        if steps:
            return at_root, tuple(steps)
    raise ValueError(f'{text!r} is not a path: write keys with dots between, such as data.items[0].value or data."a.b"')


def _key(match: re.Match[str], text: str, *, many: bool) -> Key:
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


def compile_path(text: str) -> Find:
    """A function that looks up one value.

    Raises:
        ValueError: it is no path.
    """
    at_root, steps = parse_path(text)
    if not steps:
        return lambda element, _root: element
    if len(steps) == 1 and isinstance(steps[0], str):
        key = steps[0]
        if at_root:
            return lambda _element, root: root.get(key, MISSING) if type(root) is dict else MISSING
        return lambda element, _root: element.get(key, MISSING) if type(element) is dict else MISSING

    def find(element: Json, root: Json) -> Json:
        value = root if at_root else element
        for step in steps:
            value = _step(value, step)
            if value is MISSING:
                return MISSING
        return value

    return find


def _step(value: Json, step: Key) -> Json:
    if type(step) is str:
        return value.get(step, MISSING) if type(value) is dict else MISSING
    if type(value) is not list:
        return MISSING
    if type(step) is tuple:
        name, wanted = step
        return next((item for item in value if type(item) is dict and _is(item.get(name), wanted)), MISSING)
    return value[step] if type(step) is int and -len(value) <= step < len(value) else MISSING


def _is(value: Json, wanted: str) -> bool:
    return value == wanted or (type(value) is int and str(value) == wanted)


def compile_first(paths: Sequence[str]) -> Find:
    """Looks up the first of several paths that leads to something; null where all that is there is null.

    Raises:
        ValueError: one is no path.
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


def compile_paths(text: str) -> Callable[[Json], Iterator[tuple[Json, dict[str, str]]]]:
    """A function that gives each element to which a path leads, with what its keys captured.

    Raises:
        ValueError: it is no path.
    """
    _, steps = parse_path(text, many=True)

    def find(root: Json) -> Iterator[tuple[Json, dict[str, str]]]:
        yield from _follow(root, steps, {})

    return find


def _follow(value: Json, steps: tuple[Key, ...], captured: dict[str, str]) -> Iterator[tuple[Json, dict[str, str]]]:
    if not steps:
        yield value, captured
        return
    step, rest = steps[0], steps[1:]
    if step is None:
        if type(value) is list:
            if not value:
                yield NONE, captured
            for item in value:
                yield from _follow(item, rest, captured)
    elif isinstance(step, re.Pattern):
        if type(value) is dict:
            for key, item in value.items():
                if match := step.fullmatch(key):
                    yield from _follow(item, rest, captured | match.groupdict())
    elif (item := _step(value, step)) is not MISSING:
        yield from _follow(item, rest, captured)


def captures_of(text: str) -> frozenset[str]:
    """The names that a path of `readings` captures."""
    return frozenset(
        name for step in parse_path(text, many=True)[1] if isinstance(step, re.Pattern) for name in step.groupindex
    )
