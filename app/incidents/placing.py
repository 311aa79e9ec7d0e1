"""Points to cells, by edition: the one rule of `Ground.place`, what to warn of, and candidates (归格).

A point outside every cell is stored too; 0,0 and swapped axes are told apart, for they can be mended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from app.areas.ground import OUTSIDE
from app.core.findings import Finding
from app.geo.datum import suspect, to_wgs84
from app.incidents.intake import reject_as

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from app.areas.ground import Ground
    from app.geo.crs import Metric
    from app.incidents.files import Batch
    from app.incidents.intake import Points, Rejected

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

ALWAYS = (np.iinfo(np.int64).min, np.iinfo(np.int64).max)  # a span's ends where it has none
SAMPLE_PER_BATCH = 2_000  # points that are looked at for a wrong datum
WIDEST_CIRCLE_M = 500.0  # a worse accuracy says nothing about which cell; no candidates are kept


@dataclass(frozen=True, slots=True)
class Span:
    """One edition's ground and when it holds: [start, end), microseconds since 1970-01-01 UTC."""

    start: int
    end: int
    ground: Ground


@dataclass(frozen=True, slots=True)
class Placed:
    """Where points are, shape (n,).

    Attributes:
        x: Metres east in the metric CRS, NaN where there is no such place.
        y: Metres north.
        found: 0 in a cell, 1 snapped, 2 outside.
        cell_ids: `Ground.ids` of the cell; 0 if outside.
        codes: Codes of the cells, "" if outside.
        snapped_m: Distance in metres, NaN unless snapped.
        candidates: Cell ids, all points' one after another.
        candidate_starts: Point i's candidates are `candidates[starts[i] : starts[i + 1]]`; shape (n + 1,).
        null_island: Original coordinates are 0,0.
        swapped: Outside, but within the ground if the axes were swapped.
        next_door: Outside, in a known neighbouring district.
        no_edition: No edition held at the point's time.
    """

    x: Floats
    y: Floats
    found: NDArray[np.int8]
    cell_ids: NDArray[np.int32]
    codes: NDArray[np.object_]
    snapped_m: Floats
    candidates: NDArray[np.int32]
    candidate_starts: NDArray[np.int64]
    null_island: Bools
    swapped: Bools
    next_door: Bools
    no_edition: Bools

    @property
    def astray(self) -> Bools:
        """Return which points are outside for no reason known here."""
        known = self.null_island | self.swapped | self.next_door | self.no_edition
        return np.asarray((self.found == OUTSIDE) & ~known)


def place(points: Points, spans: Sequence[Span], datum: str, metric: Metric) -> Placed:
    """Place points, each on the ground that held at its own time."""
    count = len(points)
    if datum == f"epsg:{metric.srid}":
        x, y = points.original_x, points.original_y  # there and back would leave shared edges by a nanometre
    else:
        x, y = metric.from_lonlat(points.lon, np.where(points.beyond, np.nan, points.lat))
    found = np.full(count, OUTSIDE, np.int8)
    ids = np.zeros(count, np.int32)
    codes = np.full(count, "", object)
    snapped_m = np.full(count, np.nan)
    no_edition = np.ones(count, bool)
    swapped, next_door = np.zeros(count, bool), np.zeros(count, bool)
    listed: list[tuple[NDArray[np.int64], NDArray[np.int32]]] = []
    for span in spans:
        here = np.flatnonzero((points.microseconds >= span.start) & (points.microseconds < span.end))
        if not len(here):
            continue
        no_edition[here] = False
        placement = span.ground.place(x[here], y[here])
        cell = np.asarray(placement.cell)
        has = cell >= 0
        found[here] = placement.found
        snapped_m[here] = placement.snapped_m
        ids[here[has]] = span.ground.ids[cell[has]]
        codes[here[has]] = span.ground.codes[cell[has]]
        swapped[here] = _swapped(points, here, found=found, ground=span.ground, datum=datum, metric=metric)
        out = here[found[here] == OUTSIDE]
        next_door[out] = span.ground.next_door(x[out], y[out])
        listed.append(
            _candidates(here, x=x, y=y, accuracy_m=points.accuracy_m, cell=cell, ground=span.ground)
        )
    candidates, starts = _by_point(listed, count)
    null_island = (points.original_x == 0) & (points.original_y == 0)
    return Placed(
        x=x,
        y=y,
        found=found,
        cell_ids=ids,
        codes=codes,
        snapped_m=snapped_m,
        candidates=candidates,
        candidate_starts=starts,
        null_island=null_island,
        swapped=swapped & ~null_island,
        next_door=next_door & ~swapped & ~null_island,
        no_edition=no_edition,
    )


