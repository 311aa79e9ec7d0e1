"""Draws the plain pages (工作台) from templates: words in two languages, times as people say them. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.auth.permissions import ROLES
from app.auth.principal import NOBODY, Principal
from app.desk import words

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
LANGUAGES = ("zh", "en")
STAFF = frozenset(ROLES) - {"administrator", "auditor", "party_member"}
EVERY_DAY = STAFF | {"party_member"}
CLERKS = frozenset({"district_supervisor", "street_supervisor", "dispatcher"})
NAVIGATION = (
    ("/desk", "今日工作", "Today", EVERY_DAY),
    ("/desk/cases", "案件", "Cases", EVERY_DAY),
    ("/desk/report", "上报", "Report", EVERY_DAY),
    ("/desk/hotline", "热线工单", "Hotline", CLERKS),
    ("/desk/patrol", "巡查", "Patrol", CLERKS),
    ("/desk/parties", "主体与职责", "Parties", frozenset(ROLES)),
    ("/desk/lint", "覆盖检查", "Gaps", CLERKS | {"administrator", "planner", "auditor"}),
    ("/map", "地图", "Map", STAFF),
    ("/desk/accounts", "账号", "Accounts", frozenset({"administrator"})),
    ("/desk/audit", "审计", "Audit", frozenset({"auditor"})),
)
"""Path, Chinese and English name, and the roles that have a use for it; rights are judged elsewhere."""
PUBLIC_NAVIGATION = (
    ("/report", "上报问题", "Report"),
    ("/follow", "查询进度", "Follow"),
    ("/sign-in", "登录", "Sign in"),
)


@dataclass(frozen=True, slots=True)
class Look:
    """What every page needs to know of who looks at it, and how.

    Attributes:
        lang: zh or en.
        path: Of the page, without its query.
        query: Of the page, pairs as they came.
        asking: Who looks.
        now: Aware.
        zone: The city's time zone.
        place: The ground of the asker's grants, in words.
        synthetic: Whether the ground, or anything shown on it, is invented.
        notices: How many the asker has not seen.
    """

    lang: str = "zh"
    path: str = "/"
    query: tuple[tuple[str, str], ...] = ()
    asking: Principal = NOBODY
    now: datetime = field(default_factory=lambda: datetime.now(ZoneInfo("Asia/Shanghai")))
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    place: str = ""
    synthetic: bool = False
    notices: int = 0

    def t(self, zh: str, en: str) -> str:
        """Return the words in the page's language."""
        return zh if self.lang == "zh" else en

    def pair(self, names: tuple[str, str]) -> str:
        """Return the one of a Chinese and an English name."""
        return self.t(*names) or names[0]

    @property
    def roles(self) -> list[str]:
        """Names of the asker's roles, each once."""
        held = dict.fromkeys(grant.role for grant in self.asking.grants)
        return [self.pair(ROLES[role]) for role in held if role in ROLES]

    @property
    def navigation(self) -> list[tuple[str, str, bool]]:
        """Path, name and whether one is there."""
        if not self.asking.signed_in:
            return [(path, self.t(zh, en), self.path == path) for path, zh, en in PUBLIC_NAVIGATION]
        held = {grant.role for grant in self.asking.grants}
        shown = [each for each in NAVIGATION if held & each[3] or self.asking.system]
        places = [
            path for path, *_ in shown if path == self.path or (path != "/desk" and within(self.path, path))
        ]
        here = max(places, key=len, default="")
        return [(path, self.t(zh, en), path == here) for path, zh, en, _ in shown]

    def link(self, **changes: Any) -> str:
        """Return this page's address with some of its query changed; None or an empty text leaves a part out."""
        kept = [(name, value) for name, value in self.query if name not in changes]
        added = [(name, str(value)) for name, value in changes.items() if value not in (None, "")]
        query = urlencode(kept + added)
        return f"{self.path}?{query}" if query else self.path

    def local(self, at: datetime | None) -> datetime | None:
        """Return a time on the city's clock."""
        return at.astimezone(self.zone) if at else None

    def when(self, at: datetime | None, *, seconds: bool = False) -> str:
        """Return a time as one reads it: today's without the date, this year's without the year."""
        local, now = self.local(at), self.now.astimezone(self.zone)
        if local is None:
            return "—"
        clock = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
        if local.date() == now.date():
            return f"{self.t('今天', 'today')} {clock}"
        day = f"{local:%m-%d}" if local.year == now.year else f"{local:%Y-%m-%d}"
        return f"{day} {clock}"

    def full(self, at: datetime | None) -> str:
        """Return a time with its date, for what is printed."""
        local = self.local(at)
        return f"{local:%Y-%m-%d %H:%M}" if local else "—"

    def left(self, due: datetime | None) -> str:
        """Return how long there is until a deadline, or since."""
        if due is None:
            return self.t("无时限", "no limit")
        rest = due - self.now
        span = self.span(abs(rest))
        return (
            self.t(f"剩 {span}", f"{span} left")
            if rest >= timedelta(0)
            else self.t(f"超期 {span}", f"{span} late")
        )

    def span(self, length: timedelta) -> str:
        """Return a length of time in its two largest units."""
        minutes = int(length.total_seconds() // 60)
        days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
        parts = [(days, "天", "d"), (hours, "小时", "h"), (rest, "分", "min")]
        first = next((i for i, part in enumerate(parts) if part[0]), 2)
        said = [
            f"{n}{self.t(' ' + zh, ' ' + en)}" for n, zh, en in parts[first : first + 2] if n or first == 2
        ]
        return " ".join(said)


def within(path: str, folder: str) -> bool:
    """Tell whether a path is a page or lies under it."""
    return path == folder or path.startswith(folder + "/")


def local_path(asked: str) -> str:
    r"""Return where to go after signing in: a path of this site, else the desk.

    `//other.example`, `/\other.example` and control characters are how an address that looks local leads elsewhere.
    """
    good = asked.startswith("/") and not asked.startswith(("//", "/\\")) and "\\" not in asked
    return asked if good and asked.isprintable() and len(asked) <= 500 else "/desk"


@cache
def static(name: str) -> str:
    """Return the address of a static file, with a mark that changes with its content."""
    mark = hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest()[:10]
    return f"/desk/static/{name}?v={mark}"


_environment = Environment(
    loader=FileSystemLoader([HERE / "templates", HERE / "patrol" / "templates"]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals.update(words=words, static=static)


def draw(template: str, look: Look, facts: Mapping[str, Any] | None = None) -> str:
    """Return a page."""
    return _environment.get_template(template).render(look=look, t=look.t, pair=look.pair, **(facts or {}))
