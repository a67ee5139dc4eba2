"""Makes the notices about one alarm: to people, to the siren, and to those who know of it when it is over."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import Micros
from gateway.core.notices.alarm_texts import say_of_alarm
from gateway.core.notices.book import NoticeBook
from gateway.core.notices.delivery import Delivery
from gateway.core.notices.notice import OF_RAISES, Item, NoticeKind
from gateway.core.notices.recipients import Recipients
from gateway.core.notices.requests import Urgency
from gateway.core.notices.routes import GROUP, Route, Step, urgency_of
from gateway.core.notices.watch import Told, Watch
from gateway.core.notices.ways import SIREN, Channel, Way
from gateway.core.site.site import Site

Say = Callable[[Language], Item]
HOPE_IN_SIREN = "siren"
"""Stands for the siren among those who may still be reached."""


class AlarmTelling:
    """Says what is to be said to whom."""

    def __init__(self, site: Site, recipients: Recipients, book: NoticeBook, delivery: Delivery) -> None:
        self._site, self._recipients, self._book, self._delivery = site, recipients, book, delivery

    def tell(self, watch: Watch, step: Step, kind: NoticeKind, key: str, now: Micros) -> list[str]:
        """Tell those of a step; returns who may be reached by that."""
        team = watch.team
        people = []
        if step.tell or Channel.SIREN not in step.channels or len(step.channels) > 1:
            people = self._recipients.of(step.tell, team, now)
        say = self._saying(watch, kind)
        hopes = [person for person in people if self._tell_person(watch, person, step.channels, say, kind, key, now)]
        if Channel.SIREN in step.channels and self._recipients.has_siren:
            self._add(watch, None, [SIREN], say, kind, key, now)
            hopes.append(HOPE_IN_SIREN)
        return hopes

    def tell_anybody(self, watch: Watch, route: Route, kind: NoticeKind, key: str, now: Micros) -> list[str]:
        """Nobody of any step can be told: tell the whole teams, and where they have nobody, everybody."""
        tell = tuple(each for step in route.steps for each in step.tell)
        people = self._recipients.of(tell, watch.team, now, on_duty=False)
        people = people or self._recipients.of((), None, now)
        say = self._saying(watch, kind)
        return [person for person in people if self._tell_person(watch, person, (), say, kind, key, now)]

    def tell_end(self, watch: Watch, told: Told, now: Micros, *, why: str | None, cause: int) -> None:
        """Tell somebody who knows of the alarm that it is over. Machines are told at any hour, and nobody is called.

        Where the site's files name that contact no more, it is told to another of the person.
        """
        texts = self._recipients.texts(told.person or "")
        way = min(texts, key=lambda each: (each != told.way, each.address != told.way.address), default=None)
        if way is None:
            return
        is_quiet = told.urgency is Urgency.QUIET and not way.channel.is_machine
        language = self._recipients.language(told.person)
        item = say_of_alarm(NoticeKind.OVER, watch.alarm, watch.definition, self._site, language, until=now, why=why)
        self._delivery.add(
            key=f"{watch.key}/over",
            about=_subject(watch),
            kind=NoticeKind.OVER,
            person=told.person,
            ways=[way],
            urgency=Urgency.QUIET if is_quiet else Urgency.PROMPT,
            language=language,
            items=(item,),
            now=now,
            cause=cause,
            wait=0 if watch.alarm.life_safety else GROUP,
        )

    def remember(self, watch: Watch) -> None:
        """Who knows of a raise, or is about to, is not told of it again."""
        told = [(each.person, each.way) for each in watch.told.values()]
        waiting = [(each.person, each.way) for each in self._book.lines.telling_of(watch.number)]
        for person, way in told + waiting:
            self._delivery.know(watch.key, person, way)

    def has_lost(self, hopes: Collection[str]) -> bool:
        """Whether all of these who were told have left the site."""
        return bool(hopes) and not any(hope == HOPE_IN_SIREN or self._recipients.reach(hope) for hope in hopes)

    def alarms_for_siren(self) -> set[int]:
        """The alarms for which the siren is to sound, and was not told so yet or has not confirmed it."""
        waiting = (each for urgency in Urgency for each in self._book.lines.to(SIREN, urgency))
        return {number for each in waiting if each.kind in OF_RAISES for number in each.alarms}

    def withdraw(self, alarm: int, now: Micros) -> None:
        """Nobody need be told of the alarm any more."""
        self._book.stop(alarm, OF_RAISES, now)

    def withdraw_end(self, watch: Watch, now: Micros) -> None:
        """The alarm is not over after all: who was to be told of its end still knows of it."""
        for notice in self._book.stop(watch.number, {NoticeKind.OVER}, now):
            watch.told.setdefault(notice.way, Told(notice.person, notice.way, urgency_of(watch.alarm)))

    def silence(self, watch: Watch, now: Micros) -> None:
        """Switch off the siren, which sounded for this alarm."""
        language = self._recipients.language(None)
        item = say_of_alarm(NoticeKind.SIREN_OFF, watch.alarm, watch.definition, self._site, language)
        self._delivery.add(
            key=f"{watch.key}/siren off/{watch.alarm.event}",
            about=_subject(watch),
            kind=NoticeKind.SIREN_OFF,
            person=None,
            ways=[SIREN],
            urgency=Urgency.WAKE,
            language=language,
            items=(item,),
            now=now,
            cause=watch.alarm.event,
        )

    def _saying(self, watch: Watch, kind: NoticeKind) -> Say:
        """Says it in a language; in each, the text is made once."""
        return cache(lambda language: say_of_alarm(kind, watch.alarm, watch.definition, self._site, language))

    def _tell_person(
        self,
        watch: Watch,
        person: str,
        channels: tuple[Channel, ...],
        say: Say,
        kind: NoticeKind,
        key: str,
        now: Micros,
    ) -> bool:
        """Returns whether there is a way to the person."""
        lanes = self._recipients.lanes(person, channels, may_ring=urgency_of(watch.alarm) is Urgency.WAKE)
        for ways in lanes:
            self._add(watch, person, ways, say, kind, key, now)
        return bool(lanes)

    def _add(
        self, watch: Watch, person: str | None, ways: list[Way], say: Say, kind: NoticeKind, key: str, now: Micros
    ) -> None:
        language = self._recipients.language(person)
        self._delivery.add(
            key=key,
            about=_subject(watch),
            kind=kind,
            person=person,
            ways=ways,
            urgency=urgency_of(watch.alarm),
            language=language,
            items=(say(language),),
            now=now,
            cause=watch.alarm.event,
            links=(LinkPurpose.ACKNOWLEDGE,) if person is not None else (),
        )


def _subject(watch: Watch) -> Subject:
    return Subject(SubjectKind.ALARM, str(watch.number))
