"""Takes the reading of an item from the device, as it is at that moment."""

from __future__ import annotations

from gateway.core.checklists.items import Item
from gateway.core.devices.requests import LatestValue, ReadLatest
from gateway.core.kernel.errors import ChecklistRefused, InvalidAction
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import SECOND, Micros, written_duration
from gateway.core.kernel.values import Value


def take_reading(seam: Seam, item: Item, device: str | None, now: Micros) -> tuple[Value, Micros]:
    """The latest value of the item's metric, and when the device measured it.

    Raises:
        ChecklistRefused: it is unknown, too old or of another unit or type; a person can enter the value.
    """
    if item.metric is None or device is None:
        raise _refuse(item, "this checklist is about no device")
    found: list[LatestValue] = []
    seam.ask(ReadLatest(device=device, metric=item.metric, answer=found.append))
    if not found:
        raise _refuse(item, f"{device} has not reported {item.metric}")
    (latest,) = found
    age = now - latest.time
    if not latest.is_known or abs(age) > item.max_age:  # a time of the future says nothing of the age
        when = f"{written_duration(abs(age) // SECOND * SECOND)} {'old' if age >= 0 else 'ahead of the present'}"
        why = f"may be {written_duration(item.max_age)} old" if latest.is_known else "may not hold any more"
        raise _refuse(item, f"the latest {item.metric} of {device} is {when}, and {why}")
    if latest.unit != item.unit:
        raise _refuse(item, f"{device} reports {item.metric} in another unit, {latest.unit or 'none'}")
    try:
        value = item.accept(latest.value, None)
    except InvalidAction as error:
        raise _refuse(item, f"what {device} reports does not fit: {error}") from error
    if value is None:
        raise TypeError(f"{item.id} takes no reading")
    return value, latest.time


def _refuse(item: Item, why: str) -> ChecklistRefused:
    return ChecklistRefused(f"{item.id}: {why}; look at the instrument on site, and enter the value")
