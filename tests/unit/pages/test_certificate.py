"""The certificate of the pages, and its renewal while they are served."""

from __future__ import annotations

import os
import ssl
import subprocess
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.clock import Clock
from gateway.core.kernel.times import DAY, SECOND, Micros, isoformat
from gateway.errors import SettingsError
from gateway.pages.certificate import Certificate
from tests.servers import require
from tests.unit.pages.certificates import make_certificate


def test_files_that_have_not_changed_are_not_read_anew(tmp_path: Path) -> None:
    certificate = Certificate(*make_certificate(tmp_path))
    assert certificate.context is certificate.context


def test_a_renewed_certificate_is_used_without_a_restart(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    certificate = Certificate(*files)
    before = certificate.context
    for old, new in zip(files, make_certificate(tmp_path / "new"), strict=True):
        new.rename(old)
    with capture_logs() as logs:
        assert certificate.context is not before
        assert certificate.context is certificate.context
    assert [line["event"] for line in logs] == ["the certificate of the pages is read anew"]


def test_a_renewal_that_is_half_done_leaves_the_old_certificate_in_use_and_is_told_once(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    certificate = Certificate(*files)
    before = certificate.context
    renewed, key = make_certificate(tmp_path / "new")
    renewed.rename(files[0])
    with capture_logs() as logs:
        assert [certificate.context for _ in range(3)] == [before] * 3
    ((line),) = logs
    assert (line["log_level"], line["error"]) == ("warning", "the key is not that of the certificate")
    key.rename(files[1])
    assert certificate.context is not before


def test_files_that_are_gone_leave_the_certificate_in_use_and_are_told_once(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    certificate = Certificate(*files)
    before = certificate.context
    files[1].rename(tmp_path / "away")
    with capture_logs() as logs:
        assert [certificate.context for _ in range(3)] == [before] * 3
    assert [line["error"] for line in logs] == [os.strerror(2)]


def test_files_that_cannot_be_used_are_told_at_the_start(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    _, other = make_certificate(tmp_path, "other")
    with pytest.raises(SettingsError, match="No such file or directory"):
        Certificate(certificate, tmp_path / "missing.key")
    with pytest.raises(SettingsError, match="the key is not that of the certificate"):
        Certificate(certificate, other)
    with pytest.raises(SettingsError, match="cannot use pages_cert_file"):
        Certificate(key, key)


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_for_it(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, password="secret")
    with pytest.raises(SettingsError, match="the key has a password: remove it from the file"):
        Certificate(certificate, key)


def now() -> Micros:
    return Clock().now()


def test_nothing_is_told_of_a_certificate_that_lasts(tmp_path: Path) -> None:
    assert Certificate(*make_certificate(tmp_path, days=90)).problem(now()) == ""
    assert Certificate(*make_certificate(tmp_path, days=2)).problem(now()) == ""


def test_the_end_of_a_certificate_is_told_before_it_comes_and_when_it_has_come(tmp_path: Path) -> None:
    files = make_certificate(tmp_path, days=90)
    certificate, made = Certificate(*files), now()
    assert certificate.problem(made + 75 * DAY) == ""
    problem = certificate.problem(made + 77 * DAY)
    assert (
        problem == f"the certificate of the pages, {files[0]}, is valid until {isoformat(end_of(files[0]))}: renew it"
    )
    assert certificate.problem(made + 99 * DAY) == problem
    for old, new in zip(files, make_certificate(tmp_path / "new", days=365), strict=True):
        new.rename(old)
    assert certificate.problem(made + 99 * DAY) == ""  # found without a connection


def test_a_certificate_for_a_few_days_is_told_of_when_a_third_is_left(tmp_path: Path) -> None:
    certificate, made = Certificate(*make_certificate(tmp_path, days=6)), now()
    assert certificate.problem(made + 3 * DAY) == ""
    assert certificate.problem(made + 5 * DAY) != ""


def test_files_that_are_gone_are_told_of_before_a_restart_needs_them(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    certificate = Certificate(*files)
    files[1].rename(tmp_path / "away")
    assert certificate.problem(now()).endswith(f"cannot be read anew: {os.strerror(2)}")
    (tmp_path / "away").rename(files[1])
    assert certificate.problem(now()) == ""


def test_a_renewal_that_stays_half_done_is_told_of_until_it_is_done(tmp_path: Path) -> None:
    files = make_certificate(tmp_path)
    certificate = Certificate(*files)
    renewed, key = make_certificate(tmp_path / "new")
    renewed.rename(files[0])
    for _ in range(3):
        assert certificate.problem(now()).endswith("the key is not that of the certificate")
    key.rename(files[1])
    assert certificate.problem(now()) == ""


def test_a_certificate_that_is_not_for_servers_is_told_of(tmp_path: Path) -> None:
    certificate = Certificate(*make_certificate(tmp_path, more=("-addext", "extendedKeyUsage=clientAuth")))
    assert certificate.problem(now()).endswith("it is not one for servers")


def end_of(file: Path) -> Micros:
    """When a certificate ends, as openssl says."""
    shown = subprocess.run(
        [require("openssl", "openssl"), "x509", "-enddate", "-noout", "-in", file],
        check=True,
        capture_output=True,
        text=True,
    )
    return ssl.cert_time_to_seconds(shown.stdout.strip().removeprefix("notAfter=")) * SECOND
