"""The definitions of all alarms of a site: of the rules in its files, and of those that are built in."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.alarms.alarm import Alarm, AlarmRecord
from gateway.core.alarms.builtin import BUILTIN
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.removal import why_removed
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.urgency import rank
from gateway.core.rules.groups.grouping import groups_of
from gateway.core.rules.rule import Rule
from gateway.core.site.site import Site


class Definitions:
    """Finds the definition of an alarm."""

    def __init__(self, site: Site, rules: Sequence[Rule]) -> None:
        self._site = site
        self._rules: dict[str, list[tuple[Rule, AlarmDefinition]]] = {}
        """With the definitions of their alarms, by id. The id of a built-in rule repeats, for groups of
        devices, and that of a rule with levels."""
        for rule in rules:
            self._rules.setdefault(rule.id, []).append((rule, AlarmDefinition.of(rule)))
        self._groups = {
            name: groups_of(name, spec.applies_to, spec.group_by, site)
            for name, found in self._rules.items()
            if (spec := found[0][0].spec).group_by is not None
        }
        """The groups of each rule that has some, by its id."""

    def of(self, alarm: Alarm | AlarmRecord) -> AlarmDefinition | None:
        """The definition of a standing alarm; None where its rule does not watch its subject any more.

        Of a rule with levels, that of the level of the alarm's severity, or of the nearest if there is none any more.
        """
        severity = rank(alarm.severity)
        found = self.on(alarm.rule, alarm.subject)
        return min(found, key=lambda each: abs(rank(each.severity) - severity), default=None)

    def on(self, rule_id: str, subject: Subject) -> list[AlarmDefinition]:
        """The definitions of this id whose rules watch the subject: one for each level, or none."""
        builtin = BUILTIN.get(rule_id)
        if builtin is not None:
            return [builtin] if builtin.subject is subject.kind else []
        if subject in self._groups.get(rule_id, ()):
            return [definition for _, definition in self._rules[rule_id]]
        device = self._site.devices.get(subject.device or "")
        if device is None:
            return []
        return [definition for rule, definition in self._rules.get(rule_id, ()) if rule.watches(device)]

    def of_rule(self, rule_id: str) -> list[AlarmDefinition]:
        """The definitions of this id, whatever they watch; none where there is no such rule."""
        builtin = BUILTIN.get(rule_id)
        return [builtin] if builtin is not None else [definition for _, definition in self._rules.get(rule_id, ())]

    def about(self, subject: Subject | None) -> list[AlarmDefinition]:
        """The definitions of the rules that watch a device, also as a member of a group; none for any other subject."""
        device = self._site.devices.get(subject.device or "") if subject is not None else None
        if device is None:
            return []
        every = (each for rules in self._rules.values() for each in rules)
        return [definition for rule, definition in every if rule.concerns(device)]

    def knows(self, subject: Subject | None) -> bool:
        """Whether it is a device of the site."""
        return subject is not None and subject.device in self._site.devices

    def built_in(self, rule_id: str, subject: Subject) -> AlarmDefinition:
        """The definition of a built-in rule on a subject.

        Raises:
            LookupError: there is none.
        """
        definition = BUILTIN.get(rule_id)
        device = self._site.devices.get(subject.device or "")
        of_device = [each for rule, each in self._rules.get(rule_id, ()) if device and rule.watches(device)]
        found = [definition] if definition is not None else of_device
        if not found:
            raise LookupError(f"{rule_id} is no built-in rule on {subject}")
        return found[0]

    def why_removed(self, rule_id: str, subject: Subject) -> str:
        """Why there is none any more."""
        return why_removed(rule_id, subject, self._site, self._rules)

    def title_of(self, definition: AlarmDefinition) -> str:
        """In the site's language."""
        return definition.title.in_language(self._site.header.language)
