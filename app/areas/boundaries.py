"""Judges a level's boundaries before anything is stored: strict, feature by feature, with places and sizes.

Finds invalid rings, overlaps, gaps, duplicate, orphan and malformed codes, a suspected wrong datum. Mends nothing:
that is `app.areas.mending`, and only when asked. Pure: features in, findings out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from app.areas.levels import DIGITS, by_prefix, is_national
from app.core.findings import Finding
from app.geo.datum import suspect
from app.geo.sewing import RingVanishes, on_grid, vanishes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from app.areas.reading import Features
    from app.core.findings import Severity
    from app.geo.crs import Metric

SLIVER_M2 = 100.0  # a gap or overhang this small, or
SLIVER_WIDTH = 1.0  # metres on average (twice the area over the perimeter) this thin, is a slip, not ground
NOTICEABLE_M2 = 0.01
LISTED = 50  # of one kind, largest first; the rest are summed up
REPAIR = "Mend it in the file, or load with --repair."
HOPELESS = frozenset({"no-geometry", "not-a-polygon", "no-place", "swapped-axes", "not-degrees", "no-code"})
MENDABLE = frozenset({"invalid-ring", "too-thin", "duplicate-code", "overlap", "borders-differ", "sliver"})


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


def check(features: Features, around: Surroundings) -> tuple[Features, list[Finding]]:
    """Judge all features; return them with parents resolved, and what was found.

    Overlaps, gaps and parents by place are only looked for when every feature is a valid polygon.
    """
    found = [*_shapes(features, around), *_duplicates(features), *_codes(features, around)]
    sound = not any(f.severity == "error" and f.code not in {"duplicate-code", "bad-code"} for f in found)
    if sound:
        found += _datum(features, around)
    features, orphans = _with_parents(features, around, by_place=sound)
    found += orphans
    if sound and around.level != "neighbour":
        found += _coverage(features, around)
    return features, found


def is_sliver(polygon: Any) -> bool:
    """Say whether a piece is too small or too thin to be real ground."""
    thin = polygon.length > 0 and 2 * polygon.area / polygon.length < SLIVER_WIDTH
    return bool(polygon.area < SLIVER_M2 or thin)


def national(features: Features, around: Surroundings) -> bool:
    """Say whether the features' codes follow the national scheme."""
    districts = around.districts or (features.code if around.level == "district" else [])
    return is_national(features.code, around.level, districts)


# --- one feature at a time --------------------------------------------------------------------------------------


def _shapes(features: Features, around: Surroundings) -> Iterator[Finding]:
    polygons = features.polygons
    missing = shapely.is_missing(polygons) | shapely.is_empty(polygons)
    areal = np.isin(shapely.get_type_id(polygons), (3, 6))
    bounds = shapely.bounds(features.original)
    geographic = not features.datum.startswith("epsg:")
    if geographic:
        yield from _axes(bounds[~missing])
    for index in range(len(features)):
        if missing[index]:
            yield _error(
                features, index, "no-geometry", "It has no geometry.", "Draw it or leave the row out."
            )
        elif not areal[index]:
            kind = polygons[index].geom_type
            yield _error(
                features, index, "not-a-polygon", f"It is a {kind}.", "Only polygons are areas: leave it out."
            )
        elif not np.isfinite(shapely.get_coordinates(polygons[index])).all():
            yield _error(
                features,
                index,
                "no-place",
                "Its coordinates are no place on Earth.",
                "Name the right --datum.",
            )
    yield from _rings(features, around, np.flatnonzero(~missing & areal))


def _axes(bounds: NDArray[np.float64]) -> Iterator[Finding]:
    if not len(bounds):
        return
    x, y = np.abs(bounds[:, [0, 2]]).max(), np.abs(bounds[:, [1, 3]]).max()
    if 90 < y <= 180 and x <= 90:
        yield Finding(
            code="swapped-axes",
            where="file",
            message=f"Latitudes reach {y:g}: longitude and latitude are swapped.",
            remedy="Write longitude first.",
        )
    elif x > 180 or y > 90:
        yield Finding(
            code="not-degrees",
            where="file",
            message=f"Coordinates reach {max(x, y):,.0f}: these are not degrees.",
            remedy="Name the CRS of the file with --datum epsg:N.",
        )


