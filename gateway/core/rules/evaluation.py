"""The evaluation of one rule on one subject, from the first reading that breaches until its off-delay has ended."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.rule import Rule
from gateway.core.rules.trouble import RejectedValue

Key = tuple[str, Subject]
"""Rule and subject."""


class EvaluationRecord(msgspec.Struct, frozen=True, gc=False):
    """An evaluation: a row of the store."""

    rule: str
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
    """Whether a reading of the present blindness has been evaluated."""
    unconfirmed_until: Micros = 0
    """After blindness, time alone ends no delay before this: first the device has its turn."""
    rejected: Mapping[str, RejectedValue] = msgspec.field(default_factory=dict)
    """Of the rule `trouble`: the metrics whose values are rejected; the watch updates this very mapping."""

    @property
    def key(self) -> Key:
        """Under which it is stored."""
        return self.rule.id, self.subject

    @property
    def delay(self) -> Micros:
        """The length of the delay that runs, or would run next."""
        return self.rule.off_delay if self.active else self.rule.on_delay

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
        """Count the time between the stamps of two readings that were heard in the present blindness."""
        if self.elapsed is not None and self.stamped_at is not None:
            self.elapsed += max(0, stamp - self.stamped_at)
        self.stamped_at = stamp

    def record(self, blind_since: Micros | None) -> EvaluationRecord:
        """The row to store."""
        counted_to = self.counted_to if blind_since is None else blind_since
        since = None if self.elapsed is None else counted_to - self.elapsed
        is_delayed_in_blindness = blind_since is not None and since is not None
        return EvaluationRecord(
            self.rule.id,
            self.subject,
            self.active,
            since,
            self.evidence,
            self.clearing,
            {**self.rejected},
            self.stamped_at if is_delayed_in_blindness else None,
            self.is_confirmed and is_delayed_in_blindness,
        )
