"""Warnings of levels of a rule that are upside down: a worse one that is reached before a milder one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from gateway.core.kernel.urgency import rank
from gateway.core.kernel.values import exact
from gateway.core.rules.limits import Limit, Scope, limit_of
from gateway.core.rules.syntax import Call
from gateway.site_files.problems import Problem
from gateway.site_files.rule_checks import Checked


def check_levels(rules: Sequence[Checked]) -> Iterator[Problem]:
    """Levels that are one comparison of one metric each, of which the worse is easier to reach.

    Where the worse one waits longer it may be meant so: a smaller excess that lasts is as bad.
    """
    by_rule: dict[str, list[Checked]] = {}
    for rule in rules:
        by_rule.setdefault(rule.entry.spec.id, []).append(rule)
    for levels in by_rule.values():
        for milder, worse in combinations(sorted(levels, key=lambda each: -rank(each.rule.spec.severity)), 2):
            if worse.rule.on_delay <= milder.rule.on_delay and (found := _upside_down(worse, milder)) is not None:
                easy, hard = found
                what = (
                    f"{worse.rule.spec.severity} of {worse.entry.spec.id}, {easy.metric} {easy.operator}"
                    f" {exact(easy.value)}, is reached before {milder.rule.spec.severity}, {hard.metric}"
                    f" {hard.operator} {exact(hard.value)}, which is never told"
                )
                yield worse.entry.warning(what, "exchange the limits", at=worse.at("when"))


def _upside_down(worse: Checked, milder: Checked) -> tuple[Limit, Limit] | None:
    """The limits of both, for the first device for which they are the wrong way round."""
    for scope, _devices in worse.scopes():
        easy, hard = _limit(worse, scope), _limit(milder, scope)
        if easy is None or hard is None or easy.metric != hard.metric:
            continue
        first, second = easy.value, hard.value
        if not (isinstance(first, float) and isinstance(second, float)):
            continue
        signs = {easy.operator[0], hard.operator[0]}
        if (signs == {">"} and first < second) or (signs == {"<"} and first > second):
            return easy, hard
    return None


def _limit(rule: Checked, scope: Scope) -> Limit | None:
    return limit_of(rule.when, scope) if isinstance(rule.when, Call) else None
