"""Lets the people of the demo act: it looks at tickets at the gateway's API as any client does, and makes steps."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

import httpx

from gateway.api.ticket_answers import path_of
from gateway.clock import Clock
from gateway.core.work.lifecycle import TicketState
from gateway.demo.people import Crew, Deed, Job

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
        )
        for each in answer.json()["tickets"]
    ]


async def _do(client: httpx.AsyncClient, deed: Deed) -> None:
    answer = await client.post(f"/tickets/{deed.ticket}/{path_of(deed.step)}", json=deed.body)
    if answer.status_code not in _NOT_NOW:
        answer.raise_for_status()
