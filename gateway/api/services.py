"""What the API needs from the rest of the gateway."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

from fastapi import Depends, Request

from gateway.core.alarms.alarm import AlarmView
from gateway.core.configuration import Configuration
from gateway.core.devices.device_view import DeviceView
from gateway.core.devices.presence_view import PresenceView
from gateway.core.kernel.events import Action
from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.profiles.profile import Profile
from gateway.core.rules.explanation import Explanation
from gateway.core.rules.groups.group_view import GroupView
from gateway.core.site.site import Site
from gateway.photos import Photo
from gateway.store.database import Database

UNREADY_AFTER_S = 5.0
"""A change that waits for so long to be on disk means that the store does not work, whether it says so or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The present state of the gateway's connections and stores."""

    broker_online: bool
    broker_problem: str
    store_problem: str
    series_available: bool
    series_problem: str
    series_backlog: int
    """Messages that are durable here, and not yet in the series store."""
    outbox_backlog: int
    """MQTT events that the broker has not yet acknowledged."""
    started_at: Micros
    committed_messages: int
    quarantined_changes: int
    """What the store has refused for good since the start."""
    failing_tasks: Sequence[str]
    """A sentence for each task beside the path from message to alarm that dies and is restarted."""
    restarts: Mapping[str, int]
    """How often each of them was restarted since the start."""
    damaged_rows: int
    """Rows of the store that could not be understood and were skipped, each time that they were read."""
    waited_s: float
    """Seconds for which the oldest change has waited to be on disk; 0 when everything is."""
    direct_raises: int
    """Life-safety raises published before they were on disk, since the start."""
    disk_free_bytes: int
    """On the disk of the data directory."""
    reserve_bytes: int
    """Of the disk, kept for alarms; 0 after they were given up."""
    journal_bytes: int
    """What the readings take that wait for the series store, and the latest, about."""
    dropped_messages: int
    """Messages dropped before the series store had them, since the data directory was made."""
    warnings: Sequence[str] = ()
    """A sentence for each thing that somebody should look after, though the gateway works."""

    @property
    def ready(self) -> bool:
        """Whether telemetry is received and made durable. An outage of the series store does not count."""
        return not self.unready_because

    @property
    def unready_because(self) -> list[str]:
        """A sentence for each problem that keeps telemetry from being received or kept."""
        reasons = []
        if not self.broker_online:
            reasons.append(f"the MQTT broker is out of reach: {self.broker_problem or 'not connected yet'}")
        if self.store_problem:
            reasons.append(f"the store cannot be written: {self.store_problem}")
        elif self.waited_s >= UNREADY_AFTER_S:
            waited = round(self.waited_s)
            reasons.append(f"a commit has hung for {waited} s: check the disk of the data directory")
        return reasons

    @property
    def degraded_because(self) -> list[str]:
        """A sentence for each problem that does not."""
        reasons = []
        if self.broker_online and self.broker_problem:
            reasons.append(self.broker_problem)
        if not self.series_available:
            problem = self.series_problem or "not connected yet"
            reasons.append(f"the series store is out of reach, its points wait: {problem}")
        reasons.extend(self.failing_tasks)
        return reasons


class SeriesPoint(Protocol):
    """The values of one metric in one bucket, or a single value."""

    @property
    def time(self) -> Micros:
        """Where the bucket begins; of a single value, its own time."""

    @property
    def count(self) -> int:
        """How many values are in it."""

    @property
    def mean(self) -> float | None:
        """Of a bool, the share of true; None of text."""

    @property
    def min(self) -> float | None:
        """Of numbers only."""

    @property
    def max(self) -> float | None:
        """Of numbers only."""

    @property
    def last(self) -> Value:
        """The latest value in it."""


class SeriesReader(Protocol):
    """Reads the history of a metric. Called in several threads at once."""

    def query(
        self,
        device: str,
        profile: Profile,
        metric: str,
        *,
        start: Micros,
        end: Micros,
        bucket: Micros | None,
        limit: int,
    ) -> Sequence[SeriesPoint]:
        """Buckets of this width, or each value by itself, from `start` up to but not including `end`, earliest first.

        Raises:
            SeriesUnavailable: the series store does not answer.
        """


class DeviceReader(Protocol):
    """Reads the latest values. Called in the event loop."""

    def find(self, device: str) -> DeviceView | None:
        """The device of this id; None when the site has none."""

    def stale_of(self, device: str) -> frozenset[str]:
        """The metrics of a device whose values are too old for rules. Also called in other threads."""


class PhotoKeeper(Protocol):
    """Keeps photos. Called in the event loop."""

    async def add(self, content: bytes) -> Photo:
        """Keep a photo, durable when this returns.

        Raises:
            PhotoRefused: it is no photo, or there is no room for it.
        """

    def claim(self, name: str) -> bool:
        """Say that a record will refer to the photo with this hash, so that it is kept. False where there is none."""

    def find(self, name: str) -> Path | None:
        """The file of the photo with this hash; None where there is none."""

    def thumbnail(self, name: str) -> Path | None:
        """The file of its thumbnail; None where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The API's ports to the rest of the gateway."""

    configuration: Configuration
    devices: DeviceReader
    blind_since: Callable[[], Micros | None]
    """Since when the gateway cannot hear its devices; None while it hears."""
    knows_time: Callable[[], bool]
    """Whether the gateway is sure of the time. While it is not, active hours and planned maintenance do not count."""
    presence: Callable[[str], PresenceView]
    """Whether this device is heard. Called in the event loop."""
    standing_alarms: Callable[[str], Sequence[AlarmView]]
    """The alarms of this device that are not normal, those not yet on disk included, the latest raise first. Called in
    the event loop."""
    standing_alarm_of: Callable[[str, Subject], AlarmView | None]
    """The alarm of this rule about this subject that is not normal, also where it is not yet on disk. Called in the
    event loop."""
    standing_severities: Callable[[], Mapping[str, int]]
    """How many alarms that are not normal each severity has. Called in the event loop."""
    explain: Callable[[str, str], Sequence[Explanation]]
    """How each level of a rule stands on a device, both by id; none where it does not watch it. Called in the event
    loop."""
    groups: Callable[[str | None, Subject | None], Sequence[GroupView]]
    """How the groups of this rule, or with this subject, stand at present; None for any. Called in the event loop."""
    database: Database
    """What is on disk, for the queries of each part."""
    series: SeriesReader
    photos: PhotoKeeper
    act: Callable[[Action], Awaitable[None]]
    """Performs a person's action, durable when it returns. Raises GatewayError when it cannot be done."""
    counts: Callable[[], Mapping[str, int]]
    """Messages since the start: `received`, and each outcome. Called in the event loop."""
    now: Callable[[], Micros]
    health: Callable[[], Health]
    """Called in the event loop."""
    make_link: Callable[[LinkPurpose, str, str | None], str | None] = lambda _purpose, _about, _person: None
    """The URL of a link of the pages: its purpose, the subject as kind:id, and the id of the person; None where there
    are no pages."""
    hosts: frozenset[str] = frozenset()
    """Names with a dot under which browsers may reach the gateway, beside IP addresses and local names."""

    @property
    def site(self) -> Site:
        """The site that the gateway serves."""
        return self.configuration.site


def services_of(request: Request) -> Services:
    """The services of the application that serves this request."""
    services = request.app.state.services
    if not isinstance(services, Services):
        raise TypeError("the application was not made by create_api")
    return services


async def _services(request: Request) -> Services:  # a coroutine: a plain function would cost a thread switch
    return services_of(request)


Gateway = Annotated[Services, Depends(_services)]
