"""Other people's web pages are kept away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from gateway.api.protection import LONGEST_BODY
from tests.unit.api.house import House

ACKNOWLEDGE = "/alarms/1/acknowledge"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8080",
        "localhost:8080",
        "[::1]:8080",
        "[fe80::1%25eth0]",
        "192.168.1.20",
        "gateway:8080",
        "a.localhost",
    ],
)
async def test_addresses_and_local_names_are_answered(browser: httpx.AsyncClient, host: str) -> None:
    assert (await browser.get("/site", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8080", "evil.example.", "[::1", ".", ":80"])
async def test_a_page_that_had_its_name_pointed_here_is_turned_away(browser: httpx.AsyncClient, host: str) -> None:
    response = await browser.get("/site", headers={"Host": host})
    assert response.status_code == 421
    assert "use its IP address" in response.json()["detail"]


async def test_a_name_of_the_setting_http_hosts_is_answered(tmp_path: Path) -> None:
    with closing(House(tmp_path, hosts=frozenset({"Gateway.Example.org"}))) as house:
        transport = httpx.ASGITransport(house.api)
        async with httpx.AsyncClient(transport=transport, base_url="https://gateway.example.org") as browser:
            assert (await browser.get("/api/v1/site")).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://localhost:8080"])
async def test_a_page_of_another_origin_cannot_act(house: House, browser: httpx.AsyncClient, origin: str) -> None:
    house.run_dry()
    response = await browser.post(ACKNOWLEDGE, json={"by": "Mallory"}, headers={"Origin": origin})
    assert response.status_code == 403
    assert (await browser.get("/alarms/1")).json()["state"] == "unacknowledged"


async def test_the_gateways_own_pages_can_act(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    response = await browser.post(ACKNOWLEDGE, json={"by": "Li Wei"}, headers={"Origin": "http://127.0.0.1:8080"})
    assert response.status_code == 200


async def test_a_form_cannot_act_either(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    response = await browser.post(ACKNOWLEDGE, content='{"by": "Mallory"}', headers={"Content-Type": "text/plain"})
    assert response.status_code == 422
    assert "Content-Type: application/json" in response.json()["detail"]


async def test_answers_are_not_framed_guessed_or_kept(browser: httpx.AsyncClient) -> None:
    headers = (await browser.get("/site")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-cache"
    assert "access-control-allow-origin" not in headers


async def in_chunks(size: int) -> AsyncIterator[bytes]:
    """A body of this size at least, whose length is not told."""
    yield b'{"by": "Li Wei"'
    for _ in range(0, size, 4096):
        yield b" " * 4096
    yield b"}"


async def test_a_body_that_is_too_long_is_refused(browser: httpx.AsyncClient) -> None:
    for body in (b"x" * (LONGEST_BODY + 1), in_chunks(LONGEST_BODY)):
        response = await browser.post(ACKNOWLEDGE, content=body)
        assert response.status_code == 413
        assert response.json() == {"detail": "the body is too long: at most 65536 bytes"}


async def test_a_body_that_says_it_is_too_long_is_not_read(browser: httpx.AsyncClient) -> None:
    read: list[int] = []

    async def body(length: int) -> AsyncIterator[bytes]:
        read.append(length)
        yield b"{}"

    for length in (LONGEST_BODY + 1, 10**20):
        response = await browser.post(ACKNOWLEDGE, content=body(length), headers={"Content-Length": str(length)})
        assert response.status_code == 413
    assert read == []


async def test_a_body_in_chunks_is_read(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    headers = {"Content-Type": "application/json"}
    response = await browser.post(ACKNOWLEDGE, content=in_chunks(4096), headers=headers)
    assert response.json()["acknowledged_by"] == "Li Wei"


@pytest.mark.parametrize("action", ["acknowledge", "reset"])
async def test_a_request_without_a_body_is_told_what_is_missing(browser: httpx.AsyncClient, action: str) -> None:
    response = await browser.post(f"/alarms/1/{action}")
    assert response.status_code == 422
    assert response.json()["detail"] == (
        "there is no body: send a JSON object with the field `by`, as Content-Type: application/json"
    )


async def test_a_request_without_a_body_is_answered_as_its_address_deserves(browser: httpx.AsyncClient) -> None:
    assert (await browser.post("/nothing")).status_code == 404
    assert (await browser.delete("/nothing")).status_code == 404
    assert (await browser.delete("/alarms/1")).status_code == 405


@pytest.mark.parametrize(
    ("method", "path", "allowed"), [("DELETE", "/alarms/1", "GET"), ("GET", "/alarms/1/acknowledge", "POST")]
)
async def test_a_method_that_is_not_there_is_told_which_is(
    browser: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    response = await browser.request(method, path)
    assert (response.status_code, response.headers["Allow"]) == (405, allowed)
    assert response.json()["detail"] == f"there is no {method} of /api/v1{path}; allowed is {allowed}"


async def test_a_client_that_leaves_within_its_body_has_done_nothing(house: House, browser: httpx.AsyncClient) -> None:
    house.run_dry()
    told: list[Message] = [
        {"type": "http.request", "body": b'{"by": "Li Wei"}', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return told.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    scope: dict[str, object] = {
        "type": "http",
        "method": "POST",
        "path": "/api/v1/alarms/1/acknowledge",
        "headers": [(b"content-type", b"application/json")],
        "query_string": b"",
    }
    await house.api(scope, receive, send)
    assert sent[0]["status"] == 400
    assert (await browser.get("/alarms/1")).json()["state"] == "unacknowledged"
