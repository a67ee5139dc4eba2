"""What notices say, in English and Chinese.

A template is a title and lines. A line whose facts are not given is left out. What people outside the site read has
templates of its own, and of the facts only those that are public: a private note cannot be in any of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.core.kernel.texts import Language
from gateway.core.notices.composing import one_line
from gateway.core.notices.notice import Item, NoticeKind

PUBLIC_FACTS = frozenset({"number", "title", "place", "due", "state", "site", "answer"})
"""What somebody outside may read."""
_NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A text with facts in braces, in both languages."""

    en: tuple[str, ...]
    zh: tuple[str, ...]
    """The title, then the lines."""

    def item(
        self,
        facts: Mapping[str, str],
        language: Language,
        *,
        alarm: int | None = None,
        for_machines: Mapping[str, str],
    ) -> Item:
        """The text with these facts."""
        title, *lines = self.zh if language == "zh" else self.en
        body = [line.format_map(facts) for line in lines if _names(line) <= facts.keys()]
        return Item(one_line(title.format_map(_Known(facts))), "\n".join(body), alarm, dict(for_machines))


class _Known(dict[str, str]):
    """Facts; one that is not given is a dash."""

    def __missing__(self, name: str) -> str:
        return "–"


def _names(line: str) -> set[str]:
    return set(_NAME.findall(line))


_WHERE = ("Where: {place}", "地点：{place}")
_SITE = ("Site: {site}", "项目：{site}")
_TICKET = ("Ticket {number}: {title}", "工单 {number}：{title}")
_DUE = ("Due: {due}", "时限：{due}")
_PRIORITY = ("Priority: {priority}", "优先级：{priority}")
_WHY = ("Why: {why}", "原因：{why}")
_HAS_RUN_OUT = ("The time to {clock} has run out.", "“{clock}”时限已到。")
_GUIDANCE = ("What to do: {guidance}", "处置：{guidance}")
_BY = ("By: {by}", "操作人：{by}")


def _of(title: tuple[str, str], *lines: tuple[str, str]) -> Template:
    return Template((title[0], *(line[0] for line in lines)), (title[1], *(line[1] for line in lines)))


