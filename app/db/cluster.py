"""Gridward's own private PostGIS, for machines where nobody runs one.

A PostgreSQL cluster in a folder of its own, on a loopback port (and a socket where the path is short enough), with a
random password. Starting is idempotent and safe to do twice at once; what a crash left is mended. It knows nothing of
the schema: `app.db.migrate` makes that.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import shutil
import signal
import socket
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import psycopg
from platformdirs import user_data_path
from psycopg import sql

from app.core.errors import GridwardError, NotReady
from app.db import binaries, packages, tuning
from app.db.server_user import ServerUser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.core.settings import Settings
    from app.db.binaries import Binaries

ADMIN, OWNER, SERVICE = "gridward_admin", "gridward_owner", "gridward_service"
DATABASE = "gridward"
EXTENSIONS = ("postgis", "btree_gist")
LONGEST_SOCKET = 107  # bytes, Linux's limit
LEAST_DISK = 300 * tuning.MIB
START_SECONDS = 120
HBA = "local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n"

Purpose = Literal["run", "test"]


class ClusterFolderUnusable(NotReady):
    """The private database's folder can't be used."""

    zh = "私有数据库的目录无法使用。"


class ClusterBroken(NotReady):
    """The private database can't be started."""

    zh = "私有数据库无法启动。"


class DiskFull(NotReady):
    """The disk of the private database is full."""

    zh = "私有数据库所在磁盘已满。"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses of the private cluster's one database, by role."""

    admin_url: str
    owner_url: str
    service_url: str


@dataclass(frozen=True, slots=True)
class State:
    """What must be kept to reach the server: written before the data, readable by its owner only."""

    port: int
    secret: str

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return a role's address."""
        return f"postgresql://{role}:{self._password(role)}@127.0.0.1:{self.port}/{database}"

    def _password(self, role: str) -> str:
        return self.secret if role == ADMIN else role_password(self.secret, role)


