"""A site whose people are told of tickets by real messages, which arrive, fail or stay under way as a test says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gateway import parts
from gateway.core.configuration import Configuration
from gateway.core.duty.part import PeopleOnDuty
from gateway.core.engine import Engine
from gateway.core.kernel.changes import Changes
from gateway.core.kernel.checkpoint import Checkpoint
from gateway.core.kernel.times import MINUTE, SECOND
from gateway.core.notices.notice import Notice, NoticeState
from gateway.core.notices.part import Notices
from gateway.core.notices.requests import NoticeNotSent, NoticeSent
from gateway.core.notices.rows import NoticeChanges, NoticeRows
from gateway.core.notices.settings import compile_notice_settings
from gateway.core.notices.troubles import Trouble
from gateway.core.notices.ways import ALL_CHANNELS, Channel
from gateway.core.work.asks import DispatchRows
from gateway.core.work.desk import ServiceDesk
from gateway.core.work.dispatch import Dispatch
from gateway.core.work.dispatch_spec import DispatchSpec
from gateway.core.work.escalating import TicketEscalation
from tests.unit.core.sites import NOON
from tests.unit.core.work.staffed import BY_DEFAULT, PEOPLE, Works, staffed

MINUTES = MINUTE // SECOND


def by_mail(person: Mapping[str, Any]) -> Mapping[str, Any]:
    """The person, with one way to be reached."""
    return {**person, "contact": [{"email": f"{person['id']}@example.org"}]}


def mailed(
    *without: str,
    more: Sequence[Mapping[str, Any]] = (),
    dispatch: DispatchSpec | None = BY_DEFAULT,
    chains: Sequence[Mapping[str, Any]] = (),
) -> Configuration:
    """The site of `staffed`, of whose people all have a mail address but those in `without`."""
    people = [each if each["id"] in without else by_mail(each) for each in (*PEOPLE, *more)]
    files = staffed(people, dispatch=dispatch, chains=chains)
    return replace(files, notices=compile_notice_settings(files.site))


class Correspondence(Works):
    """Notices are the real ones. A message arrives at once, unless `fails`, `rejects` or `stays` names its reader."""

    def __init__(self, files: Configuration, *, channels: frozenset[Channel] = ALL_CHANNELS) -> None:
        self.fails: set[str] = set()
        """Whom no attempt reaches."""
        self.rejects: set[str] = set()
        """Whose server says that it will never take a message."""
        self.stays: set[str] = set()
        """To whom messages stay under way."""
        self.arrived: list[tuple[float, str | None, str]] = []
        """What was told of tickets: when, in minutes from the beginning, to whom, and which kind."""
        self.notices: dict[int, Notice] = {}
        self.texts: dict[tuple[str, str | None], str] = {}
        """What the latest message of a kind to a person says."""
        self._troubles: dict[Trouble, str] = {}
        self._flying: list[Notice] = []
        self._channels = channels
        super().__init__(files)

    def _start(self) -> None:
        kept = {name: [*rows.values()] for name, rows in self._rows.items()}
        every = self.notices.values()
        keys = [(each.told_key, f"{each.told_key}/{each.way}", each.state is NoticeState.DELIVERED) for each in every]
        opened = tuple(each for each in every if each.is_open)
        rows = {
            ServiceDesk.name: kept.get(ServiceDesk.name, []),
            PeopleOnDuty.name: kept.get(PeopleOnDuty.name, []),
            Dispatch.name: DispatchRows(kept.get(Dispatch.name, []), dict(self._rows.get("turns", {}))),
            TicketEscalation.name: kept.get(TicketEscalation.name, []),
            Notices.name: NoticeRows(opened, troubles=dict(self._troubles), keys=tuple(keys)),
        }
        self._flying = []
        makers = parts.makers(channels=self._channels)
        self.engine = Engine(self.files, makers, Checkpoint(dict(self._counters), rows), now=self.now)
        self._take(self.engine.beginning)
        self._take(self.engine.set_hearing(self.now))
        self.run(0)

    def _take(self, changes: Changes) -> None:
        super()._take(changes)
        told: NoticeChanges | None = changes.parts.get(Notices.name)
        if told is None:
            return
        for notice in told.notices:
            before = self.notices.get(notice.number)
            self.notices[notice.number] = notice
            was_sending = before is not None and before.state is NoticeState.SENDING
            if notice.state is NoticeState.SENDING and (not was_sending or notice not in self._flying):
                self._flying = [each for each in self._flying if each.number != notice.number] + [notice]
        changed = {**self._troubles, **told.troubles}
        self._troubles = {trouble: why for trouble, why in changed.items() if why is not None}

    def run(self, seconds: float) -> None:
        """So much time passes; what is sent arrives or fails in the same moment."""
        end = self.now + round(seconds * SECOND)
        while True:
            while (notice := self._next()) is not None:
                self._settle(notice)
            due = self.engine.next_due()
            if due is None or due > end:
                break
            self.now = max(self.now, due)
            self._take(self.engine.tick(self.now))
        self.now = end

    def _next(self) -> Notice | None:
        found = next((each for each in self._flying if each.person not in self.stays), None)
        if found is not None:
            self._flying.remove(found)
        return found

    def _settle(self, notice: Notice) -> None:
        if notice.person in self.fails | self.rejects:
            is_final = notice.person in self.rejects
            action = NoticeNotSent(number=notice.number, reason="timed out", is_final=is_final, by="email")
            self._take(self.engine.act(action, self.now))
            return
        if notice.kind.startswith("ticket"):  # else it is the alarm that somebody cannot be reached
            self.arrived.append(((self.now - NOON) / MINUTE, notice.person, notice.kind))
        self.texts[notice.kind, notice.person] = notice.body
        self._take(self.engine.act(NoticeSent(number=notice.number, by="email"), self.now))

    def states(self, person: str | None) -> list[tuple[str, NoticeState]]:
        """The messages to a person, and what has become of each."""
        return [(each.kind, each.state) for each in self.notices.values() if each.person == person]
