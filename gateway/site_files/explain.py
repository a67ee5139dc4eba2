"""What pydantic finds wrong with a part of a document, as problems at the offending key or value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from gateway.core.kernel.mistakes import Location, place_of
from gateway.core.kernel.texts import Text
from gateway.core.profiles.bindings import Source, TimeSource
from gateway.site_files.documents import Document, Series, Table, in_yaml, shown, value_at
from gateway.site_files.problems import Problem, did_you_mean

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

_CHOICES = re.compile(r"'([^']*)'")
_SCALARS = {"bool", "int", "float", "str"}
_WRONG_KIND = {
    *("model_type", "model_attributes_type", "dict_type", "tuple_type", "list_type", "literal_error"),
    *("bool_type", "int_type", "float_type", "string_type"),
}
_LIMITS = {"greater_than_equal": ("ge", "less", "more"), "less_than_equal": ("le", "more", "less")}

_A_LIST = "write [a, b], or one item a line, each after a dash"
_SINGLE = "not a single value"
_CONDITION = "no value to compare with"
_EXPECTED = "nothing that can be expected"
_OTHERWISE_CALLED = {
    **dict.fromkeys(("average", "avg", "ave"), "mean"),
    "maximum": "max",
    "minimum": "min",
    "total": "sum",
    "last": "previous",
    "duration": "time_in",
    **dict.fromkeys(("delta", "diff", "difference"), "change"),
    **dict.fromkeys(("derivative", "gradient", "trend"), "slope"),
    **dict.fromkeys(("within", "window"), "over"),
}
"""Keys of derived values, as other products call them."""
_HINTS = {
    _SINGLE: "write true, false, a number or a text",
    _CONDITION: "write a value, a list of values, or {present: true}",
    _EXPECTED: "write {device: …, values: …}, a list of such, rejected or ignored",
}


def validate(
    document: Document, at: Location, model: type[M], *, stand_ins: Mapping[str, object] | None = None
) -> tuple[M | None, list[Problem]]:
    """The part of the document as a model, and what is wrong with it.

    With `stand_ins` a model with some invalid keys is returned all the same, with the stand-ins for these or without
    them, so that the rest can be checked further. Without a model there is at least one problem.
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
    except ValidationError:  # reported already
        return None, problems


@dataclass(frozen=True, slots=True)
class _Finding:
    """An error of pydantic, and where in the document it is."""

    details: ErrorDetails
    inside: Location
    of_key: bool
    branches: tuple[tuple[Location, str], ...]
    """Each union on the way, by its place, and which of its branches this is about."""


def _problems(error: ValidationError, document: Document, at: Location, model: type[BaseModel]) -> Iterator[Problem]:
    value = document.value(at)
    findings = _without_misspelt([_finding(details, value) for details in error.errors(include_url=False)])
    for inside, found in _of_unions(findings, value, 0):
        if isinstance(found, str):
            what, hint = f"{_name(inside)}{shown(value_at(value, inside))} is {found}", _HINTS[found]
            if found == _EXPECTED and (example := _example(model, inside)):
                what, hint = what.replace(found, "not what is needed here"), f"write it{example}"
            yield document.problem((*at, *inside), what, hint)
            continue
        details = found.details
        if details["type"] == "too_short" and details["input"]:
            continue  # its items are wrong, and each is reported
        if details["type"] == "value_error":
            mistake = details["ctx"]["error"]
            part, of_key = place_of(mistake)
            yield document.problem((*at, *inside, *part), str(mistake), of_key=of_key or found.of_key)
            continue
        what, hint = _explain(details, inside, model)
        yield document.problem((*at, *inside), what, hint, of_key=found.of_key)


def _without_misspelt(findings: list[_Finding]) -> list[_Finding]:
    """Without missing keys that stand there misspelt."""
    unknown = [each.inside for each in findings if each.details["type"] == "extra_forbidden"]
    return [
        each
        for each in findings
        if each.details["type"] != "missing"
        or not any(
            inside[:-1] == each.inside and did_you_mean(inside[-1], [str(each.details["loc"][-1])]).startswith("did")
            for inside in unknown
        )
    ]


def _of_unions(findings: list[_Finding], value: object, depth: int) -> Iterator[tuple[Location, _Finding | str]]:
    """What to report: of a union only the errors of the branch that was meant, or a text where none was."""
    unions: dict[Location, list[_Finding]] = {}
    for finding in findings:
        if len(finding.branches) <= depth:
            yield finding.inside, finding
        else:
            unions.setdefault(finding.branches[depth][0], []).append(finding)
    for inside, members in unions.items():
        of_branches: dict[str, list[_Finding]] = {}
        for finding in members:
            of_branches.setdefault(finding.branches[depth][1], []).append(finding)
        given = value_at(value, inside)
        meant = next((each for each in of_branches.values() if _is_meant(each, inside, given, depth)), None)
        if meant is not None:
            yield from _of_unions(meant, value, depth + 1)
        else:
            yield inside, _SINGLE if of_branches.keys() <= _SCALARS else _CONDITION if "when" in inside else _EXPECTED


def _is_meant(branch: list[_Finding], inside: Location, given: object, depth: int) -> bool:
    """Whether the value has at least the type of this branch of a union."""
    for finding in branch:
        kind, ends = finding.details["type"], finding.inside == inside
        if ends and kind == "literal_error":
            return isinstance(given, str)
        if ends and len(finding.branches) == depth + 1 and kind in _WRONG_KIND:
            return False
    return True


