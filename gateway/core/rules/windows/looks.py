"""When the windows of a device are looked at: as soon as time alone may have changed the verdict of a rule."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

from gateway.core.devices.device import Device
from gateway.core.kernel.times import SECOND, Micros
from gateway.core.rules.limits import Scope
from gateway.core.rules.rule import Rule
from gateway.core.rules.windows.derivation import Derivation
from gateway.core.rules.windows.thresholds import Sides, Thresholds, thresholds_of
from gateway.core.rules.windows.window import Window


class Looks:
    """When the windows of one device are looked at: at whole seconds, so that those of many devices are together.

    A look evaluates all rules that derive something which time may move. A reading is evaluated with the rules that
    read it; where it moves another value past a threshold, as it came late or its stamp jumps, a look follows.
    """

    __slots__ = ("_at", "_places", "due", "timed")

    def __init__(self, windows: Iterable[Window], thresholds: Mapping[str, Thresholds]) -> None:
        """`thresholds` of derivations by their key; where there are none, any change of one may matter."""
        timed = [(each, thresholds.get(each.derivation.key)) for each in windows if each.derivation.is_timed]
        self.timed = [(each, found, SECOND if found is not None else each.derivation.period) for each, found in timed]
        """The windows that time alone may move, with their thresholds, and to which time a look at them is rounded."""
        self._places: list[Hashable] | None = None
        """How each stood at the latest look."""
        self._at: Micros = 0
        self.due: Micros | None = None
        """When they are looked at next; None while time changes no verdict."""

    def next(self, now: Micros, at: Micros, *, is_look: bool) -> Micros | None:
        """When to look next by the gateway's clock: at once, where a value stands in another place than at the latest
        look; None for never.

        Args:
            at: now, by the feed of the device.
            is_look: whether this is one.
        """
        if at < self._at:
            self.forget()
        self._at = at
        places, due = list[Hashable](), None
        for window, thresholds, step in self.timed:
            place, until = window.standing_at(at, thresholds)
            places.append(place)
            if until is not None:
                turn = -(-(until - at + now) // step) * step
                due = turn if due is None or turn < due else due
        if is_look:
            self._places = places
        return due if places == self._places else now + 1

    def forget(self) -> None:
        """Find anew how each window stands: other than a reading and time has changed it."""
        for window, _, _ in self.timed:
            window.standing = None


def derivations_of(rules: Iterable[Rule]) -> list[Derivation]:
    """What these rules derive, each once."""
    return [*{each.key: each for rule in rules for each in rule.let.values()}.values()]


def thresholds_on(device: Device, rules: Sequence[Rule]) -> dict[str, Thresholds]:
    """The thresholds of what rules derive of a device and time may move, by the key of the derivation.

    A sum has none: what leaves it may be anything.
    """
    scope = Scope(device.profile, device.profile.attributes_of(device.spec.attributes))
    sides: dict[str, list[Sides]] = {}
    for rule in rules:
        for name, each in rule.compared.items():
            derivation = rule.let[name]
            sides.setdefault(derivation.key, []).append(each if derivation.function != "sum" else (None,))
    return {key: thresholds_of(each, scope) for key, each in sides.items()}
