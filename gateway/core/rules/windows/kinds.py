"""The kinds of windows: which one a derivation needs, and how each is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.windows.condition_windows import SinceWindow, StateWindow, StoredStates
from gateway.core.rules.windows.derivation import Derivation
from gateway.core.rules.windows.heard import Gaps
from gateway.core.rules.windows.looking_back import FlatWindow, PreviousWindow
from gateway.core.rules.windows.sample_windows import (
    QuantileWindow,
    RateWindow,
    SampleWindow,
    StoredCounter,
    StoredSamples,
)
from gateway.core.rules.windows.since import Flat, Latest, SinceState
from gateway.core.rules.windows.window import Window


class StoredWindow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A window in the store."""

    key: str
    begin: Micros
    content: StoredSamples | StoredCounter | StoredStates | SinceState | Flat | Latest


class StoredWindows(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The windows of one device: a row of the store."""

    device: str
    position: int
    """The number of the first message that is not in them."""
    reached: Micros
    received: Micros
    pace: tuple[Micros, Micros]
    heard_since: Micros | None
    stamped: dict[str, Micros]
    last: Evidence | None
    windows: tuple[StoredWindow, ...]


_OF_METRICS: Mapping[str, Callable[[Derivation, str, Micros, Gaps], Window]] = {
    "median": QuantileWindow,
    "percentile": QuantileWindow,
    "rate": RateWindow,
    "flat": FlatWindow,
    "previous": PreviousWindow,
}


def window_of(derivation: Derivation, key: str, begin: Micros, gaps: Gaps, facts: Mapping[str, Value]) -> Window:
    """The window that a derivation needs, empty; `facts` are what is known of its metrics and attributes."""
    if derivation.function == "since":
        return SinceWindow(derivation, key, begin, gaps, facts)
    if derivation.condition is not None:
        return StateWindow(derivation, key, begin, gaps, facts)
    return _OF_METRICS.get(derivation.function, SampleWindow)(derivation, key, begin, gaps)


def stored_window(window: Window) -> StoredWindow:
    """A window as it is to be stored.

    Raises:
        TypeError: its content is of no known kind.
    """
    content = window.content()
    if not isinstance(content, StoredSamples | StoredCounter | StoredStates | SinceState | Flat | Latest):
        raise TypeError(f"the content of {window.key} cannot be stored")
    return StoredWindow(window.key, window.begin, content)
