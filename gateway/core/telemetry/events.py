"""Events of telemetry."""

from __future__ import annotations

from gateway.core.kernel.events import Event, Request
from gateway.core.site.reports import Report
from gateway.core.telemetry.readings import Message, Reading


class ValuesRejected(Event, frozen=True, kw_only=True):
    """The latest that a device says of some life-safety metrics cannot be used."""

    reading: Reading
    """In place of values, a sentence for each of these metrics: what was wrong, and what was expected."""
    message: Message
    number: int
    """The message's number in the journal."""


class AllRejected(Event, frozen=True, kw_only=True):
    """A device has said something of the present, and every value of it was rejected."""

    reading: Reading
    """Without values."""
    message: Message
    number: int
    """The message's number in the journal."""


class ReportHeard(Event, frozen=True, kw_only=True):
    """A person's report has come by MQTT. Its place is one of the site's."""

    report: Report
    message: Message


class RejectReport(Request, frozen=True, kw_only=True):
    """Quarantine the message of a report: there are too many."""

    message: Message
    detail: str
