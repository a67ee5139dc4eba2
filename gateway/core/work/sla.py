"""Service levels: the deadlines of a ticket, by priority."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from gateway.core.kernel.times import DAY, HOUR, MINUTE, Duration, Micros
from gateway.core.kernel.urgency import Priority


class Deadlines(BaseModel):
    """So much time counts on each clock of a ticket, from its opening or reopening."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    respond: Duration
    on_site: Duration
    resolve: Duration


def _deadlines(respond: Micros, on_site: Micros, resolve: Micros) -> Deadlines:
    return Deadlines.model_construct(respond=respond, on_site=on_site, resolve=resolve)


DEFAULT_SLA: dict[Priority, Deadlines] = {
    # Emergencies are answered in 5 min, faults in 15 min, on site in 2 h, solved in 24 h: the owner's service rules.
    # 30 min to be on site is the municipal limit for people trapped in a lift. A site may set its own.
    Priority.P1: _deadlines(5 * MINUTE, 30 * MINUTE, 24 * HOUR),
    Priority.P2: _deadlines(15 * MINUTE, 2 * HOUR, 24 * HOUR),
    Priority.P3: _deadlines(HOUR, 8 * HOUR, 48 * HOUR),
    Priority.P4: _deadlines(DAY, 3 * DAY, 7 * DAY),
}
