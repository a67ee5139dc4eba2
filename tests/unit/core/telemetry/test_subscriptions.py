"""What the gateway subscribes to."""

from __future__ import annotations

from typing import Any

from tests.unit.core.telemetry.bench import LEVEL, Bench, profile


def test_the_site_subscribes_to_its_own_topics_and_to_what_its_devices_send_elsewhere() -> None:
    pump = profile(
        "pump",
        {"topic": "site/{site}/pump/{device}/telemetry"},
        maker=[
            {"topic": "tele/{device}/SENSOR", "values": LEVEL},
            {"topic": "shelly-{device}/status:{channel}", "values": LEVEL},
        ],
        lora=[{"format": "lorawan", "values": {"count": {"at": 0, "type": "u8"}}}],
        spark=[{"format": "sparkplug", "values": {"level": "Level"}}],
        unused=[{"topic": "unused/{device}", "values": LEVEL}],
    )

    assert Bench([pump], a="pump").subscriptions() == ("site/s1/#",)
    assert Bench([pump], a="pump/maker", b="pump").subscriptions() == ("site/s1/#", "+/+", "tele/+/SENSOR")
    assert Bench([pump], a="pump/lora@ab").subscriptions() == (
        "site/s1/#",
        "application/+/device/+/event/up",
        "application/+/device/+/rx",
        "v3/+/devices/+/up",
    )
    assert Bench([pump], a="pump/spark@g/e/d", b="pump/spark@h/e").subscriptions() == (
        "site/s1/#",
        "spBv1.0/g/+/e/#",
        "spBv1.0/h/+/e/#",
    )


def test_a_filter_that_another_covers_is_left_out() -> None:
    wide: list[dict[str, Any]] = [
        {"topic": "tele/{device}/{kind}", "values": LEVEL},
        {"topic": "tele/{device}/SENSOR", "values": LEVEL},
    ]

    assert Bench([profile("p", t=wide)], a="p/t").subscriptions() == ("site/s1/#", "tele/+/+")
