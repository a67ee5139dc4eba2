"""Reads JSON that is damaged in one of the ways in which devices write it, so that the damage costs no other value."""

from __future__ import annotations

import json
import math
import re

from gateway.core.kernel.values import Json

_PADDING = "\0 \t\r\n"
_LONGEST_NUMBER = 400
"""Digits; with more, a number is beyond every range."""

# A text is matched whole, so that what is in it is left alone; also one without an end, so that none is tried twice.
_TEXT_OR_WORD = re.compile(
    r'"(?:[^"\\]++|\\.)*+"?'
    r"|(?<![\w.+-])(?P<sign>[-+]?)"
    r'(?:(?P<infinite>inf(?:inity)?|1\.#inf\d*)|nan(?:\([^()"]{0,40}\))?|1\.#[a-z]+\d*)(?![\w(])',
    re.DOTALL | re.IGNORECASE,
)
_LEAD_BYTE_AND_BACKSLASH = re.compile(r"[\udc81-\udcfe]\\")


def parse_damaged(payload: bytes | str) -> Json:
    """The document, in which a byte that is not UTF-8 is half a surrogate pair, and numbers may be infinite or NaN.

    Raises:
        ValueError: it is not JSON all the same.
        RecursionError: it is nested too deep.
    """
    try:
        return _parse(payload)
    except ValueError:
        text = payload.decode("utf-8", "surrogateescape") if isinstance(payload, bytes) else payload
    text = text.strip(_PADDING).removeprefix("\ufeff")
    try:
        return _parse(_with_numbers(text))
    except ValueError as error:
        # In GBK, Big5 and Shift JIS the second byte of a character may be that of a backslash, which escapes nothing.
        without = _LEAD_BYTE_AND_BACKSLASH.sub("\udcff", text)
        if without == text:
            raise
        try:
            return _parse(_with_numbers(without))
        except ValueError:
            raise error from None


def _parse(document: bytes | str) -> Json:
    return json.loads(document, parse_int=_whole, strict=False)


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else -math.inf if digits[0] == "-" else math.inf


def _with_numbers(text: str) -> str:
    """The text with infinite numbers and NaN in the spelling that the parser knows."""
    return _TEXT_OR_WORD.sub(_replacement, text)


def _replacement(found: re.Match[str]) -> str:
    if found["sign"] is None:  # a text
        return found[0]
    if found["infinite"] is None:
        return "NaN"
    return "-Infinity" if found["sign"] == "-" else "Infinity"
