from __future__ import annotations

from gateway.core.devices.device import Device
from gateway.core.profiles.profile import Profile
from gateway.core.site.site import DeviceSpec

PUMP = Profile.model_validate(
    {
        "profile": "pump",
        "title": {"en": "Pump"},
        "metrics": {"running": {"type": "bool"}, "mode": {"type": "enum", "values": {0: "off"}, "default": "off"}},
        "attributes": {"limit": {"type": "float", "default": 3.0}, "maker": {"type": "string", "default": ""}},
        "messages": [{"topic": "site/{site}/pump/{device}"}],
    }
)


def test_a_new_device_has_its_attributes_and_the_defaults_of_its_metrics() -> None:
    device = Device.of(DeviceSpec(id="p1", profile="pump", attributes={"limit": 5}), PUMP)

    assert device.facts == {"limit": 5, "maker": "", "mode": "off"}
    assert device.values == {}
