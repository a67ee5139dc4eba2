"""Why an alarm is removed at the start."""

from __future__ import annotations

import pytest

from gateway.core.alarms.removal import why_removed
from gateway.core.kernel.subjects import GATEWAY, Subject
from tests.unit.core.sites import site


@pytest.mark.parametrize(
    ("rule", "subject", "why"),
    [
        ("dry-run", Subject.of_device("p9"), "the device p9 is no longer in the site's files"),
        ("gone", Subject.of_device("p1"), "the rule gone is no longer in the site's files"),
        ("gone", Subject.of_device("p9"), "the device p9 is no longer in the site's files"),
        ("dry-run", Subject.of_device("p1"), "the rule dry-run no longer applies to p1"),
        ("dry-run", GATEWAY, "the rule dry-run no longer applies to gateway:self"),
    ],
)
def test_the_reason_is_what_the_sites_files_lack(rule: str, subject: Subject, why: str) -> None:
    assert why_removed(rule, subject, site().site, {"dry-run"}) == why
