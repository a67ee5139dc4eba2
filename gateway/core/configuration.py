"""Everything of a site's files, checked and compiled: what the engine is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.core.kernel.urgency import Priority
from gateway.core.profiles.profile import Profile
from gateway.core.rules.rule import Rule
from gateway.core.site.site import Site
from gateway.core.work.sla import DEFAULT_SLA, Deadlines


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the files say."""

    site: Site
    profiles: Mapping[str, Profile]
    """By name, those that devices of the site have."""
    rules: tuple[Rule, ...] = ()
    """Those that watch devices of the site."""
    sla: Mapping[Priority, Deadlines] = field(default_factory=lambda: DEFAULT_SLA)
