"""All devices as members of groups: what an earlier run knew of them, and what a clock that is set changes."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.devices.latest import Devices
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.following import Calm
from gateway.core.rules.groups.member import Membership
from gateway.core.rules.groups.news import News
from gateway.core.rules.groups.novelty import Limit
from gateway.core.rules.groups.stretch import Key, Stretch, Word
from gateway.core.rules.groups.tallies import CountTally
from gateway.core.rules.groups.watch import GroupWatch


class Memberships:
    """One for each group in which a device is."""

    def __init__(
        self,
        groups: Mapping[tuple[str, Subject], GroupWatch],
        news: Mapping[tuple[str, Subject], News],
        devices: Devices,
    ) -> None:
        self.by_device: dict[str, list[Membership]] = {}
        for key, group in groups.items():
            calms: dict[Limit, Calm] = {}
            for member in group.members:
                self.by_device.setdefault(member, []).append(Membership(devices[member], group, news[key], calms))

    def restore(self, rows: Mapping[Key, Stretch], now: Micros) -> dict[Key, None]:
        """Know in which stretches conditions held in earlier runs, and the latest values of the members.

        Returns:
            The stretches that no rule reads any more, or that do not last by an edit of the site's files.
        """
        gone: dict[Key, None] = {}
        for key, stretch in rows.items():
            found = self._tallies_of(key)
            for tally in found:
                tally.put(key[2], stretch)
            if not found:
                gone[key] = None
        for memberships in self.by_device.values():
            for each in memberships:
                each.look(Word(each.latest_time, now, is_stamped=False))
                gone |= dict.fromkeys(each.forget_what_no_longer_holds())
        return gone

    def reach_stamps(self) -> None:
        """In blindness stamps alone move groups on: from the latest known ones, as after a restart."""
        for memberships in self.by_device.values():
            for each in memberships:
                each.group.clock.reached = max(each.group.clock.reached, each.latest_stamp)

    def clock_set(self, by: Micros, since: Micros) -> dict[Key, Stretch]:
        """The gateway's clock was set by so much: all stretches, of which those have moved that it has told from
        `since` on."""
        moved: dict[Key, Stretch] = {}
        for device, memberships in self.by_device.items():
            for each in memberships:
                for name, tally in each.counts:
                    if (stretch := tally.stretches.get(device)) is not None:
                        key = each.group.rule_id, name, device
                        moved[key] = stretch.after_clock_set(by, since)
                        tally.put(device, moved[key])
        return moved

    def _tallies_of(self, key: Key) -> list[CountTally]:
        """What is kept of a device for a function, in each group of the rule in which it is."""
        groups = [each.group for each in self.by_device.get(key[2], ()) if each.group.rule_id == key[0]]
        found = [group.tallies.get(key[1]) for group in groups]
        return [tally for tally in found if isinstance(tally, CountTally)]
