"""The part that knows who of a team is on duty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from gateway.core.duty.absences import Absence, present
from gateway.core.duty.actions import AskOnDuty, AskPresent, ComeBack, DutyChanged, GoAbsent
from gateway.core.kernel.doubt import ClockCorrected, ClockDoubted
from gateway.core.kernel.errors import DutyRefused, InvalidAction
from gateway.core.kernel.events import Action, Event, Request
from gateway.core.kernel.part import Part, Seam
from gateway.core.kernel.times import Micros, isoformat
from gateway.core.site.site import Site


class PeopleOnDuty(Part):
    """Keeps absences, and tells who is on duty.

    An absence ends by itself when its time has come, by the wall clock; while the time is not known it lasts.
    """

    name: ClassVar[str] = "duty"
    actions: ClassVar[tuple[type[Action], ...]] = (GoAbsent, ComeBack)
    requests: ClassVar[tuple[type[Request], ...]] = (AskOnDuty, AskPresent)

    def __init__(self, site: Site, seam: Seam) -> None:
        self._site = site
        self._seam = seam
        self._absences: dict[str, Absence] = {}
        """Of those who are away, by id."""
        self._changed: dict[str, Absence | None] = {}
        self._trusts_time = True

    def restore(self, rows: Sequence[Absence], now: Micros) -> None:
        """Go on with who is away. Of somebody whom the site's files do not name any more, that has ended."""
        for absence in rows:
            self._absences[absence.person] = absence
            if absence.person not in self._site.people:
                self._end(absence, now, why="not in the site's files any more")
            else:
                self._schedule(absence)

    def on(self, event: Event) -> None:
        """While the time is not known, no absence ends by itself; what was said meanwhile is corrected."""
        match event:
            case ClockDoubted():
                self._trusts_time = False
            case ClockCorrected():
                self._trusts_time = self._trusts_time or event.is_certain
                for absence in [*self._absences.values()]:
                    if (since := event.corrected(absence.since)) != absence.since:
                        self._keep(msgspec.structs.replace(absence, since=since))
                    self._seam.wake(absence.person, 0)  # what the clock shows now comes with the next tick

    def serve(self, request: Request) -> None:
        """Say who is on duty, or there."""
        match request:
            case AskOnDuty():
                request.answer(self.on_duty(request.team, request.at))
            case AskPresent():
                request.answer(self._present(request.people, request.at))
            case _:
                raise TypeError(f"{type(request).__name__} is no question about duty")

    def act(self, action: Action, now: Micros) -> None:
        """Somebody goes away or comes back.

        Raises:
            InvalidAction: nobody is called so, or it makes no sense; the text says what would be right.
            DutyRefused: the person who is to come back is not away.
        """
        match action:
            case GoAbsent():
                self._go(action, now)
            case ComeBack():
                person = self._known("person", action.person)
                absence = self._absences.get(person)
                if absence is None:
                    raise DutyRefused(f"{person} is not away")
                self._end(absence, now, by=action.by, note=action.note)
            case _:
                raise TypeError(f"{type(action).__name__} is no action on duty")

    def tick(self, key: str, now: Micros) -> None:
        """The time of an absence may be over."""
        absence = self._absences.get(key)
        if absence is None or not self._trusts_time:
            return
        if absence.lasts(now):
            self._schedule(absence)
        else:
            self._end(absence, now)

    def finish(self) -> dict[str, Absence | None] | None:
        """Who is away since this step, by id; None for those who are back."""
        if not self._changed:
            return None
        changed, self._changed = self._changed, {}
        return changed

    def on_duty(self, team: str, at: Micros) -> tuple[str, ...]:
        """Their ids, as of `AskOnDuty`."""
        by_roster = self._site.on_duty(team, at) if self._trusts_time else None
        order = self._site.members_of(team) if by_roster is None else by_roster
        return self._present([each.id for each in order], at)

    def _present(self, people: Sequence[str], at: Micros) -> tuple[str, ...]:
        return present(people, self._absences, self._site.people, at if self._trusts_time else None)

    def _go(self, action: GoAbsent, now: Micros) -> None:
        person = self._known("person", action.person)
        substitute = None if action.substitute is None else self._known("substitute", action.substitute)
        if substitute == person:
            raise InvalidAction(f"substitute: {person} cannot stand in for {person}: name somebody else")
        if action.until is not None and action.until <= now and self._trusts_time:
            raise InvalidAction("until: it is over already: say a time to come, or nothing where nobody knows")
        until = None if action.until is None else isoformat(action.until)
        data: dict[str, object] = {"step": "absent", "until": until, "substitute": substitute}
        if action.note is not None:
            data["note"] = action.note
        before = self._absences.get(person)
        cause = before.event if before is not None else None
        audit = self._seam.record("duty", person, now, data, cause=cause, by=action.by)
        absence = Absence(person, now, action.until, substitute, action.note, action.by, audit.number)
        self._keep(absence)
        self._schedule(absence)
        if before is not None and (before.until, before.substitute) == (absence.until, absence.substitute):
            self._seam.emit(Event(audit=audit))  # who is there is the same as before, and that was told
        else:
            self._seam.emit(DutyChanged(audit=audit, person=person, is_absent=True, absence=audit.number, time=now))

    def _end(
        self, absence: Absence, now: Micros, *, by: str | None = None, note: str | None = None, why: str | None = None
    ) -> None:
        """Somebody is back: by an action, or else at the time that was said, which may be earlier than now."""
        person = absence.person
        at = absence.until if by is None and why is None and absence.until is not None else now
        given = {"note": note, "why": why}
        data: dict[str, object] = {"step": "back", **{key: text for key, text in given.items() if text is not None}}
        audit = self._seam.record("duty", person, at, data, cause=absence.event, by=by)
        del self._absences[person]
        self._changed[person] = None
        self._seam.let_sleep(person)
        self._seam.emit(DutyChanged(audit=audit, person=person, is_absent=False, absence=absence.event, time=now))

    def _keep(self, absence: Absence) -> None:
        self._absences[absence.person] = self._changed[absence.person] = absence

    def _schedule(self, absence: Absence) -> None:
        if absence.until is None:
            self._seam.let_sleep(absence.person)
        else:
            self._seam.wake(absence.person, absence.until)

    def _known(self, what: str, name: str) -> str:
        person = self._site.person_called(name)
        if person not in self._site.people:
            raise InvalidAction(f"{what}: the site's files name nobody {name!r}: write an id of people:")
        return person
