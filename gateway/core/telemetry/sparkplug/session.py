"""What the messages of Sparkplug edge nodes say, message by message: values by name, and who is there.

After the Sparkplug 3.0 specification, chapters 4 to 6. Two things differ. A gap in the sequence numbers asks for a
rebirth at once: the messages of one broker come in order, so there is nothing to wait for. And a message with a number
that was not due is used all the same, for its values are as true as any.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from gateway.core.kernel.times import MILLISECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.telemetry.sparkplug.datatypes import Datatype, Unusable, metric, read
from gateway.core.telemetry.sparkplug.nodes import Definitions, Node
from gateway.core.telemetry.sparkplug.payload import Malformed, Metric, Payload, encode, parse

NAMESPACE = "spBv1.0"
REBIRTH = "Node Control/Rebirth"

_BDSEQ = "bdSeq"
_NODE_CONTROL = "Node Control/"
_LEVELS = {"NBIRTH": 4, "NDATA": 4, "NDEATH": 4, "NCMD": 4, "DBIRTH": 5, "DDATA": 5, "DDEATH": 5, "DCMD": 5}
_COMMANDS = ("NCMD", "DCMD")
_BIRTHS = ("NBIRTH", "DBIRTH")


class Update(msgspec.Struct, frozen=True):
    """What one message said about one address and one moment."""

    address: str
    """`group/edge`, or `group/edge/device`."""
    values: dict[str, Value]
    time_ms: int | None
    """As it was sent, in milliseconds since 1970: not checked. None: the time it was received."""
    historical: bool = False
    """Not the present state: it was recorded earlier and sent now."""
    online: bool | None = None
    """Births and deaths: whether the address is there. None: nothing is said about that."""


@dataclass(slots=True)
class Interpretation:
    """What became of one message."""

    updates: list[Update] = field(default_factory=list)
    """In the order of their times."""
    commands: list[tuple[str, bytes]] = field(default_factory=list)
    """Topics and payloads to publish, at QoS 0 and not retained."""
    problem: str | None = None
    """Why not all of it could be used."""
    names: list[str] = field(default_factory=list)
    """The metrics that could not be used."""


class Sessions:
    """The edge nodes of a site. Of others the values are given out, and nothing is remembered.

    Args:
        known: the addresses of the site, `group/edge` or `group/edge/device`.
    """

    def __init__(self, known: frozenset[str]) -> None:
        below: dict[str, set[str]] = {}
        for address in known:
            below.setdefault("/".join(address.split("/")[:2]), set()).add(address)
        self._nodes = {name: Node(frozenset(addresses)) for name, addresses in below.items()}

    def interpret(self, topic: str, payload: bytes, now: Micros, *, redelivered: bool = False) -> Interpretation | None:
        """What a message says. None: its topic is not of Sparkplug B. Never raises, whatever the payload is.

        Args:
            redelivered: the DUP flag: the broker may have sent it before, so that it is no sign of a gap.
        """
        if not topic.startswith(f"{NAMESPACE}/"):
            return None
        levels = topic.split("/")
        if levels[1] == "STATE":
            return Interpretation()
        kind = levels[2] if len(levels) > 2 else ""
        if _LEVELS.get(kind) != len(levels) or not all(levels):
            return Interpretation(problem="not a topic of Sparkplug B")
        if kind in _COMMANDS:
            return Interpretation()
        parsed = parse(payload)
        if isinstance(parsed, Malformed):
            return Interpretation(problem=parsed.why)
        edge = f"{levels[1]}/{levels[3]}"
        address = edge if len(levels) == 4 else f"{edge}/{levels[4]}"
        step = _Step(kind, address, parsed, self._nodes.get(edge))
        if kind == "NDEATH":
            step.node_died(edge)
        else:
            step.node_lives(redelivered=redelivered)
        step.ask_for_rebirth(f"{NAMESPACE}/{levels[1]}/NCMD/{levels[3]}", now)
        return step.interpretation()

    def reconnected(self) -> None:
        """The gateway was away from the broker: births come at QoS 0 and are not kept, so none is believed any more."""
        for node in self._nodes.values():
            node.end()


class _Step:
    """One message on its way through its node."""

    def __init__(self, kind: str, address: str, payload: Payload, node: Node | None) -> None:
        self._kind = kind
        self._is_birth = kind in _BIRTHS
        self._address = address
        self._payload = payload
        self._node = node
        self._updates: list[Update] = []
        self._commands: list[tuple[str, bytes]] = []
        self._problems: dict[str, None] = {}  # in their order, each once
        self._names: list[str] = list(payload.misnamed)
        self._is_behind = False
        """The births that are known are not those of this message."""
        self._is_undeclared = False
        """What the births declare does not suffice for this message."""
        if payload.misnamed:
            self._problems["a name is not UTF-8"] = None
        if payload.left_out:
            self._problems[f"too many metrics: the last {payload.left_out} were left out"] = None

    def node_died(self, edge: str) -> None:
        """The node is gone, and with it all its devices; unless it is back already, and this the will of before."""
        devices: Iterable[str] = ()
        node, bdseq = self._node, _bdseq_of(self._payload)
        if node is not None:
            if node.bdseq is not None and node.bdseq != bdseq:
                if bdseq is None:
                    self._problems["a death without bdSeq"] = None
                return
            devices = sorted(node.known.union(node.definitions) - {edge})
            node.end()
        # The will's own time is that of the connection's beginning.
        self._updates = [Update(each, {}, None, online=False) for each in (edge, *devices)]

    def node_lives(self, *, redelivered: bool) -> None:
        """A birth, data, or the death of a device: what the node counts."""
        node, payload = self._node, self._payload
        if node is not None and self._kind == "NBIRTH":
            node.begin(payload.seq, _bdseq_of(payload))
        elif node is not None:
            missed = node.count(payload.seq, redelivered=redelivered)
            if not node.is_born:
                missed = "no birth of its node is known"
            if missed is not None:
                self._is_behind = True
                self._problems[missed] = None
        if self._kind == "DDEATH":
            self._updates = [Update(self._address, {}, payload.time_ms, online=False)]
            if node is not None:
                node.definitions.pop(self._address, None)
            return
        if node is not None and self._is_birth:
            node.declare(self._address, payload)
        self._read(None if node is None else node.definitions.get(self._address))

    def ask_for_rebirth(self, topic: str, now: Micros) -> None:
        """Have the node send its births again, where that would help."""
        node = self._node
        wants = self._is_behind or (self._is_undeclared and node is not None and self._address in node.known)
        if node is None or not wants or not node.may_ask(now, again=self._is_behind):
            return
        time_ms = max(0, now // MILLISECOND)
        command = metric(REBIRTH, True, Datatype.BOOLEAN, time_ms=time_ms)
        self._commands.append((topic, encode(Payload(time_ms, (command,)))))

    def interpretation(self) -> Interpretation:
        """What became of it."""
        return Interpretation(self._updates, self._commands, "; ".join(self._problems) or None, self._names)

    def _read(self, definitions: Definitions | None) -> None:
        moments: dict[tuple[int | None, bool], dict[str, Value]] = {}
        birth = (self._payload.time_ms, False)
        if self._is_birth:
            moments[birth] = {}
        elif self._node is not None and self._node.is_born and definitions is None:
            self._is_undeclared = True
            self._problems["no birth of its device is known"] = None
        for each in self._payload.metrics:
            name = each.name or self._name_of(each, definitions)
            if name is None or name == _BDSEQ or name.startswith(_NODE_CONTROL):
                continue
            value = read(each, definitions.datatypes.get(name) if definitions is not None else None)
            if isinstance(value, Unusable):
                self._problems[value.why] = None
                self._names.append(name)
            elif value is not None:
                time_ms = self._payload.time_ms if each.time_ms is None else each.time_ms
                moments.setdefault((time_ms, each.is_historical), {})[name] = value
        self._updates = [
            Update(self._address, moments[moment], *moment, online=True if self._is_birth and moment == birth else None)
            for moment in sorted(moments, key=_in_time)
        ]

    def _name_of(self, each: Metric, definitions: Definitions | None) -> str | None:
        if each.alias is None:
            self._problems["a metric without name and alias"] = None
            return None
        name = definitions.names.get(each.alias) if definitions is not None else None
        if name is None:
            self._names.append(f"alias {each.alias}")
            self._problems["an alias that no birth has declared"] = None
            self._is_undeclared = not self._is_birth and (definitions is None or definitions.is_complete)
        return name


def _bdseq_of(payload: Payload) -> int | None:
    for each in payload.metrics:
        if each.name == _BDSEQ and isinstance(each.raw, int):
            return each.raw
    return None


def _in_time(moment: tuple[int | None, bool]) -> tuple[bool, int, bool]:
    """What has no time is of now, so it comes last; of the same time, what was recorded earlier comes first."""
    time_ms, historical = moment
    return time_ms is None, time_ms or 0, not historical
