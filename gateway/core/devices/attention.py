"""What a reading of a device means beside its latest values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.core.devices.events import TagScanned
from gateway.core.devices.hearing import Hearing
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.profiles.metric import AVAILABILITY
from gateway.core.profiles.profile import Profile
from gateway.core.telemetry.readings import Message, Reading

Follow = Callable[[Reading, Message, int], None]
"""Called with a reading, its message, and the number of that."""


@dataclass(slots=True)
class Attention:
    """What is to be done with the readings of a device beside its latest values.

    Most devices need none of it and have no such object, so that their readings cost the same whatever others need.
    """

    tags: tuple[str, ...]
    """Its metrics of type `tag`. Each value of one is a scan."""
    ages: Mapping[str, Micros]
    """The metrics that have a highest age of their own."""
    is_told_of: bool
    """Whether others may say that it is online: such a reading does not prove that it is alive."""
    has_heartbeat: bool = False
    """Whether it says itself that it is online, in messages of their own."""
    is_awaited: bool = False
    """Whether somebody waits for its next word."""
    follow: Follow | None = None
    """What reads each of its readings before the latest values include it."""
    said: dict[str, Micros] = field(default_factory=dict)
    """At which hearing time it has last sent each metric that has a highest age of its own."""

    @classmethod
    def of(cls, profile: Profile, dialect: str | None) -> Attention:
        """What the profile of a device with this dialect needs."""
        tags = tuple(name for name, metric in profile.metrics.items() if metric.type == "tag")
        return cls(tags, profile.ages, AVAILABILITY in profile.metrics, profile.has_heartbeat(dialect))

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to be done."""
        return bool(self.tags or self.ages or self.is_told_of or self.is_awaited or self.follow)

    def proves_life(self, reading: Reading, message: Message) -> bool:
        """Whether a reading proves that the device is alive: what was retained does not, nor that it is online."""
        return not message.retained and self.is_sign_of_life(reading.values)

    def is_sign_of_life(self, values: Mapping[str, Value]) -> bool:
        """Whether the device itself says these values: that it is online may be a bridge's word, and never is its own
        where it is not."""
        return AVAILABILITY not in values or len(values) > 1 or (self.has_heartbeat and values[AVAILABILITY] is True)

    def scans(self, reading: Reading) -> Iterator[TagScanned]:
        """The scans that a reading tells of."""
        for metric in self.tags:
            uid = reading.values.get(metric)
            if isinstance(uid, str):
                yield TagScanned(device=reading.device, uid=uid, time=reading.time, received=reading.received)

    def note_ages(self, reading: Reading, hearing: Hearing, *, renew: bool) -> None:
        """Note when metrics were sent that have a highest age; what was retained renews none."""
        for name in self.ages:
            if name in reading.values and (renew or name not in self.said):
                self.said[name] = hearing.at(reading.received).heard
