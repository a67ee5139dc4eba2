"""The exception tree: every error that this product raises on purpose. Its text is one sentence for the user."""

from __future__ import annotations

from gateway.core.kernel.errors import (
    ConditionError,
    DutyRefused,
    GatewayError,
    IllegalTransition,
    InvalidAction,
    MaintenanceRefused,
    TicketRefused,
    UnknownAlarm,
    UnknownShelf,
    UnknownTicket,
)

__all__ = [
    "BrokerError",
    "ConditionError",
    "DataDirectoryInUse",
    "DutyRefused",
    "GatewayError",
    "IllegalTransition",
    "InvalidAction",
    "MaintenanceRefused",
    "MissingExtra",
    "SeriesRefused",
    "SeriesUnavailable",
    "SettingsError",
    "SiteError",
    "StoreError",
    "StoreFull",
    "StoreRefused",
    "TicketRefused",
    "UnknownAlarm",
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


class SeriesUnavailable(GatewayError):
    """The series store does not answer, or asks to be tried again later."""


class SeriesRefused(GatewayError):
    """The series store rejects these points for good, such as a field that has another type there."""
