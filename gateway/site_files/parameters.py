"""The parameters of a site, put into the conditions of its rules."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from gateway.core.kernel.mistakes import Location
from gateway.core.kernel.names import NAME
from gateway.core.kernel.values import Value
from gateway.core.rules.groups.written import OF_CONDITIONS, MemberFunction
from gateway.core.rules.level import LevelSpec
from gateway.core.rules.parameters import UnknownParameter, with_parameters
from gateway.core.rules.rule import RuleSpec
from gateway.site_files.catalogue import Catalogues, Entry
from gateway.site_files.documents import Document, Table, shown
from gateway.site_files.problems import Problem, did_you_mean

_CONDITIONS = ("when", "clear_when")


def read_parameters(document: Document) -> tuple[dict[str, Value], list[Problem]]:
    """The parameters in the site file, and what is wrong with them."""
    table = document.root.get("parameters")
    if table is None:
        return {}, []
    if not isinstance(table, Table):
        return {}, [document.problem(("parameters",), "parameters: this is not a mapping", "write {night_setback: 18}")]
    found, problems = dict[str, Value](), list[Problem]()
    for key, value in table.items():
        at = ("parameters", str(key))
        if not isinstance(key, str) or not NAME.fullmatch(key):
            hint = "use lower-case letters, digits and _, starting with a letter"
            problems.append(document.problem(at, f"{shown(key)} is not a name", hint, of_key=True))
        elif not isinstance(value, bool | int | float | str) or (isinstance(value, float) and not math.isfinite(value)):
            what = f"{key}: {shown(value)} is no value"
            problems.append(document.problem(at, what, "write true, false, a number or a text"))
        else:
            found[key] = value
    return found, problems


def apply_parameters(catalogues: Catalogues, parameters: Mapping[str, Value]) -> Iterator[Problem]:
    """Put the values into the conditions of all rules; return what is wrong with these.

    A rule that names a parameter which the site does not have is left out, and known all the same.
    """
    for rules in (catalogues.own_rules, catalogues.shipped_rules):
        for name, entry in [*rules.entries.items()]:
            try:
                changed = _changes(entry.spec, parameters) | _changes_of_group(entry.spec, parameters)
                levels = tuple(
                    level.model_copy(update=_changes(level, parameters, ("levels", index)))
                    for index, level in enumerate(entry.spec.levels)
                )
            except _Unknown as error:
                yield _problem(entry, error, parameters)
                del rules.entries[name]
                continue
            if changed or levels != entry.spec.levels:
                rules.entries[name] = replace(entry, spec=entry.spec.model_copy(update={**changed, "levels": levels}))


class _Unknown(Exception):
    """Where a condition names a parameter that is not there."""

    def __init__(self, at: Location, cause: UnknownParameter) -> None:
        super().__init__(str(cause))
        self.at = at
        self.cause = cause


def _changes(spec: RuleSpec | LevelSpec, parameters: Mapping[str, Value], at: Location = ()) -> dict[str, Any]:
    """The conditions that name parameters, by key, with the values in their place."""
    changed: dict[str, Any] = {}
    for key in _CONDITIONS:
        text = getattr(spec, key)
        try:
            if text and (filled := with_parameters(text, parameters)) != text:
                changed[key] = filled
        except UnknownParameter as error:
            raise _Unknown((*at, key), error) from error
    return changed


def _changes_of_group(spec: RuleSpec, parameters: Mapping[str, Value]) -> dict[str, Any]:
    """The same of the conditions on members: `at_least`, and functions of `let`."""
    changed: dict[str, Any] = {}
    if spec.at_least is not None:
        filled = _filled(spec.at_least.when, parameters, ("at_least", "when"))
        if filled != spec.at_least.when:
            changed["at_least"] = spec.at_least.model_copy(update={"when": filled})
    let = dict(spec.let)
    for name, each in spec.let.items():
        if isinstance(each, MemberFunction) and each.function in OF_CONDITIONS:
            condition = _filled(getattr(each, each.function), parameters, ("let", name, each.function))
            let[name] = each.model_copy(update={each.function: condition})
    return changed if let == spec.let else changed | {"let": let}


def _filled(condition: str | dict[str, str], parameters: Mapping[str, Value], at: Location) -> str | dict[str, str]:
    """A condition on members with the values in place of parameters, or one for each profile."""
    filled: dict[str, str] = {}
    for profile, text in ({"": condition} if isinstance(condition, str) else condition).items():
        try:
            filled[profile] = with_parameters(text, parameters)
        except UnknownParameter as error:
            raise _Unknown((*at, profile) if profile else at, error) from error
    return filled[""] if isinstance(condition, str) else filled


def _problem(entry: Entry[RuleSpec], error: _Unknown, parameters: Mapping[str, Value]) -> Problem:
    sentence, _, excerpt = str(error.cause).partition("\n")
    hint = did_you_mean(error.cause.name, parameters, kind="parameters")
    what = f"{error.at[-1]} of {entry.spec.id}: {sentence}"
    return entry.document.problem((*entry.at, *error.at), what, hint, excerpt=excerpt)
