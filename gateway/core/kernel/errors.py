"""Errors that the core raises. The rest of the exception tree is in `gateway.errors`."""

from __future__ import annotations


class GatewayError(Exception):
    """Any error that this product raises on purpose; its text is meant for the person who runs it."""


class IllegalTransition(GatewayError):
    """The state of an alarm or a ticket does not allow this step, such as acknowledging it twice."""


class UnknownAlarm(GatewayError):
    """No standing alarm has this number: it never existed, or it is back to normal."""


class UnknownShelf(GatewayError):
    """Nothing is put aside under this number, or not any more."""


class InvalidAction(GatewayError):
    """What a person wants cannot be done so; the text says what would be right."""


class ConditionError(GatewayError):
    """A condition of a rule does not compile or does not yield a bool; the text shows the place with a caret."""


class MaintenanceRefused(GatewayError):
    """A maintenance cannot begin or end as a person wants; the text says why."""


class UnknownTicket(GatewayError):
    """No ticket of this number may go on: it has ended, or never was."""


class TicketRefused(GatewayError):
    """What a person wants of a ticket cannot be done at present; the text says why."""


class UnknownChecklist(GatewayError):
    """No open checklist has this number, or the site's files have no checklist of this id."""


class ChecklistRefused(GatewayError):
    """A checklist cannot be answered or completed as a person wants; the text says why."""


class DutyRefused(GatewayError):
    """What a person wants of duty cannot be done at present; the text says why."""
