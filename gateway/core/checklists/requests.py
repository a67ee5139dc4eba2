"""Requests to the part of checklists, by parts whose work needs them."""

from __future__ import annotations

from collections.abc import Callable

from gateway.core.kernel.events import Request
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros


class AttachChecklist(Request, frozen=True, kw_only=True):
    """Have a checklist answered for something. While one of the same definition is open there, nothing changes.

    A definition that the site's files do not have raises UnknownChecklist, and nothing has changed.
    """

    about: Subject
    """Such as a ticket."""
    checklist: str
    """The id of the definition."""
    device: str | None
    """Whose values its readings take; None where people enter them."""
    time: Micros
    """The present."""
    cause: int | None = None
    """The audit record that led to this."""
    by: str | None = None
    """The person who attaches it; None where the gateway does."""


class MoveChecklists(Request, frozen=True, kw_only=True):
    """The open checklists of something are answered for something else from now on, such as those of a merged ticket.

    One of a definition that is open there already is withdrawn.
    """

    about: Subject
    to: Subject
    why: str
    time: Micros
    """The present."""
    cause: int | None = None
    """The audit record that led to this."""
    by: str | None = None
    """The person who decided it; None where the gateway did."""


class WithdrawChecklists(Request, frozen=True, kw_only=True):
    """Nobody needs the open checklists of something any more, such as those of a ticket that is cancelled."""

    about: Subject
    why: str
    time: Micros
    """The present."""
    cause: int | None = None
    """The audit record that led to this."""
    by: str | None = None
    """The person who decided it; None where the gateway did."""


class NameOpenChecklists(Request, frozen=True, kw_only=True):
    """Say which checklists of something are open."""

    about: Subject
    answer: Callable[[tuple[str, ...]], None]
    """Called with their titles before the request returns."""
