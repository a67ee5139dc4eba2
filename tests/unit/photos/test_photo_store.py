"""Where photos are kept, and what is refused."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.errors import PhotoRefused, PhotosFull, StoreError
from gateway.photos import PhotoStore
from tests.unit.photos.pictures import encoded, phone_photo, picture

ENOUGH = 10**7


@pytest.fixture
def store(tmp_path: Path) -> Iterator[PhotoStore]:
    with closing(PhotoStore(tmp_path / "photos", ENOUGH)) as store:
        yield store


def files(directory: Path) -> list[Path]:
    return sorted(each for each in directory.rglob("*") if each.is_file())


async def test_a_photo_is_found_by_the_hash_of_its_file(store: PhotoStore) -> None:
    photo = await store.add(phone_photo(300, 400, rotation=6))
    path, thumbnail = store.find(photo.hash), store.thumbnail(photo.hash)
    assert path is not None
    assert thumbnail is not None
    assert hashlib.sha256(path.read_bytes()).hexdigest() == photo.hash
    assert (photo.width, photo.height, photo.size) == (300, 400, path.stat().st_size)
    assert thumbnail.stat().st_size < photo.size
    assert store.size == photo.size + thumbnail.stat().st_size


async def test_the_same_photo_is_kept_once(store: PhotoStore, tmp_path: Path) -> None:
    first = await store.add(phone_photo())
    before, size = files(tmp_path), store.size
    assert await store.add(phone_photo()) == first
    assert files(tmp_path) == before
    assert store.size == size


async def test_photos_outlive_a_restart_and_count_towards_the_space(tmp_path: Path) -> None:
    with closing(PhotoStore(tmp_path, ENOUGH)) as store:
        photo = await store.add(phone_photo())
        size = store.size
    with closing(PhotoStore(tmp_path, ENOUGH)) as store:
        assert store.find(photo.hash) is not None
        assert store.size == size


async def test_what_a_crash_left_half_written_is_removed_and_is_no_photo(tmp_path: Path) -> None:
    name = "ab" * 32
    half = tmp_path / "ab" / f"{name}.jpg.part"
    half.parent.mkdir()
    half.write_bytes(b"half")
    (half.parent / f"{name}.small.jpg").write_bytes(b"the thumbnail of no photo")
    with closing(PhotoStore(tmp_path, ENOUGH)) as store:
        assert store.find(name) is None
        assert files(tmp_path) == []
        assert store.size == 0


@pytest.mark.parametrize("name", ["", "..", "../../gateway.db", "AB" * 32, "ab" * 31, "ab" * 32 + "\n", "g" * 64])
def test_no_name_from_outside_becomes_a_path(store: PhotoStore, name: str) -> None:
    assert store.find(name) is None
    assert store.thumbnail(name) is None


async def test_only_the_gateway_can_read_the_directory(store: PhotoStore, tmp_path: Path) -> None:
    await store.add(phone_photo())
    directories = [tmp_path / "photos", *(each for each in (tmp_path / "photos").iterdir())]
    assert {each.stat().st_mode & 0o777 for each in directories} == {0o700}


async def test_a_photo_is_refused_once_the_space_is_used_up(tmp_path: Path) -> None:
    with closing(PhotoStore(tmp_path, 8000)) as store:
        first = await store.add(encoded(picture(400, 300)))
        with pytest.raises(PhotosFull, match=r"the space for photos is used up: .* raise photo_bytes"):
            await store.add(encoded(picture(2000, 2000)))
        assert sum(each.stat().st_size for each in files(tmp_path)) == store.size <= 8000
        assert store.find(first.hash) is not None
        small = await store.add(encoded(picture(40, 30)))
        assert store.find(small.hash) is not None


async def test_room_that_is_kept_for_alarms_is_not_taken(tmp_path: Path) -> None:
    store = PhotoStore(tmp_path, ENOUGH, has_room=lambda: False)
    with (
        closing(store),
        pytest.raises(PhotosFull, match="nearly full, and what is left is kept for alarms"),
    ):
        await store.add(phone_photo())
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("code", "error", "sentence"),
    [(errno.ENOSPC, PhotosFull, "the disk is full"), (errno.EIO, StoreError, "cannot write the photo")],
)
async def test_a_disk_that_fails_leaves_nothing_behind(
    store: PhotoStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    error: type[Exception],
    sentence: str,
) -> None:
    synced: list[int] = []

    def fail(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) > 3:  # the thumbnail is written, the photo is not
            raise OSError(code, os.strerror(code))

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(error, match=sentence):
        await store.add(phone_photo())
    monkeypatch.undo()
    assert files(tmp_path) == []
    assert store.size == 0
    await store.add(phone_photo())


async def test_what_is_no_photo_is_not_kept(store: PhotoStore, tmp_path: Path) -> None:
    with pytest.raises(PhotoRefused, match="this is no photo"):
        await store.add(b"#!/bin/sh")
    assert files(tmp_path) == []


def test_a_directory_that_cannot_be_made_is_told_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot use the directory of photos"):
        PhotoStore(tmp_path / "file" / "photos", ENOUGH)
