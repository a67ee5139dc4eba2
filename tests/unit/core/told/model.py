"""What people must be told: the contracts of time, blindness, repetition and restarts, derived from what was heard.

It shares nothing with the engine. It keeps all that each device has said, with the steady time at which that was
heard, and all the times in which the gateway was blind, and reckons each answer anew from these lists. A restart is to
it a time of blindness like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

Value = bool | float
Facts = Mapping[str, Value]
SECOND = 1_000_000
MINUTE = 60 * SECOND
BEHIND, AHEAD = 5 * MINUTE, MINUTE
"""The default bounds of a device's clock."""
YEAR_2000 = 946_684_800 * SECOND


class Told(NamedTuple):
    """One thing that people were told."""

    time: int
    """By the gateway's wall clock, in microseconds."""
    step: str
    state: str


@dataclass(frozen=True)
class ModelRule:
    """A rule, in Python."""

    name: str
    metrics: frozenset[str]
    breaches: Callable[[Facts], bool]
    """Given all its metrics."""
    clears: Callable[[Facts], bool]
    on_delay: int = 0
    off_delay: int = 0
    latched: bool = False

    def judge(self, facts: Facts) -> tuple[bool | None, bool | None]:
        """Whether the facts breach and whether they clear; None when a metric is unknown."""
        if not self.metrics <= facts.keys():
            return None, None
        return self.breaches(facts), self.clears(facts)


RULES = (
    ModelRule("fire", frozenset({"smoke"}), lambda facts: bool(facts["smoke"]), lambda facts: not facts["smoke"]),
    ModelRule(
        "fire-held",
        frozenset({"smoke"}),
        lambda facts: bool(facts["smoke"]),
        lambda facts: not facts["smoke"],
        off_delay=MINUTE,
        latched=True,
    ),
    ModelRule("call", frozenset({"call"}), lambda facts: bool(facts["call"]), lambda facts: not facts["call"]),
    ModelRule(
        "low",
        frozenset({"level"}),
        lambda facts: facts["level"] < 1,
        lambda facts: facts["level"] >= 1,
        on_delay=MINUTE,
        off_delay=30 * SECOND,
    ),
    ModelRule(
        "low-long",
        frozenset({"level"}),
        lambda facts: facts["level"] < 1,
        lambda facts: facts["level"] > 2,
        on_delay=5 * MINUTE,
        latched=True,
    ),
    ModelRule(
        "low-armed",
        frozenset({"level", "armed"}),
        lambda facts: facts["level"] < 1 and bool(facts["armed"]),
        lambda facts: not (facts["level"] < 1 and facts["armed"]),
        on_delay=10 * SECOND,
    ),
)

TROUBLE = ModelRule(
    "trouble", frozenset(), lambda _facts: False, lambda _facts: True, on_delay=10 * SECOND, off_delay=10 * SECOND
)
"""Of each device: its latest word on a life-safety metric cannot be used."""

LIFE_SAFETY = frozenset({"smoke", "call"})


@dataclass
class Gap:
    """A time in which the gateway was blind, by the steady clock."""

    since: int
    until: int | None = None


@dataclass(frozen=True)
class Entry:
    """What one message has changed in what is known of its device."""

    values: Facts
    stamp: int | None
    """None if it counts as said when it was received."""
    of_earlier: bool = False
    sets_back: bool = False
    """Whether the device's clock was set back before: earlier stamps say nothing of what is late."""


