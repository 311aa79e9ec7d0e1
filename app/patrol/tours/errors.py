"""What may be wrong about tours."""

from __future__ import annotations

from app.core.errors import BadInput, Conflict, NotFound


class NoTour(NotFound):
    """There is no tour at this time."""

    zh = "当前没有巡查路线。"


class NotOnShift(Conflict):
    """The member is on no shift now, so there is nothing to plan; nothing was changed."""

    zh = "该队员当前不在班，未作任何更改。"


class NoBeat(Conflict):
    """The member has no beat now, so there is nothing to plan; nothing was changed."""

    zh = "该队员当前没有责任区，未作任何更改。"


class NoPlace(BadInput):
    """The case has no place to go to."""

    zh = "案件没有位置，无法安排前往。"


class CaseOver(Conflict):
    """The case is over, so nobody need go there; nothing was changed."""

    zh = "案件已办结，无需前往，未作任何更改。"


class PostOutside(BadInput):
    """The team's post is far from the district; nothing was planned."""

    zh = "驻地位置远离本区，未作编排。"
