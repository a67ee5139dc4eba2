"""Photos, at the API."""

from __future__ import annotations

import io
import random

import httpx
import pytest
from PIL import Image

from gateway.photos import LARGEST_BYTES
from tests.unit.api.house import House
from tests.unit.photos.pictures import encoded, phone_photo


async def test_a_photo_is_kept_and_found_by_its_hash(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/photos", content=phone_photo(600, 400), headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 201
    kept = answer.json()
    assert (kept["width"], kept["height"]) == (600, 400)
    photo = await browser.get(f"/photos/{kept['hash']}")
    assert len(photo.content) == kept["bytes"]
    assert Image.open(io.BytesIO(photo.content)).size == (600, 400)
    thumbnail = await browser.get(f"/photos/{kept['hash']}/thumbnail")
    assert Image.open(io.BytesIO(thumbnail.content)).size == (320, 213)


async def test_a_browser_shows_a_photo_as_nothing_but_a_picture(browser: httpx.AsyncClient) -> None:
    kept = (await browser.post("/photos", content=phone_photo())).json()
    for path in (f"/photos/{kept['hash']}", f"/photos/{kept['hash']}/thumbnail"):
        headers = (await browser.get(path)).headers
        assert headers["Content-Type"] == "image/jpeg"
        assert headers["Content-Disposition"] == f'inline; filename="{kept["hash"][:12]}.jpg"'
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert headers["Cache-Control"] == "private, max-age=31536000, immutable"


async def test_a_photo_is_kept_of_as_many_bytes_as_the_photos_allow(browser: httpx.AsyncClient) -> None:
    padded = phone_photo()
    padded += bytes(LARGEST_BYTES - len(padded))
    assert (await browser.post("/photos", content=padded)).status_code == 201
    refused = await browser.post("/photos", content=padded + b"\0")
    assert refused.status_code == 413
    assert refused.json()["detail"] == f"the body is too long: at most {LARGEST_BYTES} bytes"


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"", "the photo is empty: take it again"), (b"GIF89a", "send a JPEG, PNG or WebP file")]
)
async def test_what_is_no_photo_is_refused(browser: httpx.AsyncClient, content: bytes, sentence: str) -> None:
    refused = await browser.post("/photos", content=content)
    assert refused.status_code == 422
    assert sentence in refused.json()["detail"]


async def test_a_photo_is_refused_where_there_is_no_room(house: House, browser: httpx.AsyncClient) -> None:
    noise = Image.frombytes("RGB", (1400, 1400), random.Random(1).randbytes(3 * 1400 * 1400))
    refused = await browser.post("/photos", content=encoded(noise))
    assert refused.status_code == 507
    assert "the space for photos is used up" in refused.json()["detail"]
    assert house.photos.size == 0
    assert (await browser.post("/photos", content=phone_photo())).status_code == 201


@pytest.mark.parametrize("name", ["ab" * 32, "..%2F..%2Fgateway.db", "x"])
@pytest.mark.parametrize("rest", ["", "/thumbnail"])
async def test_no_other_file_is_found(browser: httpx.AsyncClient, name: str, rest: str) -> None:
    assert (await browser.get(f"/photos/{name}{rest}")).status_code == 404
