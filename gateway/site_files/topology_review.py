"""What powers and carries devices, and is valid and hardly meant."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.core.configuration import Configuration
from gateway.core.devices.dependence import Dependence
from gateway.core.devices.watched import MISSED, longest_wait
from gateway.core.kernel.times import written_duration
from gateway.core.site.site import DeviceSpec
from gateway.site_files.catalogue import Catalogue
from gateway.site_files.problems import Problem
from gateway.site_files.topology_checks import parents_given

_NAMED = 3
"""So many devices are named; the others are counted."""


def review_topology(devices: Catalogue[DeviceSpec], files: Configuration) -> Iterator[Problem]:
    """Devices that send so rarely that their failure is found after all that they power or carry was told as silent."""
    every = {each: interval for each in files.site.devices if (interval := files.expect_every_of(each)) is not None}
    dependence = Dependence(files.site.topology, every)
    early: dict[str, list[str]] = {}
    for child, interval in every.items():
        for parent in dependence.parents_of(child):
            if MISSED * every[parent] > longest_wait(interval):
                early.setdefault(parent, []).append(child)
    for parent, children in early.items():
        entry = devices.entries[children[0]]
        more = f" and {len(children) - _NAMED} more" if len(children) > _NAMED else ""
        often, rarely = min(every[each] for each in children), every[parent]
        yield entry.warning(
            f"{parent} is expected every {written_duration(rarely)}, and what depends on it as often as every "
            f"{written_duration(often)}: if {parent} fails, each of these is told as silent before {parent} is: "
            f"{', '.join(children[:_NAMED])}{more}",
            f"expect {parent} every {written_duration(longest_wait(often) // MISSED)} or more often, if it can send so",
            at=(next(iter(parents_given(entry))),),
        )
