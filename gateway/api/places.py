"""Which devices are where."""

from __future__ import annotations

from gateway.core.kernel.subjects import Subject
from gateway.core.site.site import Site


def subjects_inside(site: Site, location: str | None) -> list[Subject] | None:
    """The devices in a location and inside it, as subjects; None without a location."""
    if location is None:
        return None
    return [Subject.of_device(spec.id) for spec in site.devices.values() if site.is_inside(spec.location, location)]
