"""Which cases are looked for (案件查询), how a list goes on to its next page, and today's work (今日工作). Pure."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from app.cases import timing
from app.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from zoneinfo import ZoneInfo

MOST: Final = 500


class BadPage(BadInput):
    """This is no mark of a page."""

    zh = "分页标记无效。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which cases, newest first; what is None or empty does not limit them.

    Attributes:
        area: Code of a district, street, community.
        stages: Any of these.
        open: Open ones only (True), ended ones only (False).
        parties: Ids of who leads.
        category: Key of a category; those under it count.
        words: In the description, the address, the number.
        mine: Reported by whoever asks.
        after: Mark of the page before: see `mark`.
    """

    area: str | None = None
    stages: tuple[str, ...] = ()
    open: bool | None = None
    parties: tuple[int, ...] = ()
    category: str | None = None
    overdue: bool = False
    due_before: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    mine: bool = False
    after: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A case as a list shows it."""

    id: int
    number: str
    source: str
    stage: str
    loop: str
    category: str
    category_zh: str
    category_en: str
    description: str
    address: str
    community: str | None
    street: str | None
    cell: str | None
    party_id: int | None
    party_zh: str | None
    party_en: str | None
    reported_at: datetime
    opened_at: datetime
    due_at: datetime | None
    stage_due_at: datetime | None
    ended_at: datetime | None
    suspended: bool
    urgent: bool
    supervised: bool
    excused: bool
    self_handled: bool
    confidential: bool
    returned: int
    reworked: int
    urged: int
    pending: tuple[str, ...]
    reported_by: int | None
    synthetic: bool
    version: int

    def overdue(self, now: datetime) -> bool:
        """Tell whether it is late: see `app.cases.timing.overdue`."""
        return timing.overdue(self, now)


@dataclass(frozen=True, slots=True)
class Page:
    """Cases, and the mark of the next page (None: that was all)."""

    cases: tuple[Listed, ...]
    after: str | None


def mark(last: Listed) -> str:
    """Return the mark by which the next page begins after a case."""
    return base64.urlsafe_b64encode(f"{last.reported_at.isoformat()} {last.id}".encode()).decode()


def unmark(text: str) -> tuple[datetime, int]:
    """Return when the last case of a page was reported, and its id.

    Raises:
        BadPage: It is no mark.
    """
    try:
        at, _, number = base64.urlsafe_b64decode(text.encode()).decode().partition(" ")
        moment, last = datetime.fromisoformat(at), int(number)
    except (ValueError, binascii.Error):
        raise BadPage(f"It is {text[:60]!r}.", remedy="Take `after` from the page before.") from None
    if moment.tzinfo is None or not 0 <= last < 2**63:
        raise BadPage(f"It is {text[:60]!r}.", remedy="Take `after` from the page before.")
    return moment, last


def limits(asked: Filter, level: str | None, wanted: list[int] | None) -> dict[str, dict[str, object]]:
    """Return what a filter limits: names of conditions of the repository, with their values.

    Args:
        asked: The filter.
        level: Of its area: district, street or community.
        wanted: Ids of its category and those under it.

    Raises:
        BadPage: Its mark is none.
    """
    found: dict[str, dict[str, object]] = {}
    if level in ("street", "community"):
        found[level] = {"area": asked.area}
    if asked.open is not None:
        found["open" if asked.open else "ended"] = {}
    given: dict[str, object] = {
        "stages": list(asked.stages), "parties": list(asked.parties), "due_before": asked.due_before,
        "since": asked.since, "until": asked.until,
    }  # fmt: skip
    found |= {name: {name: value} for name, value in given.items() if value}
    if wanted is not None:
        found["categories"] = {"categories": wanted}
    if asked.words:
        escaped = asked.words.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        found["words"] = {"words": f"%{escaped}%"}
    found |= {name: {} for name in ("overdue", "mine") if getattr(asked, name)}
    if asked.after is not None:
        at, last = unmark(asked.after)
        found["after"] = {"after_at": at, "after_id": last}
    return found


@dataclass(frozen=True, slots=True)
class Day:
    """The day that "today" means."""

    now: datetime
    begins: datetime
    ends: datetime

    @classmethod
    def of(cls, now: datetime, zone: ZoneInfo) -> Day:
        begins = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return cls(now, begins.astimezone(UTC), (begins + timedelta(days=1)).astimezone(UTC))


LISTS: Final[dict[str, tuple[str, str, Callable[[Listed, Day, int | None], bool]]]] = {
    "overdue": ("超期", "Overdue", lambda c, day, _me: c.overdue(day.now)),
    "due_today": ("今日到期", "Due today", lambda c, day, _me: _due_today(c, day)),
    "overnight": ("隔夜", "Overnight", lambda c, day, _me: c.opened_at < day.begins),
    "to_accept": ("待受理立案", "To accept and file", lambda c, _day, _me: c.stage in ("reported", "accepted", "verified")),
    "unassigned": ("待派遣", "Unassigned", lambda c, _day, _me: c.stage == "filed"),
    "unsigned": ("待签收", "Unsigned", lambda c, _day, _me: c.stage == "dispatched"),
    "to_handle": ("处置中", "To handle", lambda c, _day, _me: c.stage == "signed" and not c.suspended),
    "returned": ("退回", "Returned", lambda c, _day, _me: "return" in c.pending or (c.returned > 0 and c.stage == "filed")),
    "to_decide": ("待审批", "To decide", lambda c, _day, _me: bool(c.pending)),
    "to_check": ("待核查", "To check", lambda c, _day, _me: c.stage == "handled"),
    "to_close": ("待结案", "To close", lambda c, _day, _me: c.stage == "checked"),
    "suspended": ("挂账", "Suspended", lambda c, _day, _me: c.suspended),
    "mine": ("我上报的", "Reported by me", lambda c, _day, me: me is not None and c.reported_by == me),
}  # fmt: skip
"""Today's lists: name, zh, en, and which open cases they hold; a case may stand in several."""


def _due_today(case: Listed, day: Day) -> bool:
    return (
        any(due is not None and day.now <= due < day.ends for due in (case.due_at, case.stage_due_at))
        and not case.suspended
    )


def sorted_out(cases: Iterable[Listed], day: Day, me: int | None) -> dict[str, list[Listed]]:
    """Return today's lists of open cases, each by its deadline."""
    ordered = sorted(cases, key=lambda case: (_urgency(case), case.number))
    return {name: [c for c in ordered if holds(c, day, me)] for name, (_, _, holds) in LISTS.items()}


def _urgency(case: Listed) -> Any:
    return min(
        (d for d in (case.stage_due_at, case.due_at) if d is not None),
        default=datetime.max.replace(tzinfo=UTC),
    )
