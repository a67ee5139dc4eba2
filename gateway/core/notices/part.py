"""The part that decides who is told of what, when and by which way, and what follows when a message does not arrive.

Alarms are told by the routes of the site; parts above ask for the rest (`Tell`). The shell sends what is `sending` once
that is on disk, and reports what became of it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.alarms.events import AlarmMoved, AlarmStands
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.kernel.blindness import BecameBlind, HearsAgain
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.events import Action, Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros
from gateway.core.notices.alarm_telling import AlarmTelling
from gateway.core.notices.book import NoticeBook
from gateway.core.notices.delivery import Delivery
from gateway.core.notices.escalation import Escalations
from gateway.core.notices.notice import Notice, NoticeKind
from gateway.core.notices.proving import Proving
from gateway.core.notices.recipients import Recipients
from gateway.core.notices.requests import (
    AskReachable,
    EndSirenTest,
    Hush,
    NoticeFailed,
    NoticeNotSent,
    NoticeSent,
    SendTest,
    Tell,
    Urgency,
)
from gateway.core.notices.restarting import renew
from gateway.core.notices.rows import NoticeChanges, NoticeRows
from gateway.core.notices.settings import NoticeSettings
from gateway.core.notices.templates import say
from gateway.core.notices.trials import Trials
from gateway.core.notices.troubles import Troubles
from gateway.core.notices.ways import BY_BROKER, Channel, Way
from gateway.core.site.site import Site

_PROOF, _SIREN_TEST = "proof", "siren test"


class Notices(Part):
    """Tells people."""

    name: ClassVar[str] = "notices"
    actions: ClassVar[tuple[type[Action], ...]] = (NoticeSent, NoticeNotSent, SendTest, EndSirenTest)
    requests: ClassVar[tuple[type[Request], ...]] = (Tell, Hush, AskReachable)

    def __init__(self, site: Site, settings: NoticeSettings, seam: Seam, available: Collection[Channel] = ()) -> None:
        """`available` are the channels that the gateway has. Without any nobody is told, as where rules are tested."""
        self._site, self._seam = site, seam
        self._recipients = Recipients(site, available, seam)
        self._book = NoticeBook(seam)
        self._troubles = Troubles(seam)
        self._delivery = Delivery(seam, self._book, settings.quiet, self)
        self._telling = AlarmTelling(site, self._recipients, self._book, self._delivery)
        self._escalations = Escalations(
            settings, site, self._telling, self._troubles, seam, must_tell=settings.is_asked_for and bool(available)
        )
        self._proving = Proving(settings.proof, site, self._recipients, self._delivery, self._troubles, seam)
        self._trials = Trials(
            site, self._recipients, self._book, self._delivery, seam, leave_siren=self._escalations.leave_siren
        )
        self._has_begun = False
        self._blind_since: Micros = 0
        """When the broker was last heard, once the gateway has been blind."""

    def restore(self, rows: NoticeRows, now: Micros) -> None:
        """Go on with what is open."""
        self._book.restore(rows.notices)
        self._delivery.restore(rows.keys)
        self._escalations.restore(rows.watches, rows.times)
        self._proving.restore(rows.times.get(_PROOF))
        self._troubles.restore(rows.troubles)
        self._trials.restore(rows.times.get(_SIREN_TEST, 0), f"siren test/{now}")

    def on(self, event: Event) -> None:
        """Tell of alarms, and stop where somebody has acknowledged. Learn whether the time is to be trusted."""
        match event:
            case AlarmStands():
                self._escalations.stands(event.alarm, event.definition)
            case AlarmMoved():
                self._follow(event)
                self._delivery.flush(event.time)
            case BecameBlind():
                self._blind_since = event.since
                if not self._has_begun:
                    self._begin(event.noticed)
            case HearsAgain():
                self._book.hurry(BY_BROKER, self._blind_since, event.time)
                self._delivery.flush(event.time)
            case ClockDoubted():
                self._trust(False)
            case ClockCorrected() if event.is_certain:
                self._trust(True)
                self._delivery.look_soon()
                self._proving.look_soon()

    def serve(self, request: Request) -> None:
        """Tell people what a part above asks, or tell them nothing more of it."""
        match request:
            case Tell():
                for person in request.people:
                    self._tell(request, person, self._ways_to(request, person))
                if request.contact is not None:
                    self._tell(request, None, self._recipients.outside(*request.contact))
                self._delivery.flush(request.time)
            case Hush():
                self._book.hush(request)
                self._delivery.flush(request.time)
            case AskReachable():
                self._recipients.answer(request, self._troubles.names(BuiltinRule.NOTICES_FAIL))

    def act(self, action: Action, now: Micros) -> None:
        """A message was sent or not, or a person wants a test.

        Raises:
            InvalidAction: the person cannot be reached, or there is no siren.
        """
        match action:
            case NoticeSent():
                self._delivery.sent(action.number, now)
            case NoticeNotSent():
                self._delivery.not_sent(action, now)
            case SendTest():
                self._trials.start(action, now)
            case EndSirenTest():
                self._trials.end(now, action.key)
            case _:
                raise TypeError(f"{type(action).__name__} is no action on notices")

    def tick(self, key: tuple[str | int, ...], now: Micros) -> None:
        """Something is due."""
        match key:
            case ("look",):
                self._delivery.look(now)
            case ("proof",):
                self._proving.look(now)
            case ("siren test",):
                self._trials.end(now)
            case ("send", str(channel), str(address)):
                self._delivery.pump(Way(Channel(channel), address), now)
            case ("overdue", int(number)):
                self._delivery.overdue(number, now)
            case ("group", str(route)):
                self._escalations.tell_group(route, now)
            case ("alarm", int(number), str(route)):
                self._escalations.step(number, route, now)
        self._delivery.flush(now)

    def clock_set(self, by: Micros) -> None:
        """What is left of each wait stays the same; quiet hours and the proof follow the clock."""
        self._delivery.clock_set(by)
        self._escalations.clock_set(by)
        self._trials.clock_set(by)
        self._blind_since += by
        self._proving.look_soon()

    def finish(self) -> NoticeChanges | None:
        """What has changed in this step."""
        watches, times = self._escalations.finish()
        if (proof := self._proving.finish()) is not None:
            times[_PROOF] = proof
        if (siren := self._trials.finish()) is not None:
            times[_SIREN_TEST] = siren
        notices, alarms = self._book.finish()
        changes = NoticeChanges(tuple(notices), watches, times, self._troubles.finish(), tuple(alarms))
        return changes if changes.notices or watches or times or changes.troubles else None

    def handed(self, notice: Notice) -> None:
        """A message is under way."""
        self._escalations.handed(notice)

    def delivered(self, notice: Notice, now: Micros) -> None:
        """A message has arrived: its reader can be reached, and knows all that it must."""
        self._proving.delivered(notice, now)
        if self._book.lines.lags(notice.way, notice.urgency):
            return
        if (name := notice.reader) is not None and notice.kind != NoticeKind.TEST:
            self._troubles.drop(BuiltinRule.NOTICES_FAIL, name, now)

    def unreachable(self, notice: Notice, now: Micros) -> None:
        """A message arrives by no way."""
        self._escalations.unreachable(notice, now)
        if notice.kind == NoticeKind.PROOF:
            self._proving.unreachable(notice, now)
        elif (name := notice.reader) is not None and notice.kind != NoticeKind.TEST:
            why = f"{name} is not told of {notice.about} ({notice.way}): {notice.error or 'no answer'}"
            self._troubles.add(BuiltinRule.NOTICES_FAIL, name, why, now, cause=notice.event)

    def _begin(self, now: Micros) -> None:
        """What stands is known, and whether to trust the time."""
        self._has_begun = True
        self._troubles.begin(now)
        renew(self._book, self._delivery, self._recipients, self._troubles, now)
        self._escalations.begin(now)
        self._trials.end(now)
        self._proving.begin(now)
        self._delivery.flush(now)

    def _trust(self, trusts: bool) -> None:
        for each in (self._delivery, self._escalations, self._proving):
            each.trusts_time = trusts

    def _follow(self, event: AlarmMoved) -> None:
        if event.step is Step.RAISE:
            self._escalations.raised(event)
        elif event.alarm.state is State.NORMAL or event.step in (Step.RETURN, Step.REMOVE):
            self._escalations.over(event)
        elif event.step is Step.FALL and event.alarm.state is State.UNACKNOWLEDGED:
            self._escalations.fallen(event.alarm)
        else:
            self._escalations.stopped(event.alarm, event.time)

    def _ways_to(self, request: Tell, person: str) -> list[Way]:
        return self._recipients.ways(person, may_ring=request.urgency is Urgency.WAKE)

    def _tell(self, request: Tell, person: str | None, ways: list[Way]) -> None:
        """Tell one person what a part above asks."""
        if not ways:
            self._seam.emit(NoticeFailed(about=request.about, key=request.key, person=person, time=request.time))
            return
        is_staff = person is not None
        language = self._recipients.language(person) if is_staff else request.language or self._site.header.language
        facts = {"site": self._site.header.name.in_language(language), **request.facts}
        self._delivery.add(
            key=request.key,
            about=request.about,
            kind=request.kind,
            person=person,
            ways=ways,
            urgency=request.urgency,
            language=language,
            items=(say(request.kind, facts, language, is_staff=is_staff),),
            links=request.links,
            now=request.time,
            cause=request.cause,
            is_staff=is_staff,
        )
