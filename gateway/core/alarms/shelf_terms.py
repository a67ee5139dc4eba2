"""On which terms people may put alarms aside: for how long, and who has to agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.definitions import Definitions
from gateway.core.alarms.shelf import (
    LONGEST_SHELF,
    PutAside,
    ShelveAlarm,
    ShelveRule,
    TakeOutOfService,
    is_same_person,
)
from gateway.core.alarms.suppression import SuppressionKind
from gateway.core.kernel.errors import InvalidAction
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import DAY, HOUR, Micros
from gateway.core.site.people import PersonSpec

_LATEST_END: Micros = 3650 * DAY
"""From now on. A later end is a slip of the pen, and could not be written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is put aside, and until when."""

    kind: SuppressionKind
    rule: str | None
    subject: Subject | None
    until: Micros | None
    life_safety: bool
    """Whether life-safety alarms as well."""
    one_shot: bool = False


class ShelfTerms:
    """Decides whether alarms may be put aside as a person wants.

    Alarms of `life_safety` rules are put aside by two people, for a limited time. A device that is taken out of service
    by one person goes on telling of them.
    """

    def __init__(
        self, definitions: Definitions, people: Mapping[str, PersonSpec], longest: Micros = LONGEST_SHELF
    ) -> None:
        """
        Args:
            definitions: of the site's alarms.
            people: of the site, by id. Where the files name some, two of them have to agree.
            longest: for how long alarms may be shelved, and life-safety alarms be put aside at all.
        """
        self._definitions = definitions
        self._people = people
        self._longest = longest

    def is_known(self, rule: str | None, subject: Subject | None) -> bool:
        """Whether the site's files have what this is about."""
        return self._definitions.knows(subject) if rule is None else bool(self._affected(rule, subject))

    def of_shelf(self, action: ShelveAlarm | ShelveRule, rule: str, subject: Subject | None, now: Micros) -> Terms:
        """The terms of a shelf.

        Raises:
            InvalidAction: it is not allowed; the text says what would be.
        """
        if not self.is_known(rule, subject):
            about = "" if subject is None else f" about {subject.level}"
            raise InvalidAction(f"the site has no alarms of the rule {rule!r}{about}: name one of its rules")
        if action.one_shot and subject is None:
            raise InvalidAction("a shelf that ends when its alarm returns needs a device: name one")
        until = _end_of(action, now)
        if until is None:
            raise InvalidAction("a shelf needs an end: say for how long, or until when")
        self._check_length(until, now)
        is_life_safety = any(each.life_safety for each in self._affected(rule, subject))
        self._check_second_person(action, is_needed=is_life_safety)
        return Terms(
            kind=SuppressionKind.SHELVED,
            rule=rule,
            subject=subject,
            until=until,
            life_safety=is_life_safety,
            one_shot=action.one_shot,
        )

    def of_service(self, action: TakeOutOfService, now: Micros) -> Terms:
        """The terms on which a device, or a rule on it, is out of service.

        Raises:
            InvalidAction: it is not allowed; the text says what would be.
        """
        subject = Subject.of_device(action.device)
        if not self._definitions.knows(subject):
            raise InvalidAction(f"the site has no device {action.device!r}: name one of its files")
        if not self.is_known(action.rule, subject):
            raise InvalidAction(f"the rule {action.rule!r} does not watch {action.device}: name one that does, or none")
        until = _end_of(action, now)
        has_life_safety = any(each.life_safety for each in self._affected(action.rule, subject))
        self._check_second_person(action, is_needed=has_life_safety and action.rule is not None)
        is_life_safety = has_life_safety and action.confirmed_by is not None
        if is_life_safety:
            if until is None:
                raise InvalidAction("life-safety alarms are put aside for a limited time only: say until when")
            self._check_length(until, now)
        return Terms(
            kind=SuppressionKind.OUT_OF_SERVICE,
            rule=action.rule,
            subject=subject,
            until=until,
            life_safety=is_life_safety,
        )

    def _affected(self, rule: str | None, subject: Subject | None) -> list[AlarmDefinition]:
        if rule is None:
            return self._definitions.about(subject)
        if subject is None:
            return self._definitions.of_rule(rule)
        return self._definitions.on(rule, subject)

    def _check_length(self, until: Micros, now: Micros) -> None:
        if until - now > self._longest:
            raise InvalidAction(
                f"that is longer than the {self._longest / HOUR:g} h that are allowed: take less and renew it in time; "
                "what is broken for longer can be taken out of service"
            )

    def _check_second_person(self, action: PutAside, *, is_needed: bool) -> None:
        if action.confirmed_by is None:
            if is_needed:
                raise InvalidAction("people may be in danger: a second person must confirm, give `confirmed_by`")
        elif is_same_person(action.by, action.confirmed_by) or (
            self._people and self._person(action.by) == self._person(action.confirmed_by)
        ):
            raise InvalidAction("a second person must confirm: `confirmed_by` is the same as `by`")

    def _person(self, name: str) -> str:
        """The id of the person whom the site's files call so, or whose id it is."""
        for person in self._people.values():
            names = () if person.name is None else (person.name.en, person.name.zh or person.name.en)
            if any(is_same_person(name, each) for each in (person.id, *names)):
                return person.id
        raise InvalidAction(f"{name} is none of the site's people: two of them have to agree, by name or id")


def _end_of(action: PutAside, now: Micros) -> Micros | None:
    if action.until is not None and action.duration is not None:
        raise InvalidAction("say for how long or until when, not both")
    until = action.until if action.duration is None else now + action.duration
    if until is not None and until <= now:
        raise InvalidAction("the end has passed already: name a later one")
    if until is not None and until - now > _LATEST_END:
        raise InvalidAction("the end is more than ten years away: name an earlier one, or none")
    return until
