"""Takes the reading of an item from the device, as it is at that moment."""

from __future__ import annotations

from gateway.core.checklists.items import Item
from gateway.core.devices.requests import AskHeard, Heard, LatestValue, ReadLatest
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.errors import ChecklistRefused, InvalidAction
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import SECOND, Micros, written_duration
from gateway.core.kernel.values import Value


class Instruments:
    """Reads them, and knows whether the age of what they have shown is known."""

    def __init__(self, seam: Seam) -> None:
        self._seam = seam
        self._doubted_since: Micros | None = None
        """While the gateway does not know what time it is: when it started, by its clock."""

    def on(self, event: Event) -> None:
        """Know whether the gateway knows the time."""
        match event:
            case ClockDoubted():
                self._doubted_since = event.since
            case ClockCorrected():
                self._doubted_since = None if event.is_certain else event.since + event.by

    def take(self, item: Item, device: str | None, now: Micros) -> tuple[Value, Micros]:
        """The latest value of the item's metric, and when the device measured it.

        Raises:
            ChecklistRefused: it is unknown, too old or of another unit or type; a person can enter the value.
        """
        if item.metric is None or device is None:
            raise _refuse(item, "this checklist is about no device")
        found: list[LatestValue] = []
        self._seam.ask(ReadLatest(device=device, metric=item.metric, answer=found.append))
        if not found:
            raise _refuse(item, f"{device} has not reported {item.metric}")
        (latest,) = found
        heard: list[Heard] = []
        self._seam.ask(AskHeard(device=device, answer=heard.append))
        heard_at = max((each.at for each in heard), default=0)
        if self._doubted_since is not None and min(latest.time, heard_at) < self._doubted_since:
            why = "may be of before the start, and the gateway does not know yet what time it is"
            raise _refuse(item, f"the latest {item.metric} of {device} {why}")
        age = now - latest.time
        if not latest.is_known or abs(age) > item.max_age:  # a time of the future says nothing of the age
            when = f"{_duration(abs(age))} {'old' if age >= 0 else 'ahead of the present'}"
            why = f"may be {written_duration(item.max_age)} old" if latest.is_known else "may not hold any more"
            raise _refuse(item, f"the latest {item.metric} of {device} is {when}, and {why}")
        if now - heard_at > item.max_age:  # what the broker has kept may be much older than it seems
            when = f"heard {_duration(now - heard_at)} ago" if heard_at else "never heard"
            why = f"is what the broker has kept, and {device} itself was {when}"
            raise _refuse(item, f"the latest {item.metric} of {device} {why}")
        if latest.unit != item.unit:
            raise _refuse(item, f"{device} reports {item.metric} in another unit, {latest.unit or 'none'}")
        try:
            value = item.accept(latest.value, None)
        except InvalidAction as error:
            raise _refuse(item, f"what {device} reports does not fit: {error}") from error
        if value is None:
            raise TypeError(f"{item.id} takes no reading")
        return value, latest.time


def _duration(duration: Micros) -> str:
    return written_duration(duration // SECOND * SECOND)


def _refuse(item: Item, why: str) -> ChecklistRefused:
    return ChecklistRefused(f"{item.id}: {why}; look at the instrument on site, and enter the value")
