"""The weekly proof that each way to each person works."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, WithJsonSchema

from gateway.core.kernel.spec import Spec
from gateway.core.kernel.times import Micros
from gateway.core.site.notation import WEEKDAYS
from gateway.core.site.wall_time import date_at, moment_of

_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def _minute(value: object) -> int:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is no time of day: write it in quotes, such as '10:00'")
    return int(match[1]) * 60 + int(match[2])


class ProofSpec(Spec):
    """When each person gets a test message by each way: once a week."""

    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun", "never"] = "mon"
    """The day of the week; `never` sends none."""
    at: Annotated[
        int, BeforeValidator(_minute), WithJsonSchema({"type": "string", "pattern": f"^(?:{_TIME.pattern})$"})
    ] = Field(default=600, examples=["10:00"])
    """The time of day, in the site's time zone, in quotes; 10:00 unless given."""


DEFAULT_PROOF = ProofSpec()


@dataclass(frozen=True, slots=True)
class Proof:
    """Compiled."""

    zone: ZoneInfo
    spec: ProofSpec = DEFAULT_PROOF

    def following(self, after: Micros) -> Micros | None:
        """The first proof after this moment; None where there is none."""
        if self.spec.day == "never":
            return None
        weekday, day = WEEKDAYS.index(self.spec.day), date_at(self.zone, after)
        day += timedelta(days=(weekday - day.weekday()) % 7)
        moment = moment_of(self.zone, day, self.spec.at)
        return moment if moment > after else moment_of(self.zone, day + timedelta(days=7), self.spec.at)
