"""YAML files read strictly, with the line and column of every key and value.

This module builds dicts and lists from the events of libyaml, because PyYAML's own constructors read YAML 1.1 (where
`off` is false and `12:30` is 750), accept a key twice, and drop positions. Scalars follow the core schema of YAML 1.2,
except that numbers with leading zeros, such as tag UIDs, stay text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from gateway.core.kernel.mistakes import Location
from gateway.site_files.problems import Problem

Scalar = str | int | float | bool | None
Position = tuple[int, int]
"""Line and column, from 1."""

_DEEPEST = 32
_SHOWN = 60
_PLAIN = re.compile(r"[A-Za-z][\w./-]*")
"""Texts that need no quotes."""
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONSTANTS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)")
_SCALAR = (str, int, float, bool, type(None))
_STR_TAG = "tag:yaml.org,2002:str"


class Table(dict[Scalar, object]):
    """A mapping that knows where its keys and values stand."""

    __slots__ = ("key_positions", "value_positions")

    def __init__(self) -> None:
        super().__init__()
        self.key_positions: dict[Scalar, Position] = {}
        self.value_positions: dict[Scalar, Position] = {}


class Series(list[object]):
    """A list that knows where its items stand."""

    __slots__ = ("positions",)

    def __init__(self) -> None:
        super().__init__()
        self.positions: list[Position] = []


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML file that holds a mapping."""

    file: Path
    root: Table

    def value(self, at: Location) -> object:
        """What stands at the location; None when nothing does."""
        return value_at(self.root, at)

    def position(self, at: Location, *, of_key: bool = False) -> Position:
        """Where the value at the location begins, or its key; of the nearest part around it when there is none.

        A text or list may stand for a mapping with one key, and a value for a list of one: such a key or index is
        skipped, and the position is that of the value.
        """
        value: object = self.root
        value_position = key_position = (1, 1)
        found = None
        for part in at:
            if (found := _part(value, part)) is not None:
                value, value_position, key_position = found
            elif isinstance(value, Table):
                break
        has_key = found is not None or isinstance(value, Table | Series)
        return key_position if of_key and has_key else value_position

    def problem(self, at: Location, what: str, hint: str = "", *, of_key: bool = False, excerpt: str = "") -> Problem:
        """A problem with what stands at the location."""
        return Problem(self.file, *self.position(at, of_key=of_key), what, hint, excerpt)


def value_at(value: object, at: Location) -> object:
    """What stands at the location inside a table or series; None when nothing does."""
    for part in at:
        found = _part(value, part)
        if found is None:
            return None
        value = found[0]
    return value


def _part(value: object, part: float | str) -> tuple[object, Position, Position] | None:
    """A part of a table or series, and where it and its key begin; None when there is no such part."""
    if isinstance(value, Table) and part in value:
        return value[part], value.value_positions[part], value.key_positions[part]
    if isinstance(value, Series) and isinstance(part, int) and part < len(value):
        return value[part], value.positions[part], value.positions[part]
    return None