def _rings(features: Features, around: Surroundings, at: NDArray[np.intp]) -> Iterator[Finding]:
    polygons = features.polygons
    valid = shapely.is_valid(polygons)
    for index in at[~valid[at]].tolist():
        reason = str(shapely.is_valid_reason(polygons[index]))
        finding = _error(
            features,
            index,
            "invalid-ring",
            f"Its border is invalid: {reason.split('[', maxsplit=1)[0]}.",
            REPAIR,
        )
        yield _placed_by_reason(finding, reason, around)
    fine = at[valid[at]]
    try:
        on_grid(polygons[fine])
    except RingVanishes:
        for index in fine.tolist():
            if vanishes(polygons[index]):
                yield _error(
                    features, index, "too-thin", "It has a part or hole under a millimetre wide.", REPAIR
                )


def _placed_by_reason(finding: Finding, reason: str, around: Surroundings) -> Finding:
    """Give a finding the place that GEOS names in its reason, as `[x y]`."""
    try:
        x, y = (float(number) for number in reason.split("[")[1].rstrip("]").split()[:2])
    except (IndexError, ValueError):
        return finding
    return around.place(finding, shapely.Point(x, y)) if np.isfinite([x, y]).all() else finding


# --- codes and parents ------------------------------------------------------------------------------------------


def _duplicates(features: Features) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for index, code in enumerate(features.code):
        if not code:
            yield _error(
                features, index, "no-code", "It has no code.", "Give it one, or name another --code column."
            )
        elif code in seen:
            first = features.number[seen[code]]
            yield _error(
                features, index, "duplicate-code", f"Its code is that of feature {first} too.",
                "Give each its own code, or load with --repair to join them into one.",
            )  # fmt: skip
        else:
            seen[code] = index


def _codes(features: Features, around: Surroundings) -> Iterator[Finding]:
    if not national(features, around):
        return
    digits = DIGITS[around.level]
    for index, code in enumerate(features.code):
        if code and not (code.isdecimal() and len(code) == digits):
            what = f"{len(code)} digits" if code.isdecimal() else "characters that are no digits"
            yield _error(
                features, index, "bad-code", f"Its code {code} has {what}; a {around.level}'s has {digits} digits.",
                "Correct the code in the file.",
            )  # fmt: skip


def _with_parents(
    features: Features, around: Surroundings, *, by_place: bool
) -> tuple[Features, list[Finding]]:
    """Resolve parents: from the file's column, else from the code, else by place."""
    if not around.above:
        return features, list(_no_level_above(around))
    above = [(level.name, set(level.codes)) for level in around.above]
    nearest = around.above[0]
    from_code = national(features, around)
    placed = _holders(features, nearest) if by_place else [None] * len(features)
    found: list[Finding] = []
    parents = []
    for index, (code, given) in enumerate(zip(features.code, features.parent, strict=True)):
        if given:
            parent = given if any(given in codes for _, codes in above) else None
        else:
            parent = by_prefix(code, above[:1]) if from_code else placed[index]
        parents.append(parent or "")
        found += _parent_findings(features, index, parent, around, given=given, from_code=from_code)
    return replace(features, parent=parents), found


def _no_level_above(around: Surroundings) -> Iterator[Finding]:
    if around.level == "cell":
        yield Finding(
            code="no-parent",
            where="file",
            message="The edition has no level that cells could lie in.",
            remedy="Load districts, streets or communities first.",
        )


def _parent_findings(
    features: Features, index: int, parent: str | None, around: Surroundings, *, given: str, from_code: bool
) -> Iterator[Finding]:
    code, level = features.code[index], around.above[0].name
    if parent is None and (given or from_code):
        wanted = given or code[: DIGITS.get(level, 0)]
        yield _error(
            features, index, "orphan-code", f"Its parent {wanted} is not among the {level} areas of this edition.",
            f"Correct the code, or load the {level} level with this area first.",
        )  # fmt: skip
    elif parent is None:
        severity: Severity = "error" if around.level == "cell" else "warning"
        message = f"It lies in no {level}."
        remedy = "Give its parent in a column, or correct its place."
        yield Finding(
            code="no-parent", where=features.where(index), message=message, remedy=remedy, severity=severity
        )
    elif from_code and given and not code.startswith(parent):
        yield _error(
            features, index, "wrong-parent", f"Its code {code} does not begin with its parent's, {parent}.",
            "Correct one of them.",
        )  # fmt: skip


