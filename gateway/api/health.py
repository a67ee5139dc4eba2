"""Whether the gateway works, for supervisors and load balancers."""

from __future__ import annotations

from typing import Literal, Self

from fastapi import APIRouter, Response, status
from pydantic import BaseModel, Field

from gateway.api.services import Gateway, Services
from gateway.api.times import Moment
from gateway.api.unsure_time import warnings_of

router = APIRouter(tags=["health"])


class HealthAnswer(BaseModel):
    """The state of the gateway."""

    status: Literal["ok", "degraded", "unready"] = Field(
        description="degraded: something fails, but telemetry is kept. unready: telemetry is not received, or not kept."
    )
    reasons: list[str] = Field(description="A sentence for each problem; empty when there is none.")
    warnings: list[str] = Field(
        description="A sentence for each thing to look after, such as a subscription from which nothing came."
    )
    broker_online: bool = Field(description="Whether the MQTT broker is connected.")
    store_writable: bool = Field(description="Whether the last commit to the operational store worked.")
    uncommitted_s: float = Field(description="For how many seconds the oldest change has waited to be on disk.")
    series_available: bool = Field(description="Whether the series store answers.")
    series_backlog: int = Field(description="Messages that are durable, and not yet in the series store.")
    outbox_backlog: int = Field(description="MQTT events that the broker has not yet acknowledged.")
    disk_free_bytes: int = Field(description="Free on the disk of the data directory.")
    reserve_bytes: int = Field(description="Kept of the disk for alarms; 0 after they were given up to a full disk.")
    journal_bytes: int = Field(description="What readings take that wait for the series store, and the latest.")
    dropped_messages: int = Field(
        description="Messages whose readings were dropped before the series store had them, as there was no room; "
        "since the data directory was made."
    )
    committed_messages: int = Field(description="Messages made durable since the start.")
    started_at: Moment

    @classmethod
    def of(cls, gateway: Services) -> Self:
        """The answer for the present state."""
        health = gateway.health()
        reasons = [*health.unready_because, *health.degraded_because]
        return cls(
            status="unready" if not health.ready else "degraded" if reasons else "ok",
            reasons=reasons,
            warnings=warnings_of(gateway),
            broker_online=health.broker_online,
            store_writable=not health.store_problem,
            uncommitted_s=round(health.waited_s, 3),
            series_available=health.series_available,
            series_backlog=health.series_backlog,
            outbox_backlog=health.outbox_backlog,
            disk_free_bytes=health.disk_free_bytes,
            reserve_bytes=health.reserve_bytes,
            journal_bytes=health.journal_bytes,
            dropped_messages=health.dropped_messages,
            committed_messages=health.committed_messages,
            started_at=health.started_at,
        )


@router.get("/healthz")
async def healthz(gateway: Gateway) -> HealthAnswer:
    """Whether the process runs: always 200. The body has the problems of the broker and the stores."""
    return HealthAnswer.of(gateway)


@router.get(
    "/readyz", responses={503: {"model": HealthAnswer, "description": "Telemetry is not received or not kept."}}
)
async def readyz(gateway: Gateway, response: Response) -> HealthAnswer:
    """Whether telemetry is received and made durable: 200, or 503 with the reasons.

    An outage of the series store is no such reason: its points wait in the journal.
    """
    answer = HealthAnswer.of(gateway)
    if answer.status == "unready":
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return answer
