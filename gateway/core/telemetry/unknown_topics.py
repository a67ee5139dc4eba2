"""Why a topic has no route: no profile has a binding for it, or the site has no such device."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.decoding.checks import shown
from gateway.core.telemetry.decoding.compiled import topics_of
from gateway.core.telemetry.quarantine import Reason, Rejected


class UnknownTopics:
    """Explains topics without a route."""

    def __init__(self, site_id: str, profiles: Mapping[str, Profile]) -> None:
        self._site_id = site_id
        self._profiles = profiles

    def explain(self, topic: str) -> Rejected:
        """The rejection, with a sentence that says what to do."""
        for pattern, (profile, dialect) in self._patterns.items():
            if match := pattern.fullmatch(topic):
                with_dialect = f" with the dialect {dialect}" if dialect else ""
                device = f"{profile}{with_dialect} named {shown(match['device'])}"
                return Rejected(Reason.UNKNOWN_DEVICE, f"the site's files have no {device}: add it to devices")
        return Rejected(Reason.UNKNOWN_TOPIC, "no profile has a message binding for this topic")

    @cached_property
    def _patterns(self) -> dict[re.Pattern[str], tuple[str, str | None]]:
        """Profile and dialect by pattern; compiled when the first unknown topic comes."""
        patterns: dict[re.Pattern[str], tuple[str, str | None]] = {}
        for name, profile in self._profiles.items():
            for dialect in (None, *profile.dialects):
                for binding in profile.bindings(dialect):
                    for topic in topics_of(binding):
                        if "device" in topic.captures:
                            patterns.setdefault(topic.regex(site=self._site_id), (name, dialect))
        return patterns
