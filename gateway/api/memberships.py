"""The alarms of groups of which a device is a member: it may be why they stand, and has no alarm of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Self

from pydantic import BaseModel, Field

from gateway.api.places import groups_of
from gateway.api.services import Services
from gateway.core.alarms.alarm import AlarmView
from gateway.core.alarms.lifecycle import State
from gateway.core.kernel.urgency import Severity


class GroupAlarm(BaseModel):
    """An alarm of a group of which the device is a member."""

    number: int
    rule: str
    subject: str = Field(description="The group, as kind:id.")
    subject_name: str = Field(
        description="In the site's language: of its location, or of the device in common; else as `subject`."
    )
    state: State
    severity: Severity
    title: str
    counts: bool = Field(description="Whether the device counts towards the breach at present.")

    @classmethod
    def of(cls, alarm: AlarmView, device: str, gateway: Services) -> Self:
        """The answer for this alarm."""
        views = gateway.groups(alarm.rule, alarm.subject)
        return cls(
            number=alarm.number,
            rule=alarm.rule,
            subject=str(alarm.subject),
            subject_name=gateway.site.words_of(alarm.subject),
            state=alarm.state,
            severity=Severity(alarm.severity),
            title=alarm.title,
            counts=any(member.device == device and member.counts for view in views for member in view.members),
        )


def group_alarms(gateway: Services, device: str) -> list[GroupAlarm]:
    """The alarms that stand on groups of which it is a member, in the order of the rules; also while the store cannot
    be read."""
    found = [gateway.standing_alarm_of(rule, subject) for rule, subject in groups_of(gateway.configuration, device)]
    return [GroupAlarm.of(alarm, device, gateway) for alarm in found if alarm is not None]


def of_memberships(device: str, alarms: Sequence[GroupAlarm]) -> Iterator[str]:
    """What there is to say of them."""
    for each in alarms:
        part = "counts in" if each.counts else "does not count at present, and is a member of"
        yield (
            f"{device} {part} {each.subject}, on which alarm {each.number} stands ({each.state.value}): {each.title}."
            f" See facility-gateway why {each.rule} {each.subject}."
        )
