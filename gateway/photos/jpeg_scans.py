"""Counts the scans of a JPEG without decoding them."""

from __future__ import annotations

import re

_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers that no segment follows: TEM, RST0 to RST7 and SOI (ITU-T T.81, table B.1)."""
_MARKER = re.compile(rb"\xff+([\x01-\xfe])")
_AFTER_SCAN = re.compile(rb"\xff+([\x01-\xcf\xd8-\xfe])")
"""In the coded data of a scan, `FF 00` is a byte of data, and RST0 to RST7 go on with the scan."""


def scans_of(content: bytes) -> int:
    """How many scans the first picture of a file has. What stands behind its end is not looked at.

    The segments before a scan are skipped by their lengths: a preview in the metadata has scans of its own.
    """
    scans, at, pattern = 0, 0, _MARKER
    while (found := pattern.search(content, at)) is not None:
        marker, at, pattern = found[1][0], found.end(), _MARKER
        if marker == _END_OF_IMAGE:
            break
        if marker in _WITHOUT_LENGTH:
            continue
        at += max(2, int.from_bytes(content[at : at + 2], "big"))
        if marker == _START_OF_SCAN:
            scans, pattern = scans + 1, _AFTER_SCAN
    return scans
