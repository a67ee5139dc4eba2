"""Lets the people of the demo act: it looks at tickets at the gateway's API as any client does, and makes steps."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import httpx

from gateway.api.ticket_answers import path_of
from gateway.clock import Clock
from gateway.core.checklists.definition import ItemKind
from gateway.core.work.lifecycle import TicketState
from gateway.demo.people import Crew, Deed, Job, Report, answer_to

_LOOK_EVERY_S = 0.2
"""Real seconds: at ten times real time people look at their tickets each 2 s."""
_LIMIT = 200
_NOT_NOW = frozenset({HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE})
"""The ticket has changed meanwhile, its pump has not been heard since, or the disk is slow: the next look decides."""


async def act(crew: Crew, url: str, clock: Clock) -> None:
    """Let the crew act at the API at `url` until it is cancelled.

    Raises:
        httpx.HTTPStatusError: the gateway refuses a step that people can make, which is a mistake.
    """
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", trust_env=False) as client:
        while True:
            try:
                if (report := crew.report(clock.now())) is not None and await _is_taken(client, report):
                    crew.reported()
                for deed in crew.deeds(await _jobs(client), clock.now()):
                    await _do(client, deed)
            except httpx.TransportError:  # a busy machine: the crew decides anew by what it sees then
                pass
            await asyncio.sleep(_LOOK_EVERY_S)


async def _jobs(client: httpx.AsyncClient) -> Sequence[Job]:
    answer = await client.get("/tickets", params={"limit": _LIMIT})
    if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        return ()
    answer.raise_for_status()
    return [
        Job(
            number=each["number"],
            state=TicketState(each["state"]),
            category=each["category"],
            team=each["team"],
            assignee=each["assignee"],
            alarm_stands=each["alarm_stands"],
            reporter=each["reporter"] and each["reporter"]["name"],
            is_late=any(clock["breached_at"] for clock in each["clocks"]),
            rating=each["rating"],
        )
        for each in answer.json()["tickets"]
    ]


async def _is_taken(client: httpx.AsyncClient, report: Report) -> bool:
    """Hand the report in; whether the gateway has taken it."""
    answer = await client.post("/reports", json=report._asdict())
    if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
        return False
    answer.raise_for_status()
    return True


async def _do(client: httpx.AsyncClient, deed: Deed) -> None:
    if deed.checklist is not None:
        await _answer(client, deed.ticket, deed.checklist, str(deed.body["by"]))
    path = "rate" if deed.step is None else path_of(deed.step)
    await _post(client, f"/tickets/{deed.ticket}/{path}", deed.body)


async def _answer(client: httpx.AsyncClient, ticket: int, checklist: str, person: str) -> None:
    """Have a checklist answered with a ticket, once, and answer what is open of it."""
    runs = await _runs(client, ticket, checklist)
    if not runs:
        await _post(client, f"/tickets/{ticket}/checklist", {"checklist": checklist, "by": person})
        runs = await _runs(client, ticket, checklist)
    for run in runs:
        if run["state"] != "open":
            continue
        path = f"/checklist-runs/{run['number']}"
        details = await client.get(path)
        details.raise_for_status()
        for item in details.json()["details"]:
            if item["id"] in run["unanswered"]:
                options = [each["id"] for each in item["options"]]
                value = answer_to(ItemKind(item["kind"]), options, item["fails"], person)
                await _post(client, f"{path}/answers", {"item": item["id"], "value": value, "by": person})
        await _post(client, f"{path}/complete", {"by": person})


async def _runs(client: httpx.AsyncClient, ticket: int, checklist: str) -> list[dict[str, Any]]:
    answer = await client.get("/checklist-runs", params={"about": f"ticket:{ticket}"})
    answer.raise_for_status()
    return [each for each in answer.json()["checklist_runs"] if each["checklist"] == checklist]


async def _post(client: httpx.AsyncClient, path: str, body: Mapping[str, str | int | None]) -> None:
    answer = await client.post(path, json=body)
    if answer.status_code not in _NOT_NOW:
        answer.raise_for_status()
