"""A report from the code at a place to its rating: by a real browser's forms, a real mail and a real broker."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import aiomqtt
import httpx
import pytest

from tests.gateway_process import ROOT, GatewayProcess
from tests.integration.mailbox import Mail, MailServer
from tests.servers import HOST, Mosquitto, eventually, free_port, wait_until
from tests.unit.photos.pictures import phone_photo

SITE = """
site: {id: trial, name: {en: Trial}}
locations: [{id: lobby, name: {en: Lobby}}]
devices: [{id: p1, profile: booster_pump, location: lobby}]
people:
  - {id: tech-1, name: Li Wei, teams: [engineering], contact: [{email: tech-1@example.org}]}
proof: {day: never}
"""
PRIVATE = "The owner has not paid"


@dataclass(frozen=True)
class Building:
    """A gateway with pages, its mail server, and somebody in the building with a phone."""

    gateway: GatewayProcess
    mail: MailServer
    url: str

    def visit(self, url: str, data: Mapping[str, str] | None = None, *, photo: bytes | None = None) -> httpx.Response:
        """Open a page, or send its form."""
        files = None if photo is None else [("photos", ("photo.jpg", photo, "image/jpeg"))]
        with httpx.Client(timeout=10, headers={"Accept-Language": "en"}) as browser:
            return browser.get(url) if data is None else browser.post(url, data=data, files=files)

    def ticket(self, number: int) -> dict[str, Any]:
        status, found = self.gateway.get(f"/api/v1/tickets/{number}")
        assert status == 200, found
        return dict(found)

    def tickets(self) -> list[dict[str, Any]]:
        return list(self.gateway.get("/api/v1/tickets?state=all")[1]["tickets"])

    def command(self, *words: str) -> None:
        """A command of a shell."""
        command = [sys.executable, "-m", "gateway", "tickets", *words, "--url", f"http://{HOST}:{self.gateway.port}"]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, timeout=30)


@pytest.fixture
def building(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Building]:
    mail = MailServer()
    mail.start()
    site, channels, address = tmp_path / "site.yaml", tmp_path / "channels.yaml", f"{HOST}:{free_port()}"
    site.write_text(SITE)
    channels.write_text(f"email: mailto://{HOST}:{mail.port}?from=gateway@example.org&to={{address}}\n")
    settings = {"pages": address, "channels": str(channels)}
    try:
        with GatewayProcess(tmp_path / "gateway", site, mosquitto.port, **settings) as gateway:
            yield Building(gateway, mail, f"http://{address}")
    finally:
        mail.stop()


def words(page: httpx.Response) -> str:
    """What people read on a page."""
    return " ".join(unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", page.text, flags=re.DOTALL)).split())


def link(mail: Mail, name: str) -> str:
    """The link in a mail that is called so."""
    (found,) = re.findall(rf"^{name}: (\S+)\s*$", mail.body, flags=re.MULTILINE)
    return str(found)


def test_a_report_by_the_code_at_a_place_is_worked_on_by_links_confirmed_and_rated(building: Building) -> None:
    form = building.visit(f"{building.url}/r/lobby")
    assert "Lobby" in words(form)
    (key,) = re.findall(r'name="key" value="([^"]+)"', form.text)
    said = {"key": unescape(key), "text": "Water leaks from the ceiling\nbeside the door.", "name": "Ms Zhao"}
    leak = phone_photo(rotation=6)
    thanks = building.visit(f"{building.url}/r/lobby", said, photo=leak)
    assert "We have your report" in words(thanks)
    again = building.visit(f"{building.url}/r/lobby", said, photo=leak)  # the button twice
    (track,) = set(re.findall(r'href="(/r/t/[^"]+)"', thanks.text))
    assert "Number 1" in words(again)
    assert len(building.tickets()) == 1

    ticket = building.ticket(1)
    assert (ticket["title"], ticket["location"]) == ("Water leaks from the ceiling", "lobby")
    assert ticket["description"] == "Water leaks from the ceiling\nbeside the door."
    assert ticket["reporter"]["name"] == "Ms Zhao"
    (photo,) = ticket["photos"]
    assert photo["public"] is True
    with httpx.Client() as browser:  # the photo is there, upright
        kept = browser.get(f"http://{HOST}:{building.gateway.port}/api/v1/photos/{photo['photo']}")
    assert (kept.status_code, kept.headers["content-type"]) == (200, "image/jpeg")
    at = building.url + track.partition("?")[0]
    assert building.visit(f"{at}/0").content == kept.content  # the reporter sees it as well
    assert building.visit(f"{at}/1").status_code == 404

    building.gateway.restart()  # what a link says is not in the memory of a run
    mail, *_ = wait_until(lambda: _about_leak(building.mail), within=20, what="the technician's mail")
    assert mail.to == "tech-1@example.org"
    accept = link(mail, "Accept")
    assert "Water leaks from the ceiling" in words(building.visit(accept))
    assert building.ticket(1)["state"] == "assigned"
    assert "The work is yours." in words(building.visit(accept, data={"x": ""}))
    assert "Li Wei did this already" in words(building.visit(accept, data={"x": ""}))
    assert (building.ticket(1)["state"], building.ticket(1)["assignee"]) == ("accepted", "tech-1")

    building.command("comment", "1", "--by", "Li Wei", "--note", PRIVATE)
    building.command("comment", "1", "--by", "Li Wei", "--note", "A pipe has burst above you", "--public")
    on_its_way = words(building.visit(building.url + track))
    assert "Somebody is dealing with it." in on_its_way
    assert "Li Wei: A pipe has burst above you" in on_its_way
    building.command("resolve", "1", "--by", "Li Wei", "--note", "Seal replaced")

    page = building.visit(building.url + track)
    assert "The work is done." in words(page)
    for hidden in (PRIVATE, "Seal replaced", "tech-1@example.org"):
        assert hidden not in page.text
    assert "Thank you. The work is confirmed." in words(building.visit(building.url + track, data={"do": "confirm"}))
    rated = building.visit(building.url + track, data={"do": "rate", "rating": "5"})
    assert "You gave 5 of 5" in words(rated)
    ticket = building.ticket(1)
    assert (ticket["state"], ticket["rating"]) == ("confirmed", 5)
    assert [each["by"] for each in ticket["steps"] if each["data"]["step"] == "confirm"] == ["Ms Zhao (reporter)"]


def _about_leak(server: MailServer) -> list[Mail]:
    return [mail for mail in server.mails if "Water leaks" in mail.subject]


async def test_a_report_by_mqtt_is_answered_with_the_number_of_its_ticket_and_taken_once(
    building: Building, mosquitto: Mosquitto
) -> None:
    report = {"place": "p1", "text": "The pump is very loud", "key": "desk-1", "contact": {"phone": "+86 21 5555 0199"}}
    async with aiomqtt.Client(HOST, mosquitto.port) as client:
        await client.subscribe("gateway/trial/reports/#", qos=1)
        await client.publish("site/trial/reports", json.dumps(report), qos=1)
        answer = await _next(client)
        await asyncio.to_thread(building.gateway.restart)
        await client.publish("site/trial/reports", json.dumps(report), qos=1)
        again = await _next(client)
        await client.publish("site/trial/reports", json.dumps(report | {"place": "nowhere"}), qos=1)

        async def rejected() -> list[dict[str, Any]]:
            _, found = await asyncio.to_thread(building.gateway.get, "/api/v1/rejects")
            return list(found["rejects"])

        rejects: list[dict[str, Any]] = await eventually(rejected, what="the rejected report")
    (reject,) = rejects
    assert (answer["report"], answer["ticket"]) == (again["report"], again["ticket"]) == ("desk-1", 1)
    assert reject["topic"] == "site/trial/reports"
    assert "nowhere" in reject["detail"]
    (ticket,) = building.tickets()
    assert (ticket["device"], ticket["reporter"]["contact_kind"]) == ("p1", "phone")


async def _next(client: aiomqtt.Client) -> dict[str, Any]:
    async with asyncio.timeout(20):
        async for message in client.messages:
            assert isinstance(message.payload, bytes)
            return dict(json.loads(message.payload))
    raise AssertionError("no answer has come")
