"""The words by which reports are classified unless a site adds others: what people in buildings write.

What is above decides before what is below, where both are equally urgent. Emergencies are P1, faults P2, all else P3.
"""

from __future__ import annotations

from functools import cache

from gateway.core.kernel.urgency import Priority
from gateway.core.work.classification import Classifier, ComplaintKind, ReportCategorySpec, meaning, words_of
from gateway.core.work.emergency_words import EMERGENCIES, HARMLESS

REPORT_WORDS: tuple[ReportCategorySpec, ...] = (
    *EMERGENCIES,
    # What is no emergency, though a word in it would be one.
    meaning(
        "fire",
        None,
        en="fire door*, fire alarm*, fire extinguisher*, fire hydrant*, fire hose*, fire exit*, fire escape*, "
        "fire passage*, fire lane*, fire panel*, fire pump*, fire cabinet*, fire box*, fire sprinkler*, "
        "fire blanket*, "
        "fire system*, fire safety, fire equipment, fire shutter*, fire stair*, fire curtain*, fire inspection*, "
        "fire engine*, fire truck*, fire call point*, fire bell*, fire drill*, smoke detector*, smoke alarm*, "
        "smoke sensor*, smoke vent*, smoke hatch*, sprinkler*, emergency exit*, evacuation sign*",
        zh="火灾报警，火灾探测，防火，灭火器，消防栓，消火栓，消防门，消防通道，消防车道，消防水带，消防箱，"
        "消防，喷淋，烟感，"
        "烟雾报警，烟雾探测，安全出口，疏散指示",
    ),
    meaning(
        "water",
        Priority.P2,
        en="leak*, drip*, no water, water pressure, dirty water, brown water, overflow*, sewage, "
        "wet ceiling, damp wall*, water stain*",
        zh="漏水，渗水，滴水，没水，停水，水压，水很小，水浑，黄水，没有水，下水道，反水，返水，溢水，溢出，"
        "污水，积水，"
        "受潮，发霉",
    ),
    meaning(
        "power",
        Priority.P2,
        en="no power, no electricity, power cut, power outage, blackout, tripped, breaker*, socket*, flicker*",
        zh="停电，没电，断电，跳闸，空开，插座，闪烁，一闪一闪",
    ),
    meaning(
        "climate",
        Priority.P2,
        en="no heating, too hot, too cold, freezing, no cooling",
        zh="不制冷，不制热，不凉，不热，太冷，太热，暖气不",
    ),
    meaning(
        "access",
        Priority.P2,
        en="locked out, cannot get in, can't get in",
        zh="进不去，进不来，刷卡没反应，刷不了",
    ),
    # How something fails, whatever it is.
    meaning(
        None,
        Priority.P2,
        en="broken, not working, does not work, doesn't work, won't work, stopped working, out of order, faulty, "
        "defective, damaged, stuck, stopped, strange noise*, strange sound*, grinding, squeak*, shaking, "
        "will not move, "
        "not moving, blocked, clogged, "
        "does not open, won't open, does not close, won't close",
        zh="坏了，坏的，损坏，故障，失灵，不工作，不能用，用不了，不动，停运，停了，停在，卡住，异响，异常，"
        "有响声，抖动，晃动，没反应，"
        "不亮，打不开，开不了，关不上，断了，破了，裂了，堵了，堵塞，堵住",
    ),
    # Complaints.
    meaning(
        None,
        None,
        en="complain*, unacceptable, dissatisfied, not satisfied",
        zh="投诉，不满，太差，无法接受，忍无可忍",
        complaint=ComplaintKind.GENERAL,
    ),
    meaning(
        None,
        None,
        en="compensat*, refund*, lawyer*, legal action, court, owners' committee, again and again, "
        "for the third time, "
        "for weeks, for months",
        zh="赔偿，索赔，退费，退款，律师，法院，起诉，业委会，多次投诉，投诉多次，投诉了多次，多次反映，"
        "反映多次，一直没人管，几个月了",
        complaint=ComplaintKind.COMPLEX,
    ),
    meaning(
        "service",
        None,
        en="rude, impolite, unfriendly, attitude, ignored me, nobody answers, no one answers",
        zh="态度，没礼貌，骂人，推诿，没人接，不理人",
        complaint=ComplaintKind.GENERAL,
    ),
    meaning(
        "noise",
        None,
        en="noise, noisy, too loud, loud music, drilling, barking",
        zh="噪音，噪声，太吵，很吵，吵死，扰民，装修声，电钻，狗叫，广场舞",
        complaint=ComplaintKind.GENERAL,
    ),
    # What it is about.
    meaning(
        "cleaning",
        None,
        en="dirty, rubbish, garbage, trash, litter, smelly, stinks, bad smell, vomit, spilled, cleaning, cigarette*, "
        "smoking, cockroach*, rats, mice, mosquito*",
        zh="垃圾，很脏，太脏，脏了，肮脏，不干净，打扫，保洁，清洁，烟味，有烟味，臭味，异味，很臭，呕吐物，"
        "烟头，抽烟，吸烟，蟑螂，老鼠，蚊子",
    ),
    meaning(
        "elevator",
        None,
        en="lift, lifts, elevator*, escalator*",
        zh="电梯，扶梯，轿厢，升降机",
    ),
    meaning("pump", None, en="pump, pumps, pump room, water tank*", zh="水泵，泵房，水箱"),
    meaning(
        "power",
        None,
        en="light, lights, lamp*, lighting, bulb*, electricity, cable*, charger*, charging",
        zh="灯，路灯，照明，电灯，灯泡，电线，电表，充电",
    ),
    meaning(
        "climate",
        None,
        en="air conditioning, air conditioner*, aircon, heating, radiator*, ventilation, fan",
        zh="空调，暖气，地暖，通风，排风，新风，风机",
    ),
    meaning(
        "water",
        None,
        en="water, tap, faucet*, toilet*, sink*, pipe*, shower*, drain*",
        zh="水龙头，马桶，厕所，洗手池，水管，管道，地漏，花洒",
    ),
    meaning("gas", Priority.P2, en="no gas", zh="没气，停气，没有燃气"),
    meaning(
        "gas", None, en="gas meter*, gas valve*, gas bill*, gas pipe*", zh="燃气表，煤气表，燃气阀，煤气费，燃气费"
    ),
    meaning(
        "access",
        None,
        en="door, doors, gate*, barrier*, access card*, key, keys, intercom*, lock, locks, parking",
        zh="门，门禁，道闸，门卡，钥匙，对讲，门锁，停车，车位，车库",
    ),
    meaning(
        "structure",
        None,
        en="wall, walls, ceiling*, floor tile*, tiles, window*, roof, stairs, handrail*, paint, crack*",
        zh="墙，天花板，吊顶，地砖，瓷砖，窗户，玻璃，屋顶，楼梯，扶手，裂缝，脱落",
    ),
    meaning(
        "garden", None, en="tree*, grass, plants, branch*, playground*", zh="绿化，树枝，树木，草坪，花坛，儿童乐园"
    ),
)

HURRY = words_of(
    "urgent, urgently, immediately, right now, at once, emergency, as soon as possible, asap",
    "紧急，马上，立刻，立即，十万火急，赶紧，加急",
)
"""Words that ask for haste."""


@cache
def classifier_of(own: tuple[ReportCategorySpec, ...] = ()) -> Classifier:
    """The shipped words, and above them those of a site: its meaning of a word replaces the shipped one."""
    return Classifier([*own, *REPORT_WORDS], hurry=HURRY, harmless=HARMLESS)
