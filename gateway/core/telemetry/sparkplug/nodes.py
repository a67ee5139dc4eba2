"""The state of one edge node: the definitions of its births, and its sequence number."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.core.kernel.times import SECOND, Micros
from gateway.core.telemetry.sparkplug.payload import Payload

REBIRTH_PAUSE: Micros = 30 * SECOND
"""Least time between two rebirth requests: a node with hundreds of devices takes seconds to publish its births, and a
node that does not answer must not get a request for every message."""

REQUESTS_IN_A_ROW = 3
"""How many answered requests may follow one another without a pause. Some nodes always count wrongly, and no birth
fixes that (one repeated 75 numbers in 260 messages: united-manufacturing-hub/benthos-umh, PCAP_TEST_REPORT.md)."""

MOST_OTHER_DEVICES = 100
"""How many devices of a node besides the site's own have their births stored. This bounds the memory for a node that
makes up device names."""

_NUMBERS = 256


@dataclass(slots=True)
class Definitions:
    """The definitions of metrics in one birth."""

    datatypes: dict[str, int] = field(default_factory=dict)
    names: dict[int, str | None] = field(default_factory=dict)
    """Names by alias; None for an alias of two metrics."""
    is_complete: bool = True
    """Whether all metrics of the birth were read."""


@dataclass(slots=True)
class Node:
    """An edge node of the site, or with devices of the site."""

    known: frozenset[str]
    """The site's addresses at this node: the node's own, its devices', or both."""
    is_born: bool = False
    bdseq: int | None = None
    """The number of its connection. The will of an earlier connection has another number."""
    expected: int | None = None
    """The sequence number of its next message; None before a birth of the node."""
    definitions: dict[str, Definitions] = field(default_factory=dict)
    """By address. Aliases are stored for each address: the specification demands unique ones in a node, but some nodes
    count from zero for each device."""
    requested_at: Micros | None = None
    """The time of the last rebirth request."""
    requests_in_a_row: int = 0
    has_answered: bool = False
    """Whether a birth of the node has followed the last request."""

    def begin(self, seq: int | None, bdseq: int | None) -> None:
        """Apply a birth of the node. It voids all earlier definitions, those of its devices too."""
        self.is_born, self.bdseq, self.has_answered = True, bdseq, True
        self.expected = ((seq or 0) + 1) % _NUMBERS
        self.definitions.clear()

    def end(self) -> None:
        """Apply a death of the node, or a lost connection: its state is unknown."""
        self.is_born, self.bdseq, self.expected = False, None, None
        self.definitions.clear()

    def declare(self, address: str, payload: Payload) -> None:
        """Store the definitions of a birth."""
        self.definitions.pop(address, None)
        if address not in self.known and len(self.definitions) >= MOST_OTHER_DEVICES + len(self.known):
            return
        definitions = self.definitions[address] = Definitions()
        definitions.is_complete = not (payload.left_out or payload.misnamed)
        for metric in payload.metrics:
            if metric.name is None:
                continue
            if metric.datatype:
                definitions.datatypes[metric.name] = metric.datatype
            if metric.alias is not None:
                known = definitions.names.setdefault(metric.alias, metric.name)
                if known != metric.name:
                    definitions.names[metric.alias] = None

    def count(self, seq: int | None, *, redelivered: bool) -> str | None:
        """Count one message; returns a sentence if its sequence number is not the expected one.

        A redelivered message out of order is not counted: it was counted before, or is too late. A missing number means
        zero if zero is expected, as some encoders drop it; otherwise the message is not counted.
        """
        expected = self.expected
        if expected is None or (seq is None and expected != 0):
            return None
        seq = seq or 0
        if seq != expected and redelivered:
            return None
        self.expected = (seq + 1) % _NUMBERS
        return None if seq == expected else f"sequence number {seq} where {expected} was due"

    def request_rebirth(self, now: Micros, *, answer_ends_pause: bool) -> bool:
        """Whether to request a rebirth now. If so, the request is recorded as sent.

        Args:
            answer_ends_pause: whether a birth since the last request ends the pause. Not if that birth did not help.
        """
        in_a_row = 0
        if self.requested_at is not None and 0 <= now - self.requested_at < REBIRTH_PAUSE:
            in_a_row = self.requests_in_a_row
            if not (answer_ends_pause and self.has_answered and in_a_row < REQUESTS_IN_A_ROW):
                return False
        self.requested_at, self.requests_in_a_row, self.has_answered = now, in_a_row + 1, False
        return True
