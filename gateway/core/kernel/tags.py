"""UIDs of RFID tags."""

from __future__ import annotations


def normalise_tag_uid(text: str) -> str:
    """A tag's UID as upper-case hex without separators: `04:a2:b3:c4` → `04A2B3C4`.

    Raises:
        ValueError: the text is not 4 to 10 bytes of hex, the sizes that ISO/IEC 14443-3 allows.
    """
    uid = text.translate({ord(mark): None for mark in ":- "}).upper()
    if not 8 <= len(uid) <= 20 or len(uid) % 2 or not set(uid) <= set("0123456789ABCDEF"):
        raise ValueError(f"{text[:40]!r} is not a tag UID: 4 to 10 bytes in hex are expected")
    return uid
