"""Remedies in Chinese (处理建议): those that people on pages meet most, by their English words; others stay English."""

from __future__ import annotations

from typing import Final

ZH: Final = {
    "As in 116.46 and 39.92.": "请按 116.46 和 39.92 的格式填写。",
    "Ask a supervisor to link the account with a member of the team.": "请联系主管将账号与巡逻队员关联。",
    "Ask an administrator for the role that has it.": "请联系系统管理员授予相应角色。",
    "Ask for a new link, or sign in with name and password.": "请索取新的登录链接，或用账号和口令登录。",
    "Ask the leader of the team.": "请联系本队队长。",
    "Check both; or ask an administrator for a one-time link.": "请核对账号和口令，或请系统管理员提供一次性登录链接。",
    "Choose a smaller size in the camera's settings.": "请在相机设置中选择较小的照片尺寸。",
    "Choose one that answers there, or give it a responsibility first.": "请选择在该处负有责任的主体，或先为其登记责任。",
    "Export the track as GPX.": "请将轨迹导出为 GPX 格式。",
    "Give a stretch of the past, its end after its begin.": "请填写已过去的一段时间，结束晚于开始。",
    "Give a time after the present deadline.": "请填写晚于现有时限的时间。",
    "Give a time to come, or none.": "请填写将来的时间，或留空。",
    "Give an end after the beginning.": "结束时间应晚于开始时间。",
    "Give coordinates, or look the address up first.": "请填写坐标，或先查找地址。",
    "Have the roster corrected.": "请联系主管更正排班。",
    "In the phone's camera settings choose the most compatible format (JPEG).": "请在手机相机设置中选择“兼容性最佳”格式（JPEG）。",
    "Look at it again, then decide.": "请重新查看后再决定。",
    "Look it up under 主体与职责 (Parties).": "请在“主体与职责”中查找。",
    "Name another open case.": "请填写另一件未结案件的编号。",
    "Read it again, then change what it says now.": "请重新打开，在最新内容上修改。",
    "Read it again, then decide.": "请重新阅读后再决定。",
    "Read it again.": "请重新打开后再试。",
    "Read the notice (GET /api/patrol/notice) and decide.": "请先阅读位置记录告知书，再决定是否同意。",
    "Report it as resident.": "请以居民身份上报。",
    "Save it as .xlsx.": "请另存为 .xlsx 格式。",
    "Say why it goes back.": "请说明退回理由。",
    "Send a JPEG, PNG or WEBP photo.": "请上传 JPEG、PNG 或 WEBP 格式的照片。",
    "Send a still photo.": "请上传静态照片。",
    "Send it again.": "请重新发送。",
    "Send the photo itself.": "请上传照片原文件。",
    "Shorten it; nothing was lost.": "请缩短后重试，已填内容未丢失。",
    "Sign in, or send a token.": "请先登录，或使用访问令牌。",
    "Sign in.": "请先登录。",
    "Take or send it again.": "请重新拍摄或重新上传。",
    "Write it as 2026-03-02T17:30.": "请按 2026-03-02T17:30 的格式填写。",
    "Write it in digits, as in 116.46.": "请用数字填写，如 116.46。",
}
