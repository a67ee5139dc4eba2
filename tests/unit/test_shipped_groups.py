"""What a review of a site says of the shipped rules over groups."""

from __future__ import annotations

from pathlib import Path

from gateway.site_files.review import review_site
from tests.unit.site_files import write


def test_detectors_without_a_zone_are_a_warning_as_no_fire_is_confirmed(tmp_path: Path) -> None:
    detectors = "".join(f"  - {{id: s-{number}, profile: smoke_detector}}\n" for number in (1, 2))
    site = f"site: {{id: test, name: {{en: Test}}}}\ndevices:\n{detectors}"
    found = review_site(write(tmp_path, {"site.yaml": site})).problems

    (warning,) = [each for each in found if each.what.startswith("fire-confirmed has no group")]
    assert str(warning.gravity) == "warning"
