"""The part that raises and ends the alarm `silent` of devices."""

from __future__ import annotations

from typing import ClassVar

from gateway.core.alarms.actions import EndAlarm, RaiseAlarm
from gateway.core.alarms.steps import record_evidence
from gateway.core.devices.events import SilenceBegan, SilenceEnded
from gateway.core.kernel.events import Event
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import isoformat, written_duration
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.silence import SILENT


class SilenceWatch(Part):
    """Tells people of silent devices."""

    name: ClassVar[str] = "silence"

    def __init__(self, seam: Seam) -> None:
        self._seam = seam

    def on(self, event: Event) -> None:
        """Raise the alarm of a silent device; end it with the message by which it was heard again."""
        match event:
            case SilenceBegan():
                heard = "never heard since it was added" if event.is_new else "last heard"
                detail = f"{heard} {isoformat(event.since)}; expected every {written_duration(event.every)}"
                subject = Subject.of_device(event.device)
                self._seam.ask(RaiseAlarm(rule=SILENT, subject=subject, detail=detail, time=event.time))
            case SilenceEnded():
                evidence = Evidence.of(event.message, event.reading, event.number)
                subject, time = Subject.of_device(event.device), event.reading.received
                cause = record_evidence(self._seam, evidence, subject)
                self._seam.ask(EndAlarm(rule=SILENT, subject=subject, time=time, cause=cause))
