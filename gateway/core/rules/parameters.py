"""Parameters of the site in conditions: `site.night_setback` stands for a value of the site file."""

from __future__ import annotations

import json
from collections.abc import Mapping

from gateway.core.kernel.errors import ConditionError
from gateway.core.kernel.values import Value, exact
from gateway.core.rules.expressions import TOKEN, with_caret

SITE = "site"
"""The name behind whose dot a parameter stands."""


class UnknownParameter(ConditionError):
    """A condition names a parameter that the site does not have."""

    def __init__(self, name: str, text: str, offset: int) -> None:
        super().__init__(with_caret(f"the site has no parameter {name!r}", text, offset))
        self.name = name


def with_parameters(text: str, parameters: Mapping[str, Value]) -> str:
    """The condition with the values of the parameters in place of their names, as one would write them there.

    Raises:
        UnknownParameter: it names another one.
    """
    parts, position = list[str](), 0
    for match in TOKEN.finditer(text):
        before, behind = text[: match.start()][-1:], text[match.end() :][:1]
        if match.start() < position or match["name"] != SITE or before == "." or behind != ".":
            continue
        name = TOKEN.match(text, match.end() + 1)
        if name is None or name["name"] is None:
            continue
        if name["name"] not in parameters:
            raise UnknownParameter(name["name"], text, match.start())
        parts += text[position : match.start()], _literal(parameters[name["name"]])
        position = name.end()
    return "".join((*parts, text[position:]))


def _literal(value: Value) -> str:
    """A value as it stands in a condition."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else exact(value)
