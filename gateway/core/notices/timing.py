"""When a notice may be sent, and when its way is given up: what waits for quiet hours to end is not tried meanwhile."""

from __future__ import annotations

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.notices.notice import GIVE_UP_AFTER, Notice
from gateway.core.notices.quiet_hours import QuietHours


def timed(notice: Notice, at: Micros, quiet: QuietHours, *, trusts_time: bool) -> Notice:
    """The notice as it is sent then, or as soon after as it may be: the wait for that does not count as trying."""
    due: Micros | None = at
    if quiet.concern(notice):
        due = quiet.end(at, is_staff=notice.is_staff) if trusts_time else None
    give_up_at = notice.give_up_at
    if not notice.is_overdue:  # else its day has begun
        if due is None:
            give_up_at = None
        elif give_up_at is None or notice.due is None or not notice.attempts:
            give_up_at = due + GIVE_UP_AFTER[notice.urgency]
        else:
            give_up_at += due - notice.due
    return msgspec.structs.replace(notice, due=due, give_up_at=give_up_at)
