"""The words of the demo's lines, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import set_cell_size

from gateway.core.kernel.texts import Language

LABEL_CELLS = 10
"""Of the word with which a line begins; a Chinese character takes two cells."""

_WORDS: Mapping[str, tuple[str, str]] = {
    "demo": (
        "[bold]facility-gateway demo[/bold] · {site}: {devices} simulated devices, {ends}",
        "[bold]facility-gateway 演示[/bold] · {site}：{devices} 台模拟设备，{ends}",
    ),
    "ends in": ("for {seconds:g} s", "持续 {seconds:g} 秒"),
    "ends never": ("until Ctrl-C", "按 Ctrl-C 结束"),
    "api at": ("  API      {url}/docs", "  API      {url}/docs"),
    "alarms at": ("  alarms   {url}/api/v1/alarms", "  报警     {url}/api/v1/alarms"),
    "mqtt at": ("  MQTT     {address}, topics site/# and gateway/#", "  MQTT     {address}，主题 site/# 和 gateway/#"),
    "state is": (
        "  state    {kept}; try: facility-gateway tickets{options}",
        "  状态     {kept}；可以试试：facility-gateway tickets{options}",
    ),
    "kept in": ("kept in {where}", "保存在 {where}"),
    "not kept": ("nothing is kept", "不保存"),
    "time runs": (
        "  time     runs {speed:g} times as fast as real time, from now on",
        "  时间     从现在起，以实际时间的 {speed:g} 倍运行",
    ),
    "port taken": (
        "Port {port} is taken, so the broker of the demo listens on {address}.",
        "端口 {port} 已被占用，演示的 MQTT 服务器改用 {address}。",
    ),
    "ALARM": ("ALARM", "报警"),
    "acknowledged": ("seen", "已确认"),
    "suppressed": ("suppressed", "抑制"),
    "returned": ("returned", "恢复"),
    "normal": ("normal", "正常"),
    "ticket": ("ticket", "工单"),
    "checklist": ("checklist", "检查表"),
    "complete": ("{title} · complete, signed by {by}", "{title} · 已完成，{by}签字"),
    "notice": ("notice", "通知"),
    "scan": ("scan", "巡更"),
    "critical": ("critical", "紧急"),
    "warning": ("warning", "警告"),
    "info": ("info", "提示"),
    "respond": ("respond", "响应"),
    "on_site": ("on site", "到场"),
    "resolve": ("resolve", "解决"),
    "parts": ("parts", "配件"),
    "access": ("access", "进入许可"),
    "contractor": ("a contractor", "外部单位"),
    "reporter": ("the reporter", "报修人"),
    "weather": ("the weather", "天气"),
    "other": ("another reason", "其他原因"),
    "engineering": ("engineering", "工程部"),
    "security": ("security", "安保部"),
    "tag": ("tag {uid} at {where}", "{where}：卡号 {uid}"),
    "by time": ("{clock} by {due}", "{clock}时限 {due}"),
    "delivered": ("{to} ({way}): {title}", "{to}（{way}）：{title}"),
    "failed": ("{to} ({way}) FAILED: {title}", "{to}（{way}）失败：{title}"),
    "progress": (
        "{received} messages received, {stored} readings stored",
        "已收到 {received} 条消息，存储 {stored} 个读数",
    ),
    "totals": (
        "[bold]{received}[/bold] messages, {stored} readings stored, {rejected} rejected, "
        "[bold]{alarms}[/bold] alarms, {tickets} tickets, {scans} scans.",
        "[bold]{received}[/bold] 条消息，存储 {stored} 个读数，拒收 {rejected}，"
        "[bold]{alarms}[/bold] 个报警，{tickets} 张工单，{scans} 次巡更。",
    ),
    "work": (
        "Tickets: {opened} opened, {resolved} resolved, {closed} of these closed; {notices} notices delivered.",
        "工单：开单 {opened}，解决 {resolved}，其中关闭 {closed}；通知送达 {notices} 条。",
    ),
    "clocks": (
        "Clocks: {met} met, [{colour}]{breached} breached[/{colour}], {running} not due yet.",
        "时限：达成 {met}，[{colour}]超时 {breached}[/{colour}]，未到期 {running}。",
    ),
    "answers": (
        "{name}: {accepted} of {asked} requests accepted{after}",
        "{name}：派单 {asked} 次，接单 {accepted} 次{after}",
    ),
    "after": (", after {seconds:.0f} s on average", "，平均用时 {seconds:.0f} 秒"),
    "kept": ("State is kept in {where}.", "状态保存在 {where}。"),
}


_STEPS: Mapping[str, tuple[str, str]] = {
    "open": ("{priority} for {team}", "{priority}，{team}"),
    "open by": ("reported by {by}, {priority} for {team}", "{by}报修，{priority}，{team}"),
    "assign": ("{to} is asked", "派给{to}"),
    "assign instead": ("{before} has not accepted: {to} is asked", "{before}未接单，改派{to}"),
    "assign by": ("{by} asks {to}", "{by}派给{to}"),
    "accept": ("accepted by {by}", "{by}接单"),
    "decline": ("nobody has accepted", "无人接单"),
    "decline by": ("declined by {by}: {note}", "{by}拒单：{note}"),
    "hand over": ("handed over to {to}", "转交{to}"),
    "hand over by": ("{by} hands over to {to}: {note}", "{by}转交{to}：{note}"),
    "nobody to ask": ("nobody is left to ask", "无人可派"),
    "arrive": ("{by} is on site", "{by}到场"),
    "hold": ("{by} waits for {reason}", "{by}挂起：等待{reason}"),
    "resume": ("{by} goes on", "{by}恢复处理"),
    "resolve by": ("resolved by {by}: {note}", "{by}完成：{note}"),
    "confirm": ("confirmed by {by}", "{by}确认"),
    "close": ("closed", "关闭"),
    "close by": ("closed by {by}", "{by}关闭"),
    "reopen": ("opened again", "重新打开"),
    "reopen by": ("opened again by {by}: {note}", "{by}重新打开：{note}"),
    "cancel": ("cancelled by {by}: {note}", "{by}取消：{note}"),
    "merge": ("merged by {by}", "{by}合并"),
    "clock warned": ("{clock} is due soon", "{clock}即将超时"),
    "clock breached": ("{clock} BREACHED", "{clock}超时"),
    "told": ("escalation level {level}: {people}", "升级第 {level} 级：{people}"),
    "acknowledge": ("{by} knows that it is overdue", "{by}已知悉超时"),
    "comment": ("{by}: {note}", "{by}：{note}"),
    "rating": ("rated {rating} of 5 by {by}", "{by}评价 {rating} 分（满分 5 分）"),
}
"""Of the steps and entries of tickets; `by` behind a step: where a person has made it, `instead`: where another person
did not answer before."""


class Words:
    """The words of one language."""

    def __init__(self, language: Language) -> None:
        self._column = int(language == "zh")
        self.separator = "，" if language == "zh" else ", "

    def say(self, name: str, /, **values: object) -> str:
        """The words of this name with these values; the name itself where it is none of ours, such as a team."""
        known = _WORDS.get(name)
        return name if known is None else known[self._column].format(**values)

    def step(self, step: str, values: Mapping[str, object]) -> str | None:
        """The words of a step or an entry of a ticket; None where it is not shown."""
        known = _STEPS.get(f"{step} by") if values.get("by") is not None else None
        known = known or (_STEPS.get(f"{step} instead") if values.get("before") is not None else None)
        known = known or _STEPS.get(step)
        return None if known is None else known[self._column].format(**values)

    def label(self, name: str) -> str:
        """The word with which a line begins, as wide as all of them."""
        return set_cell_size(self.say(name), LABEL_CELLS)
