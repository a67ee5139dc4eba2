"""Requests to the parts of devices."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gateway.core.kernel.events import Request
from gateway.core.kernel.times import Micros
from gateway.core.kernel.values import Value


class SetDown(Request, frozen=True, kw_only=True):
    """People know that a device is silent or out of order, or it is no longer: what it powers or carries cannot be
    heard meanwhile.
    """

    device: str
    source: str
    """What says so: each has its own word. A device is down as long as one of them says so."""
    is_down: bool
    time: Micros
    """The present."""
    cause: int | None = None
    """The audit record that led to this."""


class KeepSilent(Request, frozen=True, kw_only=True):
    """The alarm `silent` of a device is raised, so it is silent, even if the store has lost that."""

    device: str


class Heard(NamedTuple):
    """When a device was last heard."""

    at: Micros
    """0 for never."""
    is_expected: bool
    """Whether it is expected to send at all."""


class AskHeard(Request, frozen=True, kw_only=True):
    """Say when a device was last heard. There is no answer where the site has no such device."""

    device: str
    answer: Callable[[Heard], None]
    """Called before the request returns."""


class LatestValue(NamedTuple):
    """The latest value that a device has reported of a metric."""

    value: Value
    unit: str
    time: Micros
    """When the device measured it."""
    is_known: bool
    """Whether rules go on with it: it is neither too old nor from a past that was told late."""


class ReadLatest(Request, frozen=True, kw_only=True):
    """Say what a device has reported last of a metric."""

    device: str
    metric: str
    answer: Callable[[LatestValue], None]
    """Called before the request returns; not where the device has never reported the metric, or there is none such."""
