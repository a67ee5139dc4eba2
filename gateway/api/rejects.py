"""The quarantine: rejected messages, and rejected metrics of messages."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.paging import DEFAULT_LIMIT, LARGEST_LIMIT
from gateway.api.problems import QueryParameters, documented
from gateway.api.services import Gateway
from gateway.api.times import Moment
from gateway.core.telemetry.quarantine import Reason
from gateway.store.telemetry.queries import RejectionRecord, find_rejections

router = APIRouter(prefix="/rejects", tags=["rejects"])


class RejectParameters(QueryParameters):
    """Which kinds to list."""

    reason: Reason | None = None
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=LARGEST_LIMIT, description="How many kinds at most.")


class RejectAnswer(BaseModel):
    """Rejections that are alike: same topic, reason and metric."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "topic": "site/riverside/booster_pump/pump-b1-1/telemetry",
                "reason": "out of range",
                "metric": "outlet_pressure",
                "count": 3,
                "first": "2026-01-31T08:00:00.000Z",
                "last": "2026-01-31T08:10:00.000Z",
                "detail": "outlet_pressure is 99.0 MPa, outside 0 … 2.5 MPa",
                "payload": '{"outlet_pressure": 99.0}',
            }
        }
    )

    topic: str
    reason: Reason
    metric: str = Field(description="The rejected metric; empty when the whole message was rejected.")
    count: int
    first: Moment
    last: Moment
    detail: str = Field(description="What was wrong with the latest of them, and what was expected.")
    payload: str = Field(description="The first 4,096 bytes of the latest; bytes that are not UTF-8 are shown as �.")

    @classmethod
    def of(cls, record: RejectionRecord) -> Self:
        """The answer for this kind."""
        return cls(
            topic=record.topic,
            reason=Reason(record.reason),
            metric=record.metric,
            count=record.count,
            first=record.first,
            last=record.last,
            detail=record.detail,
            payload=record.payload.decode("utf-8", errors="replace"),
        )


class RejectsAnswer(BaseModel):
    """The kinds seen last, newest first."""

    total: int = Field(description="Rejections of all kinds that match, also those not listed.")
    kinds: int = Field(description="How many kinds match, also those not listed.")
    rejects: list[RejectAnswer]


@router.get("", responses=documented())
def list_rejects(gateway: Gateway, query: Annotated[RejectParameters, Query()]) -> RejectsAnswer:
    """Rejections by kind: how often, since when, why, and the latest payload."""
    found = find_rejections(gateway.database, limit=query.limit, reason=query.reason)
    return RejectsAnswer(
        total=found.total, kinds=found.kinds, rejects=[RejectAnswer.of(record) for record in found.latest]
    )