_OF_ALARM = ("Alarm {alarm}: {title}", "报警 {alarm}：{title}")
"""Of a ticket that an alarm has opened: as the message of that alarm begins, so that both are recognised as one."""
_ALARM = (
    ("Alarm {number}: {title}", "报警 {number}：{title}"),
    ("About: {device}", "对象：{device}"),
    _WHERE,
    ("Since: {since}", "开始：{since}"),
    ("Members: {members}", "成员：{members}"),
    ("Detail: {detail}", "说明：{detail}"),
    _GUIDANCE,
    _SITE,
)
_STAFF: Mapping[str, Template] = {
    NoticeKind.RAISED: _of(("[{severity}] {title}: {device}", "【{severity}】{title}：{device}"), *_ALARM),
    NoticeKind.FURTHER: _of(("[{severity}] more: {title}: {device}", "【{severity}】新增：{title}：{device}"), *_ALARM),
    NoticeKind.REMINDER: _of(
        ("[{severity}] not acknowledged: {title}: {device}", "【{severity}】尚未确认：{title}：{device}"), *_ALARM
    ),
    NoticeKind.OVER: _of(
        ("[over] {title}: {device}", "【恢复】{title}：{device}"),
        ("Alarm {number} is over: {title}", "报警 {number} 已结束：{title}"),
        ("About: {device}", "对象：{device}"),
        _WHERE,
        ("From {since} to {until}", "{since} 至 {until}"),
        _WHY,
        _SITE,
    ),
    NoticeKind.SIREN_OFF: _of(("Siren off", "警号关闭")),
    NoticeKind.PROOF: _of(
        ("[test] Weekly test of {site}", "【测试】{site} 每周通知测试"),
        (
            "This message shows that alarms reach you this way. There is nothing to do.",
            "本消息用于验证报警能送达您，无需处理。",
        ),
        ("To: {name}", "接收人：{name}"),
        _SITE,
    ),
    NoticeKind.TEST: _of(
        ("[test] Test message of {site}", "【测试】{site} 测试通知"),
        ("{by} has asked for this test. There is nothing to do.", "由 {by} 发起的测试，无需处理。"),
        _SITE,
    ),
    "ticket assigned": _of(
        ("[{priority}] Ticket {number}: {title}", "【{priority}】工单 {number}：{title}"),
        ("You have this ticket.", "该工单已派给您。"),
        _TICKET,
        _OF_ALARM,
        _WHERE,
        _PRIORITY,
        _DUE,
        _WHY,
        _GUIDANCE,
        _SITE,
    ),
    "ticket unassigned": _of(
        ("[{priority}] Nobody has ticket {number}: {title}", "【{priority}】工单 {number} 无人接单：{title}"),
        _TICKET,
        _OF_ALARM,
        _WHERE,
        _PRIORITY,
        _DUE,
        _WHY,
        _SITE,
    ),
    "ticket warned": _of(
        ("[{priority}] Ticket {number} is due soon: {title}", "【{priority}】工单 {number} 即将超时：{title}"),
        ("The time to {clock} runs out.", "“{clock}”时限即将到期。"),
        _TICKET,
        _WHERE,
        _DUE,
        _SITE,
    ),
    "ticket breached": _of(
        ("[{priority}] Ticket {number} is overdue: {title}", "【{priority}】工单 {number} 已超时：{title}"),
        _HAS_RUN_OUT,
        _TICKET,
        _WHERE,
        _DUE,
        _SITE,
    ),
    "ticket escalated": _of(
        ("[{priority}] Ticket {number} needs you: {title}", "【{priority}】工单 {number} 升级：{title}"),
        _HAS_RUN_OUT,
        _TICKET,
        _WHERE,
        _DUE,
        _WHY,
        _SITE,
    ),
    "ticket cancelled": _of(
        ("Ticket {number} is cancelled: {title}", "工单 {number} 已取消：{title}"), _TICKET, _WHERE, _WHY, _BY, _SITE
    ),
    "ticket reopened": _of(
        ("[{priority}] Ticket {number} is open again: {title}", "【{priority}】工单 {number} 重新打开：{title}"),
        _TICKET,
        _WHERE,
        _DUE,
        _WHY,
        _SITE,
    ),
    "ticket handed over": _of(
        (
            "[{priority}] Ticket {number} is handed over to you: {title}",
            "【{priority}】工单 {number} 已转交给您：{title}",
        ),
        _TICKET,
        _OF_ALARM,
        _WHERE,
        _PRIORITY,
        _DUE,
        _WHY,
        _BY,
        _SITE,
    ),
    NoticeKind.TICKET_EVENT: _of(
        ("[{priority}] Ticket {ticket}: {step}: {title}", "【{priority}】工单 {ticket}：{step}：{title}"),
        ("Ticket {ticket}: {title}", "工单 {ticket}：{title}"),
    ),
}
"""Of the people of the site, by kind."""
_ANY_STAFF = _of(
    ("{kind}: {number} {title}", "{kind}：{number} {title}"),
    ("{title}", "{title}"),
    _WHERE,
    _PRIORITY,
    _DUE,
    _WHY,
    _BY,
    _SITE,
)
_OUTSIDE: Mapping[str, Template] = {
    NoticeKind.TEST: _of(("Test message of {site}", "{site} 测试通知"), ("There is nothing to do.", "无需处理。")),
    "report received": _of(
        ("{site}: we have your report {number}", "{site}：已收到您的报修 {number}"),
        ("{title}", "{title}"),
        _WHERE,
        _DUE,
    ),
    "ticket resolved": _of(
        ("{site}: your report {number} is done", "{site}：您的报修 {number} 已处理完成"),
        ("{title}", "{title}"),
        _WHERE,
        ("{answer}", "{answer}"),
        ("Please say whether all is well.", "请确认是否已解决。"),
    ),
    "ticket cancelled": _of(
        ("{site}: your report {number} is closed", "{site}：您的报修 {number} 已关闭"),
        ("{title}", "{title}"),
        ("{answer}", "{answer}"),
    ),
}
"""Of people outside the site, by kind."""
_ANY_OUTSIDE = _of(
    ("{site}: news of your report {number}", "{site}：您的报修 {number} 有新进展"),
    ("{title}", "{title}"),
    _WHERE,
    _DUE,
    ("{state}", "{state}"),
    ("{answer}", "{answer}"),
)


def say(
    kind: str,
    facts: Mapping[str, str],
    language: Language,
    *,
    is_staff: bool = True,
    alarm: int | None = None,
    for_machines: Mapping[str, str] | None = None,
) -> Item:
    """The text of a notice of this kind. Machines read the facts, or those that are for them."""
    if is_staff:
        template, given = _STAFF.get(kind, _ANY_STAFF), {"kind": kind, **facts}
        machines = facts if for_machines is None else for_machines
        return template.item(given, language, alarm=alarm, for_machines=machines)
    public = {name: fact for name, fact in facts.items() if name in PUBLIC_FACTS}
    return _OUTSIDE.get(kind, _ANY_OUTSIDE).item(public, language, alarm=alarm, for_machines=public)
