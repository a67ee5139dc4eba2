"""Another system keeps work orders by the gateway's ticket events, and never has one twice."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.mailbox import Hook, MailServer, key_of
from tests.integration.test_notifications import SECRET, House
from tests.servers import eventually

TOLD = ("state", "title", "category", "priority", "team", "assignee", "device", "opened_at", "resolved_at", "outcome")
"""What a work order has of a ticket, by the same names."""
FEED = "ticket_feed: [{to: cmms}]\n"


class MaintenanceSystem(Hook):
    """A small CMMS: it answers 500 with a share of requests, also of those that it has taken."""

    def __init__(self, *, fails: float) -> None:
        super().__init__(fails=fails)
        self.work_orders: dict[str, dict[str, str]] = {}
        """By the store and the number of the ticket: what it was told last."""
        self.made = 0
        """How often it has made a work order."""
        self.steps: list[str] = []
        """Of all work orders, each event once."""

    def take(self, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        stamp = headers["X-Gateway-Timestamp"]
        digest = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        assert hmac.compare_digest(headers["X-Gateway-Signature"], f"sha256={digest}")
        known = {*self.taken}
        answer = super().take(headers, body)
        content = json.loads(body)
        if content["kind"] == "ticket event" and key_of(headers["X-Gateway-Id"]) in {*self.taken} - known:
            self._apply(content["store"], content["items"][0]["facts"])
        return answer

    def _apply(self, store: str, facts: dict[str, str]) -> None:
        order = f"{store}/{facts['ticket']}"
        before = self.work_orders.get(order)
        self.made += before is None
        if before is None or int(facts["event"]) > int(before["event"]):
            self.work_orders[order] = facts
        self.steps.append(f"{facts['ticket']} {facts['step']}")


@pytest.fixture
async def cmms() -> AsyncIterator[MaintenanceSystem]:
    server = MaintenanceSystem(fails=0.4)
    yield server
    await server.stop()


async def test_work_orders_of_another_system_follow_tickets_through_outages_and_a_restart(
    tmp_path: Path, cmms: MaintenanceSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.app.BLIND_FOR", 10**15)  # no alarm
    house = House(tmp_path, MailServer(), cmms, speed=60.0, more=FEED)
    steps = ("accept", "comment", "arrive", "resolve", "confirm", "close")
    async with house.running():
        await eventually(lambda: house.ask("GET", "/tickets"), what="the gateway")
        report = {"device": "p1", "title": "It leaks", "category": "pump", "priority": "P2", "by": "Li Wei"}
        numbers = [(await house.ask("POST", "/tickets", report))["number"] for _ in range(3)]
        for step in steps[:3]:
            await act(house, numbers[0], step)
    cmms.start()
    async with house.running():
        await eventually(lambda: house.ask("GET", "/tickets"), what="the gateway")
        for step in steps[3:]:
            await act(house, numbers[0], step)
        await act(house, numbers[1], "cancel")

        async def all_sent() -> bool:
            states = [each["state"] for each in await house.notices(person="cmms")]
            return bool(states) and not {"waiting", "sending"} & {*states}

        sent: bool = await eventually(all_sent, within=60, what="all events at the other system")
        assert sent
        tickets = {str(number): await house.ask("GET", f"/tickets/{number}") for number in numbers}
    (store,) = {order.partition("/")[0] for order in cmms.work_orders}
    assert {order.partition("/")[2] for order in cmms.work_orders} == {*tickets}
    for number, ticket in tickets.items():
        order = cmms.work_orders[f"{store}/{number}"]
        assert {name: order.get(name) for name in TOLD} == {name: ticket[name] for name in TOLD}
    assert cmms.made == len(numbers)
    of_first = [step.partition(" ")[2] for step in cmms.steps if step.startswith(f"{numbers[0]} ")]
    # Whether dispatch finds nobody to ask before somebody accepts is a matter of moments.
    assert [step for step in of_first if step != "nobody to ask"] == ["open", *steps]
    assert any(each.status == 500 for each in cmms.posted)
    assert len(cmms.taken) > len({*cmms.taken}), "some have come twice"


async def act(house: House, ticket: int, step: str) -> None:
    note = {"note": "New seal"} if step in ("comment", "resolve", "cancel") else {}
    despite = {"despite": "seen by eye"} if step in ("resolve", "confirm", "close") else {}
    answer: Any = await house.ask("POST", f"/tickets/{ticket}/{step}", {"by": "Li Wei", **note, **despite})
    assert answer.get("number") == ticket, answer
