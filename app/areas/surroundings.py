"""What a level's boundaries are judged against: the levels above, the known ground, the metric CRS. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import shapely

from app.core.findings import Finding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from app.areas.reading import Features
    from app.geo.crs import Metric

REPAIR = "Mend it in the file, or load with --repair."


@dataclass(frozen=True, slots=True)
class Level:
    """A level that is already in the edition."""

    name: str
    codes: list[str]
    polygons: NDArray[np.object_]


@dataclass(frozen=True)
class Surroundings:
    """What the features are judged against.

    Attributes:
        level: The level being loaded.
        metric: The deployment's metric CRS.
        above: Levels that may hold its areas and are loaded, nearest first.
        reference: Known ground in WGS-84, for the datum; None where nothing is known.
        trust_datum: The datum is right although it looks wrong.
    """

    level: str
    metric: Metric
    above: tuple[Level, ...] = ()
    reference: Any = None
    trust_datum: bool = False

    @property
    def districts(self) -> list[str]:
        return next((level.codes for level in self.above if level.name == "district"), [])

    @cached_property
    def parent_ground(self) -> Any:
        """The union of the level that holds the features, or None."""
        return shapely.union_all(self.above[0].polygons) if self.above else None

    def place(self, finding: Finding, geometry: Any) -> Finding:
        """Return a finding with the place of a point on a geometry."""
        point = shapely.point_on_surface(geometry)
        lon, lat = self.metric.to_lonlat(shapely.get_x(point), shapely.get_y(point))
        return replace(finding, lon=round(float(lon), 7), lat=round(float(lat), 7))


def error_at(features: Features, index: int, code: str, message: str, remedy: str) -> Finding:
    """Return an error about one feature."""
    return Finding(code=code, where=features.where(index), message=message, remedy=remedy)
