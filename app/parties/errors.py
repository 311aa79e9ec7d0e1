"""What may be wrong about parties, their ground and their rules."""

from __future__ import annotations

from app.core.errors import BadInput, Conflict, NotFound


class UnknownParty(NotFound):
    """There is no such party."""

    zh = "没有此责任主体。"


class UnknownPatch(NotFound):
    """There is no such patch of ground."""

    zh = "没有此地块。"


class UnknownResponsibility(NotFound):
    """There is no such responsibility."""

    zh = "没有此项责任规则。"


class UnknownAbsence(NotFound):
    """There is no such absence that still lasts or lies ahead."""

    zh = "没有此项缺位记录，或已结束。"


class UnknownContact(NotFound):
    """The party has no such contact."""

    zh = "该主体没有此联系方式。"


class NoSuchArea(BadInput):
    """No edition has this area."""

    zh = "没有此区域。"


class NoSuchCells(BadInput):
    """Some cells aren't known, or lie outside the area."""

    zh = "部分单元网格不存在或不在该区域内。"


class CodeTaken(Conflict):
    """The code is taken."""

    zh = "编码已被使用。"


class OutsideItsGround(BadInput):
    """A party can't answer for ground outside its own area."""

    zh = "责任地块不在该主体所属区域内。"


class OutsideItsArea(BadInput):
    """The drawn ground reaches out of its area."""

    zh = "划定的地块超出所属区域。"


class ModelInThePast(Conflict):
    """The area has a later model already; history isn't written over."""

    zh = "该区域已有更晚的协作模式，历史记录不可覆盖。"


class AwayAlready(Conflict):
    """The party is away at that time already."""

    zh = "该主体在此期间已登记缺位。"
