"""The certificate of the pages: read anew when its files change, as those who renew it do not restart the gateway."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path

import structlog

from gateway.core.kernel.times import DAY, Micros, isoformat
from gateway.errors import SettingsError
from gateway.pages.validity import validity

log = structlog.get_logger()

_TELL_BEFORE = 14 * DAY
_Stamp = tuple[tuple[int, int, int], ...]


class Certificate:
    """A certificate and its key, in two files."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """
        Raises:
            SettingsError: the files cannot be read, or do not belong together.
        """
        self._files = (certificate, key)
        self._problem = ""
        self._is_in_use = True
        """Whether what is in use is what the files say now."""
        try:
            self._stamp = _stamp(self._files)
            self._context, self._validity = self._load()
        except OSError as error:  # an SSLError is one
            raise SettingsError(
                f"cannot use pages_cert_file {certificate} with pages_key_file {key}: {_why(error)}"
            ) from error

    def problem(self, now: Micros) -> str:
        """A sentence where it ends soon, cannot be read anew, or is refused by phones; empty where it is well.

        Who renews it in time does so when a third of its life is left, or a month: later something has failed.
        """
        self._renew()
        if self._problem:
            return f"the certificate of the pages, {self._files[0]}, cannot be read anew: {self._problem}"
        if self._validity is None:
            return f"phones refuse the certificate of the pages, {self._files[0]}: it is not one for servers"
        begin, end = self._validity
        if now < end - min(_TELL_BEFORE, (end - begin) // 3):
            return ""
        return f"the certificate of the pages, {self._files[0]}, is valid until {isoformat(end)}: renew it"

    @property
    def context(self) -> ssl.SSLContext:
        """What a new connection is encrypted with. Files that have changed and cannot be used are told in the log, and
        the certificate before them stays in use."""
        self._renew()
        return self._context

    def _renew(self) -> None:
        try:
            stamp = _stamp(self._files)
            if stamp != self._stamp:
                self._stamp, self._is_in_use = stamp, False  # so that each change is told once
                self._context, self._validity = self._load()
                self._is_in_use = True
                log.info("the certificate of the pages is read anew", file=str(self._files[0]))
            if self._is_in_use:
                self._problem = ""
        except OSError as error:
            if _why(error) != self._problem:
                self._problem = _why(error)
                log.warning("the certificate of the pages cannot be read anew", error=self._problem)

    def _load(self) -> tuple[ssl.SSLContext, tuple[Micros, Micros] | None]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(*self._files, password=_no_password)
        return context, validity(context, self._files[0])


def _no_password() -> str:
    """Without this, a key with a password would be asked for at the terminal, and the gateway would wait."""
    raise ssl.SSLError("the key has a password: remove it from the file")


def _stamp(paths: Sequence[Path]) -> _Stamp:
    found = [path.stat() for path in paths]
    return tuple((each.st_mtime_ns, each.st_size, each.st_ino) for each in found)


def _why(error: OSError) -> str:
    if isinstance(error, ssl.SSLError) and "KEY_VALUES_MISMATCH" in str(error):
        return "the key is not that of the certificate"
    return error.strerror or str(error)
