"""The pages of a whole gateway: beside the API, over TLS, across a restart."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.times import HOUR
from gateway.pages.links import Links
from gateway.pages.secret import load_secret
from tests.gateway_process import ROOT, GatewayProcess
from tests.servers import HOST, Mosquitto, eventually, free_port
from tests.unit.pages.certificates import make_certificate

SITE = """
site: {id: trial, name: {en: Trial}, timezone: Asia/Shanghai}
devices: [{id: s1, profile: smoke_detector, name: {en: Detector in the lobby}}]
people: [{id: tech-1, name: Li Wei}]
"""
FIRE = b'{"smoke": true}'


@dataclass(frozen=True)
class Pages:
    """A gateway with pages over TLS."""

    gateway: GatewayProcess
    url: str
    trusting: ssl.SSLContext

    def link(self, number: int) -> str:
        """The URL of a link that acknowledges an alarm, as a message has it."""
        secret = load_secret(self.gateway.data)
        links = Links(secret, self.url, now=lambda: time.time_ns() // 1000, knows_time=lambda: True)
        expires = time.time_ns() // 1000 + HOUR
        return links.make(LinkPurpose.ACKNOWLEDGE, Subject(SubjectKind.ALARM, str(number)), "tech-1", expires)

    def ask(self, url: str, *, form: bytes | None = None) -> tuple[int, str]:
        """Status and text of a page; with a form, as its button sends it."""
        try:
            with urllib.request.urlopen(url, form, timeout=10, context=self.trusting) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def alarm(self) -> dict[str, Any]:
        """The alarm, or an empty one as long as there is none."""
        _, found = self.gateway.get("/api/v1/alarms?state=all")
        return next(iter(found["alarms"]), {})


@pytest.fixture
def pages(tmp_path: Path, mosquitto: Mosquitto) -> Iterator[Pages]:
    site = tmp_path / "site.yaml"
    site.write_text(SITE)
    certificate, key = make_certificate(tmp_path / "certificate")
    address = f"{HOST}:{free_port()}"
    settings = {"pages": address, "pages_cert_file": str(certificate), "pages_key_file": str(key)}
    with GatewayProcess(tmp_path / "gateway", site, mosquitto.port, **settings) as gateway:
        yield Pages(gateway, f"https://{address}", ssl.create_default_context(cafile=str(certificate)))


async def test_a_fire_is_acknowledged_by_the_link_of_a_message_and_across_a_restart_only_once(
    pages: Pages, mosquitto: Mosquitto
) -> None:
    async with aiomqtt.Client(HOST, mosquitto.port) as client:
        await client.publish("site/trial/smoke_detector/s1/telemetry", FIRE, qos=1)
    await eventually(lambda: pages.alarm().get("state") == "unacknowledged", what="the alarm")
    link = pages.link(pages.alarm()["number"])
    status, page = pages.ask(link)
    assert (status, "Detector in the lobby" in page, "People may be in danger." in page) == (200, True, True)
    assert pages.alarm()["state"] == "unacknowledged"
    pages.gateway.restart()
    status, page = pages.ask(link, form=b"")
    assert (status, "The alarm is acknowledged." in page) == (200, True)
    assert (pages.alarm()["state"], pages.alarm()["acknowledged_by"]) == ("acknowledged", "Li Wei")
    pages.gateway.restart()
    status, page = pages.ask(link, form=b"")
    assert (status, "Li Wei did this already" in page) == (200, True)


def test_the_pages_serve_nothing_of_the_api_and_the_api_no_page(pages: Pages) -> None:
    for path in ("/", "/docs", "/openapi.json", "/api/v1/alarms", "/healthz", "/metrics"):
        assert pages.ask(pages.url + path)[0] == 404
    assert pages.gateway.get("/l/x")[0] == pages.gateway.get("/r/s1")[0] == 404


def test_a_gateway_with_pages_stops_when_it_is_told_to_while_a_phone_is_connected(pages: Pages) -> None:
    host, _, port = pages.url.removeprefix("https://").partition(":")
    with (
        socket.create_connection((host, int(port))) as connected,
        pages.trusting.wrap_socket(connected, server_hostname=host),
    ):
        began = time.monotonic()
        pages.gateway.stop()
        assert time.monotonic() - began < 5
    assert "Traceback" not in pages.gateway.log


def test_a_gateway_whose_pages_would_be_open_to_all_does_not_start(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(SITE)
    started = subprocess.run(
        [sys.executable, "-m", "gateway", "run", "--site", str(site), "--data-dir", str(tmp_path / "data")],
        cwd=ROOT,
        env={"GATEWAY_PAGES": "0.0.0.0:8443", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert started.returncode == 1
    assert "give pages_cert_file and pages_key_file, or set pages_behind_proxy" in started.stderr
    assert not (tmp_path / "data").exists()
