"""Shelves: what a person has decided that people need not be told of, for a time. Out of service is one as well."""

from __future__ import annotations

import unicodedata

import msgspec

from gateway.core.alarms.suppression import Suppress, SuppressionKind
from gateway.core.kernel.events import Action
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import DAY, Micros
from gateway.core.kernel.urgency import rank

LONGEST_SHELF: Micros = DAY
"""How long a shelf may last unless the settings say otherwise: whoever comes on duty next day decides anew. What is
broken for longer is taken out of service, which is listed apart."""


class PutAside(Action, frozen=True, kw_only=True):
    """Alarms are put aside. `duration` or `until` says for how long."""

    why: str
    """The reason, in the person's words."""
    duration: Micros | None = None
    until: Micros | None = None
    confirmed_by: str | None = None
    """A second person who agrees: without one, life-safety alarms are told all the same."""


class ShelveAlarm(PutAside, frozen=True, kw_only=True):
    """One standing alarm is put aside: its rule on its subject."""

    alarm: int
    one_shot: bool = False
    """Whether it also ends when the alarm next returns."""


class ShelveRule(PutAside, frozen=True, kw_only=True):
    """The alarms of a rule are put aside, whether one stands or not."""

    rule: str
    subject: Subject | None
    """Only those about this; None for all that the rule watches."""
    one_shot: bool = False


class TakeOutOfService(PutAside, frozen=True, kw_only=True):
    """A device does not serve, or one rule on it does not: until an end, or until somebody puts it back."""

    device: str
    rule: str | None = None


class EndShelf(Action, frozen=True, kw_only=True):
    """A shelf ends, or what was out of service is put back."""

    shelf: int
    note: str | None = None


class UnshelveAlarm(Action, frozen=True, kw_only=True):
    """The shelf of one alarm ends."""

    alarm: int
    note: str | None = None


class Shelf(msgspec.Struct, frozen=True, gc=False):
    """A shelf: a row of the store."""

    number: int
    """Unique in the life of the store."""
    kind: SuppressionKind
    """Shelved, or out of service."""
    rule: str | None
    """The rule whose alarms are put aside; None for any. One of rule and subject is given."""
    subject: Subject | None
    """What they are about; None for anything."""
    alarm: int | None
    """The alarm that was put aside; None where it was a rule or a device."""
    severity: str | None
    """That of the alarm: its shelf ends when it becomes worse, as nobody has decided about that. None without one."""
    since: Micros
    until: Micros | None
    """When it ends by itself; None where only a person ends it. It moves along when the clock is set."""
    one_shot: bool
    """Whether it also ends when an alarm of it returns."""
    life_safety: bool
    """Whether it suppresses life-safety alarms: two people have said so."""
    why: str
    by: str
    confirmed_by: str | None
    event: int
    """The audit record of its beginning."""
    ended_at: Micros | None = None
    ended_by: str | None = None
    """The person who has ended it; None where it ended by itself."""
    ended_because: str | None = None

    @property
    def source(self) -> str:
        """As which it suppresses."""
        return f"shelf:{self.number}"

    def is_exceeded_by(self, severity: str) -> bool:
        """Whether an alarm of this severity is worse than the one that was put aside."""
        return self.severity is not None and rank(severity) < rank(self.severity)

    def is_about(self, rule: str, subject: Subject) -> bool:
        """Whether it puts aside the alarms of this rule about the subject."""
        return self.rule in (None, rule) and self.subject in (None, subject)

    def suppression(self, time: Micros) -> Suppress:
        """The request to alarms."""
        return Suppress(
            source=self.source,
            kind=self.kind,
            devices=None,
            rules=None if self.rule is None else frozenset({self.rule}),
            subject=self.subject,
            why=self.why,
            until=self.until,
            by=self.by if self.confirmed_by is None else f"{self.by}, {self.confirmed_by}",
            time=time,
            cause=self.event,
            two_people=self.life_safety,
        )


def replaced_by(number: int) -> str:
    """Why a shelf has ended in whose place the one of this number began."""
    return f"replaced by shelf {number}"


def is_same_person(name: str, other: str) -> bool:
    """Whether two names are the same but for spaces, case and spelling of characters."""
    return plain_name(name) == plain_name(other)


def plain_name(name: str) -> str:
    """A name without spaces, case and spelling of characters."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
