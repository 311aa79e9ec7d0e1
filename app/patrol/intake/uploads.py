"""Files that members send of their own tracks (轨迹文件): GPX and CSV, and nothing that only says it is. Pure but for reading.

GDAL, which reads GPX, tells formats by their content, and some of them open other files of the server: what isn't GPX
at its root never comes there.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING
from xml.parsers import expat

from app.core.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

ENDINGS = (".gpx", ".csv")
HEAD = 65_536
MOST = 200_000
"""Fixes in a file: two days at one a second. A row costs a hundred times its bytes while it is judged."""
MOST_COLUMNS = 200
FOREIGN = re.compile(rb"DataSource|<GDAL|<VRT|<WCS")
"""How GDAL knows files that open others, wherever in their beginning it stands."""


class NotATrackFile(BadInput):
    """This is no GPX or CSV file; nothing was stored."""

    zh = "文件不是 GPX 或 CSV 格式，未保存任何内容。"


class TooManyRows(BadInput):
    """That is too much for one file; nothing was stored."""

    zh = "文件过大，未保存任何内容。"


class _Found(Exception):  # no error: the way out of the parser
    def __init__(self, root: str) -> None:
        self.root = root


def check(path: Path) -> None:
    """Refuse a file that isn't what its name says.

    Raises:
        NotATrackFile: Another format, or XML that isn't GPX or declares entities.
        TooManyRows: It has more than `MOST` rows or fixes.
    """
    suffix = path.suffix.lower()
    if suffix not in ENDINGS:
        raise NotATrackFile(
            f"It is called {path.suffix or 'without an ending'}.", remedy="Send .gpx or .csv."
        )
    with path.open("rb") as file:
        head = file.read(HEAD)
    if suffix == ".csv":
        wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # as Excel writes "Unicode text"
        if (b"\0" in head and not wide) or head.lstrip().startswith((b"<", b"{", b"PK")):
            raise NotATrackFile("It is no table in text.", remedy="Save it as CSV.")
        header = re.split(rb"[\r\n]", head.lstrip(b"\r\n"), maxsplit=1)
        if len(header) < 2 and len(head) == HEAD:
            raise NotATrackFile("Its first line doesn't end.", remedy="Save it as CSV, a fix in each line.")
        if max(header[0].count(separator) for separator in b",;\t|") >= MOST_COLUMNS:
            raise NotATrackFile(
                f"It has more than {MOST_COLUMNS} columns.", remedy="Leave time, lon, lat, accuracy."
            )
        _few(path, b"\n", b"\r")
    elif _root(head) != "gpx" or FOREIGN.search(head):
        raise NotATrackFile("Its root isn't <gpx>.", remedy="Export the track as GPX.")
    else:
        _few(path, b"<trkpt", b"<trkpt")


def _few(path: Path, *marks: bytes) -> None:
    """Refuse a file with more than `MOST` of what ends or begins a fix; a mark that a block's end cuts is not counted."""
    found = dict.fromkeys(marks, 0)
    with path.open("rb") as file:
        while block := file.read(HEAD):
            for mark in found:
                found[mark] += block.count(mark)
    if max(found.values()) > MOST + 1:
        raise TooManyRows(
            f"It has {max(found.values()):,} rows; at most {MOST:,} are taken at once.",
            remedy="Split it by day, and send only your shifts.",
        )


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
