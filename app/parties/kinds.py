"""Kinds of party (主体类别), and what each is in the order of answering. Pure."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, NamedTuple

from app.core.errors import BadInput


class Group(Enum):
    """What a kind is to the collaboration models, which order groups, not kinds."""

    OFFICE = auto()  # the street office itself: the last resort everywhere
    STREET = auto()  # the street's posts and departments
    OFFICER = auto()  # an urban-management officer seconded to a community
    POST = auto()  # a post in a community committee
    COMMITTEE = auto()
    SELF = auto()  # self-governing bodies
    FIELD = auto()  # who walks the ground
    UNIT = auto()  # companies and institutions
    DISTRICT = auto()


class Kind(NamedTuple):
    """A kind of party: its names, its group, and whether it may enforce (执法权)."""

    zh: str
    en: str
    group: Group
    enforces: bool = False


KINDS: Final[dict[str, Kind]] = {
    "street_office": Kind("街道办事处", "Street office", Group.OFFICE, enforces=True),
    "street_department": Kind("街道科室", "Street department", Group.STREET),
    "enforcement_team": Kind("综合行政执法队", "Enforcement team", Group.STREET, enforces=True),
    "seconded_officer": Kind("挂职城管队员", "Seconded officer", Group.OFFICER),
    "community_committee": Kind("社区居民委员会", "Community committee", Group.COMMITTEE),
    "committee_post": Kind("社区居委会岗位", "Committee post", Group.POST),
    "property_company": Kind("物业服务企业", "Property company", Group.UNIT),
    "frontage_unit": Kind("门前三包责任单位", "Frontage unit", Group.UNIT),
    "association": Kind("社区城市管理协会", "Association", Group.SELF),
    "zone_committee": Kind("分区管理委员会", "Zone committee", Group.SELF),
    "social_organisation": Kind("社会组织", "Social organisation", Group.SELF),
    "federation_division": Kind("社会组织联合会分会", "Federation division", Group.SELF),
    "mediation_group": Kind("志愿调解团", "Mediation group", Group.SELF),
    "volunteer_team": Kind("志愿者队伍", "Volunteer team", Group.SELF),
    "patrol_team": Kind("巡逻队", "Patrol team", Group.FIELD),
    "grid_officer": Kind("网格员", "Grid officer", Group.FIELD),
    "safety_officer": Kind("专职安全员", "Safety officer", Group.POST),
    "party_organisation": Kind("党组织", "Party organisation", Group.COMMITTEE),
    "owners_committee": Kind("业主委员会", "Owners' committee", Group.SELF),
    "enterprise": Kind("企业、单位", "Enterprise or institution", Group.UNIT),
    "utility": Kind("公用事业权属单位", "Utility", Group.UNIT),
    "resident_head": Kind("楼门长、居民代表", "Resident or building head", Group.SELF),
    "district_department": Kind("区级职能部门", "District department", Group.DISTRICT, enforces=True),
}
"""Code: what kind of party it is."""

OWNS_ANYWHERE: Final = frozenset({"utility", "district_department"})
"""Kinds whose duty by law or contract follows what they own or run, wherever it stands."""


class UnknownKind(BadInput):
    """There is no such kind of party."""

    zh = "没有这种主体类别。"


def known(kind: str) -> str:
    """Return a kind's code as it is.

    Raises:
        UnknownKind: It isn't one.
    """
    if kind not in KINDS:
        raise UnknownKind(f"It is {kind[:60]!r}.", remedy=f"Take one of {', '.join(KINDS)}.")
    return kind
