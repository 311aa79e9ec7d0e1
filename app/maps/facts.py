"""What the mailed map shows, gathered before it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from app.areas.editions import Edition
    from app.density.service import Density, Smooth
    from app.geo.crs import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the file shows.

    Attributes:
        outlines: GeoJSON by level, WGS-84, as `outlines.features` makes it.
        cell_codes, cell_polygons: Of the cells with incidents, in the order of `density.numbers`; metric.
        marks: [lon, lat, how many, ...] of incidents, gathered where there are very many.
        states: Polygons (metric) of the team's cells by "patrolled", "missed", "unknown"; empty without a team.
        made: When the file was drawn, in the city's time.
    """

    edition: Edition
    synthetic_areas: bool
    density: Density
    smooth: Smooth
    outlines: dict[str, dict[str, Any]]
    cell_codes: Sequence[str]
    cell_polygons: NDArray[np.object_]
    marks: Sequence[Sequence[Any]]
    team: str
    team_synthetic: bool
    states: dict[str, NDArray[np.object_]]
    bounds: list[list[float]]
    metric: Metric
    made: datetime
