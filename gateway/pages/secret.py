"""The secret that signs links: made once, and kept in the data directory."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from gateway.errors import StoreError

SECRET_FILE = "links.key"
_BYTES = 32


def load_secret(directory: Path) -> bytes:
    """The secret of this data directory; made where there is none yet.

    Raises:
        StoreError: the file cannot be read or written, or is damaged. No new secret replaces it: the links that people
            have would stop to work, and nobody would know why.
    """
    file = directory / SECRET_FILE
    try:
        if not file.exists():
            _write(file, secrets.token_hex(_BYTES))
        text = file.read_text(encoding="ascii").strip()
        secret = bytes.fromhex(text)
    except OSError as error:
        raise StoreError(f"cannot use the secret of links, {file}: {error.strerror}") from error
    except ValueError as error:
        raise StoreError(_damaged(file)) from error
    if len(secret) != _BYTES:
        raise StoreError(_damaged(file))
    return secret


def _damaged(file: Path) -> str:
    return (
        f"the secret of links, {file}, is damaged: restore it from a backup, or delete it; "
        "without it, the links in messages that were sent so far stop working"
    )


def _write(file: Path, text: str) -> None:
    """Write the file so that it is there in full or not at all, for the gateway's user alone."""
    unfinished = file.with_name(file.name + ".part")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as target:
        target.write(text + "\n")
        target.flush()
        os.fsync(target.fileno())
    unfinished.rename(file)
    directory = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
