"""What may be wrong about a case, a report of one, a move of one."""

from __future__ import annotations

from app.core.errors import BadInput, Conflict, NotFound


class UnknownCase(NotFound):
    """There is no such case, or it may not be seen."""

    zh = "没有此案件，或无权查看。"


class UnknownMove(BadInput):
    """There is no such move."""

    zh = "没有此操作。"


class IllegalMove(Conflict):
    """The case can't be moved like this now; nothing was changed."""

    zh = "案件当前状态不允许此操作，未作任何更改。"


class FactsMissing(BadInput):
    """The move lacks what it needs; nothing was changed."""

    zh = "缺少该操作必需的内容，未作任何更改。"


class NoGroundThere(BadInput):
    """The party has neither home nor responsibility at that place; nothing was changed."""

    zh = "该主体在此地点没有辖区或职责，未作任何更改。"


class ReportedBefore(Conflict):
    """This source's id was reported before, by somebody else; nothing was stored."""

    zh = "该来源编号已由他人上报，未保存。"
