"""The page's files under the mark of their content, so that a phone gets a new version whole or not at all.

Every file's address holds the mark of all files together: an address never changes its content, and a page never mixes
two versions. The service worker is written here, for it must name the mark and every file.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
STATIC = HERE / "static"
VENDOR = HERE.parent / "maps" / "static" / "vendor"
VENDORED = ("leaflet/leaflet.js", "leaflet/leaflet.css", "idb/index.js")
"""Browser libraries that the page loads; set-up copies them (app/maps/vendor.py)."""
SCOPE = "/phone/"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
MARK = "{mark}"  # what stands in the page's and the service worker's source for the mark
FILES = "{files}"
WORKER, PAGE = "sw.js", "index.html"  # served at addresses that stay


@dataclass(frozen=True, slots=True)
class Shell:
    """All files of one version.

    Attributes:
        mark: 12 hexadecimal digits that stand for all content.
        page: The HTML page.
        worker: The service worker's script.
        files: Content of every other file, by its name after `/phone/<mark>/`.
    """

    mark: str
    page: bytes
    worker: bytes
    files: dict[str, bytes]

    @property
    def addresses(self) -> list[str]:
        """What the service worker keeps for the time without a network."""
        return [SCOPE, *(f"{SCOPE}{self.mark}/{name}" for name in self.files)]


@cache
def shell() -> Shell:
    """Return the files as they were when the server first needed them."""
    return read(STATIC, VENDOR)


def read(static: Path, vendor: Path) -> Shell:
    """Return the files of two folders as one version.

    Raises:
        FileNotFoundError: A library isn't there: set-up has not run.
    """
    found = {
        path.relative_to(static).as_posix(): path.read_bytes()
        for path in sorted(static.rglob("*"))
        if path.is_file()
    }
    page, worker = found.pop(PAGE).decode(), found.pop(WORKER).decode()
    files = {**found, **{f"vendor/{name}": (vendor / name).read_bytes() for name in VENDORED}}
    digest = hashlib.sha256((page + worker).encode())
    for name, content in files.items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    mark = digest.hexdigest()[:12]
    made = Shell(mark, page.replace(MARK, mark).encode(), b"", files)
    worker = worker.replace(MARK, mark).replace(FILES, json.dumps(made.addresses))
    return Shell(mark, made.page, worker.encode(), files)
