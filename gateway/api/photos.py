"""Photos: what people have taken, made safe and small, by the hash of what is kept."""

from __future__ import annotations

from pathlib import Path as File
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Path, Request, status
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from gateway.api.problems import documented, invalid, not_found
from gateway.api.services import Gateway
from gateway.errors import PhotoRefused, PhotosFull

router = APIRouter(prefix="/photos", tags=["photos"])

Hash = Annotated[str, Path(description="The hash of the photo.")]

_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/jpeg", "image/png", "image/webp")
        },
    }
}
_PICTURE: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}, "description": "The picture."}}
_HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",  # what a hash names never changes
    "Content-Security-Policy": "default-src 'none'; sandbox",
}


class PhotoAnswer(BaseModel):
    """A photo as it is kept: a JPEG without metadata, at most 2048 pixels wide and high."""

    hash: str = Field(description="The SHA-256 of the file, in hex: its name everywhere.")
    width: int = Field(description="In pixels, of the upright picture.")
    height: int
    bytes: int = Field(description="Of the file.")


@router.post("", status_code=status.HTTP_201_CREATED, openapi_extra=_BODY, responses=documented(507))
async def add_photo(gateway: Gateway, request: Request) -> PhotoAnswer:
    """Keep a photo: the body is the file, at most 20 MB.

    It is turned upright and shrunk, and its metadata is removed. The same photo again has the same hash, and is kept
    once.
    """
    try:
        photo = await gateway.photos.add(await request.body())
    except PhotosFull as error:
        raise HTTPException(status.HTTP_507_INSUFFICIENT_STORAGE, str(error)) from error
    except PhotoRefused as error:
        raise invalid(str(error)) from error
    return PhotoAnswer(hash=photo.hash, width=photo.width, height=photo.height, bytes=photo.size)


@router.get("/{name}", response_class=FileResponse, responses=documented(404) | _PICTURE)
async def photo(gateway: Gateway, name: Hash) -> FileResponse:
    """The photo with this hash."""
    return _answer(gateway.photos.find(name), name)


@router.get("/{name}/thumbnail", response_class=FileResponse, responses=documented(404) | _PICTURE)
async def thumbnail(gateway: Gateway, name: Hash) -> FileResponse:
    """The photo with this hash, at most 320 pixels wide and high."""
    return _answer(gateway.photos.thumbnail(name), name)


def _answer(file: File | None, name: str) -> FileResponse:
    if file is None:
        raise not_found("there is no photo with this hash")
    return FileResponse(
        file,
        media_type="image/jpeg",
        filename=f"{name[:12]}.jpg",
        content_disposition_type="inline",
        headers=_HEADERS,
    )
