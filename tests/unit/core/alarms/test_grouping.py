"""What alarms that are raised together have in common."""

from __future__ import annotations

import pytest

from gateway.core.alarms.grouping import common_cause, group_of
from gateway.core.kernel.subjects import GATEWAY, Subject
from gateway.core.site.site import DeviceSpec, Site, SiteHeader

# mains ── panel ─┬─ edge ── sensor (powered by the panel itself, reports via the edge)
#                 └─ pump                                     lamp stands alone
SPECS = {
    "mains": {},
    "panel": {"powered_by": "mains"},
    "edge": {"powered_by": "panel"},
    "sensor": {"powered_by": "panel", "reports_via": "edge", "location": "b1"},
    "pump": {"powered_by": "panel", "location": "b1"},
    "lamp": {"location": "b2"},
    "clock": {},
}
SITE = Site(
    header=SiteHeader.model_validate({"id": "s1", "name": {"en": "Site"}}),
    devices={name: DeviceSpec.model_validate({"id": name, "profile": "x", **spec}) for name, spec in SPECS.items()},
)


@pytest.mark.parametrize(
    ("device", "alarmed", "cause"),
    [
        ("sensor", set(), "panel"),
        ("pump", set(), "panel"),
        ("panel", set(), "panel"),
        ("edge", set(), "edge"),
        ("sensor", {"edge"}, "edge"),
        ("sensor", {"edge", "panel"}, "panel"),
        ("edge", {"panel"}, "panel"),
        ("pump", {"mains", "sensor"}, "mains"),
        ("pump", {"pump", "sensor"}, "panel"),
        ("lamp", {"panel"}, None),
        ("unknown", {"panel"}, None),
    ],
)
def test_a_cause_is_the_first_ancestor_with_an_alarm_or_else_the_nearest_device_on_which_others_depend(
    device: str, alarmed: set[str], cause: str | None
) -> None:
    assert common_cause(SITE.topology, device, alarmed) == cause


@pytest.mark.parametrize(
    ("subject", "group"),
    [
        (Subject.of_device("pump"), "device:panel"),
        (Subject.of_device("lamp"), "location:b2"),
        (Subject.of_device("clock"), None),
        (Subject.of_device("gone"), None),
        (GATEWAY, None),
    ],
)
def test_a_group_is_a_cause_or_else_a_place(subject: Subject, group: str | None) -> None:
    assert group_of(SITE, subject, set()) == group


def test_devices_in_a_circle_have_a_cause_and_the_search_ends() -> None:
    devices = {
        name: DeviceSpec.model_validate({"id": name, "profile": "x", "powered_by": other})
        for name, other in (("a", "b"), ("b", "a"))
    }
    site = Site(header=SITE.header, devices=devices)
    assert common_cause(site.topology, "a", set()) == "a"
    assert common_cause(site.topology, "a", {"b"}) == "b"
