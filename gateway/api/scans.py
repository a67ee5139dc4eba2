"""Scans: tags that were held to a reader."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.answers import encoded
from gateway.api.paging import NextBefore, PageParameters, cut
from gateway.api.problems import check_known, documented, invalid
from gateway.api.services import Gateway
from gateway.api.times import Moment
from gateway.core.kernel.tags import normalise_tag_uid
from gateway.core.rounds.scans import Scan
from gateway.core.site.site import Site
from gateway.store.rounds.queries import find_scans

router = APIRouter(prefix="/scans", tags=["scans"])


class ScanParameters(PageParameters):
    """Which scans to list."""

    device: str | None = Field(None, description="Id of a reader.")
    uid: str | None = Field(None, description="UID of a tag in hex, with separators or not.", examples=["04:A2:B3:C4"])


class ScanAnswer(BaseModel):
    """One scan."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "number": 40,
                "device": "reader-gate",
                "device_name": "Gate",
                "uid": "04A2B3C4",
                "time": "2026-01-31T08:00:00.000Z",
                "received": "2026-01-31T08:00:00.120Z",
            }
        },
    )

    number: int
    device: str
    device_name: str | None = Field(
        description="In the site's language; its id where it has no name; null where the site's files do not have it."
    )
    uid: str = Field(description="Upper-case hex without separators.")
    time: Moment = Field(description="When it was scanned.")
    received: Moment = Field(description="When the gateway received it.")

    @classmethod
    def of(cls, scan: Scan, site: Site) -> Self:
        """The answer for this scan."""
        fields = {name: getattr(scan, name) for name in cls.model_fields if name in scan.__struct_fields__}
        return cls(**fields, device_name=site.name_of(scan.device))


class ScansAnswer(BaseModel):
    """A page of scans."""

    scans: list[ScanAnswer]
    next_before: NextBefore


@router.get("", response_model=ScansAnswer, responses=documented())
def list_scans(gateway: Gateway, query: Annotated[ScanParameters, Query()]) -> Response:
    """Scans in the order in which they came in, newest first."""
    found = find_scans(gateway.database, query.page(), device=query.device, uid=_normalised(query.uid))
    if not found:
        check_known("device", query.device, gateway.site.devices)
    shown, next_before = cut(found, query, lambda scan: scan.number)
    return encoded(ScansAnswer(scans=[ScanAnswer.of(scan, gateway.site) for scan in shown], next_before=next_before))


def _normalised(uid: str | None) -> str | None:
    try:
        return normalise_tag_uid(uid) if uid is not None else None
    except ValueError as error:
        raise invalid(f"uid: {error}") from error
