"""Who runs the private server: ourselves, or, for PostgreSQL refuses root, an unprivileged user."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.errors import NotReady

if TYPE_CHECKING:
    from pathlib import Path

CANDIDATES = ("postgres", "gridward")


class NoServerUser(NotReady):
    """There is no unprivileged user to run PostgreSQL as."""

    zh = "没有可用于运行 PostgreSQL 的普通用户。"


@dataclass(frozen=True, slots=True)
class ServerUser:
    """An account of this system; `drop` is None where it is our own."""

    name: str
    drop: tuple[int, int] | None = None

    @classmethod
    def choose(cls) -> ServerUser:
        """Return ourselves, or as root `postgres`, or `gridward`, made where missing."""
        if os.geteuid() != 0:
            return cls(str(os.geteuid()))
        for name in CANDIDATES:
            if found := _account(name):
                return cls(name, found)
        command = ["useradd", "--system", "--no-create-home", "--home-dir", "/nonexistent", CANDIDATES[-1]]
        subprocess.run(command, check=False, capture_output=True)  # noqa: S603
        if found := _account(CANDIDATES[-1]):
            return cls(CANDIDATES[-1], found)
        raise NoServerUser(remedy="Make one (useradd --system gridward), or run Gridward as a normal user.")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program as this user, from a folder that it can reach; messages are in English."""
        user, group = self.drop or (None, None)
        env = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
        return subprocess.run(  # noqa: S603
            command,
            user=user,
            group=group,
            extra_groups=[] if self.drop else None,
            cwd="/",
            env=env | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )

    def own(self, path: Path) -> None:
        """Give a file or folder to this user."""
        if self.drop:
            os.chown(path, *self.drop)

    def reaches(self, folder: Path) -> bool:
        """Tell whether this user can write in a folder."""
        return self.run("test", "-w", str(folder)).returncode == 0


def _account(name: str) -> tuple[int, int] | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return entry.pw_uid, entry.pw_gid
