"""What keeps people from being told, as alarms about the gateway."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.alarms.actions import EndAlarm, RaiseAlarm
from gateway.core.alarms.builtin import BuiltinRule
from gateway.core.kernel.part import Seam
from gateway.core.kernel.subjects import GATEWAY
from gateway.core.kernel.times import Micros

RULES = (BuiltinRule.NOTICES_FAIL, BuiltinRule.CONTACT_UNREACHABLE)
_NAMED = 5
Trouble = tuple[str, str]
"""The rule of the alarm, and who cannot be reached, or what nobody could be told of."""


class Troubles:
    """Each alarm is raised while at least one of its troubles lasts, and names them."""

    def __init__(self, seam: Seam) -> None:
        self._seam = seam
        self._lasting: dict[Trouble, str] = {}
        self._changed: dict[Trouble, str | None] = {}

    def restore(self, rows: Mapping[Trouble, str]) -> None:
        """Go on with what lasts, each with a sentence."""
        self._lasting = dict(rows)

    def begin(self, now: Micros) -> None:
        """End the alarms of which no trouble is left."""
        for rule in RULES:
            if not self._of(rule):
                self._seam.ask(EndAlarm(rule=rule, subject=GATEWAY, time=now))

    def add(self, rule: BuiltinRule, name: str, why: str, now: Micros, *, cause: int | None = None) -> None:
        """Something is wrong: a sentence says what."""
        if self._lasting.get((rule, name)) != why:
            self._lasting[rule, name] = self._changed[rule, name] = why
            self._tell(rule, now, cause)

    def drop(self, rule: BuiltinRule, name: str, now: Micros) -> None:
        """It is well again. Nothing happens where nothing was wrong."""
        if self._lasting.pop((rule, name), None) is None:
            return
        self._changed[rule, name] = None
        if self._of(rule):
            self._tell(rule, now, None)
        else:
            self._seam.ask(EndAlarm(rule=rule, subject=GATEWAY, time=now))

    def names(self, rule: BuiltinRule) -> list[str]:
        """What is wrong under this rule."""
        return [name for each, name in self._lasting if each == rule]

    def finish(self) -> dict[Trouble, str | None]:
        """What has changed in this step; None for what is well again."""
        changed, self._changed = self._changed, {}
        return changed

    def _of(self, rule: BuiltinRule) -> list[str]:
        return [why for (each, _), why in self._lasting.items() if each == rule]

    def _tell(self, rule: BuiltinRule, now: Micros, cause: int | None) -> None:
        found = self._of(rule)
        more = f"; and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
        detail = "; ".join(found[:_NAMED]) + more
        self._seam.ask(RaiseAlarm(rule=rule, subject=GATEWAY, detail=detail, time=now, cause=cause))
