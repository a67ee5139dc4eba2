"""What follows when the condition of an alarm begins to hold, changes its level, or ends: which step it makes."""

from __future__ import annotations

import msgspec

from gateway.core.alarms.actions import RaiseAlarm
from gateway.core.alarms.alarm import Alarm
from gateway.core.alarms.chatter import Chatter
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.alarms.definitions import Definitions
from gateway.core.alarms.joining import Joining, News
from gateway.core.alarms.lifecycle import State, Step
from gateway.core.alarms.moves import Moves
from gateway.core.alarms.standing import StandingAlarms
from gateway.core.alarms.suppression import Suppressions
from gateway.core.alarms.telling import Telling
from gateway.core.kernel.part import Seam
from gateway.core.kernel.subjects import Subject
from gateway.core.kernel.times import Micros
from gateway.core.kernel.urgency import rank
from gateway.core.rules.events import Breached, Cleared, StillActive
from gateway.core.rules.evidence import Evidence
from gateway.core.rules.groups.events import MembersJoined


class Occurrences:
    """Begins, changes and ends the occurrences of alarms."""

    def __init__(
        self,
        definitions: Definitions,
        standing: StandingAlarms,
        moves: Moves,
        suppressions: Suppressions,
        chatter: Chatter,
        seam: Seam,
    ) -> None:
        self._definitions = definitions
        self._standing = standing
        self._moves = moves
        self._suppressions = suppressions
        self._chatter = chatter
        self._seam = seam
        self.joining = Joining(moves, suppressions, seam)
        self._telling = Telling(definitions, standing, moves, suppressions)

    def raise_builtin(self, request: RaiseAlarm) -> None:
        """Raise a built-in alarm. Where it is raised already, its detail changes, and an end held back was none; people
        are told of what has joined."""
        alarm = self._standing.find(request.rule, request.subject)
        if alarm is None or alarm.returned_at is not None:
            definition = self._definitions.built_in(request.rule, request.subject)
            self.begin(definition, request.subject, request.time, cause=request.cause, detail=request.detail)
            return
        if alarm.is_held_back:
            alarm.levels = {alarm.severity}
            self._chatter.comes_again(alarm, request.time)
        if alarm.detail != request.detail:
            alarm.detail = request.detail
            self._moves.keep(alarm)
        if request.is_further and alarm.state is not State.SUPPRESSED:
            definition = self._definitions.built_in(request.rule, request.subject)
            self._telling.tell(alarm, definition, request.time, cause=request.cause or alarm.event, is_further=True)

    def begin_with(self, event: Breached | StillActive) -> None:
        """A rule is breached: people are told, unless something suppresses that."""
        self.begin(
            AlarmDefinition.of(event.rule),
            event.subject,
            event.time,
            cause=self._moves.record_evidence(event.evidence, event.subject),
            evidence=event.evidence,
            detail=event.detail,
            members=event.members,
        )

    def begin(
        self,
        definition: AlarmDefinition,
        subject: Subject,
        time: Micros,
        *,
        cause: int | None,
        evidence: Evidence | None = None,
        detail: str | None = None,
        members: tuple[str, ...] = (),
    ) -> None:
        """The condition begins to hold: people are told, unless something suppresses that."""
        alarm = self._standing.find(definition.id, subject)
        if alarm is None:
            alarm = Alarm(
                number=self._seam.counters.take("alarm"),
                rule=definition.id,
                subject=subject,
                latched=definition.latched,
                severity=definition.severity.value,
                title=self._definitions.title_of(definition),
                evidence=evidence,
                raised_at=time,
                first_raised_at=time,
            )
        self._chatter.count(alarm, definition, time)
        alarm.levels = {definition.severity.value}
        alarm.evidence, alarm.detail, alarm.members = evidence, detail, members
        alarm.told = None
        alarm.suppressed_by = self._suppressions.reasons(definition, subject, members)
        self._telling.tell(alarm, definition, time, cause=cause or 0)

    def rise(self, alarm: Alarm, event: Breached) -> None:
        """A further level of the rule is reached: if it is the worst, people are told again, unless suppressed.

        Or the alarm chatters, and what was held back as its end was none.
        """
        definition = AlarmDefinition.of(event.rule)
        alarm.levels.add(definition.severity.value)
        if rank(definition.severity) >= rank(alarm.severity):
            if alarm.is_held_back and rank(definition.severity) == rank(alarm.severity):
                self._chatter.comes_again(alarm, event.time)
            if event.members:
                self._join(alarm, definition, event, frozenset(event.members))
            return
        self._chatter.count(alarm, definition, event.time)
        alarm.members, alarm.detail = event.members, event.detail
        self._telling.tell_of(alarm, definition, event)

    def join(self, alarm: Alarm, event: MembersJoined) -> None:
        """Members of a group have joined. Of a rule that compares values only the same again is news, and what nothing
        suppresses any more."""
        definition = self._definitions.of(alarm)
        is_again = alarm.told is not None and bool(alarm.told.cleared)
        if definition is not None and (event.is_count or is_again or alarm.state is State.SUPPRESSED):
            self._join(alarm, definition, event, event.members)

    def _join(
        self,
        alarm: Alarm,
        definition: AlarmDefinition,
        event: Breached | MembersJoined,
        members: frozenset[str] | None,
    ) -> None:
        match self.joining.join(alarm, definition, members, event.time):
            case News.FURTHER:
                self._telling.tell_of(alarm, definition, event, is_further=alarm.told is not None)
            case News.AGAIN:
                is_held = alarm.is_chattering
                self._chatter.count(alarm, definition, event.time)
                if not is_held:
                    self._telling.tell_of(alarm, definition, event)
            case News.UNCOVERED:
                alarm.suppressed_by = ()
                self.tell_at_last(
                    alarm, definition, event.time, self._moves.record_evidence(event.evidence, event.subject)
                )

    def tell_untold(self, alarm: Alarm, definition: AlarmDefinition, now: Micros, cause: int | None) -> None:
        """Nothing suppresses members any more of which people were not told, while the alarm stands on the list."""
        self._telling.tell(alarm, definition, now, cause=cause or alarm.event, is_further=True)

    def raise_again(self, alarm: Alarm, time: Micros, why: str) -> None:
        """Remind people of an alarm that somebody has acknowledged long ago."""
        definition = self._definitions.of(alarm)
        if alarm.state is not State.ACKNOWLEDGED or alarm.is_held_back or definition is None:
            return
        counted = self.joining.ask(alarm)
        if not self._suppressions.reasons(definition, alarm.subject, counted.members):
            alarm.suppressed_by, alarm.members, alarm.detail = (), counted.members, counted.detail
            self._telling.tell(alarm, definition, time, cause=alarm.event, reminder=why)

    def follow(self, alarm: Alarm, definition: AlarmDefinition, now: Micros) -> None:
        """Give an alarm of an earlier run what its rule says now; where that is graver, tell people again."""
        is_graver = rank(definition.severity) < rank(alarm.severity)
        if is_graver and alarm.is_raised and not alarm.is_held_back:
            self._telling.tell(alarm, definition, now, cause=alarm.event, reminder="its rule has become graver")
        elif alarm.life_safety is not definition.life_safety:
            alarm.life_safety = definition.life_safety
            self._moves.keep(alarm)

    def fall(self, alarm: Alarm, event: Cleared) -> None:
        """A level of the rule has ended: the alarm returns with the last one, unless it chatters."""
        alarm.levels.discard(event.rule.spec.severity.value)
        worst = min(alarm.levels, key=rank, default=None)
        if worst is not None and rank(worst) <= rank(alarm.severity):
            return
        evidence = event.evidence
        ended_by = self._moves.record_evidence(evidence, event.subject) if evidence else None
        if event.why is not None or not self._chatter.hold_back(alarm, event.time, ended_by):
            self._become_better(alarm, event.time, ended_by, note=event.why)

    def end(self, alarm: Alarm, time: Micros, cause: int | None) -> None:
        """What a built-in alarm tells of is over: people are told so, unless it chatters."""
        alarm.levels.clear()
        if not self._chatter.hold_back(alarm, time, cause):
            self._become_better(alarm, time, cause)

    def be_quiet(self, alarm: Alarm, now: Micros) -> None:
        """The alarm chatters no more: what was held back is told."""
        occurred = self._chatter.quiet(alarm)
        if occurred is not None and occurred.is_better:
            self._become_better(alarm, now, occurred.better_by)

    def _become_better(self, alarm: Alarm, time: Micros, cause: int | None, *, note: str | None = None) -> None:
        """The worst level has ended, or the condition is over. The step before stands for a cause that is not known."""
        alarm.event = cause or alarm.event
        worst = min(alarm.levels, key=rank, default=None)
        if worst is not None:
            alarm.members, alarm.detail, _ = self.joining.ask(alarm)
            alarm.severity = worst
            if alarm.is_raised:
                alarm.told = self._telling.told(alarm)
            self._moves.make(alarm, Step.FALL, time, note=note)
            return
        alarm.returned_at = time
        self._moves.make(alarm, Step.RETURN, time, note=note)
        if alarm.state is State.NORMAL:
            self._chatter.remember(alarm)

    def put_aside(self, alarm: Alarm, now: Micros, cause: int | None) -> None:
        """A person takes an alarm of which people were told off the list."""
        alarm.event = cause or alarm.event
        alarm.told = msgspec.structs.replace(self._telling.told(alarm), is_put_aside=True)
        self._moves.make(alarm, Step.SUPPRESS, now, note=alarm.why_suppressed)

    def tell_at_last(self, alarm: Alarm, definition: AlarmDefinition, now: Micros, cause: int | None) -> None:
        """Nothing suppresses the alarm any more. One that latches may have returned: people learn of that as well.

        One that chatters may just not hold: then nobody is told of it. Of one that they know people are reminded.
        """
        if alarm.is_held_back:
            self.be_quiet(alarm, now)
        if alarm.state is not State.SUPPRESSED:
            return
        definition = self._definitions.of(alarm) or definition  # its level may have fallen
        returned_at = alarm.returned_at
        is_news = alarm.told is None or rank(definition.severity) < rank(alarm.told.severity) or bool(alarm.untold)
        reminder = None if is_news else "told again, as nothing suppresses it any more"
        self._telling.tell(alarm, definition, now, cause=cause or alarm.event, reminder=reminder)
        if returned_at is not None:
            alarm.levels.clear()
            self._become_better(alarm, now, None)
