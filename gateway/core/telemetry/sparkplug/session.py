"""Interprets the messages of Sparkplug edge nodes: values by name, and which addresses are online.

After the Sparkplug 3.0 specification, chapters 4 to 6, with two differences. A gap in the sequence numbers requests a
rebirth at once: the messages of one broker arrive in order, so there is nothing to wait for. A message with an
unexpected number is used all the same: its values are valid.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from gateway.core.kernel.times import MILLISECOND, Micros
from gateway.core.kernel.values import Value
from gateway.core.telemetry.sparkplug.datatypes import Datatype, Unusable, payload_metric, read
from gateway.core.telemetry.sparkplug.nodes import Definitions, Node
from gateway.core.telemetry.sparkplug.payload import Malformed, Payload, PayloadMetric, encode, parse

NAMESPACE = "spBv1.0"
REBIRTH = "Node Control/Rebirth"

_BDSEQ = "bdSeq"
_NODE_CONTROL = "Node Control/"
_LEVELS = {"NBIRTH": 4, "NDATA": 4, "NDEATH": 4, "NCMD": 4, "DBIRTH": 5, "DDATA": 5, "DDEATH": 5, "DCMD": 5}
_COMMANDS = ("NCMD", "DCMD")
_BIRTHS = ("NBIRTH", "DBIRTH")


class Update(msgspec.Struct, frozen=True):
    """The values of one address at one time, from one message."""

    address: str
    """`group/edge`, or `group/edge/device`."""
    values: dict[str, Value]
    time_ms: int | None
    """As sent, in milliseconds since 1970, not checked. None means the time received."""
    historical: bool = False
    """Whether it was recorded earlier and is not the present state."""
    online: bool | None = None
    """True after a birth, False after a death, None for data."""


@dataclass(slots=True)
class Interpretation:
    """The result of one message."""

    updates: list[Update] = field(default_factory=list)
    """The updates in the order of their times."""
    commands: list[tuple[str, bytes]] = field(default_factory=list)
    """Topic and payload of commands to publish, at QoS 0 and not retained."""
    problem: str | None = None
    """Why not all of the message could be used."""
    names: list[str] = field(default_factory=list)
    """The metrics that could not be used."""
    historical: list[str] = field(default_factory=list)
    """The metrics of which only a value of the past could not be used."""
    is_malformed: bool = False
    """Whether nothing of the message could be read."""


class Sessions:
    """The sessions of a site's edge nodes. Messages of other nodes are interpreted without any state.

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
            return Interpretation(problem=parsed.why, is_malformed=True)
        edge = f"{levels[1]}/{levels[3]}"
        address = edge if len(levels) == 4 else f"{edge}/{levels[4]}"
        interpreter = _Interpreter(kind, address, parsed, self._nodes.get(edge))
        if kind == "NDEATH":
            interpreter.apply_node_death(edge)
        else:
            interpreter.apply(redelivered=redelivered)
        interpreter.request_rebirth(f"{NAMESPACE}/{levels[1]}/NCMD/{levels[3]}", now)
        return interpreter.interpretation()

    def reconnected(self) -> None:
        """The connection was lost and is back. Births are at QoS 0 and not retained, so all known ones are void."""
        for node in self._nodes.values():
            node.end()


class _Interpreter:
    """Interprets one message with the state of its node."""

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
        self._historical: list[str] = []
        self._is_behind = False
        """Whether the known births are outdated for this message."""
        self._is_undeclared = False
        """Whether the message has metrics or a device that no known birth declares."""
        if payload.misnamed:
            self._problems["a name is not UTF-8"] = None
        if payload.left_out:
            self._problems[f"too many metrics: the last {payload.left_out} were left out"] = None

    def apply_node_death(self, edge: str) -> None:
        """Apply the death of the node and all its devices, unless it is the will of an earlier connection."""
        devices: Iterable[str] = ()
        node, bdseq = self._node, _bdseq_of(self._payload)
        if node is not None:
            if node.bdseq is not None and node.bdseq != bdseq:
                if bdseq is None:
                    self._problems["a death without bdSeq"] = None
                return
            devices = sorted(node.known.union(node.definitions) - {edge})
            node.end()
        # The time in a will is that of the connect, so it is not used.
        self._updates = [Update(each, {}, None, online=False) for each in (edge, *devices)]

    def apply(self, *, redelivered: bool) -> None:
        """Apply a birth, data, or the death of a device: the messages with a sequence number."""
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

    def request_rebirth(self, topic: str, now: Micros) -> None:
        """Request a rebirth of the node, if that would help."""
        node = self._node
        wants = self._is_behind or (self._is_undeclared and node is not None and self._address in node.known)
        if node is None or not wants or not node.request_rebirth(now, answer_ends_pause=self._is_behind):
            return
        time_ms = max(0, now // MILLISECOND)
        command = payload_metric(REBIRTH, True, Datatype.BOOLEAN, time_ms=time_ms)
        self._commands.append((topic, encode(Payload(time_ms, (command,)))))

    def interpretation(self) -> Interpretation:
        """The result."""
        problem = "; ".join(self._problems) or None
        return Interpretation(self._updates, self._commands, problem, self._names, self._historical)

    def _read(self, definitions: Definitions | None) -> None:
        values_by_time: dict[tuple[int | None, bool], dict[str, Value]] = {}
        birth = (self._payload.time_ms, False)
        if self._is_birth:
            values_by_time[birth] = {}
        elif self._node is not None and self._node.is_born and definitions is None:
            self._is_undeclared = True
            self._problems["no birth of its device is known"] = None
        datatypes = definitions.datatypes if definitions is not None else {}
        for each in self._payload.metrics:
            name = each.name or self._name_of(each, definitions)
            if name is None or name == _BDSEQ or name.startswith(_NODE_CONTROL):
                continue
            value = read(each, datatypes.get(name))
            if type(value) is Unusable:
                self._problems[value.why] = None
                (self._historical if each.is_historical else self._names).append(name)
            elif value is not None:
                key = (self._payload.time_ms if each.time_ms is None else each.time_ms, each.is_historical)
                values = values_by_time.get(key)
                if values is None:
                    values = values_by_time[key] = {}
                values[name] = value
        self._updates = [
            Update(self._address, values_by_time[key], *key, online=True if self._is_birth and key == birth else None)
            for key in sorted(values_by_time, key=_by_time)
        ]

    def _name_of(self, each: PayloadMetric, definitions: Definitions | None) -> str | None:
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


def _by_time(key: tuple[int | None, bool]) -> tuple[bool, int, bool]:
    """Updates without a time are of the present and come last; of one time, historical ones come first."""
    time_ms, historical = key
    return time_ms is None, time_ms or 0, not historical
