"""What pages say of tickets, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.kernel.texts import Text
from gateway.core.work.holds import HoldReason
from gateway.core.work.lifecycle import TicketState, TicketStep

STATES: Mapping[TicketState, Text] = {
    TicketState.NEW: Text(en="Nobody has it yet", zh="待派单"),
    TicketState.ASSIGNED: Text(en="{person} is asked to do it", zh="已派给 {person}，待接单"),
    TicketState.ACCEPTED: Text(en="{person} has it", zh="{person} 已接单"),
    TicketState.ON_SITE: Text(en="{person} is on site", zh="{person} 已到场"),
    TicketState.ON_HOLD: Text(en="On hold", zh="已挂起"),
    TicketState.RESOLVED: Text(en="The work is done, and waits to be confirmed", zh="已处理，待确认"),
    TicketState.CONFIRMED: Text(en="Confirmed", zh="已确认完成"),
    TicketState.CLOSED: Text(en="Closed", zh="已关闭"),
    TicketState.CANCELLED: Text(en="Closed without work", zh="已取消"),
    TicketState.MERGED: Text(en="Dealt with under another ticket", zh="已并入其他工单"),
}
"""For colleagues."""
TICKET = Text(en="Ticket {number}, {priority}", zh="工单 {number}，{priority}")
DUE = Text(en="Due at {time}", zh="时限：{time}")
GUIDANCE = Text(en="What to do: {guidance}", zh="处置：{guidance}")
NOBODY = Text(en="somebody", zh="（未知）")

OVER = Text(en="The ticket is closed: nothing is left to do.", zh="工单已结束，无需操作。")
WORK_DONE = Text(en="The work is done already.", zh="工作已完成。")
WAITS = Text(en="The ticket is on hold. Ask the control room.", zh="工单已挂起，请联系值班室。")
HAVE_IT = Text(
    en="You have accepted it already. If you cannot do it, ask the control room to hand it over.",
    zh="您已接单；如无法处理，请联系值班室转交。",
)
OTHER_ASKED = Text(en="Somebody else is asked to do it by now.", zh="已改派他人。")
NOT_ASKED = Text(en="You are not asked to do it any more.", zh="该工单已不再派给您。")
WORK_GOES_ON = Text(en="The work goes on. You are told when it is done.", zh="仍在处理中，完成后会通知您。")
NOT_DONE_YET = Text(en="The work is not done yet.", zh="尚未处理完成。")
NOT_ESCALATED = Text(en="Nobody is being told of it any more.", zh="该工单已不再催办。")

WAITS_FOR: Mapping[str, Text] = {
    HoldReason.PARTS.value: Text(en="The work waits for parts.", zh="等待配件。"),
    HoldReason.ACCESS.value: Text(en="The work waits until we can get in.", zh="等待进入现场。"),
    HoldReason.CONTRACTOR.value: Text(en="The work waits for a contractor.", zh="等待外部单位。"),
    HoldReason.REPORTER.value: Text(en="The work waits for you.", zh="等待您的配合。"),
    HoldReason.WEATHER.value: Text(en="The work waits for better weather.", zh="等待天气好转。"),
    HoldReason.OTHER.value: Text(en="The work waits for something.", zh="处理暂停。"),
}
"""For who has reported it."""
PUBLIC_STEPS: Mapping[str, Text] = {
    TicketStep.OPEN.value: Text(en="We have your report.", zh="已收到您的报告。"),
    TicketStep.ACCEPT.value: Text(en="{person} takes care of it.", zh="{person} 负责处理。"),
    TicketStep.ARRIVE.value: Text(en="{person} is there.", zh="{person} 已到场。"),
    TicketStep.RESUME.value: Text(en="The work goes on.", zh="继续处理。"),
    TicketStep.RESOLVE.value: Text(en="The work is done.", zh="已处理完成。"),
    TicketStep.CONFIRM.value: Text(en="Confirmed: the problem is solved.", zh="已确认解决。"),
    TicketStep.REOPEN.value: Text(en="The problem is not solved: the work goes on.", zh="问题未解决，继续处理。"),
    TicketStep.CLOSE.value: Text(en="The report was closed.", zh="已结束。"),
    TicketStep.CANCEL.value: Text(en="The report was closed without work.", zh="已取消，未作处理。"),
    TicketStep.MERGE.value: Text(en="It is dealt with together with another report.", zh="与其他报告合并处理。"),
}
"""For who has reported it: no note of a colleague is in them."""
SAID = Text(en="{person}: {note}", zh="{person}：{note}")
PHOTO = Text(en="A photo was added.", zh="已添加一张照片。")
