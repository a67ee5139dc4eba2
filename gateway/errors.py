"""The exception tree: every error that this product raises on purpose. Its text is one sentence for the user."""

from __future__ import annotations

from gateway.core.kernel.errors import (
    ChecklistRefused,
    ConditionError,
    DutyRefused,
    GatewayError,
    IllegalTransition,
    InvalidAction,
    MaintenanceRefused,
    TicketRefused,
    UnknownAlarm,
    UnknownChecklist,
    UnknownShelf,
    UnknownTicket,
)
from gateway.core.kernel.times import Micros, isoformat

__all__ = [
    "BrokerError",
    "ChecklistRefused",
    "ConditionError",
    "DataDirectoryInUse",
    "DutyRefused",
    "GatewayError",
    "IllegalTransition",
    "InvalidAction",
    "LinkCutOff",
    "LinkExpired",
    "LinkInvalid",
    "MaintenanceRefused",
    "MissingExtra",
    "PersonLeft",
    "PhotoRefused",
    "PhotoTooLarge",
    "PhotosFull",
    "SeriesRefused",
    "SeriesUnavailable",
    "SettingsError",
    "SiteError",
    "StoreError",
    "StoreFull",
    "StoreRefused",
    "TicketRefused",
    "UnknownAlarm",
    "UnknownChecklist",
    "UnknownShelf",
    "UnknownTicket",
]


class MissingExtra(GatewayError):
    """A command needs libraries that a plain installation does not include; the text says how to install them."""


class SettingsError(GatewayError):
    """A setting is missing, unknown or has an invalid value."""


class SiteError(GatewayError):
    """The files of a site have errors; the text lists each with file, line, column and a hint."""


class BrokerError(GatewayError):
    """The MQTT broker cannot be reached or refuses the gateway."""


class StoreError(GatewayError):
    """The data directory cannot be read or written."""


class StoreRefused(StoreError):
    """The store can never hold this, such as a number that is taken or an integer beyond 64 bits: retrying is useless.

    Any other StoreError may pass: a lock, a full disk, an I/O error.
    """


class StoreFull(StoreError):
    """The disk has no room for this; it may be tried again."""


class DataDirectoryInUse(StoreError):
    """Another gateway is running on this data directory."""


class LinkInvalid(GatewayError):
    """A link of a message was not made by this gateway, or was changed."""


class LinkCutOff(LinkInvalid):
    """A part of a link is missing."""


class PersonLeft(LinkInvalid):
    """The person to whom a link was sent is no longer one of the site."""


class LinkExpired(GatewayError):
    """A link of a message was valid once."""

    def __init__(self, expired_at: Micros) -> None:
        super().__init__(f"the link expired at {isoformat(expired_at)}")
        self.expired_at = expired_at


class PhotoRefused(GatewayError):
    """What was sent is no photo, or one that cannot be kept; the text says what to do."""


class PhotoTooLarge(PhotoRefused):
    """The photo has too many bytes or pixels."""


class PhotosFull(PhotoRefused):
    """There is no room for further photos."""


class SeriesUnavailable(GatewayError):
    """The series store does not answer, or asks to be tried again later."""


class SeriesRefused(GatewayError):
    """The series store rejects these points for good, such as a field that has another type there."""
