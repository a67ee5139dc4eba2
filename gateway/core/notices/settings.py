"""What a site's files say about notices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.core.alarms.alarm import AlarmRecord
from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.kernel.times import Micros
from gateway.core.notices.proof import Proof, ProofSpec
from gateway.core.notices.quiet_hours import QuietHours, QuietHoursSpec, compile_quiet_hours
from gateway.core.notices.routes import DEFAULT_ROUTES, Route, RouteSpec, compile_route
from gateway.core.site.site import Site


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """Compiled."""

    routes: tuple[Route, ...]
    is_asked_for: bool
    """Whether the site's files have routes: then an alarm of which nobody can be told is a failure."""
    quiet: QuietHours
    proof: Proof

    def matching(
        self, alarm: AlarmRecord, definition: AlarmDefinition | None, site: Site, at: Micros | None
    ) -> list[Route]:
        """The routes by which people are told of this alarm, if it is raised then; of a rule that is gone, none.

        Args:
            at: None if the time is not trusted.
        """
        if definition is None:
            return []
        return [each for each in self.routes if each.matches(alarm, definition, site, at)]


def compile_notice_settings(
    site: Site,
    routes: Sequence[RouteSpec] = (),
    quiet_hours: QuietHoursSpec | None = None,
    proof: ProofSpec | None = None,
) -> NoticeSettings:
    """What the files of this site say about notices, or the defaults.

    Raises:
        KeyError: a calendar is not among those of the site.
    """
    distinct = dict.fromkeys(routes or DEFAULT_ROUTES)
    return NoticeSettings(
        tuple(compile_route(each, site.calendars) for each in distinct),
        is_asked_for=bool(routes),
        quiet=compile_quiet_hours(quiet_hours, site.zone, site.calendars),
        proof=Proof(site.zone, proof or ProofSpec()),
    )
