"""Why a stored alarm is removed: the site's files do not have what it is about any more."""

from __future__ import annotations

from collections.abc import Container

from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.rules.silence import SILENT
from gateway.core.site.site import Site

_OF_GROUPS = (SubjectKind.ZONE, SubjectKind.LOCATION, SubjectKind.GROUP)


def why_removed(rule: str, subject: Subject, site: Site, rules: Container[str]) -> str:
    """The reason as a sentence without its end; `rules` are the ids of those that the site has now."""
    if subject.device is not None and subject.device not in site.devices:
        return f"the device {subject.device} is no longer in the site's files"
    if rule == SILENT:
        return f"the site's files no longer say how often {subject.level} sends"
    if rule not in rules:
        return f"the rule {rule} is no longer in the site's files"
    if subject.kind in _OF_GROUPS:
        return f"the rule {rule} no longer has a group {subject}: none of its devices is in it"
    return f"the rule {rule} no longer applies to {subject.level}"
