"""The configuration of a site: its files, checked and compiled, from which the engine is built."""

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
    """A site's files as one object."""

    site: Site
    profiles: Mapping[str, Profile]
    """The profiles in use, by name."""
    rules: tuple[Rule, ...] = ()
    """The rules that watch at least one device of the site."""
    sla: Mapping[Priority, Deadlines] = field(default_factory=lambda: DEFAULT_SLA)
