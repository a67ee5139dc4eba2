"""Which answers an item accepts, and which of them fail."""

from __future__ import annotations

import math

import pytest

from gateway.core.checklists.compiling import items_of
from gateway.core.checklists.items import Form, Item
from gateway.core.kernel.values import Value
from gateway.errors import InvalidAction
from tests.unit.core.checklists.clipboard import PHOTO, checklist
from tests.unit.core.sites import PUMP


def item_of(**fields: object) -> Item:
    (item,) = items_of(checklist({"id": "a", "text": {"en": "It"}, **fields}), PUMP, "en")
    return item


PASS_FAIL = item_of(kind="pass_fail")
NUMBER = item_of(kind="number", unit="mm/s", min=1, max=4.5)
FREE = item_of(kind="number")
CHOICE = item_of(kind="choice", choices=["dry", "wet"], fails=["wet"])
PICTURE = item_of(kind="photo")
SIGNATURE = item_of(kind="signature")
RUNNING = item_of(kind="reading", metric="running", fails=[False])
MODE = item_of(kind="reading", metric="mode", fails=["hand"])


@pytest.mark.parametrize(
    ("item", "value", "stored", "failed"),
    [
        (PASS_FAIL, "pass", "pass", False),
        (PASS_FAIL, "fail", "fail", True),
        (NUMBER, 1, 1.0, False),
        (NUMBER, 4.5, 4.5, False),
        (NUMBER, 4.500001, 4.500001, True),
        (NUMBER, 0.999, 0.999, True),
        (NUMBER, -3, -3.0, True),
        (FREE, -1e9, -1e9, False),
        (CHOICE, "dry", "dry", False),
        (CHOICE, "wet", "wet", True),
        (SIGNATURE, " Wang Fang ", "Wang Fang", False),
        (RUNNING, True, True, False),
        (RUNNING, False, False, True),
        (MODE, "automatic", "automatic", False),
        (MODE, "hand", "hand", True),
        (RUNNING, None, None, False),
    ],
)
def test_it_accepts_what_its_kind_says_and_judges_it(
    item: Item, value: Value | None, stored: Value | None, failed: bool
) -> None:
    accepted = item.accept(value, None)
    assert (accepted, type(accepted)) == (stored, type(stored))
    assert item.is_failed(accepted) is failed


@pytest.mark.parametrize(
    ("item", "value", "photo", "sentence"),
    [
        (PASS_FAIL, "yes", None, "a: 'yes' does not answer it: write pass or fail"),
        (PASS_FAIL, True, None, "a: true does not answer it: write pass or fail"),
        (PASS_FAIL, None, None, "a: it has no value: write pass or fail"),
        (NUMBER, "3", None, "a: '3' is no number: write a number in mm/s, such as 12.5"),
        (NUMBER, True, None, "a: true is no number: write a number in mm/s, such as 12.5"),
        (NUMBER, math.nan, None, "a: nan is no number that anything shows: write a number in mm/s, such as 12.5"),
        (NUMBER, math.inf, None, "a: inf is no number that anything shows: write a number in mm/s, such as 12.5"),
        (FREE, 10**300, None, "a: 1"),
        (CHOICE, "damp", None, "a: 'damp' does not answer it: write dry or wet"),
        (PICTURE, None, None, "a: a photo answers it, and no value"),
        (PICTURE, "x", PHOTO, "a: a photo answers it, and no value"),
        (PICTURE, None, "../../etc", "a: '../../etc' is no photo: give the SHA-256 under which it is stored, in hex"),
        (PASS_FAIL, "pass", PHOTO.upper(), "is no photo"),
        (SIGNATURE, None, None, "a: nobody has signed it: write the name of the person who signs"),
        (SIGNATURE, " .", None, "a: nobody has signed it"),
        (SIGNATURE, "A" * 65, None, "a: nobody has signed it"),
        (SIGNATURE, "A\nB", None, "a: nobody has signed it"),
        (RUNNING, "true", None, "a: 'true' does not answer it: write true or false"),
        (MODE, "off", None, "a: 'off' does not answer it: write hand or automatic"),
    ],
)
def test_what_it_does_not_accept_is_refused_with_what_to_write(
    item: Item, value: Value | None, photo: str | None, sentence: str
) -> None:
    with pytest.raises(InvalidAction) as caught:
        item.accept(value, photo)
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_photo_may_go_with_any_answer() -> None:
    assert PASS_FAIL.accept("fail", PHOTO) == "fail"
    assert PICTURE.accept(None, PHOTO) is None


