"""A source of messages in memory, for pipelines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.commits import Receipt
from gateway.core.kernel.times import Now


class Wire:
    """A source that remembers what was acknowledged."""

    def __init__(self) -> None:
        self.acknowledged: list[tuple[int, int]] = []
        """Connections and packet identifiers."""
        self.paused = False
        self.doubted: list[Now] = []
        self.when_doubted: Callable[[Now], None] = lambda _since: None
        self.confirming: Callable[[], bool] = lambda: True
        """What happens when it is asked whether it sends."""

    async def confirm(self, within_s: float) -> bool:
        assert within_s > 0
        return self.confirming()

    def doubt(self, since: Now) -> None:
        self.doubted.append(since)
        self.when_doubted(since)

    def acknowledge(self, receipts: Sequence[Receipt]) -> None:
        for connection, packet_ids in receipts:
            self.acknowledged.extend((connection, packet_id) for packet_id in packet_ids)

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False
