"""The API as a whole."""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.unit.api.house import House

BASE = "http://127.0.0.1:8080"
GUIDE = Path(__file__).parents[3] / "docs" / "api.md"


async def test_the_root_leads_to_the_documentation(browser: httpx.AsyncClient) -> None:
    response = await browser.get(BASE + "/")
    assert (response.status_code, response.headers["location"]) == (307, "/docs")


async def test_the_documentation_needs_no_internet(browser: httpx.AsyncClient) -> None:
    page = (await browser.get(BASE + "/docs")).text
    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(links) >= 2
    for link in links:
        assert link.startswith("/"), link
        assert (await browser.get(BASE + link)).status_code == 200, link


async def test_every_endpoint_says_what_it_does_and_how_it_refuses(house: House) -> None:
    document = house.application.openapi()
    endpoints = {
        f"{method.upper()} {path}": operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert {
        "GET /api/v1/site",
        "GET /api/v1/devices",
        "GET /api/v1/devices/{device}",
        "GET /api/v1/devices/{device}/series",
        "GET /api/v1/alarms",
        "GET /api/v1/alarms/{number}",
        "POST /api/v1/alarms/{number}/acknowledge",
        "POST /api/v1/alarms/{number}/reset",
        "POST /api/v1/alarms/{number}/shelve",
        "POST /api/v1/alarms/{number}/unshelve",
        "POST /api/v1/alarms/{number}/comment",
        "POST /api/v1/alarms/actions",
        "GET /api/v1/alarms/summary",
        "GET /api/v1/shelves",
        "GET /api/v1/shelves/{number}",
        "POST /api/v1/shelves",
        "DELETE /api/v1/shelves/{number}",
        "POST /api/v1/out-of-service",
        "GET /api/v1/groups",
        "GET /api/v1/rules/{rule}/groups/{subject}",
        "GET /api/v1/rules/{rule}/devices/{device}",
        "GET /api/v1/reports/classify",
        "POST /api/v1/reports",
        "POST /api/v1/tickets/{number}/checklist",
        "GET /api/v1/tickets",
        "GET /api/v1/tickets/{number}",
        "GET /api/v1/tickets/summary",
        "POST /api/v1/tickets",
        "POST /api/v1/tickets/actions",
        "POST /api/v1/tickets/{number}/accept",
        "POST /api/v1/tickets/{number}/decline",
        "POST /api/v1/tickets/{number}/assign",
        "POST /api/v1/tickets/{number}/hand-over",
        "POST /api/v1/tickets/{number}/arrive",
        "POST /api/v1/tickets/{number}/hold",
        "POST /api/v1/tickets/{number}/resume",
        "POST /api/v1/tickets/{number}/resolve",
        "POST /api/v1/tickets/{number}/confirm",
        "POST /api/v1/tickets/{number}/close",
        "POST /api/v1/tickets/{number}/reopen",
        "POST /api/v1/tickets/{number}/cancel",
        "POST /api/v1/tickets/{number}/merge",
        "POST /api/v1/tickets/{number}/acknowledge",
        "POST /api/v1/tickets/{number}/comment",
        "POST /api/v1/tickets/{number}/photo",
        "POST /api/v1/tickets/{number}/work",
        "POST /api/v1/tickets/{number}/rate",
        "POST /api/v1/tickets/{number}/priority",
        "GET /api/v1/notices",
        "GET /api/v1/notices/{number}",
        "POST /api/v1/notices/test",
        "POST /api/v1/notices/{number}/end",
        "GET /api/v1/scans",
        "GET /api/v1/people",
        "GET /api/v1/maintenance",
        "POST /api/v1/maintenance",
        "POST /api/v1/maintenance/{number}/end",
        "GET /api/v1/checklists",
        "GET /api/v1/checklist-runs",
        "GET /api/v1/checklist-runs/{number}",
        "POST /api/v1/checklist-runs/{number}/answers",
        "POST /api/v1/checklist-runs/{number}/complete",
        "GET /api/v1/people/on-duty",
        "POST /api/v1/people/{person}/absence",
        "DELETE /api/v1/people/{person}/absence",
        "GET /api/v1/photos/{name}",
        "GET /api/v1/photos/{name}/thumbnail",
        "POST /api/v1/photos",
        "GET /api/v1/rejects",
        "GET /api/v1/rejects/messages",
        "GET /api/v1/rejects/messages/{number}",
        "GET /api/v1/rejects/messages/{number}/payload",
        "GET /healthz",
        "GET /readyz",
        "GET /metrics",
    } == endpoints.keys()
    for name, operation in endpoints.items():
        assert operation["description"], name
        if "parameters" in operation:
            schema = operation["responses"]["422"]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}, name


async def test_a_path_that_leads_nowhere_says_where_to_look(browser: httpx.AsyncClient) -> None:
    response = await browser.get("/lifts")
    assert response.status_code == 404
    assert response.json() == {"detail": "there is nothing at /api/v1/lifts; /docs lists what there is"}


async def test_times_are_documented_as_such(house: House) -> None:
    schemas = house.application.openapi()["components"]["schemas"]
    assert schemas["AlarmAnswer"]["properties"]["raised_at"]["format"] == "date-time"
    assert "from" in schemas["SeriesAnswer"]["properties"]


async def test_every_example_of_the_guide_leads_to_an_endpoint_that_has_its_parameters(house: House) -> None:
    examples = re.findall(rf"curl -s( -X POST)? '?{BASE}([^\s']+)", GUIDE.read_text(encoding="utf-8"))
    assert len(examples) > 15
    paths = house.application.openapi()["paths"]
    for post, example in examples:
        url = urlsplit(example)
        matching = [path for path in paths if re.fullmatch(re.sub(r"{\w+}", "[^/]+", path), url.path)]
        found = min(matching, key=lambda path: path.count("{"))  # `/alarms/summary` is no number of an alarm
        operation = paths[found]["post" if post else "get"]
        known = {parameter["name"] for parameter in operation.get("parameters", ())}
        assert parse_qs(url.query).keys() - {"sate"} <= known, example


async def test_the_schema_is_made_outside_the_event_loop(
    house: House, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_in: list[threading.Thread] = []
    openapi = house.application.openapi

    def making() -> dict[str, Any]:
        made_in.append(threading.current_thread())
        return openapi()

    monkeypatch.setattr(house.application, "openapi", making)
    response = await browser.get("http://127.0.0.1:8080/openapi.json")
    assert response.json()["info"]["title"] == "facility-gateway"
    assert made_in
    assert made_in[0] is not threading.current_thread()
