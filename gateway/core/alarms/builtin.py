"""The alarms that are built in: those about the gateway itself. A site's files cannot change them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gateway.core.alarms.definition import AlarmDefinition
from gateway.core.kernel.subjects import SubjectKind
from gateway.core.kernel.texts import Text
from gateway.core.kernel.urgency import Severity
from gateway.core.rules.silence import SILENT
from gateway.core.rules.trouble import TROUBLE


class BuiltinRule(StrEnum):
    """The rules that are built in. No rule of a site has such an id."""

    GATEWAY_BLIND = "gateway-blind"
    SESSION_LOST = "session-lost"
    STORE_FAILS = "store-fails"
    DISK_LOW = "disk-low"
    CHANGES_QUARANTINED = "changes-quarantined"
    CLOCK_UNTRUSTED = "clock-untrusted"
    SERIES_AWAY = "series-away"
    SERIES_FAILS = "series-fails"
    OUTBOX_FAILS = "outbox-fails"
    HTTP_FAILS = "http-fails"
    TASK_FAILS = "task-fails"
    NOTIFIER_FAILS = "notifier-fails"
    NOTICES_FAIL = "notices-fail"
    PHOTOS_FULL = "photos-full"
    CERTIFICATE_ENDS = "certificate-ends"
    CONTACT_UNREACHABLE = "contact-unreachable"


def _gateway(
    rule: BuiltinRule, severity: Severity, title: tuple[str, str], guidance: tuple[str, str]
) -> AlarmDefinition:
    """An alarm about the gateway itself; texts in English and Chinese."""
    return AlarmDefinition(
        id=rule.value,
        subject=SubjectKind.GATEWAY,
        severity=severity,
        title=Text(en=title[0], zh=title[1]),
        guidance=Text(en=guidance[0], zh=guidance[1]),
    )


_DEFINITIONS = (
    _gateway(
        BuiltinRule.GATEWAY_BLIND,
        Severity.CRITICAL,
        ("The gateway receives nothing from any device", "网关收不到任何设备的消息"),
        (
            "No alarm of any device can be raised until this ends. Watch the equipment on its own panels. Check the "
            "MQTT broker and the network between it and the gateway.",
            "恢复之前不会有任何设备报警。请到各设备的控制柜和主机上直接查看，并检查 MQTT 服务器及其与网关之间的网络。",
        ),
    ),
    _gateway(
        BuiltinRule.SESSION_LOST,
        Severity.WARNING,
        ("The MQTT broker has lost messages for the gateway", "MQTT 服务器丢失了发给网关的消息"),
        (
            "What devices sent in the time given is gone, alarms included. Ask on site whether something happened "
            "then. Check that the broker keeps sessions on disk (persistence).",
            "所述时段内设备发出的消息（含报警）已丢失。请到现场核实当时有无异常，并检查 MQTT 服务器是否启用持久化。",
        ),
    ),
    _gateway(
        BuiltinRule.STORE_FAILS,
        Severity.CRITICAL,
        ("The gateway cannot store anything", "网关无法保存数据"),
        (
            "Only life-safety alarms still leave the gateway. Check that the disk of its data directory is not full, "
            "and works. What devices send waits at the broker.",
            "只有生命安全报警还能发出。请检查网关数据目录所在磁盘是否已满、是否正常。设备消息暂存在 MQTT 服务器上。",
        ),
    ),
    _gateway(
        BuiltinRule.DISK_LOW,
        Severity.WARNING,
        ("The gateway runs out of disk space", "网关磁盘空间不足"),
        (
            "Make room on the disk of the data directory, or, where values wait for the series store (InfluxDB), see "
            "that it works. The oldest waiting values are dropped before an alarm is.",
            "请清理数据目录所在磁盘；若数值在等待时序数据库（InfluxDB），请检查其是否正常。空间用尽时先丢弃最早的待写数值，再影响报警。",
        ),
    ),
    _gateway(
        BuiltinRule.CHANGES_QUARANTINED,
        Severity.WARNING,
        ("The gateway could not store some records", "网关有部分记录无法保存"),
        (
            "They are kept in quarantine: facility-gateway rejects shows them. Report it to whoever maintains the "
            "gateway: its store is damaged, or it has a fault.",
            "这些记录已放入隔离区，可用 facility-gateway rejects 查看。请通知维护人员：数据库可能损坏，或程序有缺陷。",
        ),
    ),
    _gateway(
        BuiltinRule.CLOCK_UNTRUSTED,
        Severity.WARNING,
        ("The gateway does not know the time", "网关时间不可信"),
        (
            "Times of alarms and the deadlines of tickets may be wrong. Check that the gateway reaches a time server "
            "(NTP).",
            "报警时间和工单时限可能不准。请检查网关能否连接时间服务器（NTP）。",
        ),
    ),
    _gateway(
        BuiltinRule.SERIES_AWAY,
        Severity.WARNING,
        ("Histories of values are not being written", "历史数据暂停写入"),
        (
            "Alarms work, and values wait on the gateway's disk until the series store (InfluxDB) answers again. "
            "Check that it runs and has room.",
            "报警不受影响，数值暂存在网关磁盘上，待时序数据库（InfluxDB）恢复后补写。请检查其是否运行、磁盘是否有空间。",
        ),
    ),
    _gateway(
        BuiltinRule.SERIES_FAILS,
        Severity.WARNING,
        ("The service that writes histories of values fails", "历史数据写入服务异常"),
        (
            "Alarms work; the service is started again and again. Report it to whoever maintains the gateway, with "
            "its log.",
            "报警不受影响，该服务会自动反复重启。请将网关日志提供给维护人员。",
        ),
    ),
    _gateway(
        BuiltinRule.OUTBOX_FAILS,
        Severity.CRITICAL,
        ("Other systems may not be told of alarms", "报警可能无法通知其他系统"),
        (
            "Alarms are recorded, but the service that sends them over MQTT fails and is started again. Watch the list "
            "of alarms, and report it to whoever maintains the gateway, with its log.",
            "报警已有记录，但通过 MQTT 发送报警的服务异常，正在自动重启。请直接查看报警列表，并将日志提供给维护人员。",
        ),
    ),
    _gateway(
        BuiltinRule.HTTP_FAILS,
        Severity.WARNING,
        ("The gateway's web service fails", "网关网页与接口服务异常"),
        (
            "Lists of alarms may not load for a while; the service is started again. Report it to whoever maintains "
            "the gateway, with its log.",
            "报警列表可能暂时无法打开，该服务会自动重启。请将网关日志提供给维护人员。",
        ),
    ),
    _gateway(
        BuiltinRule.TASK_FAILS,
        Severity.WARNING,
        ("A service of the gateway fails", "网关的一项服务异常"),
        (
            "Alarms work; the service is started again and again. Report it to whoever maintains the gateway, with "
            "its log.",
            "报警不受影响，该服务会自动反复重启。请将网关日志提供给维护人员。",
        ),
    ),
    _gateway(
        BuiltinRule.NOTIFIER_FAILS,
        Severity.CRITICAL,
        ("The service that sends messages to people fails", "通知发送服务异常"),
        (
            "People may not be told of alarms; the service is started again and again. Watch the list of alarms, and "
            "report it to whoever maintains the gateway, with its log.",
            "报警可能无法通知到人，该服务会自动反复重启。请直接查看报警列表，并将日志提供给维护人员。",
        ),
    ),
    _gateway(
        BuiltinRule.NOTICES_FAIL,
        Severity.CRITICAL,
        ("Somebody cannot be told of alarms or work", "有人无法收到报警或工单通知"),
        (
            "Tell the people named by another way. facility-gateway notices --failed shows what did not arrive and "
            "why: check the mail server, the service for text messages, and the addresses.",
            "请用其他方式通知所列人员。用 facility-gateway notices --failed 查看未送达的内容和原因，"
            "并检查邮件服务器、短信服务和联系方式。",
        ),
    ),
    _gateway(
        BuiltinRule.PHOTOS_FULL,
        Severity.WARNING,
        ("The space for photos runs out", "照片存储空间即将用完"),
        (
            "Reports and tickets go on; once it is used up, further photos are refused. Raise photo_bytes in the "
            "settings, if the disk has room.",
            "报修和工单不受影响；空间用完后，新照片会被拒收。若磁盘有空间，请在设置中调大 photo_bytes。",
        ),
    ),
    _gateway(
        BuiltinRule.CERTIFICATE_ENDS,
        Severity.WARNING,
        ("The certificate of the pages ends", "页面证书即将到期"),
        (
            "Once it has ended, phones refuse the links in messages and the QR codes. See why it was not renewed; a "
            "new one is used at once, without a restart.",
            "到期后，手机将无法打开消息中的链接和二维码页面。请检查证书为何没有续期；新证书立即生效，无需重启。",
        ),
    ),
    _gateway(
        BuiltinRule.CONTACT_UNREACHABLE,
        Severity.WARNING,
        ("The weekly test message did not reach somebody", "每周测试通知未送达"),
        (
            "Alarms would not reach the people named by this way. Correct the address, or see that the service works, "
            "and try it with facility-gateway notify test.",
            "所列人员将无法通过该方式收到报警。请更正联系方式或检查相应服务，并用 facility-gateway notify test 测试。",
        ),
    ),
)

BUILTIN: Mapping[str, AlarmDefinition] = {definition.id: definition for definition in _DEFINITIONS}
"""The definitions of all of them, by id."""

BUILTIN_IDS = frozenset({*BUILTIN, SILENT, TROUBLE})
"""The ids that no rule of a site may have: of these, and of the built-in rules about devices."""
