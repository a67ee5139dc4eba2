"""Which rules of a site bear on what a test compares: the others need not be evaluated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gateway.authoring.histories.doing import Deed
from gateway.authoring.histories.spec import HistorySpec
from gateway.core.configuration import Configuration
from gateway.core.rules.trouble import TROUBLE


def bearing_on(spec: HistorySpec, configuration: Configuration) -> Configuration:
    """The site with the rules under test, those with which people do something, and all that inhibit one of these.

    It is the whole site where a test compares all rules, and where `trouble` matters: that of a device depends on what
    all its rules read.
    """
    if not spec.rules:
        return configuration
    causes = {rule.id: rule.spec.inhibited_by for rule in configuration.rules}
    near, ways = set[str](), [*spec.rules, *_rules_in(spec.do)]
    while ways:
        rule = ways.pop()
        if rule not in near:
            near.add(rule)
            ways.extend(causes.get(rule, ()))
    if TROUBLE in near:
        return configuration
    return replace(configuration, rules=tuple(rule for rule in configuration.rules if rule.id in near))


def _rules_in(deeds: Iterable[Deed]) -> Iterable[str]:
    """The rules that stand in deeds, as RULE or RULE/SUBJECT; a device's id among them does no harm."""
    return (value.partition("/")[0] for deed in deeds if isinstance(value := getattr(deed, deed.kind), str))
