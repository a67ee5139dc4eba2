"""Why a topic belongs to no device."""

from __future__ import annotations

import re
from functools import cached_property

from gateway.core.configuration import Site
from gateway.core.telemetry.decoding.checks import shown
from gateway.core.telemetry.decoding.compiled import topics_of
from gateway.core.telemetry.quarantine import Reason


class UnknownTopics:
    """Tells why a topic belongs to no device: nobody knows its form, or nobody knows the device."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @cached_property
    def _patterns(self) -> dict[re.Pattern[str], tuple[str, str | None]]:
        """Profile and dialect by topic; made when the first stranger comes."""
        patterns: dict[re.Pattern[str], tuple[str, str | None]] = {}
        for name, profile in self._site.profiles.items():
            for dialect in (None, *profile.dialects):
                for binding in profile.bindings(dialect):
                    for topic in topics_of(binding):
                        if "device" in topic.captures:
                            patterns.setdefault(topic.regex(site=self._site.header.id), (name, dialect))
        return patterns

    def reason(self, topic: str) -> tuple[Reason, str]:
        """The reason and a sentence that says what to do."""
        for pattern, (profile, dialect) in self._patterns.items():
            if match := pattern.fullmatch(topic):
                speaking = f" with the dialect {dialect}" if dialect else ""
                who = f"{profile}{speaking} named {shown(match['device'])}"
                return Reason.UNKNOWN_DEVICE, f"the site's files have no {who}: add it to devices"
        return Reason.UNKNOWN_TOPIC, "no profile has a message binding for this topic"
