"""Rosters as files, CSV or xlsx with a header row: members (code, name), beats (member, cell), shifts (member, start, end)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from app.core.errors import BadInput
from app.core.findings import Finding
from app.core.sheets import workbook
from app.incidents import times
from app.incidents.files import open_points
from app.teams.levels.levels import Level
from app.teams.roster import Beat, Member, Shift

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

UNPACKED_AT_MOST = 100_000_000  # bytes of a workbook
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadRoster(BadInput):
    """The roster can't be read; nothing was changed."""

    zh = "排班文件有误，未作任何更改。"


def read_members(path: Path) -> list[Member]:
    """Read members: columns `code` and, if there is one, `name`."""
    table = read_table(path, ("code",))
    names = table.get("name", [""] * len(table["code"]))
    return [Member(code=code, name=name) for code, name in zip(table["code"], names, strict=True)]


def read_beats(path: Path, cell_ids: Mapping[str, int]) -> list[Beat]:
    """Read beats: columns `member` and `cell` (its code), a row a cell.

    Args:
        path: CSV.
        cell_ids: `areas.cells.id` by code, of the edition that the beats are planned on.

    Raises:
        BadRoster: Cells that aren't in the edition, or columns missing.
    """
    table = read_table(path, ("member", "cell"))
    grounds: dict[str, list[int]] = {}
    findings = []
    for row, (member, cell) in enumerate(zip(table["member"], table["cell"], strict=True), 1):
        if cell in cell_ids:
            grounds.setdefault(member, []).append(cell_ids[cell])
        else:
            findings.append(
                Finding(
                    code="unknown-cell",
                    where=f"row {row}",
                    message=f"The edition has no cell {cell!r}.",
                    remedy="Correct the code.",
                )
            )
    if findings:
        raise BadRoster(f"{len(findings)} cells are unknown.", findings=findings)
    return [Beat(member=member, cells=sorted(set(cells))) for member, cells in grounds.items()]


def read_shifts(path: Path, timezone: str | None) -> list[Shift]:
    """Read shifts: columns `member`, `start`, `end`.

    Raises:
        NaiveTimes: Times without a zone, and none given.
        BadRoster: A time can't be read, or columns are missing.
    """
    table = read_table(path, ("member", "start", "end"))
    zone = times.parse_zone(timezone) if timezone else None
    starts, ends = (times.read(pa.array(table[name]), zone) for name in ("start", "end"))
    bad = [
        Finding(
            code="unreadable-time",
            where=f"row {row}",
            message="Start or end can't be read.",
            remedy="Write them as 2026-11-22T07:30.",
        )
        for row, good in enumerate((starts.known & ends.known).tolist(), 1)
        if not good
    ]
    if bad:
        raise BadRoster(f"{len(bad)} times can't be read.", findings=bad)
    return [
        Shift(member=member, start=_moment(start), end=_moment(end))
        for member, start, end in zip(
            table["member"], starts.microseconds.tolist(), ends.microseconds.tolist(), strict=True
        )
    ]


def read_levels(path: Path, cell_ids: Mapping[str, int]) -> tuple[list[Level], dict[int, int]]:
    """Read management levels: columns `cell` (code), `level`, `visits` and, if there is one, `name`; a row a cell.

    Args:
        path: CSV or xlsx.
        cell_ids: `areas.cells.id` by code, of the edition that the levels are set on.

    Returns:
        The levels, and each cell's level by its id.

    Raises:
        BadRoster: A row can't be taken, or a level owes different numbers of visits; or columns are missing.
    """
    table = read_table(path, ("cell", "level", "visits"))
    names = table.get("name", [""] * len(table["cell"]))
    levels: dict[int, Level] = {}
    cells: dict[int, int] = {}
    findings: list[Finding] = []

    def told(row: int, code: str, message: str, remedy: str) -> None:
        findings.append(Finding(code=code, where=f"row {row}", message=message, remedy=remedy))

    rows = zip(table["cell"], table["level"], table["visits"], names, strict=True)
    for row, (cell, level, visits, name) in enumerate(rows, 1):
        if cell not in cell_ids:
            told(row, "unknown-cell", f"The edition has no cell {cell!r}.", "Correct the code.")
        elif not (level.isdecimal() and visits.isdecimal()):
            told(row, "no-number", f"Level {level!r} or visits {visits!r} is no whole number.", "Correct it.")
        elif cells.get(cell_ids[cell], int(level)) != int(level):
            told(row, "two-levels", f"The cell {cell} had another level before.", "Keep one of the rows.")
        elif int(level) in levels and levels[int(level)].visits != int(visits):
            told(
                row,
                "two-counts",
                f"Level {level} owes {levels[int(level)].visits} visits above.",
                "Make them one.",
            )
        else:
            known = levels.setdefault(int(level), Level(int(level), name, int(visits)))
            if name and not known.name:
                levels[int(level)] = Level(int(level), name, int(visits))
            cells[cell_ids[cell]] = int(level)
    if findings:
        raise BadRoster(f"{len(findings)} rows can't be taken.", findings=findings)
    return list(levels.values()), cells


def _moment(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)


def read_table(path: Path, needed: Sequence[str]) -> dict[str, list[str]]:
    """Return a file's columns as texts.

    Raises:
        BadRoster: A needed column is missing.
    """
    columns = _workbook(path) if path.suffix.lower() == ".xlsx" else _file(path)
    missing = [name for name in needed if name not in columns]
    if missing:
        raise BadRoster(
            f"{path.name} has no column {' and '.join(missing)} among: {', '.join(columns)}.",
            remedy=f"It needs the columns {', '.join(needed)}.",
        )
    return columns


def _file(path: Path) -> dict[str, list[str]]:
    file = open_points(path)
    columns: dict[str, list[str]] = {name: [] for name in file.columns}
    for batch in file.batches():
        for name in file.columns:
            columns[name] += [str(value or "").strip() for value in batch.columns.column(name).to_pylist()]
    return columns


def _workbook(path: Path) -> dict[str, list[str]]:
    """Return the columns of a workbook's first sheet, by its first row."""
    with workbook(path.read_bytes(), UNPACKED_AT_MOST) as (book, _):
        rows = [
            ["" if cell is None else str(cell).strip() for cell in row]
            for row in book.worksheets[0].iter_rows(values_only=True)
        ]
    if not rows:
        raise BadRoster(f"{path.name} is empty.", remedy="Its first row names the columns.")
    filled = [row for row in rows[1:] if any(row)]
    return {
        name: [row[at] if at < len(row) else "" for row in filled] for at, name in enumerate(rows[0]) if name
    }
