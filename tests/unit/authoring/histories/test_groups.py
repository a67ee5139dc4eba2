"""Rules over groups of devices in rule tests."""

from __future__ import annotations

from pathlib import Path

from tests.unit.authoring.histories.files import said

TEST = """\
tests:
  - name: two detectors of a zone
    rules: [confirmed]
    site:
      locations: [{id: hall, zone: east}, {id: attic, zone: west}]
      rules:
        - id: confirmed
          applies_to: {profile: smoke_detector}
          group_by: zone
          at_least: {devices: 2, when: smoke, within: 10s}
          severity: critical
          title: {en: Fire}
    devices:
      s1: {profile: smoke_detector, location: hall}
      s2: {profile: smoke_detector, location: hall}
      s3: {profile: smoke_detector, location: attic}
    series:
      s1.smoke: false x5, true x10
      s2.smoke: SECOND
      s3.smoke: false x5, true x10
    expect:
      - {at: 6s, alarms: []}
      - {at: 8s, alarms: [confirmed/zone:east unacknowledged], events: [confirmed/zone:east raised]}
"""


def test_a_rule_over_a_group_is_tested_by_the_subject_of_topics(tmp_path: Path) -> None:
    assert said(tmp_path, TEST.replace("SECOND", "false x8, true x7")) == []


def test_a_group_is_explained(tmp_path: Path) -> None:
    (problem, *_) = said(tmp_path, TEST.replace("SECOND", "false x15"))

    assert "at 8s, alarms: confirmed/zone:east unacknowledged is missing" in problem
    assert "confirmed on zone:east\n" in problem
    assert "Its condition does not hold" in problem
    assert "1 of 2 members count: s1." in problem


def test_a_group_that_nobody_has_heard_decides_nothing(tmp_path: Path) -> None:
    test = TEST.replace("smoke: false x5, true x10", "battery: 90 x15").replace("smoke: SECOND", "battery: 90 x15")
    test = test[: test.index("      - {at: 8s")]

    (problem,) = said(tmp_path, test)

    assert "nothing of confirmed is expected, but its condition has been neither true nor false" in problem


def test_a_group_that_the_test_has_not_is_told(tmp_path: Path) -> None:
    test = TEST.replace("SECOND", "true x15")

    (problem, *_) = said(tmp_path, test.replace("confirmed/zone:east unack", "confirmed/s1 unack"))
    assert "the rule confirmed has no group 's1' in this test; known groups: zone:east, zone:west" in problem
    (problem, *_) = said(tmp_path, test.replace("confirmed/zone:east unack", "confirmed/zone:easd unack"))
    assert "did you mean 'zone:east'?" in problem
