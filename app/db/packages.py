"""Installs the Debian packages of a private PostGIS, where that is allowed and possible; quiet, and only once.

Debian's own server ("main") is neither made nor started by it, and one that was there before is left alone.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.core.errors import NotReady

if TYPE_CHECKING:
    from collections.abc import Iterator

CREATE_CLUSTER = Path("/etc/postgresql-common/createcluster.conf")
DPKG = Path("/var/lib/dpkg")
REMEDY = (
    "Install PostgreSQL 15 or later with PostGIS 3.3 or later (Debian, Ubuntu: apt-get install postgresql "
    "postgresql-15-postgis-3), or start Docker's postgis/postgis image and set GRIDWARD_DATABASE_URL and "
    "GRIDWARD_OWNER_URL to its address."
)


class PostgisMissing(NotReady):
    """PostgreSQL with PostGIS is not on this machine."""

    zh = "本机未安装 PostgreSQL 与 PostGIS。"


def can_install() -> bool:
    """Tell whether this is Debian or Ubuntu, and we are root or may be without being asked."""
    return shutil.which("apt-get") is not None and (os.geteuid() == 0 or _sudo() != [])


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait for other Gridward commands that install (the Makefile takes the same lock)."""
    handle = os.open(DPKG, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def install_postgis() -> None:
    """Install the newest packaged PostgreSQL that has a PostGIS package.

    Raises:
        PostgisMissing: apt can't, in apt's own words.
    """
    _apt("update")
    version = _newest_version()
    if not CREATE_CLUSTER.exists():
        _apt("install", "postgresql-common")
        _forbid_main_cluster()
    _apt("install", f"postgresql-{version}", f"postgresql-{version}-postgis-3")


def _newest_version() -> int:
    names = _run("apt-cache", "search", "--names-only", "^postgresql-[0-9]+-postgis-3$")
    versions = [int(number) for number in re.findall(r"^postgresql-(\d+)-postgis-3\b", names, re.MULTILINE)]
    if not versions or max(versions) < 15:
        raise PostgisMissing("This system's packages have no PostgreSQL 15 with PostGIS.", remedy=REMEDY)
    return max(versions)


def _forbid_main_cluster() -> None:
    line = "create_main_cluster = false  # Gridward runs a server of its own"
    _run(*_sudo(), "sh", "-c", 'echo "$1" >> "$2"', "sh", line, str(CREATE_CLUSTER))


def _sudo() -> list[str]:
    if os.geteuid() == 0:
        return []
    try:
        subprocess.run(["sudo", "-n", "true"], check=True, capture_output=True)  # noqa: S607
    except (OSError, subprocess.SubprocessError):
        return []
    return ["sudo", "-n"]


def _apt(*arguments: str) -> None:
    options = ("-qq", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=600")
    _run(*_sudo(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *options, *arguments)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)  # noqa: S603
    if done.returncode:
        words = " ".join((done.stderr or done.stdout).split())[-400:]
        raise PostgisMissing(f"`{' '.join(command[-3:])}` failed: {words}", remedy=REMEDY)
    return done.stdout
