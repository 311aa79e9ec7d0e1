"""Whether a level's boundaries may be stored: judged, mended where asked, judged again.

Joins `boundaries` (what is wrong) and `mending` (what can be done about it). Pure.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import shapely

from app.areas import boundaries, mending
from app.areas.tiling import is_hair
from app.core.errors import BadInput
from app.geo.sewing import on_grid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.areas.reading import Features
    from app.areas.surroundings import Surroundings
    from app.core.findings import Finding


class BoundariesRefused(BadInput):
    """The boundaries have errors; nothing was stored."""

    zh = "边界数据有误，未保存任何内容。"


def accept(features: Features, around: Surroundings, *, repair: bool) -> tuple[Features, list[Finding]]:
    """Return the features as they may be stored, with parents, and all that was found and mended.

    Raises:
        BoundariesRefused: Errors are left.
    """
    checked, found = boundaries.check(features, around)
    errors = {finding.code for finding in found if finding.severity == "error"}
    mendable = any(finding.code in boundaries.MENDABLE for finding in found)
    if repair and mendable and not errors & boundaries.HOPELESS:
        checked, found = _mended(features, found, around)
    errors = {finding.code for finding in found if finding.severity == "error"}
    if errors:
        count = sum(f.severity == "error" for f in found)
        raise BoundariesRefused(
            "1 error." if count == 1 else f"{count:,} errors.",
            remedy="" if repair else "Mend the file, or load it with --repair where that is offered.",
            findings=[*features.notes, *found],
        )
    if any(finding.code == "borders-differ" and not finding.repaired for finding in found):
        fitted = mending.fit_together(checked, small=is_hair)
        checked, left = boundaries.check(fitted, around)
        found = _told(found, left)
    return checked, found


def _mended(features: Features, found: list[Finding], around: Surroundings) -> tuple[Features, list[Finding]]:
    """Mend step by step, for a later step's faults show only once the earlier ones are mended."""
    listed = {_key(finding): finding for finding in found}
    checked = features
    for mend in (mending.rebuild, mending.dissolve, lambda f: mending.fit_together(f, around.parent_ground)):
        checked, found = boundaries.check(features, around)
        listed |= {_key(finding): finding for finding in found}
        if not any(f.code in boundaries.MENDABLE for f in found):
            break
        features = mend(features)
    checked, left = boundaries.check(features, around)
    return checked, _told(listed.values(), left)


def _told(before: Iterable[Finding], left: list[Finding]) -> list[Finding]:
    """Return what is gone, as repaired, and what is left."""
    keys = {_key(finding) for finding in left}
    gone = [
        replace(finding, severity="warning", repaired=True, remedy="")
        for finding in before
        if finding.repaired or (_key(finding) not in keys and finding.severity != "note")
    ]
    return [*gone, *left]


def _key(finding: Finding) -> tuple[object, ...]:
    """Return what a finding is known by; its size to 10 m², for mending moves borders by a millimetre."""
    size = finding.square_metres
    return finding.code, finding.where, finding.message, None if size is None else round(size, -1)


def content_hash(features: Features, level: str, *, synthetic: bool) -> str:
    """Return a hash of what is to be stored: the same for the same content, in whatever order or format."""
    digest = hashlib.sha256(f"{level} {synthetic}".encode())
    binary = shapely.to_wkb(shapely.normalize(on_grid(features.polygons)))
    rows = sorted(zip(features.code, features.name, features.parent, binary, strict=True))
    for code, name, parent, wkb in rows:
        digest.update(f"\0{code}\0{name}\0{parent}\0".encode() + wkb)
    return digest.hexdigest()
