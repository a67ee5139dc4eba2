"""From how many raises on an alarm chatters."""

from __future__ import annotations

from pydantic import Field

from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import MINUTE, Duration


class ChatterLimit(Spec):
    """So many raises in so short a time are one alarm that chatters. By convention three within a minute."""

    count: int = Field(default=3, ge=2, le=100)
    """How many raises."""
    within: Duration = Field(default=MINUTE, gt=0)
    """In which time; also for how long it must be quiet before it chatters no more."""


USUAL_CHATTER = ChatterLimit()
"""Unless a rule says otherwise."""