def _holders(features: Features, level: Level) -> list[str | None]:
    """Return the code of the area that holds each feature's inner point; the smallest where several do."""
    inner = shapely.point_on_surface(features.polygons)
    point, area = shapely.STRtree(level.polygons).query(inner, predicate="intersects")
    holders: list[str | None] = [None] * len(features)
    for p, a in zip(point.tolist(), area.tolist(), strict=True):
        code = level.codes[a]
        if (known := holders[p]) is None or code.encode() < known.encode():
            holders[p] = code
    return holders


# --- all features together --------------------------------------------------------------------------------------


def _datum(features: Features, around: Surroundings) -> Iterator[Finding]:
    if around.reference is None or around.trust_datum or around.level == "neighbour":
        return
    suspicion = suspect(
        shapely.union_all(shapely.make_valid(features.original)), features.datum, around.reference
    )
    if suspicion is not None:
        yield Finding(
            code="suspected-datum",
            where="file",
            message=f"Read as {suspicion.declared} it agrees with the known ground to {suspicion.agreement:.1%}, "
            f"read as {suspicion.likely} to {suspicion.agreement_if:.1%}.",
            remedy=f"Load it with --datum {suspicion.likely}, or with --trust-datum if {suspicion.declared} is right.",
        )


def _coverage(features: Features, around: Surroundings) -> list[Finding]:
    polygons = on_grid(features.polygons)
    repeated = {code for code, count in Counter(features.code).items() if count > 1}
    apart = np.array([code not in repeated for code in features.code])
    broken = ~shapely.is_empty(shapely.coverage_invalid_edges(polygons))
    found = _overlaps(features, polygons, np.flatnonzero(broken), around) if (broken & apart).any() else []
    union = shapely.union_all(polygons) if broken.any() else shapely.coverage_union_all(polygons)
    return found + _gaps(union, around)


def _overlaps(
    features: Features, polygons: NDArray[np.object_], broken: NDArray[np.intp], around: Surroundings
) -> list[Finding]:
    suspects = polygons[broken]
    left, right = shapely.STRtree(suspects).query(suspects, predicate="intersects")
    left, right = left[left < right], right[left < right]
    shared = shapely.intersection(suspects[left], suspects[right])
    area = shapely.area(shared)
    found = []
    for n in np.flatnonzero(area > NOTICEABLE_M2).tolist():
        a, b = int(broken[left[n]]), int(broken[right[n]])
        if features.code[a] != features.code[b]:
            finding = _error(features, a, "overlap", f"It overlaps {features.where(b)}.", REPAIR)
            found.append(_sized(finding, shared[n], around))
    if not found:
        differ = Finding(
            code="borders-differ",
            where="file",
            message=f"{len(broken)} features share borders that are not quite the same, "
            f"the first being {features.where(int(broken[0]))}.",
            remedy="Snap them together in the file, or load with --repair.",
        )
        found.append(around.place(differ, shapely.coverage_invalid_edges(polygons)[broken[0]]))
    return _longest(found)


def _gaps(union: Any, around: Surroundings) -> list[Finding]:
    """Find holes within the level, and where it differs from the ground of the level above."""
    holes = shapely.difference(_filled(union), union)
    found = []
    if around.parent_ground is not None:
        holes = shapely.intersection(holes, around.parent_ground)
        beyond = (
            (
                "uncovered",
                "Ground of the {} level is in no feature.",
                around.parent_ground,
                shapely.union(union, holes),
            ),
            ("outside", "A feature reaches beyond the {} level.", union, around.parent_ground),
        )
        for code, message, one, other in beyond:
            text = message.format(around.above[0].name)
            found += _pieces(shapely.difference(one, other), code, text, "warning", around)
    for hole in _polygons(holes):
        if is_sliver(hole):
            found += _pieces(hole, "sliver", "A sliver between features is in none of them.", "error", around)
        else:
            found += _pieces(hole, "gap", "A gap between features.", "warning", around)
    return _longest(found)


def _pieces(
    geometry: Any, code: str, message: str, severity: Severity, around: Surroundings
) -> list[Finding]:
    return [
        _sized(Finding(code=code, where="file", message=message, severity=severity), piece, around)
        for piece in _polygons(geometry)
        if piece.area > NOTICEABLE_M2
    ]


def _filled(union: Any) -> Any:
    return shapely.union_all([shapely.Polygon(part.exterior) for part in _polygons(union)])


def _polygons(geometry: Any) -> list[Any]:
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and not part.is_empty]


# --- findings ---------------------------------------------------------------------------------------------------


def _error(features: Features, index: int, code: str, message: str, remedy: str) -> Finding:
    return Finding(code=code, where=features.where(index), message=message, remedy=remedy)


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
