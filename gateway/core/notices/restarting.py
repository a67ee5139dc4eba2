"""What a start of the gateway changes for the notices that an earlier run has left."""

from __future__ import annotations

import msgspec

from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.kernel.times import Micros
from gateway.core.notices.book import NoticeBook
from gateway.core.notices.delivery import Delivery
from gateway.core.notices.notice import GIVE_UP_AFTER, SIREN_NAME, Notice, NoticeKind, NoticeState
from gateway.core.notices.recipients import Recipients
from gateway.core.notices.requests import Urgency
from gateway.core.notices.troubles import Troubles
from gateway.core.notices.watch import OF_ALARM
from gateway.core.notices.ways import Way

_GONE = "the site's files do not name this contact any more"


def renew(book: NoticeBook, delivery: Delivery, recipients: Recipients, troubles: Troubles, now: Micros) -> None:
    """Go on with what is open.

    What was to be given up while the gateway was away is tried from now on: nobody has tried it meanwhile. What was
    under way is sent again, without the alarms of which nobody need be told any more, and not in quiet hours that have
    begun since; what was not to be tried again is not, as nobody knows whether it has failed.

    Where the site's files do not name a contact any more, those that they name are told. Somebody who is gone is not,
    and is no trouble any more.
    """
    for name in troubles.names(BuiltinRule.NOTICES_FAIL):
        is_there = recipients.has_siren if name == SIREN_NAME else recipients.reach(name)
        if not is_there and not name.startswith(OF_ALARM):
            troubles.drop(BuiltinRule.NOTICES_FAIL, name, now)
    for notice in book.lines.open():
        if notice.is_stopped:
            book.lines.land(notice.number)
            book.end(notice, NoticeState.WITHDRAWN, "withdrawn", now)
        elif (ways := _ways_now(notice, recipients)) is None or notice.way in ways:
            further = tuple(way for way in notice.further if ways is None or way in ways)
            is_late = notice.give_up_at is not None and notice.give_up_at <= now
            give_up_at = now + GIVE_UP_AFTER[notice.urgency] if is_late else notice.give_up_at
            renewed = msgspec.structs.replace(notice, further=further, give_up_at=give_up_at)
            if is_late or further != notice.further:
                book.keep(renewed)
            if notice.obsolete or delivery.is_too_early(notice, now):
                book.without_obsolete(book.take_back(renewed))
                book.touched[notice.way] = None
        elif ways and notice.kind != NoticeKind.PROOF:
            allowed = recipients.ways(notice.person or "", may_ring=notice.urgency is Urgency.WAKE)
            further = tuple(way for way in ways if way in allowed)
            waiting = book.without_obsolete(book.take_back(notice))
            delivery.give_up(msgspec.structs.replace(waiting, further=further, error=_GONE), now)
        else:
            book.lose(notice, now)


def _ways_now(notice: Notice, recipients: Recipients) -> list[Way] | None:
    """The ways to its reader by the files of today; None where they do not say."""
    if notice.reader == SIREN_NAME:
        return [notice.way] if recipients.has_siren else []
    if notice.person is None or notice.kind == NoticeKind.TEST:
        return None
    if notice.kind == NoticeKind.OVER:
        return recipients.texts(notice.person)
    return recipients.ways(notice.person, may_ring=True)
