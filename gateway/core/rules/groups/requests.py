"""Requests to the part of groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gateway.core.kernel.events import Request
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros


class Counted(NamedTuple):
    """Which members of a group count at present towards what is active there."""

    members: tuple[str, ...]
    """In the order of the site's files."""
    detail: str | None
    """The same for people."""
    is_sure: bool
    """Whether the rule is certainly breached by what is known."""


class NameMembers(Request, frozen=True, kw_only=True):
    """Say which members count. There is no answer where nothing is active."""

    rule: str
    """The id of the rule."""
    subject: Subject
    answer: Callable[[Counted], None]
    """Called before the request returns."""


class SetOutOfService(Request, frozen=True, kw_only=True):
    """Two people have taken a device out of service, or it serves again: meanwhile it confirms no danger to life."""

    device: str
    source: str
    """Names the decision: there may be several."""
    is_out: bool
    time: Micros
    """The present."""
