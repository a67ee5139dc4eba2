"""The one place where the simulators read the wall clock."""

import time


def wall_clock() -> float:
    """Seconds since the epoch, UTC."""
    return time.time()
