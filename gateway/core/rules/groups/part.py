"""The part that keeps what rules know of groups of devices, and tells when other than a reading has changed that."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar

import msgspec

from gateway.core.devices.events import SilenceBegan, SilenceEnded, ValuesAged, ValuesRevived
from gateway.core.devices.latest import Devices
from gateway.core.kernel.blindness import BecameBlind, Blindness, HearsAgain
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.events import Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.groups.building import build_groups
from gateway.core.rules.groups.events import GroupMoved
from gateway.core.rules.groups.member import Membership
from gateway.core.rules.groups.memberships import Memberships
from gateway.core.rules.groups.news import News, by_time
from gateway.core.rules.groups.requests import NameMembers, SetOutOfService
from gateway.core.rules.groups.stretch import Key, Stretch, Word
from gateway.core.rules.groups.turn import Turn
from gateway.core.rules.groups.watch import GroupWatch
from gateway.core.rules.rule import Rule
from gateway.core.site.site import Site

_Group = tuple[str, Subject]
"""The id of the rule, and the subject."""


class Groups(Part):
    """Knows the members of each group. Readings come to it by the evaluator; silence, age and time as events."""

    name: ClassVar[str] = "groups"
    requests: ClassVar[tuple[type[Request], ...]] = (NameMembers, SetOutOfService)

    def __init__(self, site: Site, rules: Sequence[Rule], devices: Devices, blindness: Blindness, seam: Seam) -> None:
        self._seam, self._blindness, self._devices = seam, blindness, devices
        self.watches: dict[_Group, GroupWatch] = build_groups(site, rules, blindness, self)
        self._news = {key: News(group, seam.emit, self._collect) for key, group in self.watches.items()}
        self._all = Memberships(self.watches, self._news, devices)
        self.memberships: Mapping[str, list[Membership]] = self._all.by_device
        self._changed: dict[Key, Stretch | None] = {}
        self._to_tell: dict[News, None] = {}
        """What may be told at the end of this step."""
        self._moved_in_blindness: set[_Group] = set()
        self._turn = Turn()
        self._doubted_since: Micros = 0
        self._blind_since: Micros = 0
        """When the present or latest blindness began."""

    def restore(self, rows: Mapping[Key, Stretch], now: Micros) -> None:
        """Know in which stretches conditions held in earlier runs, and the latest values of the members."""
        self._changed.update(self._all.restore(rows, now))
        self._all.reach_stamps()
        self._turn.restore(self._devices.hearing.intervals)

    def on(self, event: Event) -> None:
        """Follow what else than a reading changes what is known of members."""
        match event:
            case SilenceBegan() if event.device in self.memberships:
                for moved in self._look(event.device, event.time, is_silent=True):
                    self._move(moved)
            case SilenceEnded() if event.reading.device in self.memberships:
                self._revive(event, is_silent=False)
            case ValuesAged() if event.device in self.memberships:
                for moved in self._look(event.device, None):
                    self._seam.emit(moved)
            case ValuesRevived() if event.reading.device in self.memberships:
                self._revive(event)
            case BecameBlind():
                self._set_blind(event.since)
            case ClockDoubted():
                self._doubted_since = event.since
            case ClockCorrected():
                self._doubted_since = 0 if event.is_certain else event.since + event.by
            case HearsAgain():
                self._set_hearing(event.time)

    def serve(self, request: Request) -> None:
        """Say which members count, and know which are out of service."""
        match request:
            case NameMembers():
                group = self.watches.get((request.rule, request.subject))
                if group is not None and (counted := group.name_members()) is not None:
                    request.answer(counted)
            case SetOutOfService() if request.device in self.memberships:
                for each in self.memberships[request.device]:
                    each.set_out_of_service(request)
                for moved in self._look(request.device, request.time):
                    self._seam.emit(moved)  # people have decided, also in blindness

    def tick(self, key: _Group, now: Micros) -> None:
        """A member may no longer count, or news are due."""
        if self._blindness.since is not None:
            return
        group, news = self.watches[key], self._news[key]
        self._seam.emit(GroupMoved(rule=key[0], subject=key[1], was_sure=group.is_sure(), reading=by_time(now)))
        if (due := news.due(is_blind=False)) is not None and due <= now:
            self._take(news)
        group.wake()

    def clock_set(self, by: Micros) -> None:
        """Move what the gateway's clock has told; what it has told in an earlier run, when it was right, stays."""
        since = self._doubted_since if by > 0 else 0
        self._changed.update(self._all.clock_set(by, since))
        self._turn.clock_set(by)
        self._blind_since += by
        for key, group in self.watches.items():
            group.clock.forget()
            self._news[key].forget_when()
        self._all.reach_stamps()
        for group in self.watches.values():
            group.wake()

    def conclude(self) -> None:
        """Tell the news of groups, at most once in a step."""
        if not self._to_tell:
            return
        for news in [*self._to_tell]:
            due = news.due(is_blind=self._blindness.since is not None)
            if due is not None and due <= news.heard_at:
                self._take(news)
            else:
                news.group.wake()
        self._to_tell.clear()

    def follow(self, moved: GroupMoved) -> None:
        """The rule was evaluated: know what of it is news."""
        self._news[moved.rule, moved.subject].follow(
            moved.was_sure,
            moved.reading,
            moved.message,
            moved.number,
            changed=moved.changed,
            has_joined=moved.has_joined,
        )

    def finish(self) -> Mapping[Key, Stretch | None] | None:
        """The stretches that have changed in this step; None for one that no rule reads any more."""
        if not self._changed:
            return None
        changed, self._changed = self._changed, {}
        return changed

    def keep(self, key: Key, stretch: Stretch | None) -> None:
        """Store in which stretch the condition of a member has held; None forgets it."""
        self._changed[key] = stretch

    def has_spoken(self, members: Collection[str]) -> bool:
        """Whether each of these devices was heard since the latest blindness began."""
        return all(self._devices[member].received > self._blind_since for member in members)

    def wake(self, rule: str, subject: Subject) -> None:
        """Look at the group when its next member no longer counts, or news of it are due. After blindness each device
        has its turn first."""
        if self._blindness.since is not None:
            return
        key = rule, subject
        end, due = self.watches[key].next_end(), self._news[key].due(is_blind=False)
        dues = [max(end, self._turn.until)] if end is not None else []
        if due:
            dues.append(due)
        if dues:
            self._seam.wake(key, min(dues))

    def _collect(self, news: News) -> None:
        self._to_tell[news] = None

    def _take(self, news: News) -> None:
        if (event := news.take()) is not None:
            self._seam.emit(event)

    def _set_blind(self, since: Micros) -> None:
        self._turn.end(since)
        self._blind_since = since
        for key, group in self.watches.items():
            group.clock.forget()
            self._news[key].forget_when()
            self._seam.let_sleep(key)
        self._all.reach_stamps()

    def _set_hearing(self, now: Micros) -> None:
        self._turn.begin(now)
        for key, group in self.watches.items():
            group.clock.at(now)  # a first hearing looks at the present as well
            group.wake()
            if group.evaluations:  # what has ended in blindness, or by an edit of the files
                self._moved_in_blindness.add(key)
                self._news[key].begin(now)
        for key in sorted(self._moved_in_blindness):
            self._seam.wake(key, self._turn.until)
        self._moved_in_blindness.clear()

    def _look(self, device: str, now: Micros | None, *, is_silent: bool | None = None) -> list[GroupMoved]:
        """Look at a device again; tells which groups that has changed. `now` is None where values have become too old:
        they are so since the device was last heard of."""
        found = []
        for each in self.memberships[device]:
            group, was_sure = each.group, each.group.is_sure()
            each.is_silent = each.is_silent if is_silent is None else is_silent
            told_at = max(each.device.times.values(), default=0) if now is None else now
            has_changed, has_joined = each.look(Word(told_at, told_at, is_stamped=False))
            if has_changed:
                moved = GroupMoved(
                    rule=group.rule_id,
                    subject=group.subject,
                    was_sure=was_sure,
                    reading=by_time(group.clock.latest if now is None else now),
                    changed=device,
                    has_joined=has_joined,
                    has_aged=now is None,
                )
                found.append(moved)
                group.wake()
        return found

    def _revive(self, event: SilenceEnded | ValuesRevived, *, is_silent: bool | None = None) -> None:
        reading = event.reading
        for moved in self._look(reading.device, reading.received, is_silent=is_silent):
            self._seam.emit(msgspec.structs.replace(moved, reading=reading, message=event.message, number=event.number))

    def _move(self, moved: GroupMoved) -> None:
        """Have the rule evaluated without a message: in blindness nothing is, and then each device has its turn."""
        if self._blindness.since is None:
            self._seam.emit(moved)
        else:
            self._moved_in_blindness.add((moved.rule, moved.subject))