def _finding(details: ErrorDetails, value: object) -> _Finding:
    """The error at the place to which pydantic's location leads; names of branches of unions are skipped."""
    inside: list[int | float | str] = []
    branches: list[tuple[Location, str]] = []
    of_key = details["type"] == "extra_forbidden"
    for index, part in enumerate(loc := details["loc"]):
        if part == "[key]":
            of_key = True
        elif isinstance(value, Table):
            # Pydantic names keys by their text, and true by 1.
            key = next((key for key in value if key == part or str(key) == str(part)), None)
            if isinstance(key, str | int | float):
                value = value[key]
                inside.append(key)
            elif isinstance(part, str) and not (details["type"] == "missing" and index == len(loc) - 1):
                branches.append((tuple(inside), part))
        elif isinstance(value, Series) and isinstance(part, int):
            if part < len(value):
                value = value[part]
                inside.append(part)
        elif isinstance(part, str):
            branches.append((tuple(inside), part))
        # Else a model has made a list of a single value.
    return _Finding(details, tuple(inside), of_key, tuple(branches))


def _explain(details: ErrorDetails, inside: Location, model: type[BaseModel]) -> tuple[str, str]:
    kind, given, context = details["type"], details["input"], details.get("ctx", {})
    name = _name(inside)
    if kind == "extra_forbidden":
        known, key = [*_keys_at(model, inside[:-1])], str(inside[-1])
        meant = _OTHERWISE_CALLED.get(key)
        hint = f"did you mean {meant!r}?" if meant in known else did_you_mean(key, known, kind="keys")
        return f"unknown key {key!r}", hint
    if kind == "missing" and isinstance(item := details["loc"][-1], int):
        return f"{name}item {item + 1} is missing", "add it"
    if kind == "missing":
        return f"the key {str(details['loc'][-1])!r} is missing{_in(inside)}", "add it"
    if kind in ("enum", "literal_error"):
        choices = _CHOICES.findall(str(context["expected"]))
        near = did_you_mean(given, choices)
        hint = near if near.startswith("did") else "write one of them"
        return f"{name}{shown(given)} is none of {', '.join(choices)}", hint
    if kind == "too_long":
        hint = f"write {context['max_length']} items{_example(model, inside)}"
        return f"{name}{shown(given)} is too long", hint
    if kind in _LIMITS:
        key, beyond, right = _LIMITS[kind]
        return f"{name}{shown(given)} is {beyond} than {context[key]}", f"write {context[key]} or {right}"
    if kind in _WANTED:
        what, hint = _WANTED[kind](given, model, inside)
        return f"{name}{shown(given)} is {what}", hint
    return f"{name}{shown(given)}: {details['msg']}", ""


def _not_text(given: object, model: type[BaseModel], inside: Location) -> tuple[str, str]:
    return "not text", "put it in quotes" if isinstance(
        given, bool | int | float
    ) else f"write text{_example(model, inside)}"


def _not_a_table(given: object, model: type[BaseModel], inside: Location) -> tuple[str, str]:
    found = _model_at(model, inside)
    if found is Text:
        return "not a text by language", "write {en: …, zh: …}"
    if found is Source:
        name = inside[-1] if inside else "value"
        always = f", or {{const: {shown(given)}}}" if isinstance(given, bool | int | float) else ""
        return "not where a value stands", f"write a path, such as data.{name}{always}"
    if found is TimeSource:
        return "not where a time stands", "write a path, such as ts, or {path: Time, zone: site}"
    if keys := list(_keys_at(model, inside)):
        return "not a mapping", f"write {{{', '.join(f'{key}: …' for key in keys[:3])}}}"
    return "not a mapping", f"write `key: value`{_example(model, inside)}"


def _not_a_list(given: object, model: type[BaseModel], inside: Location) -> tuple[str, str]:
    return "not a list", f"write one{example}" if (example := _example(model, inside)) else _A_LIST


def _empty(_given: object, model: type[BaseModel], inside: Location) -> tuple[str, str]:
    return "empty", f"at least one is needed{_example(model, inside)}"


def _example(model: type[BaseModel], inside: Location) -> str:
    """What may stand there, in YAML, where the model gives an example."""
    parent, name = _model_at(model, inside[:-1]), str(inside[-1]) if inside else ""
    field = (
        next((each for key, each in parent.model_fields.items() if name in (key, each.alias)), None) if parent else None
    )
    return f", such as {in_yaml(field.examples[0])}" if field is not None and field.examples else ""


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
    "bool_type": _not("true or false", "write one of them"),
    "bool_parsing": _not("true or false", "write one of them"),
    "int_type": _not("a whole number", "write digits alone, such as 12"),
    "int_parsing": _not("a whole number", "write digits alone, such as 12"),
    "int_from_float": _not("a whole number", "write digits alone, such as 12"),
    "float_type": _not("a number", "write it alone, such as 12.5"),
    "float_parsing": _not("a number", "write it alone, such as 12.5"),
    "invalid_key": _not("a name", "put it in quotes"),
}


def _name(inside: Location) -> str:
    names = [part for part in inside if isinstance(part, str)]
    return f"{names[-1]}: " if names else ""


def _in(inside: Location) -> str:
    names = [part for part in inside if isinstance(part, str)]
    return f" in {names[-1]}" if names else ""


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
    if get_origin(annotation) in (tuple, list):  # of which one may stand alone
        annotation = _plain(get_args(annotation)[0])
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _plain(annotation: Any) -> Any:  # noqa: ANN401 — any annotation of a model
    """Without what makes it optional or checks it further."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return next((_plain(each) for each in get_args(annotation) if each is not type(None)), None)
    return annotation
