"""The result of reading a message."""

from __future__ import annotations

import msgspec

from gateway.core.telemetry.decoding.messages import Decoded
from gateway.core.telemetry.events import ReportHeard
from gateway.core.telemetry.quarantine import Rejected
from gateway.core.telemetry.senders import Sender


class Readout(msgspec.Struct, gc=False):
    """The result of reading a message."""

    readings: list[tuple[Sender, Decoded]]
    rejected: list[Rejected] = []
    """The rejections, besides those of single metrics, which are with their readings."""
    replies: list[tuple[str, bytes]] = []
    """Topic and payload of messages to publish in answer."""
    unread: list[tuple[Sender, frozenset[str]]] = []
    """The devices of which something cannot be read, each with the metrics that are lost: see `rejected`."""

    report: ReportHeard | None = None
    """The report of a person; then there is nothing else."""

    def add_computed(self) -> None:
        """Add the metrics that follow from others."""
        for sender, decoded in self.readings:
            for each in sender.computations:
                each.add_to(decoded)

    @property
    def only(self) -> tuple[Sender, Decoded] | None:
        """The one reading of the present, if there is nothing else."""
        if len(self.readings) == 1 and not (self.rejected or self.replies or self.readings[0][1].historical):
            return self.readings[0]
        return None
