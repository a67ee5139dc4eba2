"""What keeps people from being told, as alarms about the gateway."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.alarms.actions import EndAlarm, RaiseAlarm
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.kernel.part import Seam
from gateway.core.kernel.subjects import GATEWAY
from gateway.core.kernel.times import Micros
from gateway.core.notices.watch import OF_ALARM

RULES = (BuiltinRule.NOTICES_FAIL, BuiltinRule.CONTACT_UNREACHABLE)
_NAMED = 5
Trouble = tuple[str, str]
"""The rule of the alarm, and who cannot be reached, or what nobody could be told of."""


class Troubles:
    """Each alarm is raised while at least one of its troubles lasts, and names them.

    A further one is told, whoever has acknowledged the alarm; one that comes and goes while it stands is told once.
    """

    def __init__(self, seam: Seam) -> None:
        self._seam = seam
        self._known: dict[Trouble, str] = {}
        """What people were told of since the alarm is raised: a sentence, empty for what is well again."""
        self._changed: dict[Trouble, str | None] = {}

    def restore(self, rows: Mapping[Trouble, str]) -> None:
        """Go on with what people were told of."""
        self._known = dict(rows)

    def begin(self, now: Micros) -> None:
        """End the alarms of which no trouble is left."""
        for rule in RULES:
            if not self._of(rule):
                self._seam.ask(EndAlarm(rule=rule, subject=GATEWAY, time=now))

    def add(self, rule: BuiltinRule, name: str, why: str, now: Micros, *, cause: int | None = None) -> None:
        """Something is wrong: a sentence says what."""
        before = self._known.get((rule, name))
        if before != why:
            is_further = before is None and bool(self._of(rule))
            self._known[rule, name] = self._changed[rule, name] = why
            self._tell(rule, now, cause, is_further=is_further)

    def drop(self, rule: BuiltinRule, name: str, now: Micros) -> None:
        """It is well again. Nothing happens where nothing was wrong."""
        if not self._known.get((rule, name)):
            return
        if name.startswith(OF_ALARM):  # of which there is never another trouble of this name
            self._forget((rule, name))
        else:
            self._known[rule, name] = self._changed[rule, name] = ""
        if self._of(rule):
            self._tell(rule, now, None)
            return
        for each in [each for each in self._known if each[0] == rule]:
            self._forget(each)
        self._seam.ask(EndAlarm(rule=rule, subject=GATEWAY, time=now))

    def names(self, rule: BuiltinRule) -> list[str]:
        """What is wrong under this rule."""
        return [name for (each, name), why in self._known.items() if each == rule and why]

    def finish(self) -> dict[Trouble, str | None]:
        """What has changed in this step; None for what is forgotten."""
        changed, self._changed = self._changed, {}
        return changed

    def _of(self, rule: BuiltinRule) -> list[str]:
        return [why for (each, _), why in self._known.items() if each == rule and why]

    def _forget(self, trouble: Trouble) -> None:
        del self._known[trouble]
        self._changed[trouble] = None

    def _tell(self, rule: BuiltinRule, now: Micros, cause: int | None, *, is_further: bool = False) -> None:
        """The latest are named first."""
        found = self._of(rule)[::-1]
        more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        detail = "; ".join(found[:_NAMED]) + more
        request = RaiseAlarm(rule=rule, subject=GATEWAY, detail=detail, time=now, cause=cause, is_further=is_further)
        self._seam.ask(request)
