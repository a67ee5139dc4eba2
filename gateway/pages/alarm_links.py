"""Links that acknowledge an alarm."""

from __future__ import annotations

import asyncio

from gateway.core.alarms.actions import Acknowledge
from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.lifecycle import State
from gateway.core.kernel.subjects import SubjectKind
from gateway.core.kernel.texts import Language, Text
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import Severity
from gateway.core.site.site import Site
from gateway.errors import LinkInvalid
from gateway.pages.acting import Act, perform
from gateway.pages.links import Link
from gateway.pages.ports import Answer, Done, LinkView
from gateway.store.alarms.queries import find_alarm
from gateway.store.database import Database

_STATES = {
    State.UNACKNOWLEDGED: Text(en="Nobody has acknowledged it", zh="未确认"),
    State.ACKNOWLEDGED: Text(en="Acknowledged", zh="已确认"),
    State.RETURNED: Text(en="Over, and nobody has acknowledged it", zh="已恢复，未确认"),
    State.LATCHED: Text(en="Over, and waits for a reset", zh="已恢复，待复位"),
    State.SUPPRESSED: Text(en="Suppressed", zh="已抑制"),
    State.NORMAL: Text(en="Over", zh="已恢复正常"),
}
_OVER = Text(en="The alarm is over: nothing is left to do.", zh="报警已恢复正常，无需操作。")
_SUPPRESSED = Text(
    en="The alarm is suppressed. You are told when that ends and it still stands.",
    zh="报警已被抑制；抑制结束后若仍存在，会再次通知您。",
)
_SEVERITIES = {
    Severity.CRITICAL: Text(en="Critical alarm {number}", zh="紧急报警 {number}"),
    Severity.WARNING: Text(en="Warning {number}", zh="警告 {number}"),
    Severity.INFO: Text(en="Note {number}", zh="提示 {number}"),
}
_LIFE_SAFETY = Text(en="People may be in danger.", zh="可能危及人身安全。")


class AlarmLinks:
    """Shows alarms to those who were told of them, and acknowledges."""

    def __init__(self, site: Site, database: Database, act: Act) -> None:
        self._site = site
        self._database = database
        self._act = act

    async def view(self, link: Link, language: Language) -> LinkView | None:
        """The alarm as it is on disk."""
        if link.about.kind is not SubjectKind.ALARM:
            return None
        alarm = await asyncio.to_thread(find_alarm, self._database, int(link.about.id))
        return None if alarm is None else self._view(alarm, language)

    async def act(self, link: Link, answer: Answer) -> None:
        """Acknowledge it, in the name of the person to whom the link was sent."""
        person = self._site.people.get(link.person or "")
        if person is None:
            raise LinkInvalid("a link to acknowledge an alarm names one of the people of this site")
        action = Acknowledge(alarm=int(link.about.id), by=self._site.person_name(person), note=answer.comment)
        await perform(self._act, action)

    def _view(self, alarm: AlarmRecord, language: Language) -> LinkView:
        severity = _SEVERITIES[Severity(alarm.severity)].in_language(language).format(number=alarm.number)
        lines = [severity, *([alarm.detail] if alarm.detail else [])]
        return LinkView(
            title=alarm.title,
            place=self._place(alarm),
            state=_STATES[alarm.state].in_language(language),
            since=_since(alarm),
            is_urgent=alarm.severity == Severity.CRITICAL,
            lines=[_LIFE_SAFETY.in_language(language), *lines] if alarm.life_safety else lines,
            done=_done(alarm),
            obstacle=_obstacle(alarm, language),
        )

    def _place(self, alarm: AlarmRecord) -> str:
        thing = self._site.words_of(alarm.subject)
        place = self._site.place_of(self._site.location_of(alarm.subject, alarm.members))
        return thing if place is None or place == thing else f"{thing} · {place}"


def _since(alarm: AlarmRecord) -> Micros:
    """Since when it is in its state, as far as that is known."""
    match alarm.state:
        case State.ACKNOWLEDGED:
            return alarm.acknowledged_at or alarm.raised_at
        case State.RETURNED | State.LATCHED:
            return alarm.returned_at or alarm.raised_at
        case State.NORMAL:
            return alarm.closed_at or alarm.raised_at
        case _:
            return alarm.raised_at


def _done(alarm: AlarmRecord) -> Done | None:
    is_done = alarm.state in (State.ACKNOWLEDGED, State.LATCHED, State.NORMAL) and alarm.acknowledged_by is not None
    return Done(by=alarm.acknowledged_by, at=alarm.acknowledged_at) if is_done else None


def _obstacle(alarm: AlarmRecord, language: Language) -> str | None:
    """Why nobody can acknowledge it, though nobody has."""
    match alarm.state:
        case State.UNACKNOWLEDGED | State.RETURNED:
            return None
        case State.SUPPRESSED:
            return _SUPPRESSED.in_language(language)
        case _:
            return _OVER.in_language(language)
