"""Judges a level's boundaries before anything is stored: strict, feature by feature, with places and sizes.

Finds invalid rings, overlaps, gaps, duplicate, orphan and malformed codes, a suspected wrong datum. Mends nothing:
that is `app.areas.mending`, and only when asked. Pure: features in, findings out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import shapely

from app.areas.levels import DIGITS, by_prefix, is_national
from app.areas.surroundings import REPAIR, Surroundings, error_at
from app.areas.tiling import tiling_faults
from app.core.findings import Finding
from app.geo.datum import suspect
from app.geo.sewing import RingVanishes, on_grid, vanishes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from app.areas.reading import Features
    from app.areas.surroundings import Level
    from app.core.findings import Severity

HOPELESS = frozenset({"no-geometry", "not-a-polygon", "no-place", "swapped-axes", "not-degrees", "no-code"})
MENDABLE = frozenset(
    {"invalid-ring", "too-thin", "duplicate-code", "overlap", "borders-differ", "sliver", "sliver-at-border"}
)


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
        found += tiling_faults(features, around)
    return features, found


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
    axes = list(_axes(bounds[~missing])) if geographic else []
    yield from axes
    placed = np.array([bool(np.isfinite(shapely.get_coordinates(polygon)).all()) for polygon in polygons])
    for index in np.flatnonzero(missing | ~areal | ~placed).tolist():
        if missing[index]:
            yield error_at(
                features, index, "no-geometry", "It has no geometry.", "Draw it or leave the row out."
            )
        elif not areal[index]:
            kind = polygons[index].geom_type
            yield error_at(
                features, index, "not-a-polygon", f"It is a {kind}.", "Only polygons are areas: leave it out."
            )
        elif not axes:  # else every feature would say the same again
            yield error_at(
                features,
                index,
                "no-place",
                "Its coordinates are no place on Earth.",
                "Name the right --datum.",
            )
    yield from _rings(features, around, np.flatnonzero(~missing & areal & placed))


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
        finding = error_at(
            features,
            index,
            "invalid-ring",
            f"Its border is invalid: {reason.split('[', maxsplit=1)[0]}.",
            REPAIR,
        )
        yield _placed_by_reason(finding, reason, around)
    fine = at[valid[at]]
    if not len(fine):
        return
    try:
        on_grid(polygons[fine])
    except RingVanishes:
        for index in fine.tolist():
            if vanishes(polygons[index]):
                yield error_at(
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
            yield error_at(
                features, index, "no-code", "It has no code.", "Give it one, or name another --code column."
            )
        elif code in seen:
            first = features.number[seen[code]]
            yield error_at(
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
            yield error_at(
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
    if parent is None and code and (given or from_code):
        wanted = given or code[: DIGITS.get(level, 0)]
        yield error_at(
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
        yield error_at(
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
