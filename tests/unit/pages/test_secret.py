"""The secret of links is made once and never replaced silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import StoreError
from gateway.pages.secret import SECRET_FILE, load_secret


def test_the_secret_is_made_once_and_outlives_a_restart(tmp_path: Path) -> None:
    secret = load_secret(tmp_path)
    assert len(secret) == 32
    assert load_secret(tmp_path) == secret
    assert [file.name for file in tmp_path.iterdir()] == [SECRET_FILE]


def test_each_data_directory_has_its_own(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    first.mkdir()
    second.mkdir()
    assert load_secret(first) != load_secret(second)


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    load_secret(tmp_path)
    assert (tmp_path / SECRET_FILE).stat().st_mode & 0o777 == 0o600


def test_what_a_crash_left_half_written_is_no_secret(tmp_path: Path) -> None:
    (tmp_path / f"{SECRET_FILE}.part").write_text("ab")
    assert len(load_secret(tmp_path)) == 32
    assert not (tmp_path / f"{SECRET_FILE}.part").exists()


@pytest.mark.parametrize("content", ["", "abc", "zz" * 32, "ab" * 31, "é"])
def test_a_damaged_secret_is_an_error_and_is_not_replaced(tmp_path: Path, content: str) -> None:
    (tmp_path / SECRET_FILE).write_text(content)
    with pytest.raises(StoreError, match="is damaged: restore it from a backup, or delete it"):
        load_secret(tmp_path)
    assert (tmp_path / SECRET_FILE).read_text() == content


def test_a_secret_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / SECRET_FILE).mkdir()
    with pytest.raises(StoreError, match="cannot use the secret of links"):
        load_secret(tmp_path)