def _swapped(
    points: Points,
    here: NDArray[np.int64],
    *,
    found: NDArray[np.int8],
    ground: Ground,
    datum: str,
    metric: Metric,
) -> Bools:
    """Return which of `here` are outside, but in a cell with their axes swapped."""
    out = found[here] == OUTSIDE
    result = np.zeros(len(here), bool)
    if out.any():
        lost = here[out]
        lon, lat = to_wgs84(points.original_y[lost], points.original_x[lost], datum)
        with np.errstate(invalid="ignore"):
            lat = np.where(np.abs(lat) <= 90, lat, np.nan)
        result[out] = ground.locator.locate(*metric.from_lonlat(lon, lat)) >= 0
    return result


def _candidates(
    here: NDArray[np.int64],
    *,
    x: Floats,
    y: Floats,
    accuracy_m: Floats,
    cell: NDArray[np.int32],
    ground: Ground,
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return pairs (point, cell id) of the cells in reach of the points whose circle crosses into another area.

    Who answers is not known here; as long as areas stand for parties, cells of another parent area are
    another party's.
    """
    radius = accuracy_m[here]
    asked = np.flatnonzero((radius > 0) & (radius <= WIDEST_CIRCLE_M) & np.isfinite(x[here]))
    none = np.empty(0, np.int64), np.empty(0, np.int32)
    if not len(asked):
        return none
    dots = shapely.points(x[here[asked]], y[here[asked]])
    tree = shapely.STRtree(ground.polygons)
    point, near = tree.query(dots, predicate="dwithin", distance=radius[asked])
    if not len(point):
        return none
    _, parents = np.unique(ground.parent_codes, return_inverse=True)
    own = np.where(cell[asked] >= 0, parents[cell[asked]], -1)
    crosses = np.zeros(len(asked), bool)
    crosses[point[parents[near] != own[point]]] = True
    keep = crosses[point]
    order = np.lexsort((near[keep], point[keep]))
    return here[asked[point[keep][order]]], ground.ids[near[keep][order]].astype(np.int32)


def _by_point(
    listed: Sequence[tuple[NDArray[np.int64], NDArray[np.int32]]], count: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    owners = np.concatenate([np.empty(0, np.int64), *(owner for owner, _ in listed)])
    values = np.concatenate([np.empty(0, np.int32), *(ids for _, ids in listed)])
    order = np.argsort(owners, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=count))]).astype(np.int64)
    return values[order].astype(np.int32), starts


def judge_beyond(
    batch: Batch,
    points: Points,
    refused: list[Rejected],
    *,
    spans: Sequence[Span],
    datum: str,
    metric: Metric,
) -> tuple[Points, list[Rejected]]:
    """Reject latitudes beyond 90, except where swapped axes explain them."""
    if not points.beyond.any():
        return points, refused
    lost = points.beyond.copy()
    lost[points.beyond] = ~place(points.take(points.beyond), spans, datum, metric).swapped
    refused = sorted(
        [*refused, *reject_as(batch, points, lost, "latitude-beyond-90")], key=lambda row: row.number
    )
    return points.take(~lost), refused


def sample(points: Points) -> Floats:
    """Return some of the points as they were written, shape (m, 2), for `wrong_datum`."""
    step = max(1, len(points) // SAMPLE_PER_BATCH)
    return np.column_stack([points.original_x[::step], points.original_y[::step]])


def wrong_datum(xy: Floats, datum: str, reference: BaseGeometry) -> list[Finding]:
    """Return a warning if points, as written, shape (n, 2), fit the known ground (WGS-84) better in another datum."""
    if not len(xy):
        return []
    found = suspect(shapely.MultiPoint(xy), datum, reference)
    if found is None:
        return []
    return [
        Finding(
            code="wrong-datum",
            where="file",
            message=f"{found.agreement:.1%} of the points lie on the known ground as {found.declared}, "
            f"{found.agreement_if:.1%} would if they were {found.likely}.",
            remedy=f"If they are, load the file with --datum {found.likely}.",
            severity="warning",
        )
    ]
