"""Finds PostgreSQL's programs with PostGIS beside them, wherever the system keeps them. Installs nothing."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST_POSTGRESQL = 15  # security_invoker views (design section 9)
OLDEST_POSTGIS = (3, 3)
FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True, slots=True, order=True)
class Binaries:
    """One PostgreSQL installation that has PostGIS.

    Attributes:
        major: PostgreSQL's major version.
        folder: Where `initdb`, `pg_ctl`, `pg_dump` and the others are.
    """

    major: int
    folder: Path

    def program(self, name: str) -> str:
        """Return the path of one of its programs."""
        return str(self.folder / name)


def installed() -> list[Binaries]:
    """Return every PostgreSQL 15 or later with PostGIS 3.3 or later, oldest first."""
    found = {
        Binaries(major, folder)
        for folder in _folders()
        if (major := _major(folder)) >= OLDEST_POSTGRESQL and _postgis(folder, major) >= OLDEST_POSTGIS
    }
    return sorted(found)


def client(name: str) -> str | None:
    """Return the newest of a client program (`psql`, `pg_dump`): one of ours, or the PATH's."""
    newest = sorted((_major(folder), folder) for folder in _folders() if (folder / name).exists())
    return str(newest[-1][1] / name) if newest else shutil.which(name)


def _folders() -> Iterator[Path]:
    for pattern in FOLDERS:
        yield from map(Path, glob(pattern))  # noqa: PTH207  # absolute patterns; pathlib's glob takes relative ones
    for name in ("pg_ctl", "pg_config"):
        program = shutil.which(name)
        if program:
            folder = _run(program, "--bindir") if name == "pg_config" else str(Path(program).resolve().parent)
            if folder and (Path(folder) / "initdb").exists():
                yield Path(folder)


def _major(folder: Path) -> int:
    found = re.search(r"\b(\d+)[.\d]*", _run(str(folder / "postgres"), "--version"))
    return int(found[1]) if found else 0


def _postgis(folder: Path, major: int) -> tuple[int, ...]:
    share = _run(str(folder / "pg_config"), "--sharedir") or f"/usr/share/postgresql/{major}"
    try:
        control = (Path(share) / "extension" / "postgis.control").read_text(encoding="utf-8")
    except OSError:
        return (0,)
    found = re.search(r"default_version\s*=\s*'(\d+)\.(\d+)", control)
    return (int(found[1]), int(found[2])) if found else (0,)


def _run(program: str, *arguments: str) -> str:
    try:
        return subprocess.run(  # noqa: S603
            [program, *arguments], capture_output=True, text=True, check=True, timeout=20
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""
