"""Until when the condition of a member has held: what a restart must know of it."""

from __future__ import annotations

import msgspec

from gateway.core.kernel.times import Micros


class Ended(msgspec.Struct, frozen=True, gc=False):
    """The condition of a function has ended on a device: a row of the store."""

    rule: str
    """The id of the rule."""
    function: str
    """The name of the function in the rule."""
    device: str
    time: Micros
    """When it ended: when the device sent that, as far as it is known."""
    is_stamped: bool
    """Whether the device's clock has told this time, so that the gateway's, if it was wrong, does not matter."""
