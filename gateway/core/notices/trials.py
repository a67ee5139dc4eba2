"""Test messages that a person asks for: to each way of somebody, to one address, or the siren for some seconds."""

from __future__ import annotations

from collections.abc import Callable

from gateway.core.kernel.errors import InvalidAction
from gateway.core.kernel.part import Seam
from gateway.core.kernel.subjects import GATEWAY
from gateway.core.kernel.texts import Language
from gateway.core.kernel.times import Micros
from gateway.core.notices.book import NoticeBook
from gateway.core.notices.delivery import Delivery
from gateway.core.notices.notice import NoticeKind
from gateway.core.notices.recipients import Recipients
from gateway.core.notices.requests import SendTest, Urgency
from gateway.core.notices.templates import say
from gateway.core.notices.ways import SIREN, Way
from gateway.core.site.site import Site

TIMER = ("siren test",)


def off_key(key: str) -> str:
    """The key of the notice that switches the siren off after the test of this key."""
    return f"{key}/off"


class Trials:
    """Sends each message alone, so that the person who asks sees which way works.

    The siren is switched off when its time is over, whatever became of who has asked; an alarm that needs it keeps it.
    A start of the gateway ends the test that an earlier run has begun: nobody knows for how long that sounds.
    """

    def __init__(
        self,
        site: Site,
        recipients: Recipients,
        book: NoticeBook,
        delivery: Delivery,
        seam: Seam,
        *,
        leave_siren: Callable[[], bool],
    ) -> None:
        """`leave_siren` says whether an alarm needs the siren; it sounds for that from then on."""
        self._site, self._recipients, self._book, self._delivery = site, recipients, book, delivery
        self._seam, self._leave_siren = seam, leave_siren
        self._key = ""
        self._until: Micros = 0
        """When the siren is switched off; 0 while none is tested."""
        self._has_changed = False

    def restore(self, until: Micros, key: str) -> None:
        """Go on with what an earlier run has left; `key` names it from now on."""
        self._until, self._key = until, key

    def start(self, action: SendTest, now: Micros) -> None:
        """Send what somebody asks for.

        Raises:
            InvalidAction: the person cannot be reached, or there is no siren.
        """
        spec = self._site.people.get(action.person or "")
        ways = self._recipients.proven(spec) if spec is not None else []
        if action.way is not None:
            ways = [action.way]
        if not ways:
            raise InvalidAction(f"{action.person} cannot be reached: the site's files give no way that the gateway has")
        if SIREN in ways:
            if not self._recipients.has_siren:
                raise InvalidAction("there is no siren: name its topic in the file of channels")
            self._wait(max(self._until, now + action.sound_for), action.key)
        language = self._recipients.language(action.person)
        for way in ways:
            self._add(NoticeKind.TEST, action.key, way, language, now, person=action.person, by=action.by)
        self._delivery.flush(now)

    def end(self, now: Micros, key: str | None = None) -> None:
        """Switch the siren off, unless an alarm needs it; the test of this key, or any. What was to switch it on for
        the test, and has not yet, does not any more."""
        if not self._until or key not in (None, self._key):
            return
        self._seam.let_sleep(TIMER)
        self._until, self._has_changed = 0, True
        for notice in [*self._book.lines.to(SIREN, Urgency.PROMPT)]:
            if notice.kind == NoticeKind.TEST:
                self._book.withdraw(notice, now)
        if self._recipients.has_siren and not self._leave_siren():
            self._add(NoticeKind.SIREN_OFF, off_key(self._key), SIREN, self._recipients.language(None), now)
        self._delivery.flush(now)

    def clock_set(self, by: Micros) -> None:
        """What is left stays the same."""
        if self._until:
            self._wait(self._until + by, self._key)

    def finish(self) -> Micros | None:
        """When the siren is switched off, if that has changed in this step; 0 while none is tested."""
        has_changed, self._has_changed = self._has_changed, False
        return self._until if has_changed else None

    def _wait(self, until: Micros, key: str) -> None:
        self._until, self._key, self._has_changed = until, key, True
        self._seam.wake(TIMER, until)

    def _add(
        self,
        kind: NoticeKind,
        key: str,
        way: Way,
        language: Language,
        now: Micros,
        *,
        person: str | None = None,
        by: str = "",
    ) -> None:
        facts = {"site": self._site.header.name.in_language(language), "by": by}
        self._delivery.add(
            key=key,
            about=GATEWAY,
            kind=kind,
            person=person,
            ways=[way],
            urgency=Urgency.PROMPT if kind is NoticeKind.TEST else Urgency.WAKE,
            language=language,
            items=(say(kind, facts, language),),
            now=now,
            cause=None,
        )
