"""Rosters as files: members (code, name), beats (member, cell), shifts (member, start, end). CSV with a header row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from app.core.errors import BadInput
from app.core.findings import Finding
from app.incidents import times
from app.incidents.files import open_points
from app.teams.roster import Beat, Member, Shift

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadRoster(BadInput):
    """The roster can't be read; nothing was changed."""

    zh = "排班文件有误，未作任何更改。"


def read_members(path: Path) -> list[Member]:
    """Read members: columns `code` and, if there is one, `name`."""
    table = _table(path, ("code",))
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
    table = _table(path, ("member", "cell"))
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
    table = _table(path, ("member", "start", "end"))
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


def _moment(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)


def _table(path: Path, needed: Sequence[str]) -> dict[str, list[str]]:
    file = open_points(path)
    missing = [name for name in needed if name not in file.columns]
    if missing:
        raise BadRoster(
            f"{path.name} has no column {' and '.join(missing)} among: {', '.join(file.columns)}.",
            remedy=f"It needs the columns {', '.join(needed)}.",
        )
    columns: dict[str, list[str]] = {name: [] for name in file.columns}
    for batch in file.batches():
        for name in file.columns:
            columns[name] += [str(value or "").strip() for value in batch.columns.column(name).to_pylist()]
    return columns
