"""What the pages say, in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.core.kernel.links import LinkPurpose
from gateway.core.kernel.texts import Language, Text
from gateway.pages.ports import ReportState

SENTENCES: Mapping[str, Text] = {
    # On all pages.
    "other_language": Text(en="中文", zh="English"),
    "danger": Text(
        en="Is somebody in danger? Call the emergency services first.", zh="有人身危险时，请先拨打 119、120 或 110。"
    ),
    # Links.
    "you_act_as": Text(en="You act as {person}.", zh="操作人：{person}"),
    "since": Text(en="since {time}", zh="自 {time}"),
    "comment": Text(en="Comment (optional)", zh="备注（可不填）"),
    "reason": Text(en="Reason", zh="原因"),
    "what_is_wrong": Text(en="What is still wrong?", zh="还有什么问题？"),
    "stars": Text(en="Your rating", zh="您的评分"),
    "star_1": Text(en="1, very bad", zh="1 分，很差"),
    "star_2": Text(en="2, bad", zh="2 分，较差"),
    "star_3": Text(en="3, fair", zh="3 分，一般"),
    "star_4": Text(en="4, good", zh="4 分，满意"),
    "star_5": Text(en="5, very good", zh="5 分，非常满意"),
    "done_now": Text(en="Done", zh="操作成功"),
    "done_already": Text(en="This is done already.", zh="此前已完成此操作。"),
    "done_already_by": Text(en="{person} has done this already.", zh="{person}已完成此操作。"),
    "done_already_at": Text(en="{person} did this already, at {time}.", zh="{person}已于 {time} 完成此操作。"),
    "close_page": Text(en="You can close this page.", zh="现在可以关闭此页面。"),
    "not_possible": Text(en="This is not possible now", zh="现在无法操作"),
    "not_on_disk": Text(
        en="This is done, but not yet safely stored, so a crash would undo it. Look again in a minute.",
        zh="操作已执行，但尚未存盘，此时断电会丢失。请过一分钟再查看。",
    ),
    "rating_missing": Text(en="Choose a rating from 1 to 5.", zh="请选择 1 到 5 分。"),
    "reason_missing": Text(en="Write a reason.", zh="请填写原因。"),
    "what_is_wrong_missing": Text(en="Write what is still wrong.", zh="请填写还有什么问题。"),
    # Links that do not work.
    "expired_title": Text(en="This link has expired", zh="链接已过期"),
    "expired": Text(
        en="It was valid until {time}. Use the link of the latest message, or ask the control room.",
        zh="有效期至 {time}。请使用最新消息中的链接，或联系值班室。",
    ),
    "cut_off_title": Text(en="This link is incomplete", zh="链接不完整"),
    "cut_off": Text(
        en="A part of it is missing. Open it from the message itself, or copy it as a whole.",
        zh="链接缺少一部分。请直接从消息中打开，或完整复制。",
    ),
    "foreign_title": Text(en="This link is not valid", zh="链接无效"),
    "foreign": Text(
        en="This gateway has not made it, or it was changed. Open it from the message itself.",
        zh="该链接不是由本网关生成的，或已被改动。请直接从消息中打开。",
    ),
    "person_left_title": Text(en="This link is not valid any more", zh="链接已失效"),
    "person_left": Text(
        en="The person to whom it was sent is no longer one of this site. Ask the control room.",
        zh="该链接的接收人已不在本项目的人员名单中。请联系值班室。",
    ),
    "nothing_title": Text(en="There is nothing here", zh="此处没有内容"),
    "nothing": Text(
        en="Open the link from the message, or scan the code again.", zh="请从消息中打开链接，或重新扫码。"
    ),
    "subject_gone": Text(
        en="There is nothing of this number yet, or not any more. Try again in a minute, or ask the control room.",
        zh="尚无此编号的记录，或记录已不存在。请过一分钟再试，或联系值班室。",
    ),
    # Other problems.
    "method": Text(en="This page cannot do that.", zh="此页面不支持该操作。"),
    "too_many_title": Text(en="Too many requests", zh="请求过于频繁"),
    "too_many": Text(en="Wait {seconds} s, go back and try again.", zh="请等待 {seconds} 秒，返回上一页后重试。"),
    "too_large_title": Text(en="The photos are too large", zh="照片过大"),
    "too_large": Text(
        en="All together may have {megabytes} MB. Send fewer photos, or smaller ones.",
        zh="照片合计不能超过 {megabytes} MB。请减少照片或降低分辨率。",
    ),
    "unreadable_title": Text(en="What was sent cannot be read", zh="无法读取提交的内容"),
    "unreadable": Text(en="Go back, and send it again.", zh="请返回上一页重新提交。"),
    "busy_title": Text(en="Many people send photos just now", zh="当前上传照片的人较多"),
    "busy": Text(
        en="Go back and send the report without photos, or wait a minute.",
        zh="请返回后不带照片提交，或稍等一分钟再提交。",
    ),
    "no_room_title": Text(en="There is no room for photos just now", zh="暂时没有空间接收照片"),
    "no_room": Text(en="Go back and send the report without photos.", zh="请返回后不带照片提交。"),
    "other_site_title": Text(en="This came from another web page", zh="请求来自其他网站"),
    "other_site": Text(en="Open the page itself, and send it from there.", zh="请打开本页面后再提交。"),
    "store_title": Text(en="The gateway cannot do this at the moment", zh="网关暂时无法处理"),
    "store": Text(
        en="Try again in a minute. If it stays so, call the control room.",
        zh="请过一分钟重试；若仍不行，请致电值班室。",
    ),
    # Reports.
    "report_title": Text(en="Report a problem", zh="报修与投诉"),
    "report_place": Text(en="Place", zh="地点"),
    "report_place_label": Text(en="Place:", zh="地点："),
    "report_text": Text(en="What is wrong?", zh="请描述问题"),
    "report_text_hint": Text(
        en="What do you see, hear or smell? Where exactly?", zh="看到、听到或闻到了什么？具体在哪里？"
    ),
    "report_photos": Text(en="Photos (optional, at most {most})", zh="照片（可不填，最多 {most} 张）"),
    "report_name": Text(en="Your name (optional)", zh="您的姓名（可不填）"),
    "report_contact": Text(en="Phone or e-mail (optional)", zh="电话或邮箱（可不填）"),
    "report_contact_hint": Text(
        en="So that we can tell you when it is done. It is used for nothing else.", zh="仅用于通知您处理结果。"
    ),
    "report_send": Text(en="Send the report", zh="提交"),
    "report_text_missing": Text(en="Write what is wrong, in a few words.", zh="请简单描述问题。"),
    "report_text_long": Text(en="Write at most {most} characters.", zh="请不要超过 {most} 个字。"),
    "report_name_wrong": Text(en="Write a name of at most {most} characters.", zh="姓名请不要超过 {most} 个字。"),
    "report_contact_wrong": Text(
        en="Write a telephone number or an e-mail address, or leave it empty.", zh="请填写电话号码或邮箱，或留空。"
    ),
    "report_form_old": Text(en="Please check what you wrote, and send it again.", zh="请核对内容后重新提交。"),
    "report_too_many": Text(
        en="This was not sent: too many reports at once. Wait {seconds} s, and send it again.",
        zh="尚未提交：报修过多。请等待 {seconds} 秒后再次提交。",
    ),
    "report_photo_left": Text(en="Choose the photos again.", zh="请重新选择照片。"),
    "report_thanks": Text(en="Thank you. We have your report.", zh="谢谢，我们已收到您的报告。"),
    "report_number": Text(en="Number {number}", zh="编号 {number}"),
    "number": Text(en="Number", zh="编号"),
    "report_keep_link": Text(
        en="Open the progress page and keep it: it shows what becomes of your report.",
        zh="请打开并收藏进度页面，可随时查看处理情况。",
    ),
    "report_track": Text(en="See the progress", zh="查看进度"),
    "photo_not_kept": Text(en="A photo was not kept: {why}", zh="有一张照片未保存：{why}"),
    "photo_unreadable": Text(
        en="it cannot be read. Photos must be JPEG, PNG or WebP.", zh="无法读取。照片须为 JPEG、PNG 或 WebP 格式。"
    ),
    "photo_too_large": Text(en="it is too large. Take it with a lower resolution.", zh="过大。请降低分辨率后重拍。"),
    "photo_no_room": Text(en="there is no room for it.", zh="存储空间不足。"),
    "photo_not_stored": Text(en="it could not be stored.", zh="无法存盘。"),
    "photo_too_many": Text(en="there were more than {most}.", zh="超过 {most} 张。"),
    "no_report": Text(en="There is no such report.", zh="没有这份报告。"),
    "track_title": Text(en="Your report", zh="您的报告"),
    "track_entries": Text(en="What was done", zh="处理记录"),
    "photo": Text(en="Photo {number}", zh="照片 {number}"),
    "track_question": Text(en="Is the problem solved?", zh="问题解决了吗？"),
    "track_not_solved": Text(en="No, it is not solved", zh="没有解决"),
    "track_rating": Text(en="How well was it handled?", zh="您对处理结果满意吗？"),
    "track_rated": Text(en="You gave {stars} of 5. Thank you.", zh="您评了 {stars} 分，谢谢。"),
}
"""By key; `{name}` stands for what is filled in."""

BUTTONS: Mapping[LinkPurpose, Text] = {
    LinkPurpose.ACKNOWLEDGE: Text(en="Acknowledge", zh="确认报警"),
    LinkPurpose.ACCEPT: Text(en="Accept the work", zh="接单"),
    LinkPurpose.DECLINE: Text(en="Decline the work", zh="拒单"),
    LinkPurpose.CONFIRM: Text(en="Yes, it is solved", zh="已解决"),
    LinkPurpose.REOPEN: Text(en="It is not solved", zh="没有解决"),
    LinkPurpose.RATE: Text(en="Send the rating", zh="提交评分"),
}

OUTCOMES: Mapping[LinkPurpose, Text] = {
    LinkPurpose.ACKNOWLEDGE: Text(
        en="The alarm is acknowledged. Your colleagues see that you deal with it.",
        zh="报警已确认，同事会看到由您处理。",
    ),
    LinkPurpose.ACCEPT: Text(en="The work is yours.", zh="接单成功，工单由您处理。"),
    LinkPurpose.DECLINE: Text(en="You have declined the work. Somebody else is asked.", zh="已拒单，将另行派单。"),
    LinkPurpose.CONFIRM: Text(en="Thank you. The work is confirmed.", zh="谢谢，已确认完成。"),
    LinkPurpose.REOPEN: Text(en="Thank you. The work goes on.", zh="谢谢，将继续处理。"),
    LinkPurpose.RATE: Text(en="Thank you for your rating.", zh="谢谢您的评分。"),
}

STATES: Mapping[ReportState, Text] = {
    ReportState.RECEIVED: Text(en="We have your report.", zh="已收到，等待安排。"),
    ReportState.ON_ITS_WAY: Text(en="Somebody is dealing with it.", zh="已派人处理。"),
    ReportState.WAITING: Text(
        en="The work waits for something, and goes on after that.", zh="处理暂停，等待条件具备后继续。"
    ),
    ReportState.DONE: Text(en="The work is done.", zh="已处理完成。"),
    ReportState.CLOSED: Text(en="The report is closed.", zh="已结束。"),
    ReportState.CANCELLED: Text(en="The report was closed without work.", zh="已取消，未作处理。"),
}


class Words:
    """The sentences in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.other: Language = "en" if language == "zh" else "zh"

    def __call__(self, key: str, **facts: object) -> str:
        """The sentence of this key, with what is filled in."""
        return SENTENCES[key].in_language(self.language).format(**facts)

    def button(self, purpose: LinkPurpose) -> str:
        """What stands on the button of a link."""
        return BUTTONS[purpose].in_language(self.language)

    def outcome(self, purpose: LinkPurpose) -> str:
        """What has happened once it was pressed."""
        return OUTCOMES[purpose].in_language(self.language)

    def state(self, state: ReportState) -> str:
        """The state of a report."""
        return STATES[state].in_language(self.language)
