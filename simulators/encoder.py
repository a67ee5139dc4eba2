"""Encodes the reports of a fleet's devices as messages, each in its dialect and under its address."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final, Self

from simulators.catalogue import DeviceClass
from simulators.dialects import DIALECTS
from simulators.dialects.dialect import Dialect, Packet, Report
from simulators.dialects.native import NATIVE
from simulators.dialects.sparkplug import SPARKPLUG, edge_of
from simulators.fleet import Fleet
from simulators.metrics import Metrics, Value
from simulators.telemetry import Telemetry


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What the messages of a device depend on beside its metrics."""

    site: str
    device_class: DeviceClass
    address: str
    dialect: Dialect = NATIVE
    via: str = ""
    zone: tzinfo = UTC


class Encoder:
    """Of one device. It keeps what was reported, so that a dialect can be a pure function of a `Report`."""

    def __init__(self, sender: Sender) -> None:
        self.sender: Final = sender
        self._write = sender.dialect.writers[sender.device_class]
        self._state: dict[str, Value] = {}
        self._since: dict[str, int] = {}
        self._rises: Counter[str] = Counter()
        self._number = 0

    def encode(self, metrics: Metrics, ts: int) -> Iterable[Packet]:
        """The messages of a report at `ts` (milliseconds since the epoch, UTC)."""
        before = dict(self._state)
        for name, value in metrics.items():
            if name not in before or before[name] != value:
                self._since[name] = ts
                self._rises[name] += value is True
        self._state.update(metrics)
        report = Report(
            site=self.sender.site,
            device_class=self.sender.device_class,
            address=self.sender.address,
            ts=ts,
            metrics=metrics,
            state=dict(self._state),
            before=before,
            since=dict(self._since),
            rises=dict(self._rises),
            number=self._number,
            zone=self.sender.zone,
            via=self.sender.via,
        )
        self._number += 1
        return self._write(report)

    @property
    def edge(self) -> tuple[str, str, str] | None:
        """For Sparkplug: the group, the edge node and the device."""
        return edge_of(self.sender.address) if self.sender.dialect is SPARKPLUG else None


class Encoders:
    """By device id; the messages of a device that is not listed are native."""

    def __init__(self, site: str, encoders: Mapping[str, Encoder] | None = None) -> None:
        self._site = site
        self._encoders = dict(encoders or {})

    @classmethod
    def of(cls, fleet: Fleet, *, site: str) -> Self:
        """Those of a fleet's devices, with this `site` in the topics."""
        return cls(
            site,
            {
                device.id: Encoder(
                    Sender(
                        site=site,
                        device_class=device.device_class,
                        address=device.address or device.id,
                        dialect=DIALECTS[device.dialect],
                        via=device.via or "",
                        zone=fleet.zone,
                    )
                )
                for device in fleet.all_devices
            },
        )

    def encoder(self, report: Telemetry) -> Encoder:
        """The encoder of the device that reports this."""
        if report.device not in self._encoders:
            sender = Sender(site=self._site, device_class=report.device_class, address=report.device)
            self._encoders[report.device] = Encoder(sender)
        return self._encoders[report.device]

    @property
    def edge_nodes(self) -> frozenset[tuple[str, str]]:
        """The group and name of each Sparkplug edge node: each is an MQTT client of its own."""
        return frozenset(encoder.edge[:2] for encoder in self._encoders.values() if encoder.edge)
