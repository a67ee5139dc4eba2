"""The actions of people in a test, as the API would pass them on."""

from __future__ import annotations

from typing import Any

from gateway.authoring.histories.doing import Deed
from gateway.authoring.histories.standing import Standing
from gateway.core.alarms.actions import Acknowledge, Comment, Reset
from gateway.core.alarms.maintenance_actions import EndMaintenance, StartMaintenance
from gateway.core.alarms.shelf import EndShelf, ShelveAlarm, ShelveRule, TakeOutOfService, UnshelveAlarm
from gateway.core.alarms.suppression import SuppressionKind
from gateway.core.kernel.events import Action
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.errors import GatewayError

_SOMEBODY = "somebody"


class NothingThere(GatewayError):
    """What a person wants to act on is not there."""


def action_of(deed: Deed, standing: Standing) -> Action:
    """The action of a person.

    Raises:
        NothingThere: there is no such alarm, shelf or maintenance.
    """
    by = deed.by or _SOMEBODY
    value: Any = getattr(deed, deed.kind)
    match deed.kind:
        case "acknowledge":
            return Acknowledge(alarm=_alarm(value, standing), by=by, note=deed.note)
        case "reset":
            return Reset(alarm=_alarm(value, standing), by=by, note=deed.note)
        case "comment":
            number = _alarm(value, standing)
            over = None if number in standing.alarms else standing.last_alarms[value]
            return Comment(alarm=number, by=by, note=deed.note, over=over)
        case "shelve":
            return _shelve(deed, value, standing, by)
        case "unshelve":
            return _unshelve(deed, value, standing, by)
        case "out_of_service":
            rule, _, device = value.rpartition("/")
            return TakeOutOfService(device=device, rule=rule or None, **_terms(deed, by))
        case "in_service":
            rule, _, device = value.rpartition("/")
            kind, subject = SuppressionKind.OUT_OF_SERVICE, Subject.of_device(device)
            return EndShelf(shelf=_shelf(standing, kind, rule or None, subject, value), by=by, note=deed.note)
        case "maintenance":
            return StartMaintenance(devices=value, duration=deed.for_ or 0, reason=deed.reason or "", by=by)
        case "end_maintenance":
            for each in standing.maintenance.values():
                if value in each.devices:
                    return EndMaintenance(maintenance=each.number, by=by, note=deed.note)
            raise NothingThere(f"nobody works on {value}")
    raise ValueError(f"{deed.kind} is nothing that a person does")


def subject_of(text: str) -> Subject:
    """A subject as topics have it: the id of a device, or `kind:id`."""
    kind, colon, _ = text.partition(":")
    return Subject.parse(text) if colon and kind in {each.value for each in SubjectKind} else Subject.of_device(text)


def _alarm(name: str, standing: Standing) -> int:
    record = standing.last_alarms.get(name)
    if record is None:
        raise NothingThere(f"there was no alarm {name} until then")
    return record.number


def _terms(deed: Deed, by: str) -> dict[str, Any]:
    return {"by": by, "why": deed.reason or "", "duration": deed.for_, "confirmed_by": deed.confirmed_by}


def _shelve(deed: Deed, name: str, standing: Standing, by: str) -> Action:
    record = standing.last_alarms.get(name)
    terms = {**_terms(deed, by), "one_shot": deed.one_shot}
    if record is not None and record.number in standing.alarms:
        return ShelveAlarm(alarm=record.number, **terms)
    rule, slash, subject = name.partition("/")
    return ShelveRule(rule=rule, subject=subject_of(subject) if slash else None, **terms)


def _unshelve(deed: Deed, name: str, standing: Standing, by: str) -> Action:
    record = standing.last_alarms.get(name)
    if record is not None and record.number in standing.alarms:
        return UnshelveAlarm(alarm=record.number, by=by, note=deed.note)
    rule, slash, subject = name.partition("/")
    about = subject_of(subject) if slash else None
    return EndShelf(shelf=_shelf(standing, SuppressionKind.SHELVED, rule, about, name), by=by, note=deed.note)


def _shelf(standing: Standing, kind: SuppressionKind, rule: str | None, subject: Subject | None, name: str) -> int:
    for shelf in standing.shelves.values():
        if (shelf.kind, shelf.rule, shelf.subject) == (kind, rule, subject):
            return shelf.number
    raise NothingThere(f"{name} is not {kind.value.replace('_', ' ')}")
