"""What a dialect is: the form in which the products of one maker, or one platform, send what a device reports."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from simulators.catalogue import DeviceClass
from simulators.metrics import Metrics, Value

LEVEL: Final = r"[^+#/\s]+"
"""One level of a topic, as a regular expression."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One MQTT message, not retained."""

    topic: str
    payload: bytes
    qos: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a device reports at a moment, and what it has reported before: all that a dialect may need."""

    site: str
    device_class: DeviceClass
    address: str
    """The address of the device in its messages."""
    ts: int
    """Milliseconds since the epoch, UTC."""
    metrics: Metrics
    """Reported now."""
    state: Metrics
    """The newest value of every metric reported so far, this report included, as a bridge caches it."""
    before: Metrics = field(default_factory=dict)
    """`state` before this report."""
    since: Mapping[str, int] = field(default_factory=dict)
    """For each metric of `state`, the time stamp of the report that brought its present value."""
    rises: Mapping[str, int] = field(default_factory=dict)
    """How often each metric has become true."""
    number: int = 0
    """Of reports before this one."""
    zone: tzinfo = UTC
    """Of the site: some devices stamp with local time, without an offset."""
    via: str = ""
    """The network server, for radio sensors."""

    @property
    def seconds(self) -> float:
        """The time in seconds since the epoch."""
        return self.ts / 1000.0

    @property
    def moment(self) -> datetime:
        """The time in UTC."""
        return datetime.fromtimestamp(self.ts / 1000.0, UTC)

    @property
    def channel(self) -> tuple[str, int]:
        """The address of a device that is one channel of a product, `product/1`: the product and the channel."""
        product, _, channel = self.address.partition("/")
        return product, int(channel or 0)


Write = Callable[[Report], Iterable[Packet]]
"""Pure: the packets of a report; none if the product would send nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The form of the addresses of a dialect."""

    form: str
    """A regular expression for all of it."""
    hint: str
    """What to write, with an example."""

    def check(self, address: str) -> None:
        """A `ValueError` unless `address` has the form."""
        if not re.fullmatch(self.form, address):
            raise ValueError(f"the address {address!r} does not fit: {self.hint}")


NAME: Final = Address(form=LEVEL, hint="write one level of a topic, such as leak-b1-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How one maker or platform writes; `writers` has the classes of equipment that it knows."""

    name: str
    sentence: str
    writers: Mapping[DeviceClass, Write]
    address: Address = NAME
    servers: tuple[str, ...] = ()
    """The network servers that can carry it, the usual one first; for radio sensors only."""


def to_json(data: object) -> bytes:
    """`data` as one compact JSON text; a `ValueError` for numbers that JSON cannot carry."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False).encode()


Source = str | Callable[[Metrics], Value]
"""Where a field comes from: the metric of that name, or a function of the metrics."""


def fields(table: Mapping[str, Source], metrics: Metrics) -> dict[str, Any]:
    """The fields of `table` for which `metrics` has what they need."""
    found: dict[str, Any] = {}
    for name, source in table.items():
        try:
            found[name] = metrics[source] if isinstance(source, str) else source(metrics)
        except KeyError:
            continue
    return found


def scaled(metric: str, factor: float, digits: int | None = None) -> Callable[[Metrics], Value]:
    """The metric times a factor, rounded: to a whole number unless `digits` is given."""
    return lambda metrics: round(float(metrics[metric]) * factor, digits)


def millivolts(metrics: Metrics) -> int:
    """The voltage of the lithium cell of a sensor, from its `battery` level: 2.6 V flat, 3.2 V full."""
    return round(2600 + 6 * float(metrics["battery"]))


def is_low(metrics: Metrics) -> bool:
    """Whether a sensor calls its battery low: under 15 %."""
    return float(metrics["battery"]) < 15.0
