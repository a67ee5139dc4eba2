"""What a failed expectation shows: expected and got, the values around that time, and why the rule says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from gateway.authoring.histories.around import values_around
from gateway.authoring.histories.because import metrics_of, reasons
from gateway.authoring.histories.claims import name_of
from gateway.authoring.histories.outcome import Failure
from gateway.authoring.histories.play import Play
from gateway.authoring.histories.reading import History
from gateway.core.kernel.times import written_duration

_NOTHING = "nothing"
_MOST_REASONS = 3
"""Alarms that are explained."""
_MOST_TOLD = 6
"""Events that are shown."""


def difference(
    key: str,
    expected: Sequence[str],
    got: Sequence[str],
    history: History,
    play: Play,
    index: int,
    *,
    explains: bool,
) -> Failure:
    """The failure of one list of an expectation: `alarms`, `tickets` or `events`.

    Args:
        explains: whether to show the values and the reasons as well.
    """
    at = history.spec.expect[index].at
    missing, surplus = Counter(expected) - Counter(got), Counter(got) - Counter(expected)
    parts = [
        f"{', '.join(each.elements())} {'is' if each.total() == 1 else 'are'} {what}"
        for each, what in ((missing, "missing"), (surplus, "not expected"))
        if each
    ]
    what = " and ".join(parts) or "told in another order"
    names = [*dict.fromkeys(name_of(claim) for claim in (*missing, *surplus))] or [name_of(each) for each in got]
    lines = _lists(expected, got)
    if explains:
        lines += [*_told(history, play), *_block(values_around(history, at, *_concerned(history, names)))]
        for name in names[:_MOST_REASONS]:
            rule, _, subject = name.partition("/")
            lines += _block([*reasons(play, rule, subject)])
    return Failure(("expect", index, key), f"at {written_duration(at)}, {key}: {what}", excerpt="\n".join(lines))


def _lists(expected: Sequence[str], got: Sequence[str]) -> list[str]:
    return [f"expected  {', '.join(expected) or _NOTHING}", f"got       {', '.join(got) or _NOTHING}"]


def _told(history: History, play: Play) -> list[str]:
    """What was told of the rules under test until then, the latest last."""
    only = history.spec.rules
    log = [each for each in play.standing.log if not only or each.rule in only]
    if not log:
        return []
    cut = "… " if len(log) > _MOST_TOLD else ""
    told = ", ".join(f"{each.text} at {written_duration(each.time - history.start)}" for each in log[-_MOST_TOLD:])
    return [f"told      {cut}{told}"]


def _concerned(history: History, names: Sequence[str]) -> tuple[set[str], set[str]]:
    """The devices and metrics that these alarms are about."""
    devices = {name.partition("/")[2] for name in names}
    metrics = {metric for name in names for metric in metrics_of(history.words, name.partition("/")[0])}
    return devices, metrics


def _block(lines: list[str]) -> list[str]:
    return ["", *lines] if lines else []
