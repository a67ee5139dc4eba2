"""The tally."""

from __future__ import annotations

from fastapi import APIRouter
from gateway.core.tally import ClearTally
from gateway.store.tally.tables import load
from pydantic import BaseModel

from gateway.api.services import Gateway

router = APIRouter(prefix="/tally", tags=["tally"])


class TallyAnswer(BaseModel):
    """The count."""

    alarms: int
    seconds: int


@router.get("")
def get_tally(gateway: Gateway) -> TallyAnswer:
    """Alarms, and seconds since the first."""
    found = load(gateway.database)
    return TallyAnswer(alarms=found.alarms, seconds=found.seconds)


@router.post("/clear")
async def clear_tally(gateway: Gateway, by: str) -> TallyAnswer:
    """Begin at zero."""
    await gateway.act(ClearTally(by=by))
    return TallyAnswer(alarms=0, seconds=0)
