"""What pydantic finds wrong with a part of a document, as problems at the offending key or value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from gateway.core.texts import Text
from gateway.library.documents import Document, Location, Series, Table
from gateway.library.problems import Problem, did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

_CHOICES = re.compile(r"'([^']*)'")


def validate(
    document: Document, at: Location, model: type[M], *, stand_ins: Mapping[str, object] | None = None
) -> tuple[M | None, list[Problem]]:
    """The part of the document as a model, and what is wrong with it.

    With `stand_ins` a model whose keys are wrong only in part is there all the same, without these or with what stands
    in for them, so that the rest can be looked into further. Without a model there is at least one problem.
    """
    value = document.value(at)
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        problems = list(_problems(error, document, at, model))
        wrong = {str(details["loc"][0]) for details in error.errors(include_url=False) if details["loc"]}
    if stand_ins is None or not isinstance(value, Table) or not wrong:
        return None, problems
    right = {str(key): part for key, part in value.items() if str(key) not in wrong}
    right |= {key: part for key, part in stand_ins.items() if key not in right}
    try:
        return model.model_validate(right), problems
    except ValidationError:  # told already
        return None, problems


def _problems(error: ValidationError, document: Document, at: Location, model: type[BaseModel]) -> Iterator[Problem]:
    unions = set()
    for details in error.errors(include_url=False):
        if details["type"] == "too_short" and details["input"]:
            continue  # its items are wrong, each of which is told
        inside, of_key, rest = _follow(document.value(at), details["loc"])
        if rest and details["type"] != "missing":
            # The branches of a union that the value fits none of: told once.
            if inside not in unions:
                unions.add(inside)
                what = f"{_name(inside)}{_shown(details['input'])} is not a single value"
                yield document.problem((*at, *inside), what, "write true, false, a number or a text")
            continue
        of_key = of_key or details["type"] == "extra_forbidden"
        what, hint = _explain(details, inside, model)
        yield document.problem((*at, *inside), what, hint, of_key=of_key)


def _follow(value: object, loc: tuple[int | str, ...]) -> tuple[Location, bool, tuple[int | str, ...]]:
    """How far a pydantic location leads into the value, whether to a key, and what is left of it."""
    inside: list[int | str] = []
    for index, part in enumerate(loc):
        if part == "[key]":
            return tuple(inside), True, ()
        if isinstance(value, Table):
            # Pydantic names keys that are numbers by their text.
            key = next((key for key in value if str(key) == str(part)), None)
            if not isinstance(key, str | int):
                return tuple(inside), False, loc[index:]
            value = value[key]
            inside.append(key)
        elif isinstance(value, Series) and isinstance(part, int) and part < len(value):
            value = value[part]
            inside.append(part)
        else:
            return tuple(inside), False, loc[index:]
    return tuple(inside), False, ()


def _explain(details: ErrorDetails, inside: Location, model: type[BaseModel]) -> tuple[str, str]:
    kind, given, context = details["type"], details["input"], details.get("ctx", {})
    name = _name(inside)
    if kind == "extra_forbidden":
        known = _keys_at(model, inside[:-1])
        return f"unknown key {str(inside[-1])!r}", did_you_mean(inside[-1], known, kind="keys")
    if kind == "missing" and isinstance(item := details["loc"][-1], int):
        return f"{name}item {item + 1} is missing", "add it"
    if kind == "missing":
        return f"the key {str(details['loc'][-1])!r} is missing{_in(inside)}", "add it"
    if kind in ("enum", "literal_error"):
        choices = _CHOICES.findall(str(context["expected"]))
        return f"{name}{_shown(given)} is none of {', '.join(choices)}", did_you_mean(given, choices, kind="values")
    if kind == "value_error":
        return str(context["error"]), ""
    if kind == "too_long":
        return f"{name}{_shown(given)} is too long", f"write {context['max_length']} items"
    if kind in _WANTED:
        what, hint = _WANTED[kind](given, model, inside)
        return f"{name}{_shown(given)} is {what}", hint
    return f"{name}{_shown(given)}: {details['msg']}", ""


def _not_text(given: object, _model: type[BaseModel], _inside: Location) -> tuple[str, str]:
    return "not text", "put it in quotes" if isinstance(given, bool | int | float) else "write text"


def _not_a_table(given: object, model: type[BaseModel], inside: Location) -> tuple[str, str]:
    if _model_at(model, inside) is Text:
        return "not a text by language", "write {en: …, zh: …}"
    keys = list(_keys_at(model, inside))
    return "not a mapping", f"write {{{', '.join(f'{key}: …' for key in keys[:3])}}}" if keys else "write `key: value`"


def _not_a_list(given: object, _model: type[BaseModel], _inside: Location) -> tuple[str, str]:
    return "not a list", "write [a, b], or one item a line, each after a dash"


def _empty(_given: object, _model: type[BaseModel], _inside: Location) -> tuple[str, str]:
    return "empty", "at least one is needed"


def _not(what: str, hint: str = "") -> Callable[[object, type[BaseModel], Location], tuple[str, str]]:
    return lambda _given, _model, _inside: (f"not {what}", hint)


_WANTED: Mapping[str, Callable[[object, type[BaseModel], Location], tuple[str, str]]] = {
    "string_type": _not_text,
    "model_type": _not_a_table,
    "model_attributes_type": _not_a_table,
    "dict_type": _not_a_table,
    "tuple_type": _not_a_list,
    "list_type": _not_a_list,
    "too_short": _empty,
    "string_too_short": _empty,
    "bool_type": _not("true or false"),
    "bool_parsing": _not("true or false"),
    "int_type": _not("a whole number"),
    "int_parsing": _not("a whole number"),
    "int_from_float": _not("a whole number"),
    "float_type": _not("a number"),
    "float_parsing": _not("a number"),
    "invalid_key": _not("a name", "put it in quotes"),
}


def _name(inside: Location) -> str:
    names = [part for part in inside if isinstance(part, str)]
    return f"{names[-1]}: " if names else ""


def _in(inside: Location) -> str:
    names = [part for part in inside if isinstance(part, str)]
    return f" in {names[-1]}" if names else ""


def _shown(value: object) -> str:
    text = "nothing" if value is None else "true" if value is True else "false" if value is False else repr(value)
    return text if len(text) <= 60 else text[:60] + "…"


def _keys_at(model: type[BaseModel], inside: Location) -> Iterator[str]:
    found = _model_at(model, inside)
    if found is not None:
        for name, field in found.model_fields.items():
            yield field.alias or name


def _model_at(model: type[BaseModel], inside: Location) -> type[BaseModel] | None:
    """The model that describes the mapping at this location, if a model does."""
    annotation: Any = model
    for part in inside:
        annotation = _plain(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            fields = {field.alias or name: field for name, field in annotation.model_fields.items()}
            annotation = fields[str(part)].annotation if part in fields else None
        elif get_origin(annotation) is dict:
            annotation = get_args(annotation)[1]
        elif get_origin(annotation) in (tuple, list):
            annotation = get_args(annotation)[0]
        else:
            return None
    annotation = _plain(annotation)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _plain(annotation: Any) -> Any:  # noqa: ANN401 — any annotation of a model
    """Without what makes it optional or checks it further."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return next((_plain(each) for each in get_args(annotation) if each is not type(None)), None)
    return annotation