def role_password(secret: str, role: str) -> str:
    """Derive a role's password from the administrator's; it does not lead back."""
    return hmac.new(secret.encode(), role.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL cluster in a folder of its own."""

    home: Path
    may_install: bool = True

    @classmethod
    def of(cls, settings: Settings, purpose: Purpose = "run") -> Cluster:
        """Return this checkout's cluster for running or for tests; they never share one."""
        if settings.home:
            return cls(settings.home.absolute() / purpose, settings.may_install)
        base = Path("/var/lib/gridward") if os.geteuid() == 0 else user_data_path("gridward")
        return cls(base / f"{settings.checkout_id}-{purpose}", settings.may_install)

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory; it appears in one step, complete."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home / "server.log"

    def start(self) -> Addresses:
        """Make the cluster where there is none, start it where it isn't running, and return its addresses.

        Raises:
            GridwardError: It can't be, with what to do about it.
        """
        state = self._state()
        if state is None or not _is_ready(state):
            with self._alone():
                state = self._start()
        return Addresses(state.url(ADMIN, "postgres"), state.url(OWNER), state.url(SERVICE))

    def stop(self) -> bool:
        """Stop the server of this folder, and no other; False where none was running."""
        if self.server_pid() is None:
            return False
        with self._alone():
            pid = self.server_pid()
            if pid is None:
                return False
            os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown: ends sessions, writes everything
            if not _within(START_SECONDS, lambda: self.server_pid() is None):
                raise ClusterBroken(f"It did not stop within {START_SECONDS} s; see {self.log}.")
            return True

    def server_pid(self) -> int | None:
        """Return the running server's process id; None where it isn't running."""
        pid = self._recorded_pid()
        return pid if pid is not None and _serves(pid, self.data) else None

    def port(self) -> int | None:
        """Return the cluster's port; None for one that was never made."""
        state = self._state()
        return state.port if state else None

    def _start(self) -> State:
        state = self._state()
        if state is not None and _is_ready(state):
            return state
        user = ServerUser.choose()
        if not self.data.exists():
            state = self._make(user)
        if state is None:
            raise ClusterBroken(
                f"{self._state_file} is missing or damaged, and the passwords with it.",
                remedy=f"Put it back, or move {self.home} away and restore a backup.",
            )
        if self.server_pid() is None:
            state = self._serve(user, state)
        answers = _within(START_SECONDS, lambda: _connects(state.url(ADMIN, "postgres")))
        if not answers:
            raise ClusterBroken(f"It runs but does not answer; see {self.log}.", remedy="Run: make stop")
        _furnish(state)
        return state

    def _make(self, user: ServerUser) -> State:
        """Make the data directory beside its place and move it there when it is complete."""
        making = self.home / "data.making"
        password = self.home / "password.making"
        state = State(_free_port(), secrets.token_urlsafe(32))
        with _folder_errors(self.home):
            self._make_home(user)
            shutil.rmtree(making, ignore_errors=True)
            password.unlink(missing_ok=True)
            self._save(state)
            _write_private(password, state.secret)
            user.own(password)
        options = ("--encoding=UTF8", "--lc-collate=C", f"--lc-ctype={_ctype()}", "--lc-messages=C")
        auth = ("--auth=scram-sha-256", f"--username={ADMIN}", f"--pwfile={password}")
        done = user.run(self._binaries().program("initdb"), "-D", str(making), *auth, *options)
        password.unlink()
        if done.returncode:
            raise self._why(done.stdout + done.stderr)
        making.rename(self.data)
        return state

    def _make_home(self, user: ServerUser) -> None:
        self.home.mkdir(mode=0o700, exist_ok=True)
        user.own(self.home)
        if not user.reaches(self.home):
            raise ClusterFolderUnusable(
                f"The user {user.name} that runs PostgreSQL can't write in {self.home}.",
                remedy="Set GRIDWARD_HOME to a folder that every user may enter, such as one under /var/lib.",
            )
        if shutil.disk_usage(self.home).free < LEAST_DISK:
            raise DiskFull(f"{self.home} has less than 300 MB left.", remedy="Free some space and try again.")

    def _serve(self, user: ServerUser, state: State) -> State:
        program = self._binaries().program("pg_ctl")
        said = ""
        for _ in range(10):
            if _is_taken(state.port):
                state = State(_free_port(), state.secret)
                with _folder_errors(self.home):
                    self._save(state)
            with _folder_errors(self.home):
                self._forget_the_dead()
                self._configure(state)
            arguments = (
                "start",
                "-s",
                "-w",
                "-t",
                str(START_SECONDS),
                "-D",
                str(self.data),
                "-l",
                str(self.log),
            )
            before = self.log.stat().st_size if self.log.exists() else 0
            done = user.run(program, *arguments)
            if done.returncode == 0:
                return state
            said = self._said_since(before) + done.stderr
            if "shared memory block" not in said and "Address already in use" not in said:
                raise self._why(said)
            time.sleep(0.5)  # a killed server's last sessions are still ending, or the port was just taken
        raise self._why(said)

    def _configure(self, state: State) -> None:
        short = len(f"{self.home}/.s.PGSQL.65535".encode()) <= LONGEST_SOCKET
        shm = Path("/dev/shm")  # noqa: S108
        configuration = tuning.configuration(
            memory=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
            shared_memory=shutil.disk_usage(shm).free if shm.is_dir() else tuning.GIB,
            port=state.port,
            socket_folder=str(self.home) if short else "",
        )
        for name, content in (("postgresql.conf", configuration), ("pg_hba.conf", HBA)):
            file = self.data / name
            file.write_text(content, encoding="utf-8")
            file.chmod(0o644)  # the folder is private; the server's user must read them

    def _binaries(self) -> Binaries:
        """Return programs that fit the data directory, installing PostGIS where that is needed and allowed."""
        found = binaries.installed()
        if not found and self.may_install and packages.can_install():
            with packages.one_at_a_time():
                if not binaries.installed():
                    packages.install_postgis()
            found = binaries.installed()
        if not found:
            raise packages.PostgisMissing(remedy=packages.REMEDY)
        if not self.data.exists():
            return found[-1]
        major = int((self.data / "PG_VERSION").read_text(encoding="utf-8"))
        fitting = [each for each in found if each.major == major]
        if not fitting:
            raise ClusterBroken(
                f"{self.data} was made by PostgreSQL {major}; found: {', '.join(str(b.major) for b in found)}.",
                remedy=f"Install postgresql-{major}-postgis-3, or move {self.home} away and restore a backup.",
            )
        return fitting[-1]

    @property
    def _state_file(self) -> Path:
        return self.home / "cluster.json"

    def _state(self) -> State | None:
        try:
            found = json.loads(self._state_file.read_text(encoding="utf-8"))
            return State(int(found["port"]), str(found["secret"]))
        except PermissionError as error:
            raise _unusable(self.home, error) from error
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _save(self, state: State) -> None:
        new = self._state_file.with_suffix(".new")
        new.unlink(missing_ok=True)
        _write_private(new, json.dumps(asdict(state)))
        new.replace(self._state_file)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the cluster's lock; the kernel frees it when its holder dies, so it is never stale."""
        with _folder_errors(self.home):
            self.home.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            handle = os.open(self.home.with_name(self.home.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _recorded_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _forget_the_dead(self) -> None:
        """Remove what a crashed server left that would stop the next.

        Socket locks, and a pid file that is empty or whose number is another process's by now, or a zombie's, in a
        container whose first process reaps none. Called under the lock, with no server of ours running.
        """
        file = self.data / "postmaster.pid"
        pid = self._recorded_pid()
        if file.exists() and (pid is None or _lives(pid)):
            file.unlink()
        for socket_file in self.home.glob(".s.PGSQL.*"):
            socket_file.unlink()

    def _said_since(self, position: int) -> str:
        try:
            with self.log.open(encoding="utf-8", errors="replace") as file:
                file.seek(position)
                return file.read()[-4000:]
        except OSError:
            return ""

    def _why(self, said: str) -> GridwardError:
        """Turn PostgreSQL's last words into ours."""
        if "No space left" in said:
            return DiskFull(f"See {self.log}.", remedy=f"Free some space on the disk of {self.home}.")
        if "Read-only file system" in said or "Permission denied" in said:
            return ClusterFolderUnusable(
                f"PostgreSQL can't write in {self.home}.", remedy="Set GRIDWARD_HOME to another folder."
            )
        fatal = [line for line in said.splitlines() if "FATAL" in line or "PANIC" in line or "error" in line]
        words = (fatal or said.splitlines() or ["it gave no reason"])[0]
        return ClusterBroken(f"PostgreSQL says: {words.strip()} (the rest is in {self.log}).")


def _is_ready(state: State) -> bool:
    """Tell whether the server answers the service role, and the database is furnished."""
    count = "SELECT count(*) FROM pg_extension WHERE extname = ANY(%s)"
    try:
        with psycopg.connect(state.url(SERVICE), connect_timeout=3) as connection:
            row = connection.execute(count, [list(EXTENSIONS)]).fetchone()
    except psycopg.OperationalError:
        return False
    return row is not None and row[0] == len(EXTENSIONS)


def _connects(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def _furnish(state: State) -> None:
    """Make what is missing: the two roles, the database, its extensions."""
    with psycopg.connect(state.url(ADMIN, "postgres"), autocommit=True) as connection:
        for role in (OWNER, SERVICE):
            verb = sql.SQL("ALTER" if _has(connection, "pg_roles WHERE rolname", role) else "CREATE")
            connection.execute(
                sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
                    verb, sql.Identifier(role), sql.Literal(role_password(state.secret, role))
                )
            )
        if not _has(connection, "pg_database WHERE datname", DATABASE):
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
            )
    with psycopg.connect(state.url(ADMIN)) as connection:
        for name in EXTENSIONS:
            connection.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(name)))


def _has(
    connection: psycopg.Connection[tuple[object, ...]],
    where: Literal["pg_roles WHERE rolname", "pg_database WHERE datname"],
    name: str,
) -> bool:
    return connection.execute(sql.SQL("SELECT FROM {} = %s").format(sql.SQL(where)), [name]).rowcount == 1


def _serves(pid: int, data: Path) -> bool:
    """Tell whether a process is the server of a data directory (by its command line, which anyone may read)."""
    if not Path("/proc/self").exists():
        return _lives(pid)
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"postgres" in arguments[0] and str(data).encode() in arguments


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _ctype() -> str:
    return "C.UTF-8" if Path("/proc/self").exists() else "C"  # Linux has it built in; others not always


def _write_private(file: Path, content: str) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(handle)


@contextmanager
def _folder_errors(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unusable(home, error) from error


def _unusable(home: Path, error: OSError) -> GridwardError:
    if error.errno == errno.ENOSPC:
        return DiskFull(remedy=f"Free some space on the disk of {home}.")
    return ClusterFolderUnusable(
        f"{error.filename or home}: {error.strerror}.",
        remedy="Set GRIDWARD_HOME to a folder that you can write, or make this one writable.",
    )


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
