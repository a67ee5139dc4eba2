"""The part that keeps what rules know of groups of devices, and tells when other than a reading has changed that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from gateway.core.devices.events import SilenceBegan, SilenceEnded, ValuesAged, ValuesRevived
from gateway.core.devices.latest import Devices
from gateway.core.kernel.blindness import BecameBlind, Blindness, HearsAgain
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.evaluation import CONFIRM_WITHIN
from gateway.core.rules.groups.building import build_groups
from gateway.core.rules.groups.ended import Ended
from gateway.core.rules.groups.events import GroupMoved
from gateway.core.rules.groups.member import Membership
from gateway.core.rules.groups.tallies import CountTally
from gateway.core.rules.groups.watch import GroupWatch
from gateway.core.rules.rule import Rule
from gateway.core.site.site import Site

Key = tuple[str, str, str]
"""Of an ending: the rule, the function, and the device."""


class Groups(Part):
    """Knows the members of each group. Readings come to it by the evaluator; silence, age and time as events."""

    name: ClassVar[str] = "groups"

    def __init__(self, site: Site, rules: Sequence[Rule], devices: Devices, blindness: Blindness, seam: Seam) -> None:
        self._seam, self._blindness, self._devices = seam, blindness, devices
        self.watches: dict[tuple[str, Subject], GroupWatch] = build_groups(site, rules, blindness, self)
        """By the id of the rule, and the subject."""
        self.memberships: dict[str, list[Membership]] = {}
        """By device."""
        for group in self.watches.values():
            for member in group.members:
                self.memberships.setdefault(member, []).append(Membership(devices[member], group))
        self._endings: dict[Key, Ended] = {}
        """Until when conditions have held that hold no longer."""
        self._changed: dict[Key, Ended | None] = {}
        self._moved_in_blindness: set[tuple[str, Subject]] = set()
        self._unconfirmed_until: Micros = 0
        self._grace: Micros = CONFIRM_WITHIN
        self._doubted_since: Micros = 0

    def restore(self, rows: Sequence[Ended], now: Micros) -> None:
        """Know the latest values of the members, and until when conditions held in earlier runs."""
        for memberships in self.memberships.values():
            for each in memberships:
                each.look(now)
        self._reach_stamps()
        for interval in self._devices.hearing.intervals:
            self._unconfirmed_until = interval.since + self._grace
            self._grace = self._grace if interval.until is None else self._left_at(interval.until)
        for row in rows:
            found = self._tallies_of(row)
            for tally in found:
                tally.restore(row.device, row.time)
            if found:
                self._endings[row.rule, row.function, row.device] = row
            else:
                self._changed[row.rule, row.function, row.device] = None

    def on(self, event: Event) -> None:
        """Follow what else than a reading changes what is known of members."""
        match event:
            case SilenceBegan() if event.device in self.memberships:
                self._set_silent(event.device, is_silent=True)
                for each in self._changed_of(event.device, event.time):
                    self._move(each, event.time)
            case SilenceEnded() if event.reading.device in self.memberships:
                self._set_silent(event.reading.device, is_silent=False)
                self._revive(event)
            case ValuesAged() if event.device in self.memberships:
                for each in self._changed_of(event.device, None):
                    self._move(each, 0)
            case ValuesRevived() if event.reading.device in self.memberships:
                self._revive(event)
            case BecameBlind():
                self._set_blind(event.since)
            case ClockDoubted():
                self._doubted_since = event.since
            case ClockCorrected():
                self._doubted_since = 0 if event.is_certain else event.since + event.by
            case HearsAgain():
                self._unconfirmed_until = event.time + self._grace
                for name, group in self.watches.items():
                    self.wake(group)
                    if group.evaluations:  # what has ended in blindness, or by an edit of the files
                        self._moved_in_blindness.add(name)
                for key in sorted(self._moved_in_blindness):
                    self._seam.wake(key, self._unconfirmed_until)
                self._moved_in_blindness.clear()

    def tick(self, key: tuple[str, Subject], now: Micros) -> None:
        """A member may no longer count."""
        group = self.watches[key]
        if self._blindness.since is None:
            group.joined = None
            self._move(group, now)
            self.wake(group)

    def clock_set(self, by: Micros) -> None:
        """Move the endings that the gateway's clock has told; those of an earlier run, whose clock was right, stay."""
        since = self._doubted_since if by > 0 else 0
        for key, ended in [*self._endings.items()]:
            if not ended.is_stamped and ended.time >= since:
                for tally in self._tallies_of(ended):
                    if ended.device in tally.ended:
                        tally.move(ended.device, by)
                self._endings[key] = self._changed[key] = msgspec.structs.replace(ended, time=ended.time + by)
        self._unconfirmed_until += by if self._unconfirmed_until else 0
        for group in self.watches.values():
            group.clock.forget()
            self.wake(group)

    def finish(self) -> Mapping[Key, Ended | None] | None:
        """Until when conditions have held that have ended in this step; None for one that no rule reads any more."""
        if not self._changed:
            return None
        changed, self._changed = self._changed, {}
        return changed

    def keep(self, ended: Ended) -> None:
        """Store until when the condition of a member has held."""
        key = ended.rule, ended.function, ended.device
        self._endings[key] = self._changed[key] = ended

    def tell(self, event: Event) -> None:
        """Emit an event of a group."""
        self._seam.emit(event)

    def wake(self, group: GroupWatch) -> None:
        """Look at the group when its next member no longer counts. After blindness each device has its turn first."""
        if self._blindness.since is not None:
            return
        due = group.next_end()
        if due is not None:
            self._seam.wake((group.rule_id, group.subject), max(due, self._unconfirmed_until))

    def _set_blind(self, since: Micros) -> None:
        self._grace = self._left_at(since)
        for key, group in self.watches.items():
            group.clock.forget()
            self._seam.let_sleep(key)
        self._reach_stamps()

    def _left_at(self, time: Micros) -> Micros:
        """What is left of the turn of devices when a hearing ends, or a whole one."""
        left = self._unconfirmed_until - time
        return left if 0 < left < CONFIRM_WITHIN else CONFIRM_WITHIN

    def _reach_stamps(self) -> None:
        """In blindness stamps alone move groups on: from the latest known ones, as after a restart."""
        for memberships in self.memberships.values():
            for each in memberships:
                each.group.clock.reached = max(each.group.clock.reached, each.latest_stamp)

    def _set_silent(self, device: str, *, is_silent: bool) -> None:
        for each in self.memberships[device]:
            each.is_silent = is_silent

    def _changed_of(self, device: str, time: Micros | None) -> list[GroupWatch]:
        """The groups of a device for which something has changed; `time` is when, or None for when it was last heard
        of."""
        found = []
        for each in self.memberships[device]:
            each.group.joined = None
            at = time if time is not None else max(each.device.times.values(), default=0)
            if each.look(at)[0]:
                found.append(each.group)
                self.wake(each.group)
        return found

    def _revive(self, event: SilenceEnded | ValuesRevived) -> None:
        reading, message, number = event.reading, event.message, event.number
        for each in self._changed_of(reading.device, reading.received):
            moved = GroupMoved(
                rule=each.rule_id,
                subject=each.subject,
                time=reading.received,
                reading=reading,
                message=message,
                number=number,
            )
            self._seam.emit(moved)

    def _move(self, group: GroupWatch, time: Micros) -> None:
        """Have the rule evaluated without a message: in blindness nothing is, and then each device has its turn."""
        if time and self._blindness.since is not None:
            self._moved_in_blindness.add((group.rule_id, group.subject))
        else:
            self._seam.emit(GroupMoved(rule=group.rule_id, subject=group.subject, time=time))

    def _tallies_of(self, ended: Ended) -> list[CountTally]:
        """What is kept of a device for a function, in each group of the rule in which it is."""
        groups = [each.group for each in self.memberships.get(ended.device, ()) if each.group.rule_id == ended.rule]
        found = [group.tallies.get(ended.function) for group in groups]
        return [tally for tally in found if isinstance(tally, CountTally)]
