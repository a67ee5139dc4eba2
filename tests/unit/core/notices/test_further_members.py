"""Further members of a group that join an alarm of which people were told are told as well."""

from __future__ import annotations

from typing import Any

import msgspec

from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.events import AlarmMoved
from gateway.core.alarms.lifecycle import Step
from gateway.core.duty.actions import AskOnDuty, AskPresent
from gateway.core.kernel.blindness import BecameBlind
from gateway.core.kernel.events import AuditRecord, Request
from gateway.core.kernel.times import MINUTE
from gateway.core.notices.part import Notices
from gateway.core.notices.ways import ALL_CHANNELS
from tests.unit.core.notices.office import CHIEF, TECH, Office, configuration
from tests.unit.core.seams import LoneSeam
from tests.unit.core.sites import NOON


def _nobody_on_duty(request: Request) -> None:
    match request:
        case AskPresent():
            request.answer(request.people)
        case AskOnDuty():
            request.answer([])


def test_where_the_first_step_has_nobody_those_of_the_next_are_told_of_them() -> None:
    route: dict[str, Any] = {
        "tell": [{"team": "engineering"}],
        "escalate": [{"after": "5m", "tell": [{"person": "chief-1"}]}],
    }
    files = configuration(people=[TECH, CHIEF], routes=[route])
    office = Office(files)
    office.breach("critical")
    alarm, seam = office.alarms[1], LoneSeam("notices")
    seam.ask = _nobody_on_duty
    assert files.notices is not None
    part = Notices(files.site, files.notices, seam, ALL_CHANNELS)
    part.on(BecameBlind(since=NOON, noticed=NOON))
    definition = AlarmDefinition.of(files.rules[0])
    for index, is_further in enumerate((False, True)):
        record = AuditRecord(index, NOON, "alarm", "1", None, None, {})
        raised = msgspec.structs.replace(alarm, latest_raise=alarm.latest_raise + index)
        part.on(
            AlarmMoved(
                audit=record,
                step=Step.RAISE,
                alarm=raised,
                definition=definition,
                time=NOON + index * MINUTE,
                by=None,
                is_further=is_further,
            )
        )
    changes = part.finish()
    assert changes is not None
    assert [(each.person, each.kind) for each in changes.notices] == [
        ("chief-1", "alarm raised"),
        ("chief-1", "alarm further"),
    ]
