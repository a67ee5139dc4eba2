"""The delays of evaluations: how they begin, count, are cancelled and end."""

from __future__ import annotations

from gateway.core.devices.latest import Devices
from gateway.core.kernel.blindness import Blindness
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros
from gateway.core.rules.evaluation import Evaluation, EvaluationRecord, Key
from gateway.core.rules.events import Breached, Cleared
from gateway.core.rules.watching import Watching
from gateway.core.rules.windows.part import Windows
from gateway.core.telemetry.readings import STAMPED, Message, Reading


class Delays:
    """Carries evaluations on with what is heard, and as time passes."""

    def __init__(self, devices: Devices, blindness: Blindness, windows: Windows, seam: Seam) -> None:
        self._devices, self._blindness, self._windows, self._seam = devices, blindness, windows, seam
        self.changed: dict[Key, EvaluationRecord | None] = {}
        """The evaluations that have changed in this step, by rule and subject; a value of None deletes one."""

    def go_on(
        self, watch: Watching, evaluation: Evaluation, reading: Reading, message: Message | None, number: int
    ) -> None:
        """Go on with an evaluation: its condition holds, or is cleared, or neither.

        Args:
            message: that of the reading; None when time alone has moved what the rule derives.
        """
        rule, now = evaluation.rule, reading.received
        if message is None and now < evaluation.unconfirmed_until:  # first the device has its turn
            self._look(evaluation, evaluation.unconfirmed_until)
            return
        if not evaluation.is_confirmed and message is not None and watch.is_confirmed(evaluation, now):
            evaluation.confirm()
            if evaluation.elapsed is not None:
                self.record(evaluation)
                if self._blindness.since is None:
                    self.wake(evaluation)  # its timer was set for `unconfirmed_until`
        has_turned = watch.clears(rule, now) if evaluation.active else watch.breaches(rule, now)
        if has_turned:
            if evaluation.elapsed is None:
                evaluation.clearing = watch.evidence(rule, reading, message, number) if evaluation.active else None
                self.begin(watch, evaluation, reading)
                return
            self._count(watch, evaluation, reading)
            if evaluation.is_over and now >= evaluation.unconfirmed_until:
                self.end(watch, evaluation, now)
        elif has_turned is False and evaluation.elapsed is not None:
            self.cancel(watch, evaluation)

    def begin(self, watch: Watching, evaluation: Evaluation, reading: Reading) -> None:
        evaluation.elapsed, evaluation.is_confirmed = 0, True
        evaluation.counted_to, evaluation.stamped_at = reading.received, None
        self._count(watch, evaluation, reading)
        if not evaluation.delay:
            self.end(watch, evaluation, reading.received)
            return
        self.resume(evaluation)

    def resume(self, evaluation: Evaluation) -> None:
        """Let a running delay end by time alone, unless the gateway is blind, and store it."""
        if self._blindness.since is None:
            self.wake(evaluation)
        self.record(evaluation)

    def _count(self, watch: Watching, evaluation: Evaluation, reading: Reading) -> None:
        """Count the time until this reading. In blindness only stamps say how much later it is than the one before."""
        if self._blindness.since is None:
            was_set_back = reading.received < evaluation.counted_to
            evaluation.count(reading.received)
            if was_set_back:  # the gateway's clock
                self.wake(evaluation)
            return
        is_latest = reading.origin == STAMPED and reading.time >= self._devices[reading.device].newest
        if is_latest and (reached := watch.reached(reading)) is not None:
            evaluation.count_stamped(reached)
            self.record(evaluation)

    def cancel(self, watch: Watching, evaluation: Evaluation) -> None:
        """The running delay does not come to its end."""
        evaluation.elapsed = evaluation.clearing = None
        self._seam.let_sleep((evaluation.subject, evaluation.rule.key))
        if evaluation.active:
            self.record(evaluation)
        else:
            self.remove(watch, evaluation)

    def end(self, watch: Watching, evaluation: Evaluation, now: Micros) -> None:
        """Apply the end of a delay: the condition is breached or cleared."""
        rule, subject = evaluation.rule, evaluation.subject
        evaluation.elapsed = None
        self._seam.let_sleep((evaluation.subject, evaluation.rule.key))
        if evaluation.active:
            self.remove(watch, evaluation)
            self._look(evaluation, now + 1)
            self._seam.emit(Cleared(rule=rule, subject=subject, time=now, evidence=evaluation.clearing))
        else:
            self.has_begun(evaluation, now)
            self._seam.emit(Breached(**watch.told(evaluation, now)))

    def has_begun(self, evaluation: Evaluation, now: Micros) -> None:
        """It is active from now on."""
        evaluation.active = True
        self.record(evaluation)
        self._look(evaluation, now + 1)

    def _look(self, evaluation: Evaluation, time: Micros) -> None:
        """Evaluate it at this time: another condition decides then, and what the rule derives may fulfil it already."""
        if evaluation.rule.compared and (device := evaluation.subject.device) is not None:
            self._windows.look(device, time)

    def remove(self, watch: Watching, evaluation: Evaluation) -> None:
        del watch.evaluations[evaluation.rule.key]
        self.changed[evaluation.key] = None

    def record(self, evaluation: Evaluation) -> None:
        self.changed[evaluation.key] = evaluation.record(self._blindness.since)

    def wake(self, evaluation: Evaluation) -> None:
        self._seam.wake((evaluation.subject, evaluation.rule.key), evaluation.due)
