"""A patroller of tiny town with a phone: a member with an account, a team, categories, parties, and a server to kill.

The server is a process of its own, started as an operator would start it, so that it can be killed while it works.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.areas import service as areas
from app.auth.entrance import service as entrance
from app.auth.principal import SYSTEM
from app.core.settings import ROOT
from app.db.engine import transaction
from app.gazetteer import service as gazetteer
from app.gazetteer.reading import PlaceDraft
from app.teams import service as teams
from app.teams.roster import Beat, Member
from app.web.guard import COOKIE
from tests import case_town, tiny_town
from tests.accounts import account

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from app.db.databases import Databases

TEAM, MEMBER = "tt", "tt-01"
BEAT = tuple(code for row in tiny_town.CELLS[:2] for code in row[:2])  # the north-west community's four cells
PLACES = [
    ("building", "示意1号楼", 30, 370),
    ("building", "示意2号楼", 160, 340),
    ("shop", "示意便利店", 60, 240),
]


@dataclass
class Phone:
    """A member's account and its session."""

    account: str
    cookie: str


def fill(databases: Databases) -> Phone:
    """Make town, team and member, and commit; return who walks."""
    case_town.build(databases)
    with transaction(databases.service, "system") as connection:
        ground = areas.ground(connection, areas.edition_at(connection).id)
        beat = [int(one) for one, code in zip(ground.ids, ground.codes, strict=True) if str(code) in BEAT]
        teams.form_team(
            connection, TEAM, "示意巡逻队", [Member(code=MEMBER, name="队员甲")], [Beat(member=MEMBER, cells=beat, name="西北片")],
            area_code=tiny_town.DISTRICT, synthetic=True,
        )  # fmt: skip
        for kind, name, x, y in PLACES:
            lon, lat = tiny_town.lonlat(x, y)
            gazetteer.add(connection, SYSTEM, PlaceDraft(kind=kind, name=name, x=lon, y=lat))
        who = account(connection, "patroller", area=tiny_town.DISTRICT, name="walker")
        teams.give_account(connection, MEMBER, who.id)
        return Phone("walker", entrance.use_link(connection, entrance.make_link(connection, who.id, 5)))


@dataclass
class Killable:
    """Uvicorn in a process of its own, on a port that it keeps when it is started again."""

    databases: Databases
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    starts: int = field(default=0)

    def __post_init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        service = self.databases.service.url.render_as_string(hide_password=False)
        owner = self.databases.owner.url.render_as_string(hide_password=False)
        environment = {**os.environ, "GRIDWARD_DATABASE_URL": service, "GRIDWARD_OWNER_URL": owner}
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "--factory",
            "app.main:from_environment",
            "--log-level",
            "warning",
        ]
        self.process = subprocess.Popen([*command, "--port", str(self.port)], cwd=ROOT, env=environment)
        self.starts += 1
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{self.address}/healthz", timeout=5).close()
            except (OSError, urllib.error.URLError):
                assert self.process.poll() is None, "the server ended"
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the server doesn't answer")

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None


def context(browser: Browser, address: str, phone: Phone, **options: Any) -> BrowserContext:
    """Return a phone's browser, signed in; 360 px wide."""
    made = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, device_scale_factor=2, locale="zh-CN",
        timezone_id="Asia/Shanghai", **options,
    )  # fmt: skip
    made.add_cookies([{"name": COOKIE, "value": phone.cookie, "url": address}])
    return made
