"""A drawn patch as a file: GeoJSON with polygons (WGS-84), or the codes of cells, one a line. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import shapely

from app.core.errors import BadInput
from app.parties.drawing import drawn

if TYPE_CHECKING:
    from pathlib import Path

    from app.geo.crs import Metric


class BadPatch(BadInput):
    """The file of the patch can't be read; nothing was planned."""

    zh = "无法读取责任片文件，未作规划。"


def read_patch(
    path: Path, metric: Metric, datum: str = "wgs84"
) -> tuple[shapely.Geometry | None, tuple[str, ...]]:
    """Return what was drawn, in the metric CRS, or the codes of cells.

    Raises:
        BadPatch: It is neither, or empty.
        BadDrawing, UnknownDatum: The GeoJSON is no polygon, or not in this datum.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPatch(f"{path}: {error}.", remedy="Give GeoJSON, or codes of cells, one a line.") from None
    if not content.lstrip().startswith(("{", "[")):
        codes = tuple(line.split(",")[0].strip() for line in content.splitlines() if line.strip())
        codes = codes[1:] if codes and codes[0].lower() in {"cell", "code"} else codes
        if not codes:
            raise BadPatch(f"{path.name} is empty.", remedy="Give codes of cells, one a line.")
        return None, codes
    try:
        document = json.loads(content)
    except json.JSONDecodeError as error:
        raise BadPatch(f"{path.name} isn't JSON: {error}.", remedy="Draw it anew.") from None
    polygons = [drawn(geometry, datum, metric) for geometry in _geometries(document)]
    if not polygons:
        raise BadPatch(f"{path.name} has no polygon.", remedy="Draw one.")
    return shapely.union_all(polygons), ()


def _geometries(document: Any) -> list[dict[str, Any]]:
    """Return the geometries of a GeoJSON geometry, feature or collection of features."""
    if not isinstance(document, dict):
        return []
    if document.get("type") == "FeatureCollection":
        return [geometry for feature in document.get("features") or () for geometry in _geometries(feature)]
    if document.get("type") == "Feature":
        return [document["geometry"]] if isinstance(document.get("geometry"), dict) else []
    return [document]
