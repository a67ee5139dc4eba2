"""The topic on which other systems hand in reports of people."""

from __future__ import annotations

from pydantic import ValidationError

from gateway.core.site.reports import Report
from gateway.core.site.site import Site
from gateway.core.telemetry.decoding.checks import shown
from gateway.core.telemetry.events import ReportHeard
from gateway.core.telemetry.quarantine import Reason, Rejected
from gateway.core.telemetry.readings import Message
from gateway.core.telemetry.readout import Readout
from gateway.core.telemetry.senders import Sender


class ReportRoute:
    """Reads reports: JSON with the fields of `Report`."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.topic = f"site/{site.header.id}/reports"
        """The only one."""

    def read(self, message: Message) -> Readout:
        """The report in a message, or why it is none."""
        found = self._report_in(message)
        if isinstance(found, Rejected):
            return Readout([], [found])
        return Readout([], report=ReportHeard(report=found, message=message))

    def carried(self, _topic: str) -> list[tuple[Sender, frozenset[str]]]:
        """It carries nothing of devices."""
        return []

    def _report_in(self, message: Message) -> Report | Rejected:
        try:
            report = Report.model_validate_json(message.payload)
        except ValidationError as error:
            return Rejected(Reason.MALFORMED, f"this is no report: {_first(error)}")
        if report.subject(self._site) is None:
            known = "the site's files have no location or device of this id"
            return Rejected(Reason.UNKNOWN_PLACE, f"place {shown(report.place)}: {known}")
        if (why := report.not_by_a_person) is not None:
            return Rejected(Reason.NOT_BY_A_PERSON, why)
        if message.retained and report.key is None:
            return Rejected(
                Reason.TAKEN_BEFORE,
                "a report that the broker has kept may have been taken before: give it a key, or do not retain it",
            )
        return report


def _first(error: ValidationError) -> str:
    """What is wrong first, with its place."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    return f"{place}: {said}" if place else said
