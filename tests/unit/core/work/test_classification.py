"""Reports as people write them, and what they are taken for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.core.kernel.urgency import Priority
from gateway.core.work.classification import Classifier, ComplaintKind, ReportCategorySpec
from gateway.core.work.report_words import REPORT_WORDS, classifier_of

SHIPPED = classifier_of()

EMERGENCIES = [
    # People.
    ("elevator", "Two people are trapped in lift 2, please hurry"),
    ("elevator", "We are stuck in the elevator between floor 3 and 4"),
    ("elevator", "The lift stopped and I can’t get out!!"),
    ("elevator", "The doors of the lift do not open, there is somebody inside"),
    ("elevator", "3号楼电梯困人了，快来人"),
    ("elevator", "电梯停在五楼，我们被困了半个小时"),
    ("elevator", "有个老人关在电梯里出不来"),
    ("elevator", "电梯突然下坠，吓死了"),
    ("elevator", "lift not moving, 3 people in it"),
    ("elevator", "电梯门夹人了"),
    ("elevator", "电梯不动了，我在里面"),
    ("elevator", "孩子的手夹在门里"),
    ("elevator", "The elevator stopped between floors with my mother"),
    ("elevator", "Elevator doors closed on my arm"),
    ("safety", "救命啊"),
    ("safety", "大堂的天花板掉下来了"),
    ("safety", "外墙砖脱落，差点砸到车"),
    ("safety", "The ceiling is falling down in the lobby"),
    ("safety", "楼顶有人要跳楼"),
    ("safety", "老人在门口摔倒了"),
    ("safety", "An old man has collapsed in the lobby"),
    ("safety", "大堂有人晕倒了"),
    ("safety", "外墙瓷砖要掉下来了，下面有小孩"),
    ("security", "两个人在车库打架"),
    ("security", "Somebody is breaking in at the back door"),
    # Fire and smoke.
    ("fire", "FIRE on the third floor"),
    ("fire", "There is smoke coming out of the garbage chute"),
    ("fire", "The bin behind building 2 is burning"),
    ("fire", "Strong smell of burning near the meter cupboard"),
    ("fire", "The smoke detector is on fire"),
    ("fire", "地下车库有电动车着火"),
    ("fire", "配电箱冒烟了"),
    ("fire", "楼道里有一股焦糊味"),
    ("fire", "五楼起火，浓烟很大"),
    ("fire", "The fire alarm is ringing in building 4"),
    ("fire", "烟雾报警器一直响"),
    ("fire", "The electric box is smoking"),
    # Gas.
    ("gas", "I smell gas in the stairwell"),
    ("gas", "gas leak in the kitchen of the canteen"),
    ("gas", "厨房漏气，味道很大"),
    ("gas", "楼道里闻到煤气味"),
    ("gas", "怀疑燃气泄漏"),
    ("gas", "厨房燃气泄露"),
    ("gas", "有瓦斯味"),
    # Water.
    ("water", "A pipe has burst in the basement"),
    ("water", "The garage is flooded"),
    ("water", "Water is pouring from the ceiling of the lobby"),
    ("water", "地下室跑水了，水已经到脚脖子"),
    ("water", "泵房爆管"),
    ("water", "楼上爆水管了"),
    ("water", "车库被淹了"),
    ("water", "消防栓爆裂，一直在喷水"),
    # Electricity.
    ("power", "I got a shock from the lamp post"),
    ("power", "There are exposed wires next to the playground"),
    ("power", "洗手池漏电，我被电了一下"),
    ("power", "插座打火花"),
]

FAULTS = [
    ("elevator", "Lift 2 is out of order again"),
    ("elevator", "The elevator makes a strange noise"),
    ("elevator", "2号电梯坏了"),
    ("elevator", "电梯有异响，门关不上"),
    ("water", "The tap in the kitchen is dripping"),
    ("water", "Water leaks from the ceiling"),
    ("water", "no water on floor 12"),
    ("water", "卫生间天花板漏水"),
    ("water", "厕所堵了"),
    ("water", "家里没水"),
    ("power", "The light in the corridor does not work"),
    ("power", "No power in 302"),
    ("power", "楼道灯不亮"),
    ("power", "家里跳闸了"),
    ("climate", "The air conditioner is broken"),
    ("climate", "空调不制冷"),
    ("access", "The gate is stuck"),
    ("access", "单元门打不开，刷卡没反应"),
    ("fire", "The fire door on floor 2 is broken"),
    ("fire", "Fire extinguisher damaged"),
    ("fire", "消防门坏了，关不上"),
    ("fire", "火灾报警器坏了"),
    ("fire", "A van blocked the fire lane"),
    ("gas", "家里没气了"),
    ("pump", "The pump in the pump room is faulty"),
]

OTHERS = [
    ("cleaning", "The lift is dirty"),
    ("cleaning", "楼道里有烟味"),
    ("other", "小区新开了大火锅店"),
    ("cleaning", "Rubbish behind building 3"),
    ("cleaning", "People are smoking in the stairwell"),
    ("cleaning", "楼道里很脏，没人打扫"),
    ("cleaning", "有人在电梯里抽烟"),
    ("fire", "The fire extinguisher must be checked"),
    ("fire", "灭火器过期了"),
    ("fire", "消防通道被占用"),
    ("fire", "When is the next fire drill?"),
    ("gas", "Question about the gas bill"),
    ("access", "I lost my access card"),
    ("access", "申请一个车位"),
    ("garden", "A tree needs to be cut"),
    ("structure", "墙上有裂缝"),
    ("power", "The floodlights at the tennis court, please switch them on earlier; the light is nice"),
    ("other", "Hello"),
    ("other", "你好"),
    ("other", ""),
]


@pytest.mark.parametrize(("category", "text"), EMERGENCIES)
def test_an_emergency_is_a_p1(category: str, text: str) -> None:
    found = SHIPPED.classify(text)
    assert (found.category, found.priority) == (category, Priority.P1), found.words
    assert found.is_emergency
    assert found.words


@pytest.mark.parametrize(("category", "text"), FAULTS)
def test_a_fault_is_a_p2(category: str, text: str) -> None:
    found = SHIPPED.classify(text)
    assert (found.category, found.priority) == (category, Priority.P2), found.words


@pytest.mark.parametrize(("category", "text"), OTHERS)
def test_all_else_waits_for_its_turn(category: str, text: str) -> None:
    found = SHIPPED.classify(text)
    assert (found.category, found.priority) == (category, Priority.P3), found.words
    assert (found.words == ()) == (category == "other")


@pytest.mark.parametrize(
    "text",
    [
        "The lift is stuck on floor 3, nobody is trapped",
        "There was a bang in the meter cupboard, no fire and no smoke",
        "电梯停在三楼，没有困人",
        "电梯故障，无人被困",
        "配电箱有响声，没有冒烟",
        "我们被困扰很久了，电梯总是坏的",
        "自行车漏气了，请问哪里有打气筒，打气筒坏了",
        "The fire alarm panel is not working",
        "The smoke detector beeps and is broken",
        "烟感坏了，一直叫",
        "地面很滑，老人容易摔倒",
        "The firewall of the office network is broken",
    ],
)
def test_what_only_sounds_like_an_emergency_is_none(text: str) -> None:
    assert SHIPPED.classify(text).priority is not Priority.P1, SHIPPED.classify(text).words


@pytest.mark.parametrize(
    ("kind", "category", "text"),
    [
        (ComplaintKind.GENERAL, "noise", "The neighbours have loud music every night"),
        (ComplaintKind.GENERAL, "noise", "楼上装修太吵了"),
        (ComplaintKind.GENERAL, "service", "The guard at the gate was rude to me"),
        (ComplaintKind.GENERAL, "service", "保安态度很不好"),
        (ComplaintKind.GENERAL, "other", "I want to complain"),
        (ComplaintKind.GENERAL, "cleaning", "我要投诉，垃圾三天没收了"),
        (ComplaintKind.COMPLEX, "water", "Water damaged my flat and I want compensation"),
        (ComplaintKind.COMPLEX, "water", "楼上漏水泡坏了地板，要求赔偿"),
        (ComplaintKind.COMPLEX, "elevator", "电梯的问题反映多次，一直没人管"),
        (ComplaintKind.URGENT, "noise", "Drilling at midnight, please stop it immediately"),
        (ComplaintKind.URGENT, "noise", "半夜装修扰民，请马上处理"),
        (ComplaintKind.URGENT, "fire", "我要投诉，楼道堆的杂物着火了"),
    ],
)
def test_a_complaint_is_known_with_its_kind(kind: ComplaintKind, category: str, text: str) -> None:
    found = SHIPPED.classify(text)
    assert (found.complaint, found.category) == (kind, category), found.words
    assert found.is_complaint


@pytest.mark.parametrize("text", ["The lamp is broken", "电梯困人", "Hello"])
def test_a_report_is_no_complaint_by_itself(text: str) -> None:
    assert not SHIPPED.classify(text).is_complaint


def test_haste_makes_a_fault_of_what_would_wait() -> None:
    assert SHIPPED.classify("I lost my key").priority is Priority.P3
    assert SHIPPED.classify("URGENT: I lost my key").priority is Priority.P2


def test_the_words_that_decided_are_told_in_their_order() -> None:
    assert SHIPPED.classify("The lift is broken, and I want to complain").words == ("lift", "broken", "complain")
    assert SHIPPED.classify("电梯困人，请马上处理").words == ("困人",)


def test_case_width_and_spaces_do_not_matter() -> None:
    for text in ("FIRE", "\uff46\uff49\uff52\uff45", "burst\n  pipe", "There is a fire.", "有fire了"):
        assert SHIPPED.classify(text).is_emergency, text


@pytest.mark.parametrize("text", ["campfires", "misfire", "firefly", "blight", "keyboard"])
def test_a_word_within_another_is_none(text: str) -> None:
    assert SHIPPED.classify(text).words == ()


def test_each_shipped_word_is_found_by_itself() -> None:
    """No word stands in the shadow of another that means something else."""
    for row in REPORT_WORDS:
        for word in (*row.words.en, *row.words.zh):
            found = SHIPPED.classify(word.replace("*", ""))
            assert found.words, word
            assert row.category is None or found.category == row.category, word
            assert found.priority <= (row.priority or Priority.P3), word


def own(**fields: object) -> ReportCategorySpec:
    return ReportCategorySpec.model_validate(fields)


def test_a_site_adds_words_and_gives_shipped_ones_a_meaning_of_its_own() -> None:
    pool = own(category="pool", priority="P1", words={"en": ["pool pump*"], "zh": ["泳池"]})
    light = own(category="signs", words={"en": ["light"]})
    classifier = classifier_of((pool, light))
    assert classifier.classify("The pool pumps hum").category == "pool"
    assert classifier.classify("泳池的水很绿").is_emergency
    assert classifier.classify("The light").category == "signs"
    assert classifier.classify("A fire").category == "fire"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"category": "pool", "words": {}}, "write at least one word"),
        ({"category": "pool", "words": {"en": [""]}}, "is no word to look for"),
        ({"category": "pool", "words": {"en": ["*"]}}, "is no word to look for"),
        ({"category": "pool", "words": {"en": ["a*b"]}}, "one \\* at the end"),
        ({"category": "pool", "words": {"en": ["!?"]}}, "it has no letter"),
        ({"category": "pool", "words": {"en": ["x" * 65]}}, "at most 64"),
        ({"words": {"en": ["pool"]}}, "say what the words mean: category, priority or complaint"),
        ({"category": "Pool", "words": {"en": ["pool"]}}, "is not a name"),
        ({"category": "pool", "words": {"de": ["Becken"]}}, "Extra inputs"),
    ],
)
def test_a_row_that_means_nothing_is_an_error(fields: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        own(**fields)


def test_a_table_without_words_finds_nothing() -> None:
    assert Classifier([]).classify("FIRE").category == "other"


@given(st.text(max_size=300))
def test_any_text_is_classified_and_the_words_stand_in_it(text: str) -> None:
    found = SHIPPED.classify(text)
    assert found.priority in Priority
    assert len(found.words) <= 3
