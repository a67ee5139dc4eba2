"""An annunciator alone, for tests of what people are told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.annunciator import Annunciator
from gateway.core.alarms.lifecycle import State
from gateway.core.alarms.suppression import Release, Suppress, SuppressionKind
from gateway.core.kernel.blindness import BecameBlind, HearsAgain
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.rules.events import Breached, Cleared
from gateway.core.rules.evidence import Evidence
from tests.unit.core.seams import LoneSeam
from tests.unit.core.sites import at, rule_spec, site

P1, P2 = Subject.of_device("p1"), Subject.of_device("p2")
EVIDENCE = Evidence(7, "site/s1/pump/p1", "{}", at(0), at(0), {"pressure": 0.01})
FINE = Evidence(8, "site/s1/pump/p1", "{}", at(1), at(1), {"pressure": 0.5})


class Panel:
    """An annunciator with the rule `low-pressure`, and with its stored alarms where an earlier one left them."""

    def __init__(self, *, earlier: Sequence[AlarmRecord] | None = None, start_s: float = 0, **fields: object) -> None:
        files = site(rule_spec(**fields))
        (self.rule,) = files.rules
        self.seam = LoneSeam(Annunciator.name, alarm=5)
        self.alarms = Annunciator(files.site, files.rules, self.seam)
        if earlier is not None:
            self.alarms.restore(earlier, at(start_s))

    def breach(self, at_s: float, subject: Subject = P1) -> None:
        self.alarms.on(Breached(rule=self.rule, subject=subject, time=at(at_s), evidence=EVIDENCE))

    def clear(self, at_s: float, evidence: Evidence | None = None, subject: Subject = P1) -> None:
        self.alarms.on(Cleared(rule=self.rule, subject=subject, time=at(at_s), evidence=evidence))

    def suppress(
        self,
        at_s: float,
        kind: SuppressionKind = SuppressionKind.MAINTENANCE,
        *,
        source: str = "",
        devices: frozenset[str] | None = frozenset({"p1"}),
        rules: frozenset[str] | None = None,
        subject: Subject | None = None,
        until: Micros | None = None,
        two_people: bool = False,
    ) -> None:
        self.alarms.serve(
            Suppress(
                source=source or f"{kind.value}:1",
                kind=kind,
                devices=devices,
                rules=rules,
                subject=subject,
                why="because",
                until=until,
                by=None,
                time=at(at_s),
                cause=None,
                two_people=two_people,
            )
        )

    def release(self, at_s: float, source: str = "maintenance:1") -> None:
        self.alarms.serve(Release(source=source, time=at(at_s), cause=None))

    def be_blind(self, at_s: float) -> None:
        self.alarms.on(BecameBlind(since=at(at_s), noticed=at(at_s)))

    def hear(self, at_s: float) -> None:
        self.alarms.on(HearsAgain(time=at(at_s)))

    def finish(self) -> list[AlarmRecord]:
        return self.alarms.finish() or []

    def stored(self) -> list[AlarmRecord]:
        """The step ends: what the store has then of the alarms that stand."""
        latest = {record.number: record for record in self.finish()}
        return [record for record in latest.values() if record.state is not State.NORMAL]

    def told(self) -> list[tuple[str, str]]:
        """The step ends: step and state of each event published since this was last called."""
        return [(event["step"], event["state"]) for event in self.events()]

    def events(self) -> list[dict[str, Any]]:
        """The step ends: each event published since this was last called."""
        self.alarms.finish()
        published, self.seam.published[:] = self.seam.published.copy(), []
        return [json.loads(event.payload) for event in published]