@pytest.mark.parametrize(
    ("item", "value", "words"),
    [(NUMBER, 4.25, "4.25 mm/s"), (RUNNING, True, "true"), (CHOICE, "wet", "wet"), (PICTURE, None, "")],
)
def test_people_read_a_value_with_its_unit(item: Item, value: Value | None, words: str) -> None:
    assert item.words(value) == words


def test_a_choice_is_read_by_its_text() -> None:
    item = item_of(kind="choice", choices=["dry", {"id": "wet", "text": {"en": "It leaks"}}])
    assert (item.words("wet"), item.accept("wet", None)) == ("It leaks", "wet")


def test_a_reading_whose_metric_the_site_does_not_know_is_entered_by_hand() -> None:
    limited, free = items_of(
        checklist(
            {"id": "a", "text": {"en": "It"}, "kind": "reading", "metric": "level", "max": 3},
            {"id": "b", "text": {"en": "It"}, "kind": "reading", "metric": "level"},
        ),
        None,
        "en",
    )
    assert (limited.form, free.form) == (Form.NUMBER, Form.TEXT)
    assert limited.is_failed(limited.accept(4, None))
    assert free.accept(" half full ", None) == "half full"
    with pytest.raises(InvalidAction, match="write a text in one line"):
        free.accept("a\nb", None)


@pytest.mark.parametrize(
    ("fields", "form", "good", "bad"),
    [
        ({"metric": "pressure", "unit": "kPa", "min": 200}, Form.NUMBER, 200, 199),
        ({"metric": "mode", "max": 3}, Form.NUMBER, 3, 4),
        ({"metric": "running", "fails": ["stopped"]}, Form.TEXT, "running", "Stopped"),
        ({"metric": "mode", "fails": ["manual"]}, Form.TEXT, "hand", "manual"),
        ({"metric": "mode", "fails": [False]}, Form.TRUTH, True, False),
        ({"metric": "pressure", "fails": ["low"]}, Form.TEXT, "0.4", " LOW "),
        ({"metric": "level", "fails": [True]}, Form.TRUTH, False, True),
    ],
)
def test_a_reading_that_was_written_for_another_metric_is_entered_by_hand_and_judged_as_it_was_written(
    fields: dict[str, object], form: Form, good: Value, bad: Value
) -> None:
    item = item_of(kind="reading", **fields)
    assert (item.form, item.metric, item.unit) == (form, None, fields.get("unit", ""))
    assert not item.is_failed(item.accept(good, None))
    assert item.is_failed(item.accept(bad, None))
    with pytest.raises(InvalidAction, match="a: it has no value: write"):
        item.accept(None, None)


def test_a_reading_without_limits_is_in_the_unit_of_the_metric_and_without_a_metric_in_its_own() -> None:
    fields = {"id": "a", "text": {"en": "It"}, "kind": "reading", "metric": "pressure", "unit": "bar"}
    known, by_hand = (items_of(checklist(fields), profile, "en")[0] for profile in (PUMP, None))
    assert (known.unit, known.metric) == ("MPa", "pressure")
    assert (by_hand.unit, by_hand.metric, by_hand.form) == ("bar", None, Form.NUMBER)


def test_a_text_that_may_fail_says_which_words_do() -> None:
    item = item_of(kind="reading", metric="level", fails=["low", "empty"])
    assert item.wanted == "write a text in one line, of at most 500 characters; not good: low, empty"


@pytest.mark.parametrize(
    ("limits", "words"),
    [({}, ""), ({"min": 1}, "≥ 1 MΩ"), ({"max": 4.5}, "≤ 4.5 MΩ"), ({"min": 1, "max": 4.5}, "1 … 4.5 MΩ")],
)
def test_people_read_which_numbers_are_good(limits: dict[str, float], words: str) -> None:
    assert item_of(kind="number", unit="MΩ", **limits).limits == words


def test_pass_and_fail_are_read_in_the_language_of_the_site() -> None:
    fields = {"id": "a", "text": {"en": "It", "zh": "它"}, "kind": "pass_fail"}
    (item,) = items_of(checklist(fields), PUMP, "zh")
    assert (item.words("pass"), item.words("fail"), item.accept("fail", None)) == ("合格", "不合格", "fail")
    assert item.wanted == "write pass or fail"
