"""The beginning and end of a maintenance: what the audit trail keeps of it, and the MQTT event."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gateway.core.kernel.events import AuditRecord, Event
from gateway.core.kernel.part import Seam
from gateway.core.kernel.times import Micros, isoformat
from gateway.core.site.site import Site


class Work(msgspec.Struct, frozen=True, gc=False):
    """What a maintenance is about."""

    number: int | None
    """None of one that the site's files plan."""
    devices: Sequence[str]
    reason: str
    since: Micros
    until: Micros


def tell_step(
    seam: Seam,
    site: Site,
    work: Work,
    step: str,
    now: Micros,
    *,
    by: str | None = None,
    note: str | None = None,
    cause: int | None = None,
) -> AuditRecord:
    """Record that it starts or ends, and publish that.

    `since` and `until` are its own times, also where the gateway learns of them later, as it was off or did not know
    the time. One that ends early has the present as its `until`.
    """
    until = min(work.until, now) if step == "end" else work.until
    data: dict[str, object] = {"step": step, "devices": [*work.devices]}
    data |= {} if work.number is None else {"reason": work.reason}
    data |= {"since": isoformat(work.since), "until": isoformat(until)}
    data |= {} if note is None else {"note": note}
    subject = work.reason if work.number is None else str(work.number)
    audit = seam.record("maintenance", subject, now, data, cause=cause, by=by)
    seam.emit(Event(audit=audit))
    content = {
        "site": site.header.id,
        "step": step,
        "time": isoformat(now),
        "maintenance": work.number,
        "reason": work.reason,
        "devices": [*work.devices],
        "since": isoformat(work.since),
        "until": isoformat(until),
        "by": by,
        "note": note,
    }
    seam.publish(f"gateway/{site.header.id}/maintenance", msgspec.json.encode(content))
    return audit
