"""Answers that are long."""

from __future__ import annotations

from fastapi import Response
from pydantic import BaseModel


def encoded(answer: BaseModel) -> Response:
    """The answer as JSON. FastAPI would check and encode it in the event loop: 15 ms for a thousand alarms."""
    return Response(answer.model_dump_json(by_alias=True), media_type="application/json")
