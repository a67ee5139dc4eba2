from __future__ import annotations

from gateway.core.telemetry.senders import senders_of
from tests.unit.core.sites import site


def test_the_devices_of_a_profile_share_what_each_message_needs_of_it() -> None:
    files = site()
    senders = senders_of(files.site, files.profiles)

    assert senders["r1"].events == {"uid", "call"}
    assert senders["p1"].events == frozenset()
    assert senders["p1"].events is senders["p2"].events
