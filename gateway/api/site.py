"""The site that the gateway serves."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.services import Gateway
from gateway.api.times import Moment
from gateway.core.kernel.texts import Language

router = APIRouter(tags=["site"])


class SiteAnswer(BaseModel):
    """The site, and the time of its gateway."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "riverside",
                "name": "Riverside Estate",
                "timezone": "Asia/Shanghai",
                "language": "en",
                "now": "2026-01-31T08:00:00.000Z",
            }
        }
    )

    id: str
    name: str = Field(description="In the site's language.")
    timezone: str = Field(description="IANA name; show people the times of the API in this zone.")
    language: Language
    now: Moment = Field(description="The gateway's clock. In a demo it may run faster than yours.")


@router.get("/site")
async def get_site(gateway: Gateway) -> SiteAnswer:
    """The site, its time zone, and the gateway's clock."""
    header = gateway.site.header
    return SiteAnswer(
        id=header.id,
        name=header.name.in_language(header.language),
        timezone=header.timezone,
        language=header.language,
        now=gateway.now(),
    )
