"""Which column of a file holds what: as named by the user, else guessed from common names, English and Chinese."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.errors import BadInput
from app.incidents.files import GEOMETRY_X, GEOMETRY_Y

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GUESSES: Mapping[str, tuple[str, ...]] = {
    "id": (
        *("source_id", "incident_id", "id", "case_number", "case_id", "case_no", "number", "unique_key"),
        *(
            "objectid",
            "fid",
            "编号",
            "问题编号",
            "案件编号",
            "任务号",
            "工单编号",
            "工单号",
            "案卷编号",
            "序号",
        ),
    ),
    "lon": ("lon", "lng", "long", "longitude", "经度", "x", "easting", "point_x", "横坐标", "x坐标"),
    "lat": ("lat", "latitude", "纬度", "y", "northing", "point_y", "纵坐标", "y坐标"),
    "time": (
        *("reported_at", "reported", "time", "datetime", "timestamp", "date_time", "date", "occurred_at"),
        *(
            "created_at",
            "created_date",
            "上报时间",
            "受理时间",
            "发生时间",
            "创建时间",
            "时间",
            "上报日期",
            "日期",
        ),
    ),
    "category": (
        *("category", "type", "primary_type", "complaint_type", "kind", "class"),
        *("类别", "问题类别", "问题类型", "案件类别", "小类", "小类名称", "大类", "类型"),
    ),
    "description": (
        *("description", "desc", "details", "descriptor", "text", "note"),
        *("描述", "问题描述", "案件描述", "内容", "备注"),
    ),
    "accuracy": ("accuracy", "accuracy_m", "horizontal_accuracy", "精度", "定位精度"),
}


class MissingColumns(BadInput):
    """The file lacks columns that are needed, or they couldn't be guessed."""

    zh = "缺少必需的列。"


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the columns; None where the file has none for it."""

    id: str | None
    lon: str
    lat: str
    time: str | None
    category: str | None
    description: str | None
    accuracy: str | None

    def __str__(self) -> str:
        pairs = ((part, getattr(self, part)) for part in GUESSES)
        return ", ".join(f"{part} = {name}" for part, name in pairs if name is not None)

    def to_dict(self) -> dict[str, str]:
        """Return the columns by part, those that the file has."""
        return {part: name for part in GUESSES if (name := getattr(self, part)) is not None}


def plain(name: str) -> str:
    """Return a column's name without case, blanks and units: "Reported At" is "reported_at"."""
    return re.sub(r"[\s\-.]+", "_", name.strip().lower())


def choose(
    columns: Sequence[str],
    named: Mapping[str, str | None],
    needed: Sequence[str] = ("id", "lon", "lat", "time"),
    only: Sequence[str] | None = None,
) -> Columns:
    """Return which column holds what.

    Args:
        columns: The file's columns.
        named: What the user said, by part ("id", "lon", "lat", "time", "category", "description", "accuracy").
        needed: Parts that must be there.
        only: Parts to look for; None for all.

    Raises:
        MissingColumns: A named column isn't in the file, or a needed part is neither named nor guessed.
    """
    found = {
        part: _find(columns, part, named.get(part)) if only is None or part in only else None
        for part in GUESSES
    }
    missing = [part for part in needed if found[part] is None]
    if missing:
        options = " ".join(f"--{part} COLUMN" for part in missing)
        raise MissingColumns(
            f"No column for {', '.join(missing)} among: {', '.join(columns) or 'none'}.",
            remedy=f"Name them: {options}",
        )
    return Columns(**found)  # type: ignore[arg-type]  # lon and lat are among the needed


def _find(columns: Sequence[str], part: str, named: str | None) -> str | None:
    if named is not None:
        if named in columns:
            return named
        raise MissingColumns(
            f"There is no column {named!r} (--{part}) among: {', '.join(columns)}.",
            remedy="Check its spelling.",
        )
    geometry = {"lon": GEOMETRY_X, "lat": GEOMETRY_Y}.get(part)
    if geometry in columns:
        return geometry
    by_plain = {plain(name): name for name in reversed(columns)}
    return next((by_plain[guess] for guess in GUESSES[part] if guess in by_plain), None)
