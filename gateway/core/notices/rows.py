"""What is stored of notices."""

from __future__ import annotations

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.notices.notice import Notice
from gateway.core.notices.troubles import Trouble
from gateway.core.notices.watch import WatchRecord


class NoticeChanges(msgspec.Struct, frozen=True):
    """What a step has changed."""

    notices: tuple[Notice, ...] = ()
    watches: dict[int, WatchRecord | None] = {}
    """By alarm; None for one that is over."""
    times: dict[str, Micros] = {}
    """Until when routes collect alarms, by their keys, and when the last proof was."""
    troubles: dict[Trouble, str | None] = {}
    """None for what is forgotten."""
    alarms: tuple[tuple[int, int], ...] = ()
    """Alarms of which a notice tells from now on, each with the number of the notice."""


class NoticeRows(msgspec.Struct, frozen=True):
    """What an earlier run has left."""

    notices: tuple[Notice, ...] = ()
    """Those that are open."""
    watches: tuple[WatchRecord, ...] = ()
    times: dict[str, Micros] = {}
    troubles: dict[Trouble, str] = {}
    keys: tuple[tuple[str, str, bool], ...] = ()
    """Of the latest notices, the oldest first: what was said to whom, that with the way, and whether it arrived."""
