"""One edge node as it stands: what its births have declared, and how far its sequence numbers have come."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.core.kernel.times import SECOND, Micros
from gateway.core.telemetry.sparkplug.payload import Payload

REBIRTH_PAUSE: Micros = 30 * SECOND
"""Least time between two requests for the same births: a node with hundreds of devices takes seconds to publish them,
and one that does not answer is not to be asked with every message."""

REQUESTS_IN_A_ROW = 3
"""How many requests may follow one another without a pause, each of them answered. Some nodes count wrongly for good
(75 numbers came twice among 260 messages of one: united-manufacturing-hub/benthos-umh, PCAP_TEST_REPORT.md), and no
birth mends that."""

STRANGERS = 100
"""Devices of a node, other than the site's own, whose births are remembered. One that invents devices without end
must not take memory without end."""

_NUMBERS = 256


@dataclass(slots=True)
class Definitions:
    """What one birth has declared."""

    datatypes: dict[str, int] = field(default_factory=dict)
    names: dict[int, str | None] = field(default_factory=dict)
    """By alias; None where two metrics were given the same one, for then it tells nothing."""
    is_complete: bool = True
    """Whether all its metrics could be read."""


@dataclass(slots=True)
class Node:
    """An edge node below which something of the site lives."""

    known: frozenset[str]
    """The addresses of the site at this node: the node's own, its devices', or both."""
    is_born: bool = False
    bdseq: int | None = None
    """Which of its connections it is: the will of an earlier one bears another number."""
    expected: int | None = None
    """The sequence number of its next message; None until a birth of the node has come."""
    definitions: dict[str, Definitions] = field(default_factory=dict)
    """By address. Aliases are kept for each address by itself: a node must not use one twice, but some count from
    zero for each device."""
    asked: Micros | None = None
    """When it was last asked for its births."""
    asked_in_a_row: int = 0
    has_answered: bool = False
    """Whether it has been born since."""

    def begin(self, seq: int | None, bdseq: int | None) -> None:
        """It is born: nothing holds any more of what its devices and itself have declared."""
        self.is_born, self.bdseq, self.has_answered = True, bdseq, True
        self.expected = ((seq or 0) + 1) % _NUMBERS
        self.definitions.clear()

    def end(self) -> None:
        """It is dead, or nothing is known of it any more."""
        self.is_born, self.bdseq, self.expected = False, None, None
        self.definitions.clear()

    def declare(self, address: str, payload: Payload) -> None:
        """Remember what a birth declares."""
        self.definitions.pop(address, None)
        if address not in self.known and len(self.definitions) >= STRANGERS + len(self.known):
            return
        definitions = self.definitions[address] = Definitions()
        definitions.is_complete = not (payload.left_out or payload.misnamed)
        for metric in payload.metrics:
            if metric.name is None:
                continue
            if metric.datatype:
                definitions.datatypes[metric.name] = metric.datatype
            if metric.alias is not None:
                taken = definitions.names.setdefault(metric.alias, metric.name)
                if taken != metric.name:
                    definitions.names[metric.alias] = None

    def count(self, seq: int | None, *, redelivered: bool) -> str | None:
        """Count one message, and say what was missed before it.

        A redelivered one is counted where it comes in turn. Elsewhere it was counted before, or is as much too late.
        Without a number it stands for zero, which some encoders drop, and otherwise is not counted.
        """
        expected = self.expected
        if expected is None or (seq is None and expected != 0):
            return None
        seq = seq or 0
        if seq != expected and redelivered:
            return None
        self.expected = (seq + 1) % _NUMBERS
        return None if seq == expected else f"sequence number {seq} where {expected} was due"

    def may_ask(self, now: Micros, *, again: bool) -> bool:
        """Whether to ask it for its births, which is then taken as done.

        Args:
            again: whether an answer to the last request ends the pause. It does not where that answer was of no help.
        """
        in_a_row = 0
        if self.asked is not None and 0 <= now - self.asked < REBIRTH_PAUSE:
            in_a_row = self.asked_in_a_row
            if not (again and self.has_answered and in_a_row < REQUESTS_IN_A_ROW):
                return False
        self.asked, self.asked_in_a_row, self.has_answered = now, in_a_row + 1, False
        return True
