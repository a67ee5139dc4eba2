"""The quarantine: rejected messages, and rejected metrics of messages."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.answers import encoded
from gateway.api.paging import DEFAULT_LIMIT, LARGEST_LIMIT, NextBefore, PageParameters, cut
from gateway.api.problems import QueryParameters, documented, not_found
from gateway.api.services import Gateway, Services
from gateway.api.times import Moment
from gateway.core.telemetry.quarantine import Reason
from gateway.store.telemetry.queries import (
    QuarantinedMessage,
    RejectionRecord,
    find_message,
    find_messages,
    find_rejections,
)

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
    metric: str = Field(description="The rejected metric; empty where a whole message, reading or record was.")
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
            reason=record.reason,
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


@router.get("", response_model=RejectsAnswer, responses=documented())
def list_rejects(gateway: Gateway, query: Annotated[RejectParameters, Query()]) -> Response:
    """Rejections by kind: how often, since when, why, and the latest payload."""
    found = find_rejections(gateway.database, limit=query.limit, reason=query.reason)
    rejects = [RejectAnswer.of(record) for record in found.latest]
    return encoded(RejectsAnswer(total=found.total, kinds=found.kinds, rejects=rejects))


SHOWN_BYTES = 4096
"""Of a payload in a list of messages."""


class MessageParameters(PageParameters):
    """Which messages to list."""

    topic: str | None = Field(None, description="Only of this topic.")
    reason: Reason | None = None
    metric: str | None = Field(None, description="Only with this metric rejected.")


class MessageAnswer(BaseModel):
    """A message in quarantine."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "number": 7,
                "topic": "site/riverside/booster_pump/pump-b1-1/telemetry",
                "reason": "out of range",
                "metric": "outlet_pressure",
                "received": "2026-01-31T08:10:00.000Z",
                "detail": "outlet_pressure is 99.0 MPa, outside 0 … 2.5 MPa",
                "size": 25,
                "payload": '{"outlet_pressure": 99.0}',
            }
        }
    )

    number: int
    topic: str
    reason: Reason
    metric: str = Field(description="The rejected metric; empty where a whole message, reading or record was.")
    received: Moment
    detail: str = Field(description="What was wrong, and what was expected.")
    size: int = Field(description="Bytes of the whole payload. At most 256 KiB are kept.")
    payload: str = Field(
        description="The first 4,096 bytes in a list, else all that is kept; bytes that are not UTF-8 are shown as �."
    )

    @classmethod
    def of(cls, message: QuarantinedMessage, *, most: int | None = None) -> Self:
        """The answer for this message, with at most so many bytes of its payload."""
        return cls(
            number=message.number,
            topic=message.topic,
            reason=message.reason,
            metric=message.metric,
            received=message.received,
            detail=message.detail,
            size=message.size,
            payload=message.payload[:most].decode("utf-8", errors="replace"),
        )


class MessagesAnswer(BaseModel):
    """A page of messages."""

    messages: list[MessageAnswer]
    next_before: NextBefore


MessageNumber = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("/messages", response_model=MessagesAnswer, responses=documented())
def list_messages(gateway: Gateway, query: Annotated[MessageParameters, Query()]) -> Response:
    """The messages in quarantine themselves, newest first: of each kind the latest 100 at most."""
    found = find_messages(gateway.database, query.page(), topic=query.topic, reason=query.reason, metric=query.metric)
    shown, next_before = cut(found, query, lambda message: message.number)
    messages = [MessageAnswer.of(message, most=SHOWN_BYTES) for message in shown]
    return encoded(MessagesAnswer(messages=messages, next_before=next_before))


@router.get("/messages/{number}", responses=documented(404))
def get_message(gateway: Gateway, number: MessageNumber) -> MessageAnswer:
    """One message in quarantine, with all of its payload that is kept."""
    return MessageAnswer.of(_find(gateway, number))


@router.get(
    "/messages/{number}/payload",
    response_class=Response,
    responses={**documented(404), 200: {"content": {"application/octet-stream": {}}}},
)
def get_payload(gateway: Gateway, number: MessageNumber) -> Response:
    """The payload of a message in quarantine, byte for byte."""
    return Response(_find(gateway, number).payload, media_type="application/octet-stream")


def _find(gateway: Services, number: int) -> QuarantinedMessage:
    message = find_message(gateway.database, number)
    if message is None:
        raise not_found(f"no message in quarantine has the number {number}: it was trimmed, or never was")
    return message
