"""The configuration of a site: its files, checked and compiled, from which the engine is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.core.checklists.definition import ChecklistSpec
from gateway.core.kernel.times import Micros
from gateway.core.notices.settings import NoticeSettings, compile_notice_settings
from gateway.core.profiles.profile import Profile
from gateway.core.rules.groups.grouping import Groups, groups_of
from gateway.core.rules.rule import Rule
from gateway.core.rules.silence import silence_rules
from gateway.core.rules.trouble import trouble_rules
from gateway.core.site.site import Site
from gateway.core.work.classification import Classifier
from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.core.work.escalation import ChainSpec
from gateway.core.work.levels import ServiceLevels
from gateway.core.work.report_words import classifier_of
from gateway.core.work.terms import TicketsSpec
from gateway.core.work.ticket_feed import FeedSpec

DEFAULT_TEAM = "engineering"
"""Does what no rule of the site gives to a team."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """A site's files as one object."""

    site: Site
    profiles: Mapping[str, Profile]
    """The profiles in use, by name."""
    rules: tuple[Rule, ...] = ()
    """The rules that watch at least one device of the site."""
    service_levels: ServiceLevels = field(default_factory=ServiceLevels)
    """The targets of tickets."""
    escalation: tuple[ChainSpec, ...] = ()
    """Who is told of breaches: the first chain that is for a ticket counts."""
    checklists: Mapping[str, ChecklistSpec] = field(default_factory=dict)
    """The site's own checklists, and the shipped ones that they do not replace, by id."""
    dispatch: DispatchSpec | None = field(default_factory=DispatchSpec)
    """How tickets are given to people; None where they wait for a person."""
    tickets: TicketsSpec = field(default_factory=TicketsSpec)
    """For how long tickets wait for an alarm or a person."""
    ticket_feed: tuple[FeedSpec, ...] = ()
    """The systems that are told of each step of tickets."""
    notices: NoticeSettings | None = None
    """Who is told of alarms, and when; by the defaults unless given."""
    reports: Classifier = field(default_factory=classifier_of)
    """Says what the reports of people are about."""
    troubles: Mapping[str, Rule] = field(init=False)
    """The built-in rule `trouble` of each device with life-safety metrics, by device."""

    silences: tuple[Rule, ...] = field(init=False)
    """The built-in rule `silent`, for each kind of device that is expected to send."""
    groups: Mapping[str, Groups] = field(init=False)
    """The groups of each rule with `group_by`, by the id of the rule."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "troubles", trouble_rules(self.site, self.profiles, self.rules))
        object.__setattr__(self, "silences", silence_rules(self.site, self.profiles))
        groups = {
            rule.id: groups_of(rule.id, rule.spec.applies_to, rule.spec.group_by, self.site)
            for rule in self.rules
            if rule.spec.group_by is not None
        }
        object.__setattr__(self, "groups", groups)

    @property
    def notice_settings(self) -> NoticeSettings:
        """Who is told of alarms, and when."""
        return self.notices or compile_notice_settings(self.site)

    def team_for(self, category: str) -> str:
        """Who does work of this category: whom the first rule with a ticket of it names."""
        templates = (rule.spec.ticket for rule in self.every_rule)
        return next((each.team for each in templates if each is not None and each.category == category), DEFAULT_TEAM)

    @property
    def every_rule(self) -> tuple[Rule, ...]:
        """The rules of the files, and those that are built in. The ids of the latter repeat."""
        return (*self.rules, *{id(rule): rule for rule in self.troubles.values()}.values(), *self.silences)

    def expect_every_of(self, device: str) -> Micros | None:
        """How often this device sends at least; None where nobody says so, or the site has no such device."""
        spec = self.site.devices.get(device)
        return None if spec is None else self.profiles[spec.profile].expect_every_of(spec)
