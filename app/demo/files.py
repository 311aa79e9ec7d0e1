"""The demo as files, so that a stranger can try every loader on them: the division, a day of incidents, a day of fixes.

Boundaries are written in the metric CRS on the 1 mm grid, points in WGS-84 degrees with times that say their zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio.errors import DataSourceError

from app.areas.laying import lay
from app.core.errors import BadInput
from app.demo import incidents, patrols, places
from app.demo.chaoyang import YONGANLI_EAST
from app.demo.patrols import FOUND_A_DAY, TEAM

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from app.demo.chaoyang import Chaoyang, Level
    from app.demo.patrols import Duty
    from app.geo.crs import Metric

LEVELS: tuple[Level, ...] = ("district", "neighbour", "street", "community")
SYNTHETIC = frozenset({"street", "community"})
README = """A day of Chaoyang, synthetic but for the district's boundary and the official names (示意分区，非法定界线).

gridward areas load {folder}/district.gpkg --level district
gridward areas load {folder}/neighbour.gpkg --level neighbour
gridward areas load {folder}/street.gpkg --level street --synthetic
gridward areas load {folder}/community.gpkg --level community --synthetic
gridward areas lay-grid
gridward incidents load {folder}/incidents.csv --synthetic
gridward patrol team add {team} --area {area} --members {folder}/members.csv --beats {folder}/beats.csv --shifts {folder}/shifts.csv --synthetic
gridward patrol load-fixes {folder}/fixes.csv --team {team}
gridward patrol coverage --team {team} --from {day} --to {next_day}

Seed {seed}, day {day}. Nothing in incidents.csv and fixes.csv happened, nobody walked there.
"""


class CannotWrite(BadInput):
    """The demo's files can't be written."""

    zh = "无法写入演示文件。"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to make: the seed, the local day in its zone, the metric CRS, and only some streets (none for all)."""

    seed: int
    day: date
    zone: ZoneInfo
    metric: Metric
    streets: tuple[str, ...] = ()


def write(folder: Path, made: Chaoyang, recipe: Recipe) -> list[Path]:
    """Write everything into a folder, made if need be; return the files.

    Raises:
        CannotWrite: The folder can't be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _write(folder, made, recipe)
    except (OSError, DataSourceError) as error:
        raise CannotWrite(f"{folder}: {error}.", remedy="Choose another folder with -o.") from error


def _write(folder: Path, made: Chaoyang, recipe: Recipe) -> list[Path]:
    paths = write_levels(folder, made, recipe)
    paths.append(write_incidents(folder / "incidents.csv", made, recipe))
    codes, duties = team_day(made, recipe)
    paths += write_roster(folder, codes, duties)
    paths.append(write_fixes(folder / "fixes.csv", duties, recipe.metric))
    readme = folder / "README.txt"
    readme.write_text(
        README.format(
            folder=folder,
            seed=recipe.seed,
            day=recipe.day,
            next_day=recipe.day + timedelta(days=1),
            team=TEAM,
            area=YONGANLI_EAST,
        ),
        encoding="utf-8",
    )
    return [*paths, readme]


def write_levels(folder: Path, made: Chaoyang, recipe: Recipe) -> list[Path]:
    """Write one GeoPackage per level."""
    paths = [folder / f"{level}.gpkg" for level in LEVELS]
    for level, path in zip(LEVELS, paths, strict=True):
        path.unlink(missing_ok=True)
        pyogrio.write_dataframe(made.frame(level, recipe.metric, recipe.streets), path, layer=level)
    return paths


def write_incidents(path: Path, made: Chaoyang, recipe: Recipe) -> Path:
    """Write the day's incidents as CSV: id, reported_at, lon, lat, accuracy_m, category, description."""
    ground = made.frame("community", recipe.metric, recipe.streets)
    kind = {community.code: community.kind for community in places.communities()}
    table = incidents.a_day(
        recipe.day,
        recipe.zone,
        ground["code"].tolist(),
        ground.geometry.to_numpy(),
        np.array([kind[code] == "village" for code in ground["code"]]),
        seed=recipe.seed,
        found={YONGANLI_EAST: FOUND_A_DAY},
    )
    lon, lat = recipe.metric.to_lonlat(table.pop("x"), table.pop("y"))
    table.insert(2, "lon", np.round(lon, 7))
    table.insert(3, "lat", np.round(lat, 7))
    table["accuracy_m"] = table["accuracy_m"].round(1)
    table["reported_at"] = [moment.isoformat() for moment in table["reported_at"]]
    table.to_csv(path, index=False)
    return path


def team_day(made: Chaoyang, recipe: Recipe) -> tuple[list[str], list[Duty]]:
    """Return the codes of the team's cells as first laid, and its members' day on them."""
    part = made.partition
    at = part.community_codes.index(YONGANLI_EAST)
    laid = lay([YONGANLI_EAST], part.communities[at : at + 1])
    cells = laid.cells["geometry"].to_numpy(dtype=object)
    return laid.cells["code"].tolist(), patrols.a_day(recipe.day, recipe.zone, cells, recipe.seed)


def write_roster(folder: Path, codes: list[str], duties: list[Duty]) -> list[Path]:
    """Write members.csv (code, name), beats.csv (member, cell) and shifts.csv (member, start, end)."""
    tables = {
        "members": [{"code": duty.member, "name": duty.name} for duty in duties],
        "beats": [{"member": duty.member, "cell": codes[i]} for duty in duties for i in duty.beat],
        "shifts": [
            {"member": duty.member, "start": duty.start.isoformat(), "end": duty.end.isoformat()}
            for duty in duties
            if duty.start is not None and duty.end is not None
        ],
    }
    for name, rows in tables.items():
        pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False)
    return [folder / f"{name}.csv" for name in tables]


def write_doors(path: Path, cells: Sequence[shapely.Polygon], metric: Metric) -> Path:
    """Write doors with invented codes, one in the middle of each cell (metres), as `patrol doors load` takes them."""
    xy = shapely.get_coordinates(shapely.point_on_surface(np.array(cells)))
    lon, lat = metric.to_lonlat(xy[:, 0], xy[:, 1])
    lines = [
        f"YA-{n:02d},{n:02d}号门（示意）,{x:.6f},{y:.6f}"
        for n, (x, y) in enumerate(zip(lon, lat, strict=True), 1)
    ]
    path.write_text("\n".join(["code,name,lon,lat", *lines, ""]), encoding="utf-8")
    return path


def write_fixes(path: Path, duties: list[Duty], metric: Metric) -> Path:
    """Write the members' fixes as CSV: member, at, lon, lat, accuracy_m."""
    tables = []
    for duty in duties:
        if duty.fixes is None:
            continue
        lon, lat = metric.to_lonlat(duty.fixes.x, duty.fixes.y)
        at = [datetime.fromtimestamp(t, UTC).isoformat(timespec="milliseconds") for t in duty.fixes.t]
        tables.append(
            pd.DataFrame(
                {
                    "member": duty.member,
                    "at": at,
                    "lon": np.round(lon, 7),
                    "lat": np.round(lat, 7),
                    "accuracy_m": np.round(duty.fixes.accuracy, 1),
                }
            )
        )
    pd.concat(tables).to_csv(path, index=False)
    return path
