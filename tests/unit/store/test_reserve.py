"""The reserve: it takes up room, and gives it up once when a write finds none."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.errors import StoreError, StoreFull
from gateway.store import reserve as reserve_module
from gateway.store.database import Database
from gateway.store.reserve import RESERVE_FILE, Reserve, Room

SIZE = 2**20


class Disk:
    """What is free on it, as the test says."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        self.free = 10 * SIZE
        monkeypatch.setattr(reserve_module, "free_bytes", lambda _: self.free)

    def reserve(self, size: int = SIZE) -> Reserve:
        reserve = Reserve(self.directory, size)
        reserve.open()
        return reserve

    @property
    def taken(self) -> int:
        file = self.directory / RESERVE_FILE
        return file.stat().st_blocks * 512 if file.exists() else 0


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(tmp_path, monkeypatch)


def test_it_really_takes_up_its_room(disk: Disk) -> None:
    assert disk.reserve().held
    assert disk.taken == SIZE


def test_it_is_adopted_by_the_next_start_and_made_anew_in_another_size(disk: Disk) -> None:
    disk.reserve()
    disk.free = SIZE + 1
    assert disk.reserve().held
    disk.free = 10 * SIZE
    assert disk.reserve(2 * SIZE).held
    assert disk.taken == 2 * SIZE
    assert not disk.reserve(0).is_missing
    assert disk.taken == 0


def test_it_is_given_up_at_the_start_when_the_store_could_not_be_opened(disk: Disk) -> None:
    disk.reserve()
    disk.free = SIZE - 1
    assert disk.reserve().is_missing
    assert disk.taken == 0


def test_it_does_not_come_and_go(disk: Disk) -> None:
    disk.free = 2 * SIZE - 1
    with capture_logs() as logs:
        reserve = disk.reserve()
        reserve.keep()
    assert reserve.is_missing
    assert [line["event"] for line in logs] == ["the disk has no room for the reserve"]
    disk.free = 2 * SIZE
    reserve.keep()
    assert reserve.held
    disk.free = 0
    assert reserve.give_up()
    assert not reserve.give_up()
    assert disk.taken == 0


def test_what_is_beside_alarms_may_be_written_only_while_it_is_held_and_as_much_again_is_free(disk: Disk) -> None:
    reserve = disk.reserve()
    for free, leaves_room in ((10 * SIZE, True), (SIZE + 1, True), (SIZE, False), (10 * SIZE, True)):
        disk.free = free
        assert reserve.leaves_room() is leaves_room
    reserve.give_up()
    assert not reserve.leaves_room()


def test_where_it_cannot_be_made_that_is_said_once(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("os.posix_fallocate", refuse)
    with capture_logs() as logs:
        reserve = disk.reserve()
        reserve.keep()
    assert [line["event"] for line in logs] == ["cannot make the reserve"]
    assert not (disk.directory / RESERVE_FILE).exists()


def test_a_write_that_finds_the_disk_full_is_repeated_after_each_way_of_making_room(
    disk: Disk, database: Database
) -> None:
    attempts: list[bool] = []
    reserve = disk.reserve()

    def write() -> str:
        attempts.append(reserve.held)
        if reserve.held:
            raise StoreFull("full")
        return "written"

    assert Room(database, reserve).write(write) == "written"
    assert attempts == [True, True, False]


def test_a_full_disk_without_a_reserve_is_an_error_and_another_error_makes_no_room(
    disk: Disk, database: Database
) -> None:
    reserve = disk.reserve()
    room = Room(database, reserve)

    def fail(error: StoreError) -> None:
        raise error

    with pytest.raises(StoreError, match="locked"):
        room.write(lambda: fail(StoreError("locked")))
    assert reserve.held
    for _ in range(2):
        with pytest.raises(StoreFull):
            room.write(lambda: fail(StoreFull("full")))
    assert not reserve.held


def test_under_a_quota_it_is_not_made_again_at_once(disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    reserve = disk.reserve()
    assert disk.free > 2 * SIZE, "the disk itself is not full"
    for rest in (1, 2, 4):
        reserve.give_up()
        now += rest - 0.1
        reserve.keep()
        assert reserve.is_missing
        now += 0.2
        reserve.keep()
        assert reserve.held


def test_a_reserve_that_cannot_be_deleted_makes_no_room_and_costs_nothing_else(
    disk: Disk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve = disk.reserve()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    def write() -> None:
        raise StoreFull("disk I/O error")

    monkeypatch.setattr(Path, "unlink", refuse)
    with capture_logs() as logs, pytest.raises(StoreFull):
        Room(database, reserve).write(write)
    assert [(line["event"], line["error"]) for line in logs] == [
        ("the reserve cannot be given up", "Read-only file system")
    ]


def test_a_data_directory_that_cannot_be_read_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"):
        Reserve(tmp_path / "missing", SIZE).open()
