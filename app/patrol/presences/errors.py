"""Why a door's code can't be taken, or a file of doors."""

from __future__ import annotations

from app.core.errors import BadInput, Conflict, NotFound


class UnknownDoor(NotFound):
    """No door has this code; nothing was stored."""

    zh = "没有这个门牌码，未作记录。"


class OffDuty(Conflict):
    """The member wasn't on shift then; nothing was stored."""

    zh = "当时不在班，未作记录。"


class BadMoment(BadInput):
    """The moment can't be right; nothing was stored."""

    zh = "时间有误，未作记录。"


class DoorOutside(Conflict):
    """The door lies in no cell of the grid of that time; nothing was stored."""

    zh = "该门牌不在当时的网格内，未作记录。"


class BadDoors(BadInput):
    """The file of doors can't be read; nothing was changed."""

    zh = "门牌码文件有误，未作任何更改。"
