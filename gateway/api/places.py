"""Which devices, and groups of them, are where."""

from __future__ import annotations

from fastapi import HTTPException

from gateway.api.problems import not_found
from gateway.api.services import Services
from gateway.core.configuration import Configuration
from gateway.core.kernel.subjects import Subject


def subjects_inside(configuration: Configuration, location: str | None) -> list[Subject] | None:
    """The devices in a location and inside it, and the groups with such members; None without a location."""
    if location is None:
        return None
    site = configuration.site
    devices = {spec.id for spec in site.devices.values() if site.is_inside(spec.location, location)}
    groups = {
        subject
        for found in configuration.groups.values()
        for subject, members in found.items()
        if not devices.isdisjoint(members)
    }
    return [*map(Subject.of_device, sorted(devices)), *sorted(groups)]


def groups_of(configuration: Configuration, device: str | None) -> list[tuple[str, Subject]]:
    """The groups of which a device is a member, each with the rule that makes it; none without a device."""
    return [
        (rule, subject)
        for rule, found in configuration.groups.items()
        for subject, members in found.items()
        if device in members
    ]


def subject_given(device: str | None, subject: str | None) -> Subject | None:
    """What a query is about: a device, or a subject as kind:id; None without both.

    Raises:
        HTTPException: 422, as both are given, or the subject is none.
    """
    if subject is None:
        return Subject.of_device(device) if device is not None else None
    if device is not None:
        raise HTTPException(422, "give device or subject, not both")
    return _parsed(subject)


def check_group(gateway: Services, subject: str | None) -> None:
    """Raise 404 where no rule has this group. A device in this form is looked for as one."""
    if subject is None:
        return
    parsed = _parsed(subject)
    is_known = parsed.device in gateway.site.devices if parsed.device is not None else False
    if not is_known and not any(parsed in groups for groups in gateway.configuration.groups.values()):
        raise not_found(f"no rule has a group {subject!r}: GET /api/v1/groups lists them")


def _parsed(subject: str) -> Subject:
    try:
        return Subject.parse(subject)
    except ValueError as error:
        raise HTTPException(
            422, f"{subject!r} is no subject: write kind:id, such as zone:east or group:tag=basement"
        ) from error