def read_document(file: Path) -> tuple[Document | None, list[Problem]]:
    """The file's mapping, and what is wrong with the file as YAML. Without a document there is at least one problem."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        hint = "see that it is there and may be read"
        return None, [Problem(file, 1, 1, f"cannot be read: {error.strerror or error}", hint)]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        return None, [Problem(file, line, column, "this is not UTF-8 text", "save the file with the encoding UTF-8")]
    builder = _Builder(file)
    try:
        root = builder.build(text)
    except yaml.YAMLError as error:
        return None, [*builder.problems, _syntax_problem(file, text, error)]
    if isinstance(root, Table):
        return Document(file, root), builder.problems
    what = "the file is empty" if root is None else "this is not a mapping"
    return None, [*builder.problems, Problem(file, 1, 1, what, "write `key: value` lines")]


def _syntax_problem(file: Path, text: str, error: yaml.YAMLError) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        context = f" {error.context}" if error.context else ""
        what = f"this is not YAML: {error.problem}{context}"
        hint = "indent with spaces, not with tabs" if _has_tab(text, line) else "check indentation, quotes and brackets"
        return Problem(file, line, column, what, hint)
    if isinstance(error, _TooDeep):
        return Problem(file, error.line, error.column, "this is nested too deeply", "close the brackets before it")
    # What remains is a character that YAML forbids. libyaml counts its position in bytes, so it is searched for.
    character, reason = getattr(error, "character", "?"), getattr(error, "reason", str(error))
    forbidden = chr(character) if isinstance(character, int) else character
    position = max(0, text.find(forbidden))
    line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
    what = f"the character U+{ord(forbidden):04X} cannot stand in YAML: {reason}"
    return Problem(file, line, column, what, "remove it")


def _has_tab(text: str, line: int) -> bool:
    lines = text.split("\n")
    near = lines[max(0, line - 2) : line]
    return any("\t" in each[: len(each) - len(each.lstrip())] for each in near)


@dataclass(slots=True)
class _Builder:
    """Builds one document from the parser's events."""

    file: Path
    problems: list[Problem] = field(default_factory=list)
    anchors: dict[str, object] = field(default_factory=dict)

    def build(self, text: str) -> object:
        """The root value; raises YAMLError when the text is no YAML."""
        events: Iterator[yaml.Event] = yaml.parse(text, Loader=_Loader)
        root: object = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self._note(event, "a second document begins here", "a file holds one; remove the line ---")
            elif isinstance(event, yaml.NodeEvent):
                value = self._value(event, events, 1)
                root = value if documents == 1 else root
        return root

    def _note(self, event: yaml.Event, what: str, hint: str) -> None:
        self.problems.append(Problem(self.file, *_begins(event), what, hint))

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> object:
        if isinstance(event, yaml.ScalarEvent):
            value: object = self._scalar(event)
        elif isinstance(event, yaml.AliasEvent):
            anchor = str(event.anchor)
            if anchor not in self.anchors:
                self._note(event, f"*{anchor} refers to nothing", f"mark what is meant with &{anchor} above")
            return self.anchors.get(anchor)
        elif depth > _DEEPEST:
            raise _TooDeep(*_begins(event))
        elif isinstance(event, yaml.MappingStartEvent):
            value = self._table(events, depth)
        else:
            value = self._series(events, depth)
        if isinstance(event, yaml.CollectionStartEvent) and event.tag is not None:
            self._note(event, f"the tag {event.tag} is not known here", "remove it")
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            self.anchors[event.anchor] = value
        return value

    def _series(self, events: Iterator[yaml.Event], depth: int) -> Series:
        series = Series()
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            series.positions.append(_begins(event))
            series.append(self._value(event, events, depth + 1))
        return series

    def _table(self, events: Iterator[yaml.Event], depth: int) -> Table:
        table = Table()
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._value(event, events, depth + 1)
            of_value = next(events)
            value = self._value(of_value, events, depth + 1)
            if not isinstance(key, _SCALAR):
                self._note(event, "a mapping or list cannot be a key", "write a name in front of the colon")
            elif key in table:
                line, column = table.key_positions[key]
                first = next(each for each in table if each == key)
                same = type(first) is type(key)
                what = (
                    f"the key {shown(key)} is given twice" if same else f"{shown(first)} and {shown(key)} are one here"
                )
                self._note(event, what, f"it stands already at {line}:{column}" if same else "keep one")
            else:
                table[key] = value
                table.key_positions[key] = _begins(event)
                table.value_positions[key] = _begins(of_value)
        return table

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        text: str = event.value
        if event.tag == _STR_TAG or (event.tag is None and not event.implicit[0]):
            return text
        if event.tag is not None and event.tag != "!":
            self._note(event, f"the tag {event.tag} is not known here", "remove it")
        return text if event.tag == "!" else _resolve(text)


def shown(value: object) -> str:
    """A value as YAML has it, cut short; texts in quotes, for numbers may be texts too."""
    text = "nothing" if value is None else _flow(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def in_yaml(value: object) -> str:
    """A value as one writes it in YAML, on one line."""
    return _flow(value, plain=_PLAIN)


def _flow(value: object, *, plain: re.Pattern[str] | None = None) -> str:
    if isinstance(value, dict):
        parts = (f"{_flow(key, plain=_PLAIN)}: {_flow(each, plain=_PLAIN)}" for key, each in value.items())
        return f"{{{', '.join(parts)}}}"
    if isinstance(value, list):
        return f"[{', '.join(_flow(each, plain=_PLAIN) for each in value)}]"
    if isinstance(value, str):
        return value if plain is not None and plain.fullmatch(value) else repr(value)
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)


class _TooDeep(yaml.YAMLError):
    """A collection is nested deeper than any of our files needs."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__()
        self.line, self.column = line, column


def _begins(event: yaml.Event) -> Position:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _resolve(text: str) -> Scalar:
    """What a plain scalar means in YAML 1.2."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _HEX.fullmatch(text):
        return int(text, 16)
    if _FLOAT.fullmatch(text):
        return float(text.replace(".", "") if text[-1] in "fF" else text)
    return text
