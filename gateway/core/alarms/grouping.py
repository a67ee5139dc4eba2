"""What alarms that are raised together have in common: a device on which theirs depend, or else a place."""

from __future__ import annotations

from collections.abc import Container

from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.site.site import Site
from gateway.core.site.topology import Topology


def common_cause(topology: Topology, device: str, alarmed: Container[str]) -> str | None:
    """The device to which the alarms of this one are counted; None where the site's files name no such device.

    Of what powers or carries the device, what is among `alarmed`, the devices that have alarms themselves, and depends
    on no other of these. Where there is none, the device itself if others depend on it, or else what powers it, or
    else what carries its messages. So what depends directly on one device is one group together with it, even if that
    device says nothing.
    """
    known = [each for each in topology.ancestors_of(device) if each in alarmed]
    if known:
        first = [each for each in known if not any(other in known for other in topology.ancestors_of(each))]
        return (first or known)[-1]  # in a circle each depends on the others
    if topology.children_of(device):
        return device
    return next(iter(topology.parents_of(device)), None)


def group_of(site: Site, subject: Subject, alarmed: Container[str]) -> str | None:
    """The group of an alarm about the subject, as `kind:id`: its common cause, or else its place; None without both."""
    device = site.devices.get(subject.device or "")
    if device is None:
        return str(subject) if subject.kind in (SubjectKind.LOCATION, SubjectKind.ZONE) else None
    cause = common_cause(site.topology, device.id, alarmed)
    if cause is not None:
        return str(Subject.of_device(cause))
    return None if device.location is None else str(Subject(SubjectKind.LOCATION, device.location))