@dataclass
class History:
    """All that one device has said and that was believed, oldest first."""

    by_server: bool
    entries: list[Entry] = field(default_factory=list)
    pace: tuple[int, int] | None = None
    """Stamp of the latest message with usable values that says something of the clock, and when it was received by the
    steady clock."""
    unusable: dict[str, int | None] = field(default_factory=dict)
    """The life-safety metrics of which the latest word cannot be used, each with its stamp."""

    @property
    def facts(self) -> dict[str, Value]:
        """The latest value of each metric that was news when it came: rules read no others."""
        news = (entry for entry in self.entries if not entry.of_earlier)
        return {metric: value for entry in news for metric, value in entry.values.items()}

    def latest(self, metric: str) -> Entry | None:
        """The entry that says last what the metric is."""
        return next((entry for entry in reversed(self.entries) if metric in entry.values), None)

    @property
    def newest(self) -> int:
        """The highest stamp since the device's clock was last set back."""
        newest = 0
        for entry in self.entries:
            if entry.stamp is not None and not entry.of_earlier:
                newest = entry.stamp if entry.sets_back else max(newest, entry.stamp)
        return newest

    def in_order(self, entry: Entry) -> int | None:
        """The stamp of a message, unless a later one has overtaken it."""
        return entry.stamp if entry.stamp is not None and entry.stamp >= self.newest else None

    def repeats(self, values: Facts, stamp: int) -> bool:
        """Whether this is what the device said last, with the same stamp."""
        known = {metric: self.latest(metric) for metric in values}
        return stamp == self.newest and all(
            entry is not None
            and not entry.of_earlier
            and entry.stamp == stamp
            and entry.values[metric] == values[metric]
            for metric, entry in known.items()
        )

    def is_late(self, metric: str, stamp: int) -> bool:
        """Whether a newer stamp of this metric is known."""
        entry = self.latest(metric)
        return entry is not None and entry.stamp is not None and entry.stamp > stamp


class Judged(NamedTuple):
    """A rule's view of one reading."""

    at: int
    """When it was heard, by the steady clock."""
    verdicts: tuple[bool | None, bool | None]
    """Whether it breaches and whether it clears."""
    stamp: int | None
    """None if it has none, or was overtaken by a later one."""
    gaps: int
    """How many gaps had begun by then."""
    in_gap: bool


class Watch:
    """One rule on one device."""

    def __init__(self, rule: ModelRule, gaps: Sequence[Gap]) -> None:
        self._rule = rule
        self._gaps = gaps
        self._readings: list[Judged] = []
        self._active = False
        self._begun: int | None = None
        """The reading with which the running delay began."""
        self._acknowledged = False
        self.state = "normal"
        self.told: list[Told] = []

    def hear(self, reading: Judged, offset: int) -> None:
        """Judge one more reading."""
        self._readings.append(reading)
        has_turned = reading.verdicts[self._active]
        if has_turned:
            if self._begun is None:
                self._begun = len(self._readings) - 1
            if self._elapsed(reading.at) >= self._delay:
                self._turn(reading.at + offset)
        elif has_turned is False:
            self._begun = None

    def ends_at(self, now: int) -> int | None:
        """When time alone ends the running delay, if nothing else is heard; None while blind."""
        gap = self._gaps[-1]
        if self._begun is None or gap.until is None:
            return None
        due = now + max(0, self._delay - self._elapsed(now))
        latest = max(reading.gaps for reading in self._readings)
        if latest < len(self._gaps):
            due = max(due, gap.until + self._turn_after(latest))
        return due

    def end_delay(self, now: int) -> None:
        """Time alone has ended the delay; `now` is by the wall clock."""
        self._turn(now)

    def acknowledge(self, now: int) -> bool:
        """A person acknowledges; returns whether that was possible."""
        if self.state == "unacknowledged":
            self._acknowledged = True
            self._tell(now, "acknowledge", "acknowledged")
        elif self.state == "returned":
            self._tell(now, "acknowledge", "latched" if self._rule.latched else "normal")
        else:
            return False
        return True

    def reset(self, now: int) -> bool:
        """A person resets; returns whether that was possible."""
        if self.state != "latched":
            return False
        self._tell(now, "reset", "normal")
        return True

    def _turn_after(self, latest: int) -> int:
        """How long the device has its turn after the last gap, if it was heard last before or in the gap `latest`."""
        left = MINUTE
        for gap, following in pairwise(self._gaps[latest:]):
            assert gap.until is not None
            heard = following.since - gap.until
            left = left - heard if heard <= left else MINUTE
        return left

    @property
    def _delay(self) -> int:
        return self._rule.off_delay if self._active else self._rule.on_delay

    def _elapsed(self, now: int) -> int:
        """How much of the delay has passed: all that was heard of it, and what the stamps say of blind times."""
        assert self._begun is not None
        begin = self._readings[self._begun].at
        heard = now - begin
        for number, gap in enumerate(self._gaps, start=1):
            since, until = max(gap.since, begin), now if gap.until is None else gap.until
            heard -= max(0, until - since)
            stamps = [
                reading.stamp
                for reading in self._readings[self._begun :]
                if reading.in_gap and reading.gaps == number and reading.stamp is not None
                if reading.verdicts[self._active]
            ]
            heard += sum(max(0, after - before) for before, after in pairwise(stamps))
        return heard

    def _turn(self, now: int) -> None:
        self._begun = None
        if not self._active:
            self._active, self._acknowledged = True, False
            self._tell(now, "raise", "unacknowledged")
            return
        self._active = False
        if self._acknowledged:
            self._tell(now, "return", "latched" if self._rule.latched else "normal")
        else:
            self._tell(now, "return", "returned")

    def _tell(self, now: int, step: str, state: str) -> None:
        self.state = state
        self.told.append(Told(now, step, state))


