"""Mends what can be mended in a level's boundaries, when asked to (`--repair`); never on its own.

Invalid rings are rebuilt, features of one code dissolved into one. Then all borders are brought to one 1 mm grid and noded
together; every face goes to the covering feature with the smallest code (overlaps), slivers to the neighbour with
the longest shared border, overhanging slivers away. What is real ground, missing or beyond, stays as it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from app.areas.tiling import is_sliver
from app.geo.sewing import shared_edges, vanishes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from app.areas.reading import Features

GRID = 0.001  # metres


def rebuild(features: Features) -> Features:
    """Rebuild invalid rings, and drop parts and holes under a millimetre; keeps the polygonal part."""
    polygons = features.polygons.copy()
    for index, polygon in enumerate(polygons):
        if not shapely.is_valid(polygon):
            polygons[index] = shapely.make_valid(polygon, method="structure", keep_collapsed=False)
        if vanishes(polygons[index]):
            polygons[index] = _areal(shapely.set_precision(polygons[index], GRID))
    return replace(features, polygons=polygons)


def dissolve(features: Features) -> Features:
    """Join the features of one code into one; name and parent are those of the first."""
    members: dict[str, list[int]] = {}
    for index, code in enumerate(features.code):
        members.setdefault(code, []).append(index)
    joined = features.take([indices[0] for indices in members.values()])
    several = [(at, indices) for at, indices in enumerate(members.values()) if len(indices) > 1]
    polygons, original = joined.polygons.copy(), joined.original.copy()
    for at, indices in several:
        polygons[at] = shapely.union_all(features.polygons[indices])
        original[at] = shapely.union_all(shapely.make_valid(features.original[indices]))
    return replace(joined, polygons=polygons, original=original)


def fit_together(
    features: Features, parent_ground: Any = None, small: Callable[[Any], bool] = is_sliver
) -> Features:
    """Make the features a valid coverage on the 1 mm grid.

    Args:
        features: Valid polygons with different codes.
        parent_ground: The ground they should cover, or None where nothing is known.
        small: Which gaps are closed, and which overhangs cut off.

    Returns:
        The same features; one whose whole ground belongs to smaller codes has an empty polygon.
    """
    outlines = [*shapely.boundary(features.polygons)]
    if parent_ground is not None:
        outlines.append(shapely.boundary(parent_ground))
    noded = shapely.union_all(outlines, grid_size=GRID)
    faces: NDArray[np.object_] = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    owner = _smallest_code(faces, features)
    if parent_ground is not None:
        shapely.prepare(parent_ground)
        inside = shapely.contains(parent_ground, shapely.point_on_surface(faces))
        _drop_overhang(faces, owner, inside, small)
    else:
        inside = np.ones(len(faces), dtype=bool)
    _close_slivers(faces, owner, inside, small)
    polygons = np.array(
        [shapely.coverage_union_all(faces[owner == index]) for index in range(len(features))], dtype=object
    )
    return replace(features, polygons=polygons)


def _areal(geometry: Any) -> Any:
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type in {"Polygon", "MultiPolygon"}]
    return shapely.union_all(parts)


def _smallest_code(faces: NDArray[np.object_], features: Features) -> NDArray[np.int64]:
    """Return for each face the covering feature with the bytewise smallest code; -1 for none."""
    rank = np.empty(len(features), dtype=np.int64)
    order = sorted(range(len(features)), key=lambda index: features.code[index].encode())
    rank[order] = np.arange(len(features))
    face, feature = shapely.STRtree(features.polygons).query(
        shapely.point_on_surface(faces), predicate="intersects"
    )
    best = np.full(len(faces), len(features), dtype=np.int64)
    np.minimum.at(best, face, rank[feature])
    owner: NDArray[np.int64] = np.array([*order, -1], dtype=np.int64)[best]
    return owner


def _small_pieces(
    faces: NDArray[np.object_], chosen: NDArray[np.bool_], small: Callable[[Any], bool]
) -> NDArray[np.intp]:
    """Return which of the chosen faces lie in a small connected piece."""
    at = np.flatnonzero(chosen)
    if not len(at):
        return at
    pieces = shapely.get_parts(shapely.coverage_union_all(faces[at]))
    found_small = pieces[[small(piece) for piece in pieces]]
    found, _ = shapely.STRtree(found_small).query(shapely.point_on_surface(faces[at]), predicate="intersects")
    chosen_at: NDArray[np.intp] = at[np.unique(found)]
    return chosen_at


def _drop_overhang(
    faces: NDArray[np.object_],
    owner: NDArray[np.int64],
    inside: NDArray[np.bool_],
    small: Callable[[Any], bool],
) -> None:
    owner[_small_pieces(faces, (owner >= 0) & ~inside, small)] = -1


def _close_slivers(
    faces: NDArray[np.object_],
    owner: NDArray[np.int64],
    inside: NDArray[np.bool_],
    small: Callable[[Any], bool],
) -> None:
    """Give the faces of each sliver to the neighbour with the longest shared border, outward in."""
    waiting = set(_small_pieces(faces, (owner < 0) & inside, small).tolist())
    if not waiting:
        return
    edges = shared_edges(faces)
    while waiting:
        claims = {face: of for face in waiting if (of := _longest_neighbour(edges[face], owner)) is not None}
        if not claims:
            return
        for face, of in claims.items():
            owner[face] = of
        waiting -= claims.keys()


def _longest_neighbour(edges: dict[int, float], owner: NDArray[np.int64]) -> int | None:
    """Return the feature that shares the longest border with a face; None where no owned face touches it."""
    lengths: dict[int, float] = {}
    for other, metres in edges.items():
        if (of := int(owner[other])) >= 0:
            lengths[of] = lengths.get(of, 0.0) + metres
    return min(lengths, key=lambda of: (-lengths[of], of)) if lengths else None
