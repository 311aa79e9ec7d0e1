"""Outlines of a plan's beats, for a map. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shapely

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from app.patrol.beats.asked import Told


def outlines(told: Told) -> list[BaseGeometry | None]:
    """Return what each beat covers, metric, by number; None for one without cells."""
    polygons = told.ground.polygons[told.cells]
    return [
        shapely.union_all(polygons[told.labels == i]) if (told.labels == i).any() else None
        for i in range(len(told.beats))
    ]
