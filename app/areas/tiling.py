"""Whether a level's areas tile: overlaps, gaps, and borders that neighbours don't quite share.

A *hair* is what rounding and projecting leave between neighbours: it is fitted together on loading, and listed. A *sliver* is a slip
of the drawing pen: an error, mended when asked. Anything wider is ground, and a person's to judge. Pure.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from app.areas.surroundings import REPAIR, Surroundings, error_at
from app.core.findings import Finding
from app.geo.sewing import on_grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from app.areas.reading import Features
    from app.core.findings import Severity

HAIR_WIDTH = 0.05  # metres on average: twice the area over the perimeter
SLIVER_WIDTH = 1.0
SLIVER_M2 = 100.0
LISTED = 50  # of one kind, largest first; the rest are summed up


def is_hair(polygon: Any) -> bool:
    """Say whether a piece is thinner than what rounding and projecting explain."""
    return bool(polygon.is_empty or 2 * polygon.area < HAIR_WIDTH * polygon.length)


def is_sliver(polygon: Any) -> bool:
    """Say whether a piece is too small or too thin to be real ground."""
    return bool(polygon.area < SLIVER_M2 or 2 * polygon.area < SLIVER_WIDTH * polygon.length)


def tiling_faults(features: Features, around: Surroundings) -> list[Finding]:
    """Find overlaps, gaps and hairs between valid polygons, and where they differ from the level above."""
    polygons = on_grid(features.polygons)
    repeated = {code for code, count in Counter(features.code).items() if count > 1}
    apart = np.array([code not in repeated for code in features.code])
    broken = ~shapely.is_empty(shapely.coverage_invalid_edges(polygons))
    union = shapely.union_all(polygons) if broken.any() else shapely.coverage_union_all(polygons)
    holes = shapely.difference(_filled(union), union)
    if around.parent_ground is not None:
        holes = shapely.intersection(holes, around.parent_ground)
    found = _overlaps(features, polygons, np.flatnonzero(broken), around)
    hairs = [hole for hole in _polygons(holes) if is_hair(hole)]
    if not found and ((broken & apart).any() or hairs):
        edges = shapely.coverage_invalid_edges(polygons)[broken]
        found.append(_borders_differ(int(broken.sum()), edges[0] if len(edges) else hairs[0], around))
    for hole in _polygons(holes):
        if is_sliver(hole):
            found += _pieces(hole, "sliver", "A sliver between features is in none of them.", "error", around)
        else:
            found += _pieces(hole, "gap", "A gap between features.", "warning", around)
    return _longest(found + _beyond(union, holes, around))


def _overlaps(
    features: Features, polygons: NDArray[np.object_], broken: NDArray[np.intp], around: Surroundings
) -> list[Finding]:
    suspects = polygons[broken]
    left, right = shapely.STRtree(suspects).query(suspects, predicate="intersects")
    left, right = left[left < right], right[left < right]
    found = []
    for a, b, shared in zip(
        broken[left], broken[right], shapely.intersection(suspects[left], suspects[right]), strict=True
    ):
        pieces = [piece for piece in _polygons(shared) if not is_hair(piece)]
        if pieces and features.code[a] != features.code[b]:
            finding = error_at(features, a, "overlap", f"It overlaps {features.where(b)}.", REPAIR)
            found.append(_sized(finding, shapely.MultiPolygon(pieces), around))
    return found


def _borders_differ(count: int, place: Any, around: Surroundings) -> Finding:
    differ = Finding(
        code="borders-differ",
        where="file",
        message=f"{count} features share borders that are not quite the same, as here.",
        severity="warning",
    )
    return around.place(differ, place)


def _beyond(union: Any, holes: Any, around: Surroundings) -> list[Finding]:
    """Find where the features and the ground of the level above differ, holes apart."""
    if around.parent_ground is None:
        return []
    level = around.above[0].name
    uncovered = shapely.difference(around.parent_ground, shapely.union(union, holes))
    outside = shapely.difference(union, around.parent_ground)
    found = []
    for difference, code, message in (
        (uncovered, "uncovered", f"Ground of the {level} level is in no feature."),
        (outside, "outside", f"A feature reaches beyond the {level} level."),
    ):
        for piece in _polygons(difference):
            kind = "sliver-at-border" if is_sliver(piece) else code
            found += _pieces(piece, kind, message, "warning", around)
    return found


def _pieces(
    geometry: Any, code: str, message: str, severity: Severity, around: Surroundings
) -> list[Finding]:
    return [
        _sized(Finding(code=code, where="file", message=message, severity=severity), piece, around)
        for piece in _polygons(geometry)
        if not is_hair(piece)
    ]


def _filled(union: Any) -> Any:
    return shapely.union_all([shapely.Polygon(part.exterior) for part in _polygons(union)])


def _polygons(geometry: Any) -> list[Any]:
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and not part.is_empty]


def _sized(finding: Finding, geometry: Any, around: Surroundings) -> Finding:
    return around.place(replace(finding, square_metres=round(float(geometry.area), 3)), geometry)


def _longest(found: Sequence[Finding]) -> list[Finding]:
    """Keep the largest findings of each kind, and sum up the rest."""
    kept: list[Finding] = []
    for kind in sorted({finding.code for finding in found}):
        of_kind = sorted((f for f in found if f.code == kind), key=lambda f: -(f.square_metres or 0))
        kept += of_kind[:LISTED]
        if rest := of_kind[LISTED:]:
            total = sum(f.square_metres or 0 for f in rest)
            kept.append(
                replace(
                    rest[0],
                    where="file",
                    message=f"And {len(rest)} smaller ones like this: {rest[0].message}",
                    square_metres=round(total, 3),
                )
            )
    return kept
