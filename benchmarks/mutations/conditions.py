"""Changes of one thing in a condition, by its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
    r"""|(?P<number>\d+\.\d+|\d+)"""
    r"""|(?P<name>[A-Za-z_][\w.]*)"""
    r"""|(?P<operator><=|>=|==|!=|&&|\|\||<|>|!)"""
)
_OTHERS = {
    "<": ("<=", ">"),
    "<=": ("<", ">="),
    ">": (">=", "<"),
    ">=": (">", "<="),
    "==": ("!=",),
    "!=": ("==",),
    "&&": ("||",),
    "||": ("&&",),
    "!": ("",),
}
"""Strict for not strict, and the other way round."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A changed text."""

    text: str
    marked: str
    """For people: the same with the change in brackets, `flow [> → >=] flow_high`."""


def condition_mutants(condition: str) -> Iterator[Changed]:
    """The condition with one operator or number changed, a negation removed, and as a whole negated."""
    for token in _TOKEN.finditer(condition):
        others: tuple[str, ...] = ()
        if token["number"]:
            others = number_mutants(token["number"])
        elif token["operator"]:
            others = _OTHERS[token["operator"]]
        before, after = condition[: token.start()], condition[token.end() :]
        for other in others:
            yield Changed(before + other + after, f"{before}[{token[0]} → {other}]{after}")
    yield Changed(f"!({condition})", f"[!]({condition})")


def number_mutants(written: str) -> tuple[str, str]:
    """A tenth less and more; of a whole number at least one."""
    if "." in written or "e" in written:
        value = float(written)
        return repr(round(value * 0.9, 12)), repr(round(value * 1.1, 12))
    whole = int(written)
    step = max(1, round(abs(whole) / 10))
    return str(whole - step), str(whole + step)


def names_of(condition: str) -> frozenset[str]:
    """The names that stand in a condition, of metrics, attributes and functions alike."""
    return frozenset(token["name"] for token in _TOKEN.finditer(condition) if token["name"])