class Model:
    """A gateway that knows every contract and remembers everything."""

    def __init__(self, devices: Mapping[str, bool], now: int) -> None:
        """`devices` says of each whether a server puts its stamps on."""
        self._gaps = [Gap(now)]
        self._read: set[int] = set()
        self._histories = {device: History(by_server) for device, by_server in devices.items()}
        self.watches = {
            (device, rule.name): (rule, Watch(rule, self._gaps)) for device in devices for rule in (*RULES, TROUBLE)
        }

    @property
    def is_blind(self) -> bool:
        """Whether the gateway is blind."""
        return self._gaps[-1].until is None

    def set_blind(self, since: int) -> None:
        """The gateway has heard nothing from then on."""
        if not self.is_blind:
            self._gaps.append(Gap(since))

    def set_hearing(self, now: int) -> None:
        """It hears, and has read the backlog."""
        if self.is_blind:
            self._gaps[-1].until = now

    def hear(
        self,
        number: int,
        device: str,
        values: Facts,
        bad: frozenset[str],
        stamp: int | None,
        *,
        again: bool,
        retained: bool,
        now: int,
        offset: int,
    ) -> None:
        """A message comes.

        Args:
            bad: the metrics whose values cannot be used.
            number: the same for each copy that the broker sends.
            again: whether the broker says that it has sent it before.
            now: by the steady clock; `offset` makes it the wall clock's.
        """
        if again and number in self._read:
            return
        self._read.add(number)
        history = self._histories[device]
        bad &= LIFE_SAFETY
        if retained:
            values = {metric: value for metric, value in values.items() if metric != "call"}
        entry = self._read_message(history, values, bad, stamp, retained, now, offset)
        if entry is None:
            return
        unusable = frozenset[str]()
        if not entry.of_earlier:
            late = {} if entry.stamp is None or entry.stamp >= history.newest or entry.sets_back else bad
            unusable = bad - {metric for metric in late if history.is_late(metric, entry.stamp or 0)}
            if retained:
                unusable -= {"call"}
        if unusable:
            history.unusable |= dict.fromkeys(unusable, entry.stamp)
            self._hear_trouble(device, entry, now, offset)
        if not entry.values:
            return
        history.entries.append(entry)
        if entry.of_earlier:
            return
        for (of_device, _), (rule, watch) in self.watches.items():
            if of_device == device and not rule.metrics.isdisjoint(entry.values):
                verdicts = rule.judge(history.facts)
                watch.hear(Judged(now, verdicts, history.in_order(entry), len(self._gaps), self.is_blind), offset)
        usable = {
            metric
            for metric, bad_stamp in history.unusable.items()
            if metric in entry.values and not _is_older(entry, bad_stamp, now + offset)
        }
        if usable:
            for metric in usable:
                del history.unusable[metric]
            self._hear_trouble(device, entry, now, offset)

    def _hear_trouble(self, device: str, entry: Entry, now: int, offset: int) -> None:
        history = self._histories[device]
        is_trouble, stamp = bool(history.unusable), history.in_order(entry)
        _, watch = self.watches[device, TROUBLE.name]
        watch.hear(Judged(now, (is_trouble, not is_trouble), stamp, len(self._gaps), self.is_blind), offset)

    def next_due(self, now: int) -> int | None:
        """When the next delay ends by time alone."""
        return min((due for _, watch in self.watches.values() if (due := watch.ends_at(now)) is not None), default=None)

    def tick(self, now: int, offset: int) -> None:
        """Time has passed."""
        for _, watch in self.watches.values():
            while (due := watch.ends_at(now)) is not None and due <= now:
                watch.end_delay(now + offset)

    def _read_message(
        self,
        history: History,
        values: Facts,
        bad: frozenset[str],
        stamp: int | None,
        retained: bool,
        now: int,
        offset: int,
    ) -> Entry | None:
        """What the message says of its device, as far as it is believed; None if it is a repetition."""
        received = now + offset
        blind_since = self._gaps[-1].since + offset if self.is_blind else None
        if stamp is None:
            return Entry(values, None)
        if received - BEHIND <= stamp <= received + AHEAD or (
            blind_since is not None and blind_since - BEHIND <= stamp < received
        ):
            is_news = bad or any(metric in history.unusable for metric in values)
            if history.repeats(values, stamp) and not is_news:
                return None
            if retained and not self._is_of_blindness(history, stamp, blind_since, offset):
                return self._of_earlier(history, values, stamp)
            return self._stamped(history, values, stamp, now, received)
        is_past = YEAR_2000 <= stamp < received
        if retained:
            return self._of_earlier(history, values, stamp) if is_past else Entry(values, None)
        if history.by_server and is_past and not self._is_of_slow_clock(history, stamp, now):
            if not self.is_blind and values:
                history.pace = (stamp, now)
            return self._of_earlier(history, values, stamp)
        return Entry(values, None)

    def _stamped(self, history: History, values: Facts, stamp: int, now: int, received: int) -> Entry:
        fresh, sets_back = values, False
        if stamp < history.newest:
            sets_back = self._was_set_back(history, stamp, now, received)
            if not sets_back:
                fresh = {metric: value for metric, value in values.items() if not history.is_late(metric, stamp)}
        if values:
            history.pace = (stamp, now)
        return Entry(fresh, stamp, sets_back=sets_back)

    def _of_earlier(self, history: History, values: Facts, stamp: int) -> Entry:
        """It sets what is unknown, or known from before."""
        latest = {metric: history.latest(metric) for metric in values}
        older = {
            metric: values[metric]
            for metric, entry in latest.items()
            if entry is None or (entry.stamp is not None and entry.stamp < stamp)
        }
        return Entry(older, stamp, of_earlier=True)

    def _was_set_back(self, history: History, stamp: int, now: int, received: int) -> bool:
        """Whether the device's clock was set back: a message on its way for a second, or as long as the one before."""
        if received - stamp <= SECOND:
            return True
        if history.pace is None:
            return False
        by_stamps, elapsed = stamp - history.pace[0], now - history.pace[1]
        return elapsed >= SECOND // 2 and abs(by_stamps - elapsed) <= max(SECOND // 2, elapsed // 10)

    def _is_of_blindness(self, history: History, stamp: int, blind_since: int | None, offset: int) -> bool:
        """Whether a retained state is from the present gap, by the clock of its device as it was last."""
        if blind_since is None:
            return False
        if stamp >= blind_since:
            return True
        if history.pace is None or stamp <= history.pace[0]:
            return False
        slow_by = history.pace[1] + offset - history.pace[0]
        return stamp + slow_by >= blind_since

    def _is_of_slow_clock(self, history: History, stamp: int, now: int) -> bool:
        """Whether a server's clock is slow: its stamps advance as the steady clock does."""
        if history.pace is None or stamp <= history.pace[0]:
            return False
        by_stamps, elapsed = stamp - history.pace[0], now - history.pace[1]
        gap = self._gaps[-1]
        if gap.until is None and history.pace[1] < gap.since:
            return elapsed - (now - gap.since) <= by_stamps <= elapsed + SECOND * 3 // 2
        most = max(SECOND * 3 // 2, min(elapsed // 10, MINUTE), elapsed // 10_000)
        return elapsed >= SECOND // 2 and abs(by_stamps - elapsed) <= most


def _is_older(entry: Entry, bad_stamp: int | None, received: int) -> bool:
    """Whether a good value seems older than the one that cannot be used. In doubt a trouble lasts longer."""
    if bad_stamp is None or entry.stamp is None:
        return False
    return entry.stamp < bad_stamp and received - entry.stamp > SECOND
