"""The gateway's own telemetry: one flat JSON object with the metrics, stamped in milliseconds."""

from collections.abc import Iterable
from typing import Final

from simulators.catalogue import DeviceClass
from simulators.dialects.dialect import NAME, Dialect, Packet, Report, to_json


def write(report: Report) -> Iterable[Packet]:
    yield Packet(
        f"site/{report.site}/{report.device_class}/{report.address}/telemetry",
        to_json({"ts": report.ts, **report.metrics}),
    )


NATIVE: Final = Dialect(
    name="native",
    sentence="The gateway's own: a flat JSON object, ts in milliseconds.",
    writers=dict.fromkeys(DeviceClass, write),
    address=NAME,
)
