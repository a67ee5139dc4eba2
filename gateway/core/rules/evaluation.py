"""The evaluation of one rule on one subject, from the first reading that breaches until its off-delay has ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import MINUTE, Micros
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.rule import Rule
from gateway.core.rules.trouble import RejectedValue

Key = tuple[str, Subject]
"""The key of a rule, and the subject."""

CONFIRM_WITHIN: Micros = MINUTE
"""For so long after blindness only a fresh reading ends a delay that ran before; then time alone does so too."""


class EvaluationRecord(msgspec.Struct, frozen=True, gc=False):
    """An evaluation: a row of the store."""

    rule: str
    """Its key."""
    subject: Subject
    active: bool
    delay_since: Micros | None
    """The start of a running delay, moved on by the time that did not count; None when none runs."""
    evidence: Evidence
    clearing: Evidence | None = None
    rejected: dict[str, RejectedValue] = {}
    """Of the rule `trouble`: the metrics whose values are rejected."""
    stamped_at: Micros | None = None
    """While a delay runs in blindness: the stamp of the latest reading heard in it; None if there was none."""
    is_confirmed: bool = False
    """While a delay runs in blindness: whether a reading heard in it has been evaluated."""
    unconfirmed_until: Micros | None = None
    """While a delay runs that no reading has confirmed since blindness: before this, time alone does not end it. In
    blindness as if the gateway had gone on hearing."""


class Evaluation(msgspec.Struct, gc=False):
    """The on-delay runs until the evaluation is active. Then the off-delay runs whenever the condition is cleared.

    While the gateway hears, a delay counts time. While it is blind, only the time between stamped readings counts.
    """

    rule: Rule
    subject: Subject
    evidence: Evidence
    active: bool = False
    """Whether the condition has held for its on-delay."""
    clearing: Evidence | None = None
    """The message and reading with which the running off-delay began."""
    elapsed: Micros | None = None
    """How much of the running delay was counted; None when none runs."""
    counted_to: Micros = 0
    """Until when time was counted, while the gateway hears."""
    stamped_at: Micros | None = None
    """The stamp of the latest reading heard in the present blindness; None if there was none."""
    is_confirmed: bool = False
    """Whether a reading has been evaluated since the present or latest blindness began."""
    unconfirmed_until: Micros = 0
    """After blindness, time alone ends no delay before this: first the device has its turn."""
    grace: Micros = CONFIRM_WITHIN
    """How long its turn is after the present blindness. What a short hearing has used up of it is not given again: a
    link that comes and goes must not put off an alarm for ever."""
    settle: Micros = 0
    """By how much the on-delay is longer than its rule's."""
    rejected: Mapping[str, RejectedValue] = msgspec.field(default_factory=dict)
    """Of the rule `trouble`: the metrics whose values are rejected; the watch updates this very mapping."""

    @property
    def key(self) -> Key:
        """Under which it is stored."""
        return self.rule.key, self.subject

    def told(self, now: Micros) -> dict[str, Any]:
        """The fields of the event that tells of it."""
        detail = "; ".join(each.detail for each in self.rejected.values()) or None
        return {"rule": self.rule, "subject": self.subject, "time": now, "evidence": self.evidence, "detail": detail}

    @property
    def delay(self) -> Micros:
        """The length of the delay that runs, or would run next."""
        return self.rule.off_delay if self.active else self.rule.on_delay + self.settle

    @property
    def due(self) -> Micros:
        """When time alone ends the running delay."""
        return max(self.counted_to + self.delay - (self.elapsed or 0), self.unconfirmed_until)

    @property
    def is_over(self) -> bool:
        """Whether the running delay was counted to its end."""
        return self.elapsed is not None and self.elapsed >= self.delay

    def count(self, now: Micros) -> None:
        """Count the time until now. A clock that was set back counts nothing."""
        if self.elapsed is not None:
            self.elapsed += max(0, now - self.counted_to)
        self.counted_to = now

    def count_stamped(self, stamp: Micros) -> None:
        """Count the time between the stamps of two readings that were heard in the present blindness.

        A reading that was overtaken by a later one is none of them: the time after it would count twice.
        """
        if self.elapsed is not None and self.stamped_at is not None:
            self.elapsed += max(0, stamp - self.stamped_at)
        self.stamped_at = stamp

    def confirm(self) -> None:
        """A reading was heard: the device has had its turn."""
        self.is_confirmed, self.unconfirmed_until, self.grace = True, 0, CONFIRM_WITHIN

    def suspend(self, since: Micros) -> None:
        """The gateway is blind from then on: what is left of the device's turn comes afterwards."""
        self.count(since)
        if self.unconfirmed_until:
            self.grace = _rest(self.unconfirmed_until, since)
            self.unconfirmed_until = 0

    def restore(self, record: EvaluationRecord, reached: Micros) -> None:
        """Go on with a delay of an earlier run, which has heard until then, by the clock as it was set."""
        if record.delay_since is None:
            return
        self.elapsed = max(0, reached - record.delay_since)
        self.stamped_at, self.is_confirmed = record.stamped_at, record.is_confirmed
        if record.unconfirmed_until is not None:
            self.grace = _rest(record.unconfirmed_until, reached)

    def record(self, blind_since: Micros | None) -> EvaluationRecord:
        """The row to store."""
        counted_to = self.counted_to if blind_since is None else blind_since
        since = None if self.elapsed is None else counted_to - self.elapsed
        is_delayed_in_blindness = blind_since is not None and since is not None
        unconfirmed_until = self.unconfirmed_until if blind_since is None else blind_since + self.grace
        return EvaluationRecord(
            self.rule.key,
            self.subject,
            self.active,
            since,
            self.evidence,
            self.clearing,
            {**self.rejected},
            self.stamped_at if is_delayed_in_blindness else None,
            self.is_confirmed and is_delayed_in_blindness,
            None if since is None or self.is_confirmed else unconfirmed_until or None,
        )


def _rest(unconfirmed_until: Micros, since: Micros) -> Micros:
    """What is left of the device's turn, or a new one if it is over."""
    rest = unconfirmed_until - since
    return rest if 0 <= rest < CONFIRM_WITHIN else CONFIRM_WITHIN
