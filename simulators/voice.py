"""How each device of a fleet speaks: in which dialect, under which address, and mindful of what it has said before."""

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
class Tongue:
    """What of a device shows in its messages beside its metrics."""

    site: str
    device_class: DeviceClass
    address: str
    dialect: Dialect = NATIVE
    via: str = ""
    zone: tzinfo = UTC


class Voice:
    """One device's: it remembers what was said, so that a dialect can be a pure function of a `Report`."""

    def __init__(self, tongue: Tongue) -> None:
        self.tongue: Final = tongue
        self._write = tongue.dialect.writers[tongue.device_class]
        self._state: dict[str, Value] = {}
        self._since: dict[str, int] = {}
        self._rises: Counter[str] = Counter()
        self._number = 0

    def say(self, metrics: Metrics, ts: int) -> Iterable[Packet]:
        """The messages of a report at `ts` (milliseconds since the epoch, UTC)."""
        before = dict(self._state)
        for name, value in metrics.items():
            if name not in before or before[name] != value:
                self._since[name] = ts
                self._rises[name] += value is True
        self._state.update(metrics)
        report = Report(
            site=self.tongue.site,
            device_class=self.tongue.device_class,
            address=self.tongue.address,
            ts=ts,
            metrics=metrics,
            state=dict(self._state),
            before=before,
            since=dict(self._since),
            rises=dict(self._rises),
            number=self._number,
            zone=self.tongue.zone,
            via=self.tongue.via,
        )
        self._number += 1
        return self._write(report)

    @property
    def edge(self) -> tuple[str, str, str] | None:
        """For Sparkplug: the group, the edge node and the device."""
        return edge_of(self.tongue.address) if self.tongue.dialect is SPARKPLUG else None


class Voices:
    """By device id; a device that is not listed speaks natively."""

    def __init__(self, site: str, voices: Mapping[str, Voice] | None = None) -> None:
        self._site = site
        self._voices = dict(voices or {})

    @classmethod
    def of(cls, fleet: Fleet, *, site: str) -> Self:
        """Those of a fleet's devices; `site` stands in the topics."""
        return cls(
            site,
            {
                device.id: Voice(
                    Tongue(
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

    def voice(self, said: Telemetry) -> Voice:
        """The voice of the device that says this."""
        if said.device not in self._voices:
            tongue = Tongue(site=self._site, device_class=said.device_class, address=said.device)
            self._voices[said.device] = Voice(tongue)
        return self._voices[said.device]

    @property
    def edge_nodes(self) -> frozenset[tuple[str, str]]:
        """The group and name of each Sparkplug edge node: each is an MQTT client of its own."""
        return frozenset(voice.edge[:2] for voice in self._voices.values() if voice.edge)
