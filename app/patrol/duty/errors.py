"""What can go wrong with duty. A class's docstring is what users read."""

from __future__ import annotations

from app.core.errors import BadInput, Conflict, NotAllowed


class ConsentMissing(NotAllowed):
    """Positions are recorded only with consent; nothing was stored."""

    zh = "未同意位置记录，未保存任何内容。"
    problem = "urn:gridward:consent-missing"


class NoticeChanged(Conflict):
    """The notice has changed since it was read; nothing was changed."""

    zh = "告知内容已更新，请重新阅读后再决定。"


class NotTheLeader(NotAllowed):
    """Only the team's leader sees where members are, and only while they are on shift."""

    zh = "仅队长可查看在班队员的位置。"


class BadMoment(BadInput):
    """This can't have been then; nothing was changed."""

    zh = "时间有误，未作任何更改。"
