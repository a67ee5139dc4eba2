"""Which devices form a group of a rule, and the subject that each group is."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.rules.applies_to import AppliesTo
from gateway.core.site.site import DeviceSpec, Site


class GroupBy(StrEnum):
    """What the members of a group have in common."""

    ZONE = "zone"
    """The zone of their location, or of the nearest location around it that has one."""
    LOCATION = "location"
    """Their own location."""
    PARENT = "parent"
    """What powers them or carries their messages. A device may have one of each, and is in both groups."""
    TAG = "tag"
    """A tag. A device is in the group of each of its tags."""
    PROFILE = "profile"
    """That the rule watches them: all such devices of the site are one group."""


Groups = dict[Subject, tuple[str, ...]]
"""The members of each group, by id, in the order of the site's files."""


def groups_of(rule: str, applies_to: AppliesTo, group_by: GroupBy, site: Site) -> Groups:
    """The groups of a rule's devices. A device without the property is in none.

    Args:
        rule: its id.
    """
    found: dict[Subject, list[str]] = {}
    for device in site.devices.values():
        if applies_to.includes(device):
            for subject in subjects_of(rule, applies_to, group_by, device, site):
                found.setdefault(subject, []).append(device.id)
    return {subject: tuple(members) for subject, members in found.items()}


def subjects_of(
    rule: str, applies_to: AppliesTo, group_by: GroupBy, device: DeviceSpec, site: Site
) -> Iterator[Subject]:
    """The groups in which a device of the rule is: none where it lacks the property."""
    match group_by:
        case GroupBy.ZONE:
            if (zone := zone_of(site, device.location)) is not None:
                yield Subject(SubjectKind.ZONE, zone)
        case GroupBy.LOCATION:
            if device.location is not None:
                yield Subject(SubjectKind.LOCATION, device.location)
        case GroupBy.PARENT:
            for parent in site.topology.parents_of(device.id):
                yield Subject(SubjectKind.GROUP, f"parent={parent}")
        case GroupBy.TAG:
            for tag in dict.fromkeys(device.tags):  # one written twice is one
                yield Subject(SubjectKind.GROUP, f"tag={tag}")
        case GroupBy.PROFILE:
            is_one = len(applies_to.names) == 1
            yield Subject(SubjectKind.GROUP, f"profile={applies_to.name}" if is_one else f"rule={rule}")


def zone_of(site: Site, location: str | None) -> str | None:
    """The zone of a location, or of the nearest one around it that has one. A circle of locations ends the search."""
    seen = set[str]()
    while location is not None and location not in seen and (spec := site.locations.get(location)) is not None:
        if spec.zone is not None:
            return spec.zone
        seen.add(location)
        location = spec.parent
    return None
