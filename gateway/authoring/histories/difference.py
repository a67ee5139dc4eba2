"""What a failed expectation shows: expected and got, the values around that time, and why the rule says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gateway.authoring.histories.outcome import Failure
from gateway.authoring.histories.play import Play
from gateway.authoring.histories.reading import History
from gateway.core.kernel.times import written_duration

NOTHING = "nothing"


def difference(
    key: str, expected: Sequence[str], got: Sequence[str], history: History, play: Play, index: int
) -> Failure:
    """The failure of one list of an expectation."""
    at = history.spec.expect[index].at
    missing, surplus = (
        [*(Counter(expected) - Counter(got)).elements()],
        [*(Counter(got) - Counter(expected)).elements()],
    )
    lines = [f"expected  {', '.join(expected) or NOTHING}", f"got       {', '.join(got) or NOTHING}"]
    parts = []
    if missing:
        parts.append(f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing")
    if surplus:
        parts.append(f"{', '.join(surplus)} {'is' if len(surplus) == 1 else 'are'} not expected")
    what = " and ".join(parts) or "the order is another"
    return Failure(("expect", index, key), f"at {written_duration(at)}, {key}: {what}", excerpt="\n".join(lines))
