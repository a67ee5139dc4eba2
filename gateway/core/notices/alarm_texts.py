"""What a notice says of an alarm."""

from __future__ import annotations

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.kernel.subjects import GATEWAY
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import Micros, isoformat, to_datetime
from gateway.core.kernel.urgency import Severity
from gateway.core.notices.notice import Item
from gateway.core.notices.templates import say
from gateway.core.site.site import Site

_SEVERITIES = {
    Severity.CRITICAL: ("critical", "紧急"),
    Severity.WARNING: ("warning", "警告"),
    Severity.INFO: ("info", "提示"),
}
_LIFE_SAFETY = ("LIFE SAFETY", "生命安全")
_THE_GATEWAY = ("the gateway", "网关")
_NAMED = 10
"""Members of a group that a message names."""


def say_of_alarm(
    kind: str,
    alarm: AlarmRecord,
    definition: AlarmDefinition | None,
    site: Site,
    language: Language,
    *,
    until: Micros | None = None,
    why: str | None = None,
) -> Item:
    """The text about one alarm; `until` is when it was over, and `why` if it was removed."""
    place = site.location_of(alarm.subject, alarm.members)
    severity = _LIFE_SAFETY if alarm.life_safety else _SEVERITIES[Severity(alarm.severity)]
    members = [site.name_of(member, language) or member for member in alarm.members]
    more = f" +{len(members) - _NAMED}" if len(members) > _NAMED else ""
    facts: dict[str, str | None] = {
        "number": str(alarm.number),
        "severity": severity[language == "zh"],
        "title": definition.title.in_language(language) if definition is not None else alarm.title,
        "device": _THE_GATEWAY[language == "zh"]
        if alarm.subject == GATEWAY
        else site.words_of(alarm.subject, language),
        "place": site.place_of(place, language),
        "since": local(site, alarm.raised_at),
        "until": None if until is None else local(site, until),
        "members": ", ".join(members[:_NAMED]) + more if members else None,
        "detail": alarm.detail,
        "guidance": definition.guidance.in_language(language) if definition and definition.guidance else None,
        "why": why,
        "site": site.header.name.in_language(language),
    }
    given = {name: fact for name, fact in facts.items() if fact is not None}
    machines = {
        "rule": alarm.rule,
        "subject": str(alarm.subject),
        "severity": alarm.severity,
        "life_safety": "true" if alarm.life_safety else "false",
        "location": place or "",
        "raised_at": isoformat(alarm.raised_at),
        "raised_count": str(alarm.raised_count),
    }
    return say(kind, given, language, alarm=alarm.number, for_machines=machines)


def local(site: Site, time: Micros) -> str:
    """A time as the clocks of the site show it."""
    return f"{to_datetime(time).astimezone(site.zone):%Y-%m-%d %H:%M:%S}"
