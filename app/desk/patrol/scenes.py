"""What the patrol desk's maps are drawn from, ready for JSON: cells with their outlines, who has them, what changed hands. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from app.areas.ground import Ground
    from app.geo.crs import Metric
    from app.patrol.beats.asked import Told
    from app.patrol.beats.holding import Held

DIGITS = 6  # of a degree: a tenth of a metre


def outlines(polygons: NDArray[np.object_], metric: Metric) -> list[dict[str, Any]]:
    """Return polygons of the metric CRS as GeoJSON geometries, WGS-84."""

    def outward(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        degrees: NDArray[np.float64] = np.column_stack(metric.to_lonlat(xy[:, 0], xy[:, 1])).round(DIGITS)
        return degrees

    if not len(polygons):
        return []
    return [json.loads(text) for text in shapely.to_geojson(shapely.transform(polygons, outward))]


def ground(cells: NDArray[np.int32], whole: Ground, metric: Metric) -> dict[str, Any]:
    """Return cells that nobody planned yet."""
    shapes = outlines(whole.polygons[cells], metric)
    codes = whole.codes[cells].tolist()
    return {
        "plan": None,
        "edges": [],
        "cells": [
            {"code": code, "number": int(cell) + 1, "beat": 0, "minutes": 0, "shape": shape}
            for code, cell, shape in zip(codes, cells, shapes, strict=True)
        ],
    }


def plan(told: Told, metric: Metric) -> dict[str, Any]:
    """Return a plan with its cells, by index, and the pairs of them that touch."""
    edges = told.patch.edges
    shapes = outlines(told.ground.polygons[told.cells], metric)
    rows = zip(
        told.ground.codes[told.cells].tolist(),
        told.cells.tolist(),
        told.labels.tolist(),
        told.patch.minutes.tolist(),
        shapes,
        strict=True,
    )
    said = told.to_dict()
    wanted = ("id", "name", "state", "version", "figures", "beats")
    return {
        "plan": {name: said[name] for name in wanted},
        "edges": np.column_stack([edges.a, edges.b]).tolist(),
        "cells": [
            {"code": code, "number": at + 1, "beat": label + 1, "minutes": round(cost, 2), "shape": shape}
            for code, at, label, cost, shape in rows
        ],
    }


def change(
    before: Held, after: Held, shapes: Mapping[str, dict[str, Any]], away: Sequence[str] = ()
) -> dict[str, Any]:
    """Return who had and who gets each cell of two ways to hold a ground, members by code, and the flows between them."""
    was = dict(zip(before.codes.tolist(), before.holders.tolist(), strict=True))
    now = dict(zip(after.codes.tolist(), after.holders.tolist(), strict=True))
    cost = dict(zip(before.codes.tolist(), before.minutes.tolist(), strict=True))
    cost |= dict(zip(after.codes.tolist(), after.minutes.tolist(), strict=True))
    codes = sorted(code for code in {*was, *now} if code in shapes)
    cells = [
        {
            "code": code,
            "before": was.get(code),
            "after": now.get(code),
            "minutes": round(float(cost[code]), 2),
            "shape": shapes[code],
        }
        for code in codes
    ]
    holders = sorted({*was.values(), *now.values()})
    return {
        "cells": cells,
        "away": sorted(away),
        "members": [_share(who, was, now, cost, away=who in away) for who in holders],
        "flows": _flows(codes, was, now, cost),
    }


def _share(
    who: str, was: Mapping[str, str], now: Mapping[str, str], cost: Mapping[str, float], *, away: bool
) -> dict[str, Any]:
    old = {code for code, holder in was.items() if holder == who}
    own = {code for code, holder in now.items() if holder == who}
    return {
        "member": who,
        "away": away,
        "before": round(sum(cost[code] for code in old), 1),
        "after": round(sum(cost[code] for code in own), 1),
        "kept": len(old & own),
        "gained": len(own - old),
        "lost": len(old - own),
    }


def _flows(
    codes: Sequence[str], was: Mapping[str, str], now: Mapping[str, str], cost: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Return from whom to whom how many cells go, by code of the giver and of the taker."""
    found: dict[tuple[str, str], list[str]] = {}
    for code in codes:
        pair = (was.get(code, ""), now.get(code, ""))
        if pair[0] != pair[1]:
            found.setdefault(pair, []).append(code)
    return [
        {
            "from": giver or None,
            "to": taker or None,
            "cells": len(given),
            "minutes": round(sum(cost[code] for code in given), 1),
        }
        for (giver, taker), given in sorted(found.items())
    ]
