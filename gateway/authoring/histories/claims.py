"""What a test says of alarms, tickets and events, in words, and the words for what has become of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.builtin import BUILTIN_IDS, BuiltinRule
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.configuration import Configuration
from gateway.core.kernel.subjects import GATEWAY, Subject
from gateway.core.kernel.urgency import Priority, Severity
from gateway.core.rules.groups.grouping import groups_of
from gateway.core.rules.rule import RuleSpec
from gateway.core.rules.silence import SILENT
from gateway.core.rules.trouble import TROUBLE
from gateway.core.site.site import Site
from gateway.core.work.tickets import Ticket
from gateway.site_files.problems import did_you_mean

STEPS: Mapping[Step, str] = {
    Step.RAISE: "raised",
    Step.RETURN: "returned",
    Step.ACKNOWLEDGE: "acknowledged",
    Step.RESET: "reset",
    Step.REMOVE: "removed",
    Step.SUPPRESS: "suppressed",
    Step.FALL: "fell",
}
"""The words for the steps of an alarm."""
_NOT_IN_TESTS = {str(each) for each in BuiltinRule} - {BuiltinRule.GATEWAY_BLIND}
"""Alarms about the gateway itself that nothing in a test leads to."""
_STATES = tuple(state.value for state in State if state is not State.NORMAL)


@dataclass(frozen=True, slots=True)
class Words:
    """How alarms of a site are named."""

    configuration: Configuration
    rules: frozenset[str]
    """The ids of its rules, and of those that are built in."""
    with_levels: frozenset[str]
    """The rules whose alarms have a severity of their level."""

    @classmethod
    def of(cls, configuration: Configuration) -> Words:
        """The words of this site."""
        every = configuration.every_rule
        rules = frozenset(rule.id for rule in every) | frozenset(str(each) for each in BUILTIN_IDS)
        return cls(configuration, rules, frozenset(rule.id for rule in every if rule.key != rule.id))

    def alarm(self, record: AlarmRecord) -> str:
        """An alarm as it stands."""
        return self._with_level(
            f"{record.rule}/{record.subject.level} {record.state.value}", record.rule, record.severity
        )

    def ticket(self, ticket: Ticket, rule: str) -> str:
        """A ticket that the alarm of a rule has opened."""
        return f"{ticket.priority} {rule}/{ticket.subject.level}"

    def event(self, content: Mapping[str, Any]) -> str:
        """A step of an alarm, from its MQTT event."""
        subject = content["device"] or content["subject"]
        text = f"{content['rule']}/{subject} {STEPS[Step(content['step'])]}"
        return self._with_level(text, content["rule"], content["severity"])

    def _with_level(self, text: str, rule: str, severity: str) -> str:
        return f"{text} {severity}" if rule in self.with_levels else text

    def mistakes_of_alarm(self, text: str, words: tuple[str, ...] = _STATES) -> Iterator[tuple[str, str]]:
        """What is wrong with the name of an alarm and the word behind it, each with a hint."""
        name, *rest = text.split()
        yield from self.mistakes_of_name(name)
        if not rest or rest[0] not in words:
            what = f"{text!r} says no state" if not rest else f"{rest[0]!r} is none of {', '.join(words)}"
            yield what, did_you_mean(rest[0], words) if rest else f"write one of {', '.join(words)} behind it"
        rule, severity = name.partition("/")[0], rest[1] if len(rest) > 1 else ""
        if rule in self.with_levels and severity not in {each.value for each in Severity}:
            what = f"{text!r} does not say which level: {rule} has several"
            yield what, "write its severity behind it, such as unacknowledged critical"
        elif (rule not in self.with_levels and severity) or len(rest) > 2:
            yield f"{text!r}: {' '.join(rest[1:])!r} says nothing", "a severity is for rules with levels: remove it"

    def mistakes_of_event(self, text: str) -> Iterator[tuple[str, str]]:
        """The same of a step of an alarm."""
        return self.mistakes_of_alarm(text, tuple(STEPS.values()))

    def mistakes_of_ticket(self, text: str) -> Iterator[tuple[str, str]]:
        """The same of a ticket."""
        priority, _, name = text.strip().partition(" ")
        if priority not in Priority.__members__:
            yield f"{text!r} is no ticket", "write its priority and its alarm, such as P1 pump-dry-run/p1"
        elif name:
            yield from self.mistakes_of_name(name.strip())

    def mistakes_of_name(self, name: str) -> Iterator[tuple[str, str]]:
        """The same of RULE/SUBJECT."""
        rule, slash, subject = name.partition("/")
        if not slash:
            yield f"{name!r} names no alarm", "write RULE/SUBJECT, such as pump-dry-run/p1"
            return
        yield from self.mistakes_of_rule(rule)
        site = self.configuration.site
        watching = [each for each in self.configuration.every_rule if each.id == rule]
        if grouped := [each.spec for each in watching if each.spec.group_by is not None]:
            known = [str(each) for spec in grouped[:1] for each in _groups(spec, site)]
            if subject not in known:
                what = f"the rule {rule} has no group {subject!r} in this test"
                yield what, did_you_mean(subject, known, kind="groups")
        elif subject == str(GATEWAY):
            return
        elif subject not in site.devices:
            yield from self.mistakes_of_device(subject)
        elif watching and not any(each.watches(site.devices[subject]) for each in watching):
            what = f"the rule {rule} does not watch {subject}, which is of the profile {site.devices[subject].profile}"
            yield what, "name a device that it watches"

    def mistakes_of_device(self, device: str) -> Iterator[tuple[str, str]]:
        """The same of the id of a device."""
        devices = self.configuration.site.devices
        if device not in devices:
            yield f"there is no device {device!r}", did_you_mean(device, devices, kind="devices")

    def mistakes_of_rule(self, rule: str) -> Iterator[tuple[str, str]]:
        """The same of the id of a rule."""
        if rule not in self.rules:
            what = f"no rule {rule!r} watches a device of this test"
            yield what, did_you_mean(rule, self.rules, kind="rules")
        elif rule == SILENT and not self.configuration.silences:
            what = "no device of this test can be silent: nothing says how often it sends"
            yield what, "give one `expect_every`"
        elif rule == TROUBLE and not self.configuration.troubles:
            yield (
                "no device of this test can be in trouble: no life-safety rule reads a metric of one",
                "name another rule",
            )
        elif rule in _NOT_IN_TESTS:
            yield f"{rule} is about what a test does not have, such as the disk", "name another rule"


def _groups(spec: RuleSpec, site: Site) -> Iterable[Subject]:
    return groups_of(spec.id, spec.applies_to, spec.group_by, site) if spec.group_by is not None else ()


def name_of(claim: str) -> str:
    """The RULE/SUBJECT of an alarm, an event or a ticket."""
    return next((word for word in claim.split() if "/" in word), claim)


def rule_of(claim: str) -> str:
    """The rule that an alarm, an event or a ticket is of."""
    return name_of(claim).partition("/")[0]


def tidy(claim: str) -> str:
    """The same with single spaces."""
    return " ".join(claim.split())
