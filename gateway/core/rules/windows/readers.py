"""Which windows of a device read a message, by the metrics that come in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.core.kernel.values import Value
from gateway.core.rules.windows.window import Window

_MOST_FORMS = 32
"""Sets of metrics that come together, of which the windows are remembered; most devices have a few."""


class Readers:
    """The windows of one device."""

    __slots__ = ("_by_form", "_windows")

    def __init__(self, windows: Sequence[Window]) -> None:
        self._windows = windows
        self._by_form: dict[tuple[str, ...], Sequence[Window]] = {}

    def of(self, values: Mapping[str, Value]) -> Sequence[Window]:
        """The windows that read one of these values."""
        form = tuple(values)
        found = self._by_form.get(form)
        if found is None:
            if len(self._by_form) >= _MOST_FORMS:
                self._by_form.clear()
            found = [each for each in self._windows if not values.keys().isdisjoint(each.derivation.metrics)]
            self._by_form[form] = found
        return found
