"""The words of emergencies: people trapped or hurt, fire and smoke, gas, water that runs, electricity one can touch."""

from __future__ import annotations

from gateway.core.kernel.urgency import Priority
from gateway.core.work.classification import ReportCategorySpec, meaning, words_of

EMERGENCIES: tuple[ReportCategorySpec, ...] = (
    meaning(
        "elevator",
        Priority.P1,
        en="trapped, entrapped, entrapment, stuck in the lift, stuck in the elevator, stuck in lift, "
        "stuck in elevator, stuck in a lift, stuck in an elevator, stuck inside, "
        "locked in the lift, locked in the elevator, people inside, people in the lift, people in the elevator, "
        "someone inside, somebody inside, someone in the lift, somebody in the lift, cannot get out, can't get out, "
        "can not get out, cannot leave the lift, can't leave the lift, people in it, "
        "stopped between floors, stuck between floors, stopped between two floors, doors closed on, door closed on, "
        "lift is falling, lift dropped, lift fell, elevator fell, elevator dropped, elevator is falling",
        zh="困人，被困，困在，困住，关在电梯，关在里面，卡在电梯，卡在里面，电梯卡人，出不来，出不去，电梯坠，"
        "电梯突然下坠，急坠，夹人，夹到，夹住，手夹在，脚夹在，人夹在，孩子夹在，我在里面，我们在里面，我在电梯里，我们在电梯里",
    ),
    meaning(
        "fire",
        Priority.P1,
        en="fire alarm is ringing, fire alarm ringing, fire alarm is going off, fire alarm going off, "
        "fire alarm went off, "
        "fire alarm is sounding, smoke alarm is going off, smoke alarm going off, smoke detector is going off, "
        "smoking from, box is smoking, socket is smoking, panel is smoking, motor is smoking, pump is smoking, "
        "fire, flame*, burning, burnt smell, smell of burning, smoke, smouldering, smoldering, explosion, exploded",
        zh="火警，火灾报警器响，火灾报警器一直响，烟雾报警器响，烟雾报警器一直响，烟感响，烟感一直响，烟感报警，"
        "着火，起火，失火，火灾，着了火，冒火，大火，火苗，明火，烧起来，冒烟，浓烟，有烟，烧焦，焦味，焦糊，"
        "糊味，爆炸",
    ),
    meaning(
        "gas",
        Priority.P1,
        en="gas leak*, leaking gas, smell gas, smells of gas, smell of gas, smells like gas, gas smell, gas odour, "
        "gas odor, carbon monoxide",
        zh="漏气，漏煤气，漏燃气，煤气味，煤气的味，燃气味，燃气的味，天然气味，天然气的味，煤气泄漏，燃气泄漏，"
        "天然气泄漏，煤气泄露，燃气泄露，天然气泄露，瓦斯，"
        "闻到煤气，闻到燃气，闻到天然气，一氧化碳，煤气中毒",
    ),
    meaning(
        "power",
        Priority.P1,
        en="electric shock, electrocuted, got a shock, gives shocks, live wire*, exposed wire*, bare wire*, "
        "spark, sparks, "
        "sparking, arcing",
        zh="触电，漏电，电到人，被电了，打火花，冒火花，火花，电线裸露，裸露的电线，电线掉",
    ),
    meaning(
        "water",
        Priority.P1,
        en="burst pipe*, pipe burst, pipe has burst, pipes burst, burst water*, flood*, water is pouring, "
        "water pouring, pouring out, water is gushing, gushing, water is rising, under water",
        zh="跑水，爆管，爆水管，水管爆，管子爆，爆裂，水漫，淹水，被淹，淹了，水淹，倒灌，喷水，大量漏水，水哗哗，往外涌，水涌",
    ),
    meaning(
        "safety",
        Priority.P1,
        en="unconscious, collapsed, not breathing, bleeding, injured, badly hurt, heart attack, "
        "fell down the stairs, "
        "falling glass, falling tile*, about to fall, suicide, going to jump, jump off, ceiling has come down, "
        "ceiling fell, ceiling is falling, ceiling falling, tiles are falling, tiles falling",
        zh="晕倒，昏倒，摔倒，跌倒，跳楼，要跳，昏迷，没有呼吸，流血，受伤，摔伤，砸伤，夹伤，心脏病，高空坠物，"
        "坠落，掉下来砸，要掉下来，坍塌，塌了，天花板掉，吊顶掉，外墙脱落，外墙砖脱落，外墙瓷砖脱落，"
        "救命，救救我，救救他，救救她，快救人",
    ),
    meaning(
        "security",
        Priority.P1,
        en="break-in, breaking in, burglar*, robbery, robbed, knife, fighting, being attacked, assault*",
        zh="入室，撬门，撬锁，小偷，抢劫，持刀，打架，打人，行凶",
    ),
)

HARMLESS = words_of(
    "no fire, not on fire, no smoke, without smoke, no flames, nobody is trapped, no one is trapped, nobody trapped, "
    "no one trapped, not trapped, nobody inside, no one inside, nobody injured, no one injured, nobody was injured, "
    "no one was injured, not injured, nobody is injured, no one is injured, nobody was hurt, fireworks, fireplace*, "
    "floodlight*, flood light*, no gas leak*, no flood*, no sparks",
    "没有着火，没着火，未着火，没有起火，没起火，不是火灾，没有火灾，没有冒烟，没冒烟，不冒烟，没有烟，"
    "没有困人，没困人，未困人，无人被困，"
    "没有人被困，没人被困，被困扰，困扰，没有人受伤，没人受伤，无人受伤，没有受伤，没受伤，轮胎漏气，车胎漏气，"
    "自行车漏气，门窗漏气，"
    "窗户漏气，窗漏气，没有漏气，没漏气，没有漏电，没有跑水，没有被淹，大火锅，容易摔倒，差点摔倒，怕摔倒，"
    "会摔倒，以免摔倒，容易跌倒，差点跌倒，想要跳，专门，部门，上门，热门",
)
"""Words that mean nothing, though a part of them would."""
