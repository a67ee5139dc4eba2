"""Proves once a week that each way to each person works."""

from __future__ import annotations

from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.kernel.part import Seam
from gateway.core.kernel.subjects import GATEWAY
from gateway.core.kernel.times import Micros
from gateway.core.notices.delivery import Delivery
from gateway.core.notices.notice import Notice, NoticeKind
from gateway.core.notices.proof import Proof
from gateway.core.notices.recipients import Recipients
from gateway.core.notices.requests import Urgency
from gateway.core.notices.templates import say
from gateway.core.notices.troubles import Troubles
from gateway.core.notices.ways import Way
from gateway.core.site.site import Site

TIMER = ("proof",)


class Proving:
    """Sends the test messages. One that does not arrive is an alarm, until something arrives by that way."""

    def __init__(
        self, proof: Proof, site: Site, recipients: Recipients, delivery: Delivery, troubles: Troubles, seam: Seam
    ) -> None:
        self._proof, self._site, self._recipients = proof, site, recipients
        self._delivery, self._troubles, self._seam = delivery, troubles, seam
        self._last: Micros | None = None
        self._changed: Micros | None = None
        self.trusts_time = True

    def restore(self, last: Micros | None) -> None:
        """Go on from the last proof."""
        self._last = last

    def begin(self, now: Micros) -> None:
        """Wait for the next proof; one that was due while the gateway was away comes now."""
        for name in self._troubles.names(BuiltinRule.CONTACT_UNREACHABLE):
            if name not in {_name(person, way) for person, way in self._ways()}:
                self._troubles.drop(BuiltinRule.CONTACT_UNREACHABLE, name, now)
        self.look(now)

    def look(self, now: Micros) -> None:
        """Send it if it is due. What was due while the time was not known waits until it is."""
        if not self.trusts_time or not self._ways():
            return
        if self._last is None or self._last > now:  # the first start, or the clock was wrong
            self._last = self._changed = now
        due = self._proof.following(self._last)
        if due is not None and due <= now:
            self._last = self._changed = now
            self._send(now)
            due = self._proof.following(now)
        if due is not None:
            self._seam.wake(TIMER, due)

    def look_soon(self) -> None:
        """The next tick says what time it is."""
        if self._ways():
            self._seam.wake(TIMER, 0)

    def delivered(self, notice: Notice, now: Micros) -> None:
        """Whatever arrives proves its way."""
        if notice.person is not None:
            self._troubles.drop(BuiltinRule.CONTACT_UNREACHABLE, _name(notice.person, notice.way), now)

    def unreachable(self, notice: Notice, now: Micros) -> None:
        """A test message does not arrive."""
        person = notice.person or ""
        why = f"{person} by {notice.way}: {notice.error or 'no answer'}"
        name = _name(person, notice.way)
        self._troubles.add(BuiltinRule.CONTACT_UNREACHABLE, name, why, now, cause=notice.event)

    def finish(self) -> Micros | None:
        """When the last proof was, if that has changed in this step."""
        changed, self._changed = self._changed, None
        return changed

    def _ways(self) -> list[tuple[str, Way]]:
        return [(each.id, way) for each in self._recipients.people() for way in self._recipients.proven(each)]

    def _send(self, now: Micros) -> None:
        for index, (person, way) in enumerate(self._ways(), 1):
            language = self._recipients.language(person)
            site = self._site.header.name.in_language(language)
            name = self._site.person_name(self._site.people[person])
            self._delivery.add(
                key=f"proof/{now}/{index}",  # another one for each way: one that arrives proves no other
                about=GATEWAY,
                kind=NoticeKind.PROOF,
                person=person,
                ways=[way],
                urgency=Urgency.QUIET,
                language=language,
                items=(say(NoticeKind.PROOF, {"site": site, "name": name}, language),),
                now=now,
                cause=None,
            )


def _name(person: str, way: Way) -> str:
    return f"{person}/{way}"
