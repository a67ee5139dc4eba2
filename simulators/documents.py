"""YAML files read strictly: values as in YAML 1.2, no duplicate keys, and errors that name file and line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from simulators.errors import FileError

M = TypeVar("M", bound=BaseModel)
Location = tuple[str | int, ...]

_DEEPEST: Final = 30
_RESOLVERS: Final = [
    ("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$")),
    ("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$")),
    ("tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+\.[0-9]*(?:[eE][-+]?[0-9]+)?$")),
    ("tag:yaml.org,2002:null", re.compile(r"^(?:null|~|)$")),
]


class _Loader(yaml.SafeLoader):
    """YAML 1.2 scalars only: a tag UID of digits that begins with zero stays text, and so do `on`, `no` and dates."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.yaml_implicit_resolvers = {None: _RESOLVERS}


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file's data, and the line on which each part of it begins."""

    source: str
    data: object
    lines: Mapping[Location, int]

    def where(self, location: Location) -> str:
        """`file:line` of the part at `location`, or of the nearest part around it; without lines, the source alone."""
        if not self.lines:
            return self.source
        while location and location not in self.lines:
            location = location[:-1]
        return f"{self.source}:{self.lines.get(location, 1)}"


def load(path: Path, model: type[M]) -> M:
    """The file at `path` as a `model`; a `FileError` names the line and what is wrong there."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as exc:
        raise FileError(f"{path}: cannot be read: {exc.strerror or exc}") from exc
    except UnicodeDecodeError as exc:
        raise FileError(f"{path}: cannot be read: it is not UTF-8 text") from exc
    return check(parse(text, source=str(path)), model)


def parse(text: str, *, source: str) -> Document:
    """`text` as a document; `source` names it in errors."""
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        lines: dict[Location, int] = {}
        data = _build(loader, root, (), lines) if root is not None else None
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise FileError(f"{source}:{line}: this is not YAML: {exc.problem}") from exc
    except yaml.YAMLError as exc:
        raise FileError(f"{source}: this is not YAML: {exc}") from exc
    finally:
        loader.dispose()
    return Document(source, data, lines)


def check(document: Document, model: type[M]) -> M:
    """The document as a `model`."""
    try:
        return model.model_validate(document.data)
    except ValidationError as exc:
        found = exc.errors()
        # An error that only follows from one inside it, such as a list that is empty without its bad item, is left out.
        errors = [one for one in found if not any(_inside(other["loc"], one["loc"]) for other in found)]
        first = errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        at = _path(first["loc"])
        hint = _explain(first["type"], first["msg"])
        raise FileError(f"{document.where(first['loc'])}: {at + ': ' if at else ''}{hint}{more}") from exc


def _build(loader: _Loader, node: yaml.Node, at: Location, lines: dict[Location, int]) -> object:
    lines[at] = node.start_mark.line + 1
    if len(at) > _DEEPEST:
        raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=node.start_mark)
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, item, (*at, index), lines) for index, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        data: dict[str, object] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in data:
                raise yaml.MarkedYAMLError(problem=f"{key!r} is given twice", problem_mark=key_node.start_mark)
            data[key] = _build(loader, value_node, (*at, key), lines)
            lines[(*at, key)] = key_node.start_mark.line + 1
        return data
    value: Any = loader.construct_object(node)
    return value


def _inside(inner: Location, outer: Location) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _path(location: Location) -> str:
    """`devices[0].faults[1].at`"""
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return written.removeprefix(".")


def _explain(kind: str, message: str) -> str:
    match kind:
        case "extra_forbidden":
            return "this key is not known here; check its spelling"
        case "missing":
            return "this key is missing"
        case "model_type" | "model_attributes_type":
            return "there should be keys with their values here"
        case "string_type":
            return "this should be text; put it in quotes"
        case _:
            return message.removeprefix("Value error, ")
