"""Photos that nothing refers to are deleted, and no others."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.core.kernel.times import DAY, SECOND, Micros
from gateway.core.work.actions import AddPhoto
from gateway.errors import StoreError
from gateway.photos import PhotoStore, UnusedPhotos
from gateway.photos.unused import UNUSED_FOR
from gateway.store.audit.photos import used_photos
from tests.unit.api.house import House
from tests.unit.photos.pictures import encoded, picture

NOW: Micros = 4_000_000_000 * SECOND
"""Later than the clock of the machine that runs the tests."""


class Album:
    """Photos, the audit trail that refers to some of them, and the time."""

    def __init__(self, directory: Path) -> None:
        self.photos = PhotoStore(directory, 10**7)
        self.now, self.knows_time = NOW, True
        self.trail: list[str] = []
        self.reads: list[int] = []
        self.fails = False
        self.unused = UnusedPhotos(
            self.photos, self._used, knows_time=lambda: self.knows_time, now=lambda: self.now, sleep=self._sleep
        )
        self.slept: list[float] = []

    def _used(self, after: int) -> tuple[set[str], int]:
        if self.fails:
            raise StoreError("the store cannot be read")
        self.reads.append(after)
        return set(self.trail[after:]), len(self.trail)

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) > 3:
            raise InterruptedError

    async def add(self, number: int) -> str:
        """Somebody adds a photo now."""
        name = (await self.photos.add(encoded(picture(20 + number, 20)))).hash
        self.stamp(name)
        return name

    def stamp(self, name: str) -> None:
        """Its file is of now."""
        path = self.photos.find(name)
        assert path is not None
        os.utime(path, (self.now / SECOND,) * 2)

    def kept(self, *names: str) -> list[bool]:
        return [self.photos.find(name) is not None for name in names]

    def close(self) -> None:
        self.photos.close()


def sizes_in(directory: Path) -> list[int]:
    return [each.stat().st_size for each in directory.rglob("*") if each.is_file()]


@pytest.fixture
def album(tmp_path: Path) -> Iterator[Album]:
    with closing(Album(tmp_path)) as album:
        yield album


async def test_what_nothing_refers_to_for_days_is_deleted_with_its_thumbnail(album: Album, tmp_path: Path) -> None:
    unused, used = await album.add(0), await album.add(1)
    album.trail.append(used)
    album.now += UNUSED_FOR - DAY
    young = await album.add(2)
    assert await album.unused.delete() == 0
    album.now += 2 * DAY
    assert await album.unused.delete() == 1
    assert album.kept(unused, used, young) == [False, True, True]
    assert album.photos.thumbnail(unused) is None
    sizes = sizes_in(tmp_path)
    assert (len(sizes), sum(sizes)) == (4, album.photos.size)


async def test_what_was_once_referred_to_is_kept_for_ever_and_the_trail_is_read_on(album: Album) -> None:
    first = await album.add(0)
    album.trail.append(first)
    album.now += 8 * DAY
    assert await album.unused.delete() == 0
    assert await album.unused.delete() == 0
    assert album.reads == [0]  # nothing else is old
    second = await album.add(1)
    album.trail.append(second)
    album.now += 300 * DAY
    assert await album.unused.delete() == 0
    assert album.reads == [0, 1]
    assert album.kept(first, second) == [True, True]


async def test_a_photo_that_is_added_or_claimed_again_is_as_new(album: Album, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [await album.add(each) for each in range(3)]
    album.now += 8 * DAY
    seen = album.photos.older_than((album.now - UNUSED_FOR) / SECOND)
    assert seen == set(names)
    assert album.photos.claim(names[0])
    await album.photos.add(encoded(picture(21, 20)))
    for name in names[:2]:
        path = album.photos.find(name)
        assert path is not None
        assert path.stat().st_mtime * SECOND < NOW  # by the clock of the machine that runs the test
        album.stamp(name)
    assert [await album.photos.delete(name, album.now / SECOND) for name in names] == [False, False, True]
    assert not album.photos.claim(names[2])
    assert not await album.photos.delete(names[2], album.now / SECOND)


async def test_nothing_is_deleted_while_the_time_is_not_known_or_the_trail_cannot_be_read(album: Album) -> None:
    name = await album.add(0)
    album.now += 8 * DAY
    album.knows_time = False
    assert await album.unused.delete() == 0
    album.knows_time, album.fails = True, True
    with pytest.raises(StoreError):
        await album.unused.delete()
    assert album.kept(name) == [True]


async def test_it_looks_soon_after_a_start_and_then_now_and_then_also_after_a_failure(album: Album) -> None:
    name = await album.add(0)
    album.now += 8 * DAY
    album.fails = True
    with pytest.raises(InterruptedError):
        await album.unused.run()
    assert album.slept == [600.0, 21_600.0, 21_600.0, 21_600.0]
    assert album.kept(name) == [True]


async def test_the_audit_trail_says_which_photos_are_used(tmp_path: Path) -> None:
    with closing(House(tmp_path)) as house:
        assert used_photos(house.database, 0)[0] == set()
        house.run_dry()
        await house.act(AddPhoto(ticket=1, by="Ann", photo="ab" * 32, note='a note with "photo":"x"'))
        used, latest = used_photos(house.database, 0)
        assert used == {"ab" * 32}
        assert used_photos(house.database, latest) == (set(), latest)
        await house.act(AddPhoto(ticket=1, by="Ann", photo="cd" * 32))
        assert used_photos(house.database, latest)[0] == {"cd" * 32}


def test_it_is_told_long_before_the_space_is_used_up(tmp_path: Path) -> None:
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / ("ab" * 32 + ".jpg")).write_bytes(bytes(810))
    for largest, problem in (
        (2000, ""),
        (1000, "photos take 81 % of photo_bytes"),
        (500, "photos take 162 %"),
        (0, ""),
    ):
        with closing(PhotoStore(tmp_path, largest)) as photos:
            assert photos.problem.startswith(problem)
            assert bool(photos.problem) == bool(problem)
