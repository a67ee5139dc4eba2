"""An edge node's session: its will, its births, data by alias with running numbers, and rebirth when it is asked for.

After the Sparkplug 3.0 specification, chapters 5 and 6. Pure: it returns what `simulators.uplink` sends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from simulators.dialects.dialect import Packet
from simulators.metrics import Metrics, Value
from simulators.sparkplug.payload import Metric, Payload, decode, encode

NAMESPACE: Final = "spBv1.0"
BD_SEQ: Final = "bdSeq"
REBIRTH: Final = "Node Control/Rebirth"
NODE: Final = ""
"""The name of the node itself among its devices."""


@dataclass(slots=True)
class _Device:
    state: dict[str, Value] = field(default_factory=dict)
    aliases: dict[str, int] = field(default_factory=dict)
    born: bool = False
    """In this session, with the metrics it has."""


class EdgeNode:
    """One edge node and the devices behind it; each `opening` begins a new session."""

    def __init__(self, group: str, name: str, *, clock: Callable[[], float]) -> None:
        """`clock`: seconds since the epoch, UTC."""
        self._group = group
        self._name = name
        self._clock = clock
        self._devices: dict[str, _Device] = {NODE: _Device()}
        self._next_alias = 0
        self._bd_seq = -1
        self._seq = 0
        self._opened_at = 0  # ms

    @property
    def subscription(self) -> str:
        """The topic of the commands to the node."""
        return f"{NAMESPACE}/{self._group}/NCMD/{self._name}"

    def opening(self) -> Packet:
        """Begin a session: the will to connect with."""
        self._bd_seq = (self._bd_seq + 1) % 256
        return self.death()

    def opened(self) -> Sequence[Packet]:
        """The births to send first on the new connection."""
        self._opened_at = self._now
        return self._births()

    def death(self) -> Packet:
        """The message that the node is gone: the will, also sent before the connection is closed on purpose."""
        metrics = [Metric(name=BD_SEQ, value=self._bd_seq)]
        return Packet(self._topic("NDEATH"), encode(Payload(timestamp=self._now, metrics=metrics)))

    def report(self, device: str, metrics: Metrics, ts: int) -> Sequence[Packet]:
        """What a device reports (`NODE`: the node itself), at `ts` (ms): its birth, or data of what it reports."""
        known = self._devices.setdefault(device, _Device())
        news = [name for name in metrics if name not in known.aliases]
        for name in news:
            known.aliases[name] = self._next_alias
            self._next_alias += 1
        known.state.update(metrics)
        if news and device == NODE:
            return self._births()
        if news or not known.born:
            return [self._birth(device)]
        historical = ts < self._opened_at
        data = [
            Metric(alias=known.aliases[name], value=value, timestamp=ts, historical=historical)
            for name, value in metrics.items()
        ]
        return [self._send("DATA", device, ts, data)]

    def received(self, topic: str, payload: bytes) -> Sequence[Packet]:
        """The answer to a command: all births again where a rebirth is requested, else nothing."""
        if topic != self.subscription:
            return []
        try:
            command = decode(payload)
        except ValueError:
            return []
        asked = any(metric.name == REBIRTH and metric.value is True for metric in command.metrics)
        return self._births() if asked else []

    def _births(self) -> list[Packet]:
        """The node's birth, which begins the numbers at 0, and those of its devices."""
        self._seq = 0
        node = self._birth(NODE)
        return [node, *(self._birth(device) for device, known in self._devices.items() if device and known.state)]

    def _birth(self, device: str) -> Packet:
        known = self._devices[device]
        known.born = True
        metrics = [Metric(name=name, alias=known.aliases[name], value=value) for name, value in known.state.items()]
        if device == NODE:
            metrics += [Metric(name=BD_SEQ, value=self._bd_seq), Metric(name=REBIRTH, value=False)]
        return self._send("BIRTH", device, self._now, metrics)

    def _send(self, kind: str, device: str, ts: int, metrics: Sequence[Metric]) -> Packet:
        payload = Payload(timestamp=ts, metrics=metrics, seq=self._seq)
        self._seq = (self._seq + 1) % 256
        verb = f"D{kind}" if device else f"N{kind}"
        # The specification wants births and data at QoS 0: a host notices what is lost by the gap in the numbers.
        return Packet(self._topic(verb, device), encode(payload), qos=0)

    def _topic(self, verb: str, device: str = NODE) -> str:
        return f"{NAMESPACE}/{self._group}/{verb}/{self._name}" + (f"/{device}" if device else "")

    @property
    def _now(self) -> int:
        return int(self._clock() * 1000)
