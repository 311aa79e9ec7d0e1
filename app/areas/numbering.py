"""Numbers of a community's cells: reading order at first, lasting afterwards.

At the first laying 001-999 run from north to south and, in a row, from west to east. Later a cell whose polygon is
unchanged keeps its code, a changed one retires, new ones follow, and a retired number is not used again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from app.areas.fragments import Pieces

LAST = 999
DIGITS = 3


@dataclass(frozen=True, slots=True)
class Past:
    """What earlier editions gave one community.

    Attributes:
        cells: The newest published edition's cells: code to polygon.
        highest: The highest number ever given.
    """

    cells: Mapping[str, Any] = field(default_factory=dict)
    highest: int = 0


@dataclass(frozen=True, slots=True)
class Numbered:
    """Codes for the pieces of one community, in the order of the pieces.

    Attributes:
        codes: One per piece; empty when `ran_out`.
        kept: How many have the code they had.
        old_to_new: For a renumbered community, each old code with the new codes on its ground, by size of overlap.
        ran_out: There are not enough unused numbers.
    """

    codes: list[str]
    kept: int = 0
    old_to_new: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ran_out: bool = False


def reading_order(pieces: Pieces) -> NDArray[np.intp]:
    """Return the pieces' indices: rows from north, in a row from west; in one square by centroid, west, then north."""
    centre = shapely.centroid(pieces.polygons)
    x, y = np.round(shapely.get_x(centre), 3), np.round(shapely.get_y(centre), 3)
    return np.lexsort((-y, x, pieces.column, -pieces.row))


def number(community: str, pieces: Pieces, past: Past, *, renumber: bool = False) -> Numbered:
    """Give every piece its code: the community's code and three digits."""
    order = reading_order(pieces)
    kept = _unchanged(pieces, past)
    needed = len(order) - len(kept)
    if past.highest + needed <= LAST:
        return Numbered(_codes(community, order, kept, past.highest), kept=len(kept))
    if not renumber:
        return Numbered([], ran_out=True)
    codes = _codes(community, order, {}, 0)
    return Numbered(codes, old_to_new=_successors(codes, pieces, past))


def _codes(community: str, order: NDArray[np.intp], kept: Mapping[int, str], highest: int) -> list[str]:
    codes = [""] * len(order)
    for index in order.tolist():
        if index in kept:
            codes[index] = kept[index]
        else:
            highest += 1
            codes[index] = f"{community}{highest:0{DIGITS}d}"
    return codes


def _unchanged(pieces: Pieces, past: Past) -> dict[int, str]:
    """Return which pieces are the same ground as an earlier cell, with its code.

    A vertex more or less on a straight edge (a neighbour's corner, say) makes no other polygon.
    """
    if not past.cells:
        return {}
    codes, before = list(past.cells), np.array(list(past.cells.values()), dtype=object)
    by_key: dict[tuple[float, ...], list[int]] = {}
    for old, key in enumerate(_keys(before)):
        by_key.setdefault(key, []).append(old)
    pairs = [(new, old) for new, key in enumerate(_keys(pieces.polygons)) for old in by_key.get(key, [])]
    if not pairs:
        return {}
    now, then = np.array(pairs).T
    same = shapely.equals(pieces.polygons[now], before[then])
    return {n: codes[o] for (n, o), is_same in zip(pairs, same, strict=True) if is_same}


def _keys(polygons: NDArray[np.object_]) -> list[tuple[float, ...]]:
    """Return bounds and area: equal for equal polygons, nearly always different for others."""
    table = np.column_stack([shapely.bounds(polygons), np.round(shapely.area(polygons), 6)])
    return [tuple(row) for row in table.tolist()]


def _successors(codes: Sequence[str], pieces: Pieces, past: Past) -> dict[str, list[str]]:
    tree = shapely.STRtree(pieces.polygons)
    table: dict[str, list[str]] = {}
    for old, polygon in past.cells.items():
        near = tree.query(polygon, predicate="intersects")
        shared = shapely.area(shapely.intersection(pieces.polygons[near], polygon))
        ranked = sorted(zip((-shared).round(3).tolist(), (codes[i] for i in near), strict=True))
        table[old] = [code for size, code in ranked if size < 0]
    return table
