"""What can be wrong with what is asked of plans of beats."""

from __future__ import annotations

from app.core.errors import BadInput, Conflict


class NoGround(BadInput):
    """There is no ground to plan on; nothing was planned."""

    zh = "没有可划分的网格，未作规划。"


class UnknownCells(BadInput):
    """Cells are named that aren't there; nothing was changed."""

    zh = "所列网格不存在，未作任何更改。"


class UnknownBeats(BadInput):
    """Beats are named that the plan doesn't have; nothing was changed."""

    zh = "方案中没有所列的责任区，未作任何更改。"


class NobodyToPlanFor(BadInput):
    """Nobody is there to have a beat; nothing was planned."""

    zh = "没有可安排的成员，未作规划。"


class TooManyAnchored(BadInput):
    """More members have anchored cells than there are beats; nothing was planned."""

    zh = "有固定网格的成员多于责任区数量，未作规划。"


class NotFit(Conflict):
    """The plan can't be published as it is; it stays a draft."""

    zh = "方案尚不能发布，仍为草稿。"


class AnotherEdition(Conflict):
    """The plan is of another edition of the cells than the one that holds then; it stays a draft."""

    zh = "方案所用网格版本与届时有效版本不一致，仍为草稿。"
