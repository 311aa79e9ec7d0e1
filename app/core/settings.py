"""The deployment's settings, read from the environment by `main` and `cli` only."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
GEODATA = ROOT / "geodata"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
FIX_DAYS, VOICE_DAYS, SHIFT_HOURS = 7, 90, 14


class BadSetting(BadInput):
    """A setting in the environment can't be read."""

    zh = "环境变量设置有误。"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that differs between deployments.

    Attributes:
        database_url: The service role's database; None for the private cluster.
        owner_url: The owner role's database: migrates, loads areas, lays the grid.
        home: Folder of the private cluster; None for the default of the user who runs it.
        metric_srid: EPSG code of the stored geometries, in metres; fixed when the database is made.
        timezone: The city's time zone, an IANA name.
        may_install: Whether missing system packages may be installed.
        hosts: Host names by which browsers and clients may address the web server; "*" for any.
        fix_days: Days that raw fixes of members are kept after they were recorded; 0: until their shift has ended.
        voice_days: Days that voice notes are kept after their case has ended.
        shift_hours: A shift that nobody has ended after so many hours is closed at its last sign of life.
    """

    database_url: str | None = None
    owner_url: str | None = None
    home: Path | None = None
    metric_srid: int = 4548
    timezone: str = "Asia/Shanghai"
    may_install: bool = True
    hosts: tuple[str, ...] = LOOPBACK
    fix_days: int = FIX_DAYS
    voice_days: int = VOICE_DAYS
    shift_hours: int = SHIFT_HOURS

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read `GRIDWARD_*` variables; unset ones keep their defaults."""
        home = env.get("GRIDWARD_HOME")
        return cls(
            database_url=env.get("GRIDWARD_DATABASE_URL") or None,
            owner_url=env.get("GRIDWARD_OWNER_URL") or None,
            home=Path(home).expanduser() if home else None,
            metric_srid=_srid(env.get("GRIDWARD_METRIC_CRS", "EPSG:4548")),
            timezone=_timezone(env.get("GRIDWARD_TIMEZONE", "Asia/Shanghai")),
            may_install=env.get("GRIDWARD_INSTALL", "yes").lower() not in ("no", "0", "false", "off"),
            hosts=(*LOOPBACK, *_hosts(env.get("GRIDWARD_HOSTS", ""))),
            fix_days=_whole(env, "GRIDWARD_FIX_DAYS", FIX_DAYS, 0, 366),
            voice_days=_whole(env, "GRIDWARD_VOICE_DAYS", VOICE_DAYS, 0, 3660),
            shift_hours=_whole(env, "GRIDWARD_SHIFT_HOURS", SHIFT_HOURS, 1, 48),
        )

    @property
    def checkout_id(self) -> str:
        """A short name for this checkout, so that two checkouts never share a cluster."""
        return hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]


def _srid(text: str) -> int:
    try:
        return int(text.upper().removeprefix("EPSG:"))
    except ValueError:
        raise BadSetting(
            f"GRIDWARD_METRIC_CRS is {text!r}.", remedy="Give an EPSG code, as in EPSG:4548."
        ) from None


def _whole(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = env.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or not least <= int(text) <= most:
        raise BadSetting(f"{name} is {text!r}.", remedy=f"Give a whole number from {least} to {most}.")
    return int(text)


def _hosts(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        if "/" in name or (name != "*" and "*" in name.removeprefix("*.")):
            raise BadSetting(
                f"GRIDWARD_HOSTS has {name!r}.", remedy="Give host names, as in map.example.org,10.0.0.5."
            )
    return names


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadSetting(
            f"GRIDWARD_TIMEZONE is {name!r}.", remedy="Give an IANA name, as in Asia/Shanghai."
        ) from None
    return name
