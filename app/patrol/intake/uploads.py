"""Files that members send of their own tracks (轨迹文件): GPX and CSV, and nothing that only says it is. Pure but for reading.

GDAL, which reads GPX, tells formats by their content, and some of them open other files of the server: what isn't GPX
at its root never comes there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.parsers import expat

from app.core.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

ENDINGS = (".gpx", ".csv")
HEAD = 65_536
FOREIGN = re.compile(rb"DataSource|<GDAL|<VRT|<WCS")
"""How GDAL knows files that open others, wherever in their beginning it stands."""


class NotATrackFile(BadInput):
    """This is no GPX or CSV file; nothing was stored."""

    zh = "文件不是 GPX 或 CSV 格式，未保存任何内容。"


class _Found(Exception):  # no error: the way out of the parser
    def __init__(self, root: str) -> None:
        self.root = root


def check(path: Path) -> None:
    """Refuse a file that isn't what its name says.

    Raises:
        NotATrackFile: Another format, or XML that isn't GPX or declares entities.
    """
    suffix = path.suffix.lower()
    if suffix not in ENDINGS:
        raise NotATrackFile(
            f"It is called {path.suffix or 'without an ending'}.", remedy="Send .gpx or .csv."
        )
    with path.open("rb") as file:
        head = file.read(HEAD)
    if suffix == ".csv":
        if b"\0" in head or head.lstrip().startswith((b"<", b"{", b"PK")):
            raise NotATrackFile("It is no table in text.", remedy="Save it as CSV.")
    elif _root(head) != "gpx" or FOREIGN.search(head):
        raise NotATrackFile("Its root isn't <gpx>.", remedy="Export the track as GPX.")


def _root(head: bytes) -> str:
    """Return the name of a document's root without its namespace; empty where it has none or declares entities."""
    parser = expat.ParserCreate(namespace_separator=" ")

    def begun(name: str, _attributes: object) -> None:
        raise _Found(name.rpartition(" ")[2])

    def declared(*_said: object) -> None:
        raise _Found("")

    parser.StartElementHandler = begun
    parser.StartDoctypeDeclHandler = declared
    try:
        parser.Parse(head, False)  # noqa: FBT003  # expat takes it by place only
    except _Found as found:
        return found.root
    except expat.ExpatError:
        return ""
    return ""
