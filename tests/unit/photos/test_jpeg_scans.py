"""How many scans a JPEG has."""

from __future__ import annotations

import re

import pytest

from gateway.errors import PhotoRefused
from gateway.photos.image import MOST_SCANS, prepare
from gateway.photos.jpeg_scans import scans_of
from tests.unit.photos.pictures import encoded, phone_photo, picture


def with_scans(count: int) -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    content = encoded(picture(64, 64), progressive=True)
    last = content[[found.start() for found in re.finditer(b"\xff\xda", content)][-1] : -2]
    return content[:-2] + last * count + content[-2:]


def test_scans_are_counted_as_they_are_decoded() -> None:
    assert scans_of(encoded(picture(64, 64))) == 1
    progressive = scans_of(encoded(picture(64, 64), progressive=True))
    assert 5 < progressive < 15
    assert scans_of(with_scans(30)) == progressive + 30


def test_a_preview_in_the_metadata_and_what_stands_behind_the_picture_are_no_scans() -> None:
    content = phone_photo(64, 64)
    preview = b"Exif\0\0" + content * 3
    segment = b"\xff\xe1" + (len(preview) + 2).to_bytes(2, "big") + preview
    assert scans_of(content[:2] + segment + content[2:] + b"\xff\xda" * 500) == 1


def test_restart_markers_and_stuffed_bytes_belong_to_a_scan() -> None:
    noise = encoded(picture(256, 256).effect_spread(100), quality=95, restart_marker_blocks=1)
    assert b"\xff\xd0" in noise
    assert scans_of(noise) == 1


@pytest.mark.parametrize("content", [b"", b"\xff", b"\xff\xda", b"\xff\xda\x00", b"\xff\xe1\xff\xff", b"\xff" * 1000])
def test_what_is_cut_off_is_counted_as_far_as_it_goes(content: bytes) -> None:
    assert scans_of(content) <= 1


def test_a_photo_of_so_many_scans_that_it_would_block_the_others_is_refused() -> None:
    assert prepare(with_scans(MOST_SCANS - 20)).width == 64
    with pytest.raises(PhotoRefused, match="not written by a camera"):
        prepare(with_scans(MOST_SCANS))
