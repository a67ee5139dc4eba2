"""What a start of the gateway changes for the notices that an earlier run has left."""

from __future__ import annotations

import msgspec

from gateway.core.kernel.times import Micros
from gateway.core.notices.book import NoticeBook
from gateway.core.notices.delivery import Delivery
from gateway.core.notices.notice import GIVE_UP_AFTER, NoticeKind
from gateway.core.notices.recipients import Recipients

_ONLY_THIS_WAY = (NoticeKind.PROOF, NoticeKind.OVER)


def renew(book: NoticeBook, delivery: Delivery, recipients: Recipients, now: Micros) -> None:
    """Go on with what is open.

    What was to be given up while the gateway was away is tried from now on: nobody has tried it meanwhile. Where the
    site's files do not name a contact any more, those that they name are told, and somebody who is gone is not.
    """
    for notice in book.lines.open():
        ways = recipients.ways(notice.person or "", may_ring=True)
        if notice.person is not None and notice.kind != NoticeKind.TEST and notice.way not in ways:
            waiting = book.take_back(notice)
            if ways and notice.kind not in _ONLY_THIS_WAY:
                error = "the site's files do not name this contact any more"
                delivery.give_up(msgspec.structs.replace(waiting, further=tuple(ways), error=error), now)
            else:
                book.withdraw(waiting, now)
        elif notice.give_up_at is not None and notice.give_up_at <= now and not notice.is_overdue:
            book.keep(msgspec.structs.replace(notice, give_up_at=now + GIVE_UP_AFTER[notice.urgency]))
