"""Reads JSON that is damaged in one of the ways in which devices write it, so that the damage costs no other value."""

from __future__ import annotations

import json
import math
import re

from gateway.core.kernel.values import Json
from gateway.core.telemetry.decoding.texts import cleaned

_PADDING = "".join(map(chr, range(0x21))) + "\x7f\ufeff"
"""Control characters, spaces and byte order marks."""
_LONGEST_NUMBER = 400
"""Digits; with more, a number is beyond every range."""

# A text is matched whole, so that what is in it is left alone; also one without an end, so that none is tried twice.
# Numbers as the printf of a C library writes them; Microsoft's rounds 1.#INF to 1.$, and Arduino's print has ovf.
_TEXT_OR_NUMBER = re.compile(
    r'"(?:[^"\\]++|\\.)*+"?'
    r"|(?<![\w.+-])(?P<sign>[-+]?)"
    r"(?:(?P<whole>\d++)(?P<fraction>\.\d*+)?(?P<exponent>e[-+]?\d++)?(?![\w.#$])|(?P<bare>\.\d[\de+-]*+)(?![\w.])"
    r"|(?:(?P<infinite>inf(?:inity)?|1\.#inf\d*)|[sq]?nan[sq]?(?:\([^()\"]{0,40}\))?|1\.#[a-z]+\d*|1\.\$|ovf)"
    r"(?:(?<=[\d$])e[-+]?\d+)?(?![\w(]))",
    re.DOTALL | re.IGNORECASE,
)
_LEAD_BYTE_OR_ESCAPE = re.compile(r'[\udc81-\udcfe]\\|(\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))|\\', re.DOTALL)


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
    text = text.strip(_PADDING)
    try:
        return _parse(_with_numbers(text))
    except ValueError as error:
        # In GBK, Big5 and Shift JIS the second byte of a character may be that of a backslash, which escapes nothing.
        numbered = _with_numbers(_LEAD_BYTE_OR_ESCAPE.sub(_escape, text))
        for parse in (_parse, _parse_buffer):
            try:
                return parse(numbered)
            except ValueError:
                pass
        raise error


def _parse(document: bytes | str) -> Json:
    return json.loads(document, parse_int=_whole, object_pairs_hook=_with_clean_keys, strict=False)


def _parse_buffer(text: str) -> Json:
    """The document that ends at a NUL; behind it a buffer may hold the rest of an earlier message."""
    document, end = _DECODER.raw_decode(text)
    if not text[end:].lstrip().startswith("\0"):
        raise ValueError("something follows the document")
    return document


def _with_clean_keys(pairs: list[tuple[str, Json]]) -> Json:
    return {cleaned(key) or key: value for key, value in pairs}


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else -math.inf if digits[0] == "-" else math.inf


_DECODER = json.JSONDecoder(parse_int=_whole, object_pairs_hook=_with_clean_keys, strict=False)


def _escape(found: re.Match[str]) -> str:
    """The escape, if it is one of JSON; else what makes its text unreadable."""
    return found[1] or "\udcff"


def _with_numbers(text: str) -> str:
    """The text with numbers in the spelling that the parser knows."""
    return _TEXT_OR_NUMBER.sub(_replacement, text)


def _replacement(found: re.Match[str]) -> str:
    sign = found["sign"]
    if sign is None:  # a text
        return found[0]
    minus = "-" if sign == "-" else ""
    if found["whole"] is not None:
        fraction, exponent = found["fraction"] or "", found["exponent"] or ""
        whole = found["whole"].lstrip("0") or "0"
        return f"{minus}{whole}{fraction if fraction != '.' else '.0'}{exponent}"
    if found["bare"] is not None:
        return f"{minus}0{found['bare']}"
    return "NaN" if found["infinite"] is None else f"{minus}Infinity"
