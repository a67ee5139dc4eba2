"""The part that tells people alone, as work asks it."""

from __future__ import annotations

from typing import Any

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.subjects import Subject, SubjectKind
from gateway.core.notices.part import Notices
from gateway.core.notices.requests import Tell, Urgency
from gateway.core.notices.ways import ALL_CHANNELS, Channel
from tests.unit.core.notices.office import configuration
from tests.unit.core.seams import LoneSeam
from tests.unit.core.sites import NOON

TICKET = Subject(SubjectKind.TICKET, "12")


class Desk:
    """The part alone, as work asks it."""

    def __init__(self, channels: frozenset[Channel] = ALL_CHANNELS, **files: Any) -> None:  # noqa: ANN401
        made = configuration(**files)
        self.seam = LoneSeam("notices")
        assert made.notices is not None
        self.part = Notices(made.site, made.notices, self.seam, channels)

    def tell(self, **changes: Any) -> None:  # noqa: ANN401
        fields: dict[str, Any] = {
            "about": TICKET,
            "kind": "ticket assigned",
            "people": ("tech-1",),
            "urgency": Urgency.PROMPT,
            "facts": {"number": "12", "title": "Low pressure", "priority": "P1", "place": "Basement", "why": "secret"},
            "links": (LinkPurpose.ACCEPT,),
            "time": NOON,
            "cause": 5,
            "key": "ticket:12/assigned",
        }
        self.part.serve(Tell(**(fields | changes)))

    def notices(self) -> list[Any]:
        changes = self.part.finish()
        return [*changes.notices] if changes is not None else []
