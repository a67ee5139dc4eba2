"""The part that tells people alone, as work asks it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.kernel.times import Micros
from gateway.core.notices.part import Notices
from gateway.core.notices.requests import Tell, Urgency
from gateway.core.notices.ways import ALL_CHANNELS, Channel
from tests.unit.core.notices.office import TECH, configuration
from tests.unit.core.seams import LoneSeam
from tests.unit.core.sites import NOON

TICKET = Subject(SubjectKind.TICKET, "12")
FACTS = {"number": "12", "title": "Low pressure", "priority": "P1", "place": "Basement", "why": "secret"}


class Desk:
    """The part alone, as work asks it."""

    def __init__(
        self, channels: frozenset[Channel] = ALL_CHANNELS, *, people: Sequence[Mapping[str, Any]] = (TECH,)
    ) -> None:
        made = configuration(people=people)
        self.seam = LoneSeam("notices")
        assert made.notices is not None
        self.part = Notices(made.site, made.notices, self.seam, channels)

    def tell(
        self,
        *,
        kind: str = "ticket assigned",
        people: tuple[str, ...] = ("tech-1",),
        contact: tuple[str, str] | None = None,
        urgency: Urgency = Urgency.PROMPT,
        facts: Mapping[str, str] = FACTS,
        time: Micros = NOON,
        key: str = "ticket:12/assigned",
    ) -> None:
        tell = Tell(
            about=TICKET,
            kind=kind,
            people=people,
            contact=contact,
            urgency=urgency,
            facts=facts,
            links=(LinkPurpose.ACCEPT,),
            time=time,
            cause=5,
            key=key,
        )
        self.part.serve(tell)

    def notices(self) -> list[Any]:
        changes = self.part.finish()
        return [*changes.notices] if changes is not None else []
