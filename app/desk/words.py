"""Names of stages, kinds and lights on the pages, Chinese and English (see the words of the standards). Pure."""

from __future__ import annotations

from typing import Final

from app.cases import workflow

Names = tuple[str, str]

STAGES: Final[dict[str, Names]] = {key: (zh, key.replace("_", " ")) for key, zh in workflow.STAGES.items()}
SOURCES: Final[dict[str, Names]] = {
    "patrol": ("巡查", "patrol"),
    "grid_officer": ("网格员", "grid officer"),
    "staff": ("工作人员", "staff"),
    "resident": ("居民", "resident"),
    "hotline": ("12345 热线", "hotline"),
    "media": ("媒体", "media"),
    "open311": ("Open311", "Open311"),
    "inspection": ("检查", "inspection"),
    "file": ("文件导入", "file"),
}
LIGHTS: Final[dict[str, Names]] = {
    "green": ("正常", "in time"),
    "yellow": ("临期", "nearly due"),
    "red": ("超期", "late"),
    "paused": ("暂停计时", "paused"),
    "none": ("无时限", "no limit"),
}
LOOPS: Final[dict[str, Names]] = {"street": ("街乡小循环", "street loop"), "district": ("区级大循环", "district loop")}
MODELS: Final[dict[str, Names]] = {
    "government_led": ("政府主导、社区配合", "government-led"),
    "community_led": ("政府指导、社区主体", "community-led"),
    "self_governed": ("社区居民自治", "self-governed"),
}
STEPS: Final[dict[str, Names]] = {
    "lead": ("领着干", "lead"),
    "follow": ("跟着干", "follow"),
    "hand_over": ("放手干", "hand over"),
}
DUTIES: Final[dict[str, Names]] = {
    "lead": ("主责", "lead"),
    "assist": ("协办", "assist"),
    "supervise": ("监督", "supervise"),
    "inform": ("知会", "inform"),
}
BASES: Final[dict[str, Names]] = {
    "law": ("法规", "law"),
    "contract": ("合同", "contract"),
    "agreement": ("协议", "agreement"),
    "assignment": ("指派", "assignment"),
    "charter": ("章程", "charter"),
}
MOMENTS: Final[dict[str, Names]] = {
    "before": ("处置前", "before"),
    "after": ("处置后", "after"),
    "check": ("核查", "at the check"),
    "other": ("其他", "other"),
}
TASKS: Final[dict[str, Names]] = {
    "dispatched": ("待签收", "dispatched"),
    "signed": ("处置中", "signed for"),
    "handled": ("已处置", "handled"),
    "done": ("完成", "done"),
    "withdrawn": ("撤回", "withdrawn"),
}
APPLICATIONS: Final[dict[str, Names]] = {what: (zh, en) for what, (zh, en, *_) in workflow.APPLICATIONS.items()}
DECISIONS: Final[dict[str, Names]] = {
    "approved": ("同意", "approved"),
    "refused": ("不同意", "refused"),
    "withdrawn": ("已撤回", "withdrawn"),
}
MEANS: Final[dict[str, Names]] = {
    "phone": ("电话", "phone"),
    "email": ("邮箱", "email"),
    "address": ("地址", "address"),
    "other": ("其他", "other"),
}
KINDS: Final[dict[str, Names]] = {
    "component": ("部件", "components"),
    "event": ("事件", "events"),
    "social_service": ("社会服务", "social services"),
}
