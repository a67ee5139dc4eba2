"""What people know of the present occurrence of an alarm, so that suppression takes no knowledge from them."""

from __future__ import annotations

import msgspec


class Told(msgspec.Struct, frozen=True, gc=False):
    """What people were told of the occurrence that stands. There is none as long as nobody was told of it."""

    severity: str
    """The worst level of which they were told and which had not ended when they were."""
    members: frozenset[str] = frozenset()
    """Of a group: all members of which they were told, by id."""
    cleared: frozenset[str] = frozenset()
    """Those of them that were certainly clear while the rule was not certainly breached: they are news again when it
    is."""
    is_put_aside: bool = False
    """Whether a person has taken the alarm off the list since: people are told once more when that ends."""
