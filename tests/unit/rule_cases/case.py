"""What a test of a shipped rule needs to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.kernel.values import Value

Payload = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Case:
    """What raises a rule's alarm on a device of which nothing is known, what ends it, and what must do neither."""

    breach: Payload
    cleared: Payload
    harmless: tuple[Payload, ...]
    """None of them raises it."""
    holding: tuple[Payload, ...] = ()
    """None of them ends it, once raised."""
