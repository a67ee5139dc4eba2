"""What an alarm or a ticket is about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.kernel.subjects import Subject, SubjectKind


def test_a_device_is_named_by_its_id_alone_and_anything_else_by_kind_and_id() -> None:
    pump, cellar = Subject.of_device("pump-1"), Subject(SubjectKind.ZONE, "b1")
    assert (pump.device, pump.level, str(pump)) == ("pump-1", "pump-1", "device:pump-1")
    assert (cellar.device, cellar.level, str(cellar)) == (None, "zone:b1", "zone:b1")


@given(kind=st.sampled_from(SubjectKind), identifier=st.text(max_size=20))
def test_a_subject_is_the_same_after_it_was_text(kind: SubjectKind, identifier: str) -> None:
    subject = Subject(kind, identifier)
    assert Subject.parse(str(subject)) == subject
    assert hash(Subject.parse(str(subject))) == hash(subject)


def test_a_kind_that_is_not_known_is_rejected() -> None:
    with pytest.raises(ValueError, match="planet"):
        Subject.parse("planet:mars")
