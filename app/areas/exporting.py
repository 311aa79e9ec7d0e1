"""Gives a level back as a file: GeoJSON, GeoPackage, FlatGeobuf, Shapefile, by its suffix, in any datum. Pure."""

from __future__ import annotations

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from app.core.errors import BadInput
from app.geo.datum import from_wgs84, parse_datum

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from app.geo.crs import Metric

DRIVERS = {
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".gpkg": "GPKG",
    ".fgb": "FlatGeobuf",
    ".shp": "ESRI Shapefile",
}
CRS = {"wgs84": "EPSG:4326", "cgcs2000": "EPSG:4490", "gcj02": None, "bd09": None}
SHORT = {  # ten characters at most, for shapefiles
    "parent_code": "parent", "parent_level": "parentlvl", "square_row": "row", "square_column": "col",
    "square_size": "size",
}  # fmt: skip
DECIMALS = 9  # of a degree: a tenth of a millimetre


class CannotExport(BadInput):
    """The file can't be written."""

    zh = "无法写入文件。"


class UnknownFormat(BadInput):
    """This kind of file can't be written."""

    zh = "不支持的输出格式。"


def write(areas: pd.DataFrame, file: Path, metric: Metric, datum: str = "wgs84") -> None:
    """Write areas with their attributes.

    Args:
        areas: As `app.areas.service.areas` gives them, geometry in the metric CRS.
        file: Its suffix names the format.
        metric: The deployment's metric CRS.
        datum: As in `app.geo.datum.parse_datum`, or "metric" for the deployment's own CRS, which loses nothing.

    Raises:
        UnknownFormat: The suffix is not one of .geojson, .gpkg, .fgb, .shp.
        CannotExport: There is no such folder, or it can't be written to.
        UnknownDatum: See `parse_datum`.
    """
    suffix = file.suffix.lower()
    if suffix not in DRIVERS:
        raise UnknownFormat(f"{file.name!r}.", remedy=f"Use one of: {', '.join(DRIVERS)}.")
    wanted = f"epsg:{metric.srid}" if datum == "metric" else parse_datum(datum)
    attributes = areas.drop(columns=["geometry", "id"], errors="ignore").rename(columns=SHORT)
    crs = CRS.get(wanted, wanted.upper())
    frame = gpd.GeoDataFrame(
        attributes, geometry=_moved(areas["geometry"].to_numpy(), metric, wanted), crs=crs
    )
    options = {"COORDINATE_PRECISION": DECIMALS} if DRIVERS[suffix] == "GeoJSON" else {}
    encoding = {"encoding": "UTF-8"} if suffix == ".shp" else {}
    try:
        with warnings.catch_warnings(), TemporaryDirectory(dir=file.parent, prefix=".gridward-") as beside:
            warnings.filterwarnings("ignore", "'crs' was not provided")  # GCJ-02 and BD-09 have no CRS code
            frame.to_file(
                Path(beside, file.name), driver=DRIVERS[suffix], engine="pyogrio", **encoding, **options
            )
            for part in Path(beside).iterdir():  # a shapefile has several; none is ever half there
                part.replace(file.with_name(part.name))
    except (OSError, RuntimeError) as error:
        raise CannotExport(
            f"{file}: {error}.", remedy="Name a file in a folder that can be written."
        ) from error


def _moved(polygons: NDArray[np.object_], metric: Metric, datum: str) -> NDArray[np.object_]:
    if datum == f"epsg:{metric.srid}":
        return polygons

    def convert(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(from_wgs84(*metric.to_lonlat(xy[:, 0], xy[:, 1]), datum))

    moved: NDArray[np.object_] = shapely.transform(polygons, convert)
    return moved
