"""The MQTT event that tells other systems of an alarm's step."""

from __future__ import annotations

import msgspec

from gateway.core.alarms.actions import MarkRaise
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.events import AlarmMoved
from gateway.core.kernel.times import isoformat
from gateway.core.site.site import Site

MOST_ANNOUNCED = 100
"""Members of a group that an event names: brokers and people take no message of thousands."""


def announce(site: Site, move: AlarmMoved, alarm: AlarmRecord, flood: MarkRaise | None = None) -> tuple[str, bytes]:
    """Topic and payload. `alarm` is the record of `move`, completed by the ticket that was opened later in the step.
    `flood` says that the step is a raise that belongs to one.

    `key` names the breach of the latest raise: rule, subject, number and time of the message, or the time of the raise
    where no message led to it. A raise that had to be published before it was on disk has the same.
    """
    subject, definition, breach = alarm.subject, move.definition, alarm.evidence
    occurrence = isoformat(alarm.raised_at) if breach is None else f"{breach.message}/{isoformat(breach.time)}"
    content = {
        "site": site.header.id,
        "alarm": alarm.number,
        "rule": alarm.rule,
        "device": subject.device,
        "subject": str(subject),
        "location": site.location_of(subject, alarm.members),
        "members": alarm.members[:MOST_ANNOUNCED],
        "member_count": len(alarm.members),
        "step": move.step.value,
        "state": alarm.state.value,
        "severity": alarm.severity,
        "life_safety": definition is not None and definition.life_safety,
        "title": alarm.title,
        "time": isoformat(move.time),
        "raised_at": isoformat(alarm.raised_at),
        "first_raised_at": isoformat(alarm.first_raised_at),
        "raised_count": alarm.raised_count,
        "chattering": alarm.is_chattering,
        "by": move.by,
        "note": move.note,
        "ticket": alarm.ticket,
        "values": {} if breach is None else breach.values,
        "detail": alarm.detail,
        "suppressed_by": [
            {
                "kind": reason.kind.value,
                "why": reason.why,
                "until": None if reason.until is None else isoformat(reason.until),
                "by": reason.by,
                "source": reason.source,
            }
            for reason in alarm.suppressed_by
        ],
        "flood": None if flood is None else {"since": isoformat(flood.since), "group": flood.group},
        "recorded": True,
        "key": f"{alarm.rule}/{subject}/{occurrence}",
    }
    return f"gateway/{site.header.id}/alarms/{subject.level}/{alarm.rule}", msgspec.json.encode(content)
