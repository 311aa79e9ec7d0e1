"""Roles and what each may do (角色与权限). Pure: who may *see* is the database's business (row-level security)."""

from __future__ import annotations

from typing import Final

ROLES: Final = {
    "administrator": ("系统管理员", "Administrator"),
    "district_supervisor": ("区级监督指挥", "District supervisor"),
    "street_supervisor": ("街道值班长", "Street supervisor"),
    "dispatcher": ("受理派遣员", "Dispatcher"),
    "checker": ("核查员", "Checker"),
    "community_officer": ("社区网格长", "Community officer"),
    "party_member": ("责任主体成员", "Party member"),
    "patroller": ("巡查员", "Patroller"),
    "planner": ("规划分析员", "Planner"),
    "auditor": ("审计员", "Auditor"),
}
"""Role: its Chinese and English names."""

_READS = {"areas.read", "parties.read", "categories.read", "case.read"}
_MAP = {"map.read", "incidents.read", "density.read", "coverage.read"}
_REPORTS = {"case.report", "case.comment"}

PERMISSIONS: Final[dict[str, frozenset[str]]] = {
    "administrator": frozenset(
        {"areas.read", "parties.read", "categories.read", "map.read", "accounts.edit", "parties.edit", "categories.edit",
         "gazetteer.edit"}
    ),
    "district_supervisor": frozenset(
        _READS | _MAP | _REPORTS
        | {"case.accept", "case.file", "case.dispatch", "case.close", "case.decide", "case.supervise", "case.check",
           "case.verify", "parties.edit", "hotline.edit", "gazetteer.edit", "incidents.add", "patrol.edit"}
    ),
    "street_supervisor": frozenset(
        _READS | _MAP | _REPORTS
        | {"case.accept", "case.file", "case.dispatch", "case.close", "case.decide", "case.supervise", "parties.edit",
           "hotline.edit", "gazetteer.edit", "incidents.add", "patrol.edit"}
    ),
    "dispatcher": frozenset(
        _READS | _MAP | _REPORTS
        | {"case.accept", "case.file", "case.dispatch", "case.urge", "hotline.edit", "gazetteer.edit", "incidents.add",
           "tours.replan"}
    ),
    "checker": frozenset(_READS | _MAP | _REPORTS | {"case.verify", "case.check", "case.close"}),
    "community_officer": frozenset(
        _READS | _MAP | _REPORTS
        | {"case.accept", "case.file", "case.dispatch", "case.verify", "case.urge", "gazetteer.edit"}
    ),
    "party_member": frozenset(_READS | _REPORTS | {"case.handle"}),
    "patroller": frozenset(_READS | _MAP | _REPORTS | {"case.verify", "case.check", "case.self_handle", "fixes.add"}),
    "planner": frozenset(_READS | _MAP),
    "auditor": frozenset({"areas.read", "parties.read", "categories.read", "audit.read"}),
}  # fmt: skip
"""Role: what it may do within its area or party."""

PUBLIC: Final = frozenset({"case.report", "case.follow"})
"""What nobody signed in may do."""

EVERYTHING: Final = frozenset().union(*PERMISSIONS.values(), PUBLIC)
