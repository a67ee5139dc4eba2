"""The product killed while a message is under way: it comes again, and who counts ids counts it once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from pathlib import Path

import aiomqtt

from tests.gateway_process import GatewayProcess
from tests.integration.mailbox import Hook, Posted
from tests.servers import HOST, Mosquitto, eventually

SECRET = "a secret that both sides know"
SITE = """
site: {{id: trial, name: {{en: Trial}}}}
devices:
  - {{id: p1, profile: booster_pump}}
  - {{id: p2, profile: booster_pump}}
people: [{{id: cmms, contact: [{{webhook: '{url}'}}]}}]
rules:
  - id: dry
    applies_to: {{profile: booster_pump}}
    when: inlet_pressure < 0.05
    severity: critical
    title: {{en: Dry}}
proof: {{day: never}}
"""


class HoldingHook(Hook):
    """Takes the first message, and answers it no earlier than it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived: list[Posted] = []
        self.may_answer = threading.Event()

    def take(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """The answer to a request."""
        self.arrived.append(Posted(headers, body, 0))
        if len(self.arrived) == 1:
            assert self.may_answer.wait(60)
        return super().take(headers, body)


async def run_dry(broker: Mosquitto, pump: str) -> None:
    async with aiomqtt.Client(HOST, broker.port) as client:
        await client.publish(f"site/trial/booster_pump/{pump}/telemetry", b'{"inlet_pressure": 0.01}', qos=1)


async def test_killed_while_a_message_is_under_way_it_sends_it_again_with_the_same_id_and_the_next_after_it(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    hook = HoldingHook()
    hook.start()
    site, channels = tmp_path / "site.yaml", tmp_path / "channels.yaml"
    site.write_text(SITE.format(url=hook.url))
    channels.write_text(f"webhook: {{secret: {SECRET}}}\n")
    try:
        with GatewayProcess(tmp_path / "gateway", site, mosquitto.port, channels=str(channels)) as gateway:
            await run_dry(mosquitto, "p1")
            await eventually(lambda: hook.arrived, what="the first message")
            await run_dry(mosquitto, "p2")
            await eventually(
                lambda: len(gateway.get("/api/v1/notices")[1]["notices"]) == 2, what="the second, which waits"
            )
            gateway.kill()
            assert len(hook.arrived) == 1
            await asyncio.to_thread(gateway.start)
            await eventually(lambda: len(hook.arrived) == 3, within=30, what="both messages")
            notices = await eventually(
                lambda: [each for each in gateway.get("/api/v1/notices")[1]["notices"] if each["state"] == "delivered"][
                    1:
                ],
                what="both reports",
            )
    finally:
        hook.may_answer.set()
        await hook.stop()
    first, again, second = hook.arrived
    assert (first.id, first.content["items"]) == (again.id, again.content["items"])
    assert [each.content["items"][0]["facts"]["subject"] for each in (again, second)] == ["device:p1", "device:p2"]
    assert all(each.is_signed_with(SECRET) for each in hook.arrived)
    assert len({each.id for each in hook.arrived}) == 2
    assert len(notices) == 1
