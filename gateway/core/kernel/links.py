"""What a link in a message is for: each does one thing."""

from __future__ import annotations

from enum import StrEnum


class LinkPurpose(StrEnum):
    """The purposes of links."""

    ACKNOWLEDGE = "acknowledge"
    """Acknowledge an alarm."""
    ACCEPT = "accept"
    """Accept a ticket."""
    DECLINE = "decline"
    """Decline a ticket."""
    CONFIRM = "confirm"
    """Confirm that the work of a ticket is done."""
    REOPEN = "reopen"
    """Say that it is not."""
    RATE = "rate"
    """Rate the work of a ticket."""
    TRACK = "track"
    """See what has become of a report."""
