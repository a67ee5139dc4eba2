"""The photos in the data directory: files named by the hash of what is in them, each written once and never changed."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import PhotosFull, StoreError
from gateway.photos.image import prepare

_HASH = re.compile(r"[0-9a-f]{64}")
_SUFFIX, _THUMBNAIL_SUFFIX, _UNFINISHED = ".jpg", ".small.jpg", ".part"
_TELL_FROM = 0.8
"""From this share of the space on it is told that photos run out of it: weeks before it is used up."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo as it is kept."""

    hash: str
    """The SHA-256 of its file, in hex: its name everywhere."""
    width: int
    """In pixels."""
    height: int
    size: int
    """Bytes of its file, without the thumbnail."""


class PhotoStore:
    """Takes photos and finds them again. Those that belong to the records of the work are never deleted.

    A photo is decoded in a thread of its own, one after the other: each takes up to 300 MB and a second, and those who
    read files and query series must not wait for it.
    """

    def __init__(self, directory: Path, largest: int, *, has_room: Callable[[], bool] = lambda: True) -> None:
        """
        Args:
            directory: where the files are; it is made.
            largest: bytes of all files together.
            has_room: whether the disk has more room than alarms need.

        Raises:
            StoreError: the directory cannot be used.
        """
        self._directory = directory
        self._largest = largest
        self._has_room = has_room
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="photos")
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._size = self._tidy()
        except OSError as error:
            raise StoreError(f"cannot use the directory of photos {directory}: {error.strerror}") from error

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return self._size

    @property
    def problem(self) -> str:
        """A sentence where photos run out of space; empty where they do not."""
        if not self._largest or self._size <= _TELL_FROM * self._largest:
            return ""
        return f"photos take {100 * self._size // self._largest} % of photo_bytes; beyond that they are refused"

    async def add(self, content: bytes) -> Photo:
        """Keep a photo, durable when this returns. The same photo again is kept once.

        Raises:
            PhotoRefused: it is no photo, or there is no room for it.
            StoreError: it cannot be written.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._add, content)

    def find(self, name: str) -> Path | None:
        """The file of the photo with this hash; None where there is none."""
        return self._existing(name, _SUFFIX)

    def thumbnail(self, name: str) -> Path | None:
        """The file of its thumbnail; None where there is none."""
        return self._existing(name, _THUMBNAIL_SUFFIX)

    def claim(self, name: str) -> bool:
        """Say that a record will refer to the photo with this hash: it is as new. False where there is none."""
        path = self.find(name)
        try:
            if path is not None:
                os.utime(path)
        except FileNotFoundError:  # deleted at this moment
            return False
        except OSError as error:
            raise StoreError(f"cannot use the photo: {error.strerror}") from error
        return path is not None

    def older_than(self, before: float) -> set[str]:
        """The hashes of the photos that were added and claimed before this time, in seconds as files are stamped.

        Raises:
            StoreError: the directory cannot be read.
        """
        try:
            files = [each for each in self._directory.rglob("*" + _SUFFIX) if not each.name.endswith(_THUMBNAIL_SUFFIX)]
            return {each.name.removesuffix(_SUFFIX) for each in files if each.stat().st_mtime < before}
        except OSError as error:
            raise StoreError(f"cannot read the directory of photos: {error.strerror}") from error

    async def delete(self, name: str, before: float) -> bool:
        """Delete a photo, unless it was claimed or added again since this time. Returns whether it is gone.

        Raises:
            StoreError: it cannot be deleted.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._delete, name, before)

    def close(self) -> None:
        """Finish the photo that is being written, and take no more."""
        self._thread.shutdown(cancel_futures=True)

    def _add(self, content: bytes) -> Photo:
        self._check_room(0)  # before the work of decoding it
        prepared = prepare(content)
        name = hashlib.sha256(prepared.content).hexdigest()
        photo = Photo(name, prepared.width, prepared.height, len(prepared.content))
        if self.claim(name):
            return photo
        size = len(prepared.content) + len(prepared.thumbnail)
        self._check_room(size)
        try:
            # The thumbnail first: whoever finds the photo finds both.
            self._write(self._path(name, _THUMBNAIL_SUFFIX), prepared.thumbnail)
            self._write(self._path(name, _SUFFIX), prepared.content)
        except OSError as error:
            self._path(name, _THUMBNAIL_SUFFIX).unlink(missing_ok=True)
            if error.errno in _NO_ROOM:
                raise _full("the disk is full") from error
            raise StoreError(f"cannot write the photo: {error.strerror}") from error
        self._size += size
        return photo

    def _delete(self, name: str, before: float) -> bool:
        path, thumbnail = self._path(name, _SUFFIX), self._path(name, _THUMBNAIL_SUFFIX)
        try:
            if path.stat().st_mtime >= before:
                return False
            for file in (path, thumbnail):  # whoever finds the photo finds both
                size = file.stat().st_size
                file.unlink()
                self._size -= size
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StoreError(f"cannot delete a photo: {error.strerror}") from error
        return True

    def _check_room(self, size: int) -> None:
        if self._size + size > self._largest:
            raise _full("the space for photos is used up")
        if not self._has_room():
            raise _full("the disk is nearly full, and what is left is kept for alarms")

    def _write(self, path: Path, content: bytes) -> None:
        """Write a file so that it is there in full or not at all, also after a crash."""
        if not path.parent.exists():
            path.parent.mkdir(mode=0o700)
            _sync_directory(self._directory)
        unfinished = path.with_name(path.name + _UNFINISHED)
        try:
            with unfinished.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        _sync_directory(path.parent)

    def _path(self, name: str, suffix: str) -> Path:
        return self._directory / name[:2] / (name + suffix)

    def _existing(self, name: str, suffix: str) -> Path | None:
        """Only a whole hash is looked up: no name from outside becomes part of a path."""
        if not _HASH.fullmatch(name):
            return None
        path = self._path(name, suffix)
        return path if path.is_file() else None

    def _tidy(self) -> int:
        """Remove what a crash left half written; returns the bytes of the rest."""
        total = 0
        for file in self._directory.rglob("*"):
            if file.name.endswith(_UNFINISHED) or _is_left_over(file):
                file.unlink()
            elif file.is_file():
                total += file.stat().st_size
        return total


def _is_left_over(file: Path) -> bool:
    """Whether it is the thumbnail of a photo that is not there: a crash came between the two."""
    name = file.name
    return name.endswith(_THUMBNAIL_SUFFIX) and not file.with_name(name.replace(_THUMBNAIL_SUFFIX, _SUFFIX)).exists()


def _full(why: str) -> PhotosFull:
    return PhotosFull(f"{why}: the photo is not kept; raise photo_bytes, or free disk space")


def _sync_directory(directory: Path) -> None:
    """Make a name durable that was given in this directory."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
