"""Laying the default lattice (规则格网) over communities: from their polygons to numbered cells, with a report.

Pure: a frame of areas in, a frame of cells out. The rules are those of the unit grid (单元网格): sewn borders, the fragment
rule, reading order, and double size for a community that would need more than 999 cells. Stores nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from app.areas.fragments import NotSewn, Pieces, cut
from app.areas.numbering import LAST, Numbered, Past, number
from app.core.errors import Conflict
from app.geo.sewing import sew

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray


class NumbersRunOut(Conflict):
    """A community has no unused cell numbers left."""

    zh = "社区内可用的网格编号已用完。"


@dataclass(frozen=True, slots=True)
class LayingReport:
    """What was laid.

    Attributes:
        communities, cells, whole_squares: How many.
        merged_fragments: Fragments that joined a neighbour.
        islands: Codes of cells under the size rule that have no edge neighbour.
        doubled: Communities laid at more than the asked size, to stay within 999 cells: code to size in metres.
        kept: Cells that have the polygon and the code of the edition before.
        retired: Codes of the edition before that are used no more.
        renumbered: For communities numbered anew, each old code with the new codes on its ground.
    """

    communities: int = 0
    cells: int = 0
    whole_squares: int = 0
    merged_fragments: int = 0
    islands: list[str] = field(default_factory=list)
    doubled: dict[str, int] = field(default_factory=dict)
    kept: int = 0
    retired: list[str] = field(default_factory=list)
    renumbered: dict[str, Sequence[str]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the report ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Laid:
    """Sewn communities and their cells.

    Attributes:
        borders: The sewn polygons, in the order of the input: what the edition stores.
        cells: Columns code, parent_code, square_row, square_column, square_size, area_m2, geometry (MultiPolygon),
            in bytewise order of code.
        report: What was laid.
    """

    borders: NDArray[np.object_]
    cells: pd.DataFrame
    report: LayingReport


def lay(
    codes: Sequence[str],
    polygons: NDArray[np.object_],
    *,
    size: int = 100,
    past: Mapping[str, Past] | None = None,
    renumber: bool = False,
    step: Callable[[], object] = lambda: None,
) -> Laid:
    """Lay cells of `size` metres in every community.

    Args:
        codes: Codes of the communities.
        polygons: Their polygons, metric coordinates in metres; a valid coverage.
        size: Side of a square, metres.
        past: What earlier editions gave the communities, by code.
        renumber: Number a community anew when its numbers have run out, instead of stopping.
        step: Called after each community, for a progress bar.

    Raises:
        NumbersRunOut: A community's new cells don't fit behind its retired numbers.
        NotSewn: A border crosses itself or a neighbour's on the 1 mm grid.
    """
    borders = sew(polygons, size)
    _check(codes, borders)
    past = past or {}
    laid = []
    for code, border in zip(codes, borders, strict=True):
        laid.append(_lay_one(code, border, size, past.get(code, Past()), renumber=renumber))
        step()
    ran_out = [one.code for one in laid if one.numbered.ran_out]
    if ran_out:
        raise NumbersRunOut(
            f"Retired numbers are not used again, and {', '.join(ran_out)} would pass {LAST}.",
            remedy="Run it again with --renumber to number these anew, with an old-to-new table.",
        )
    cells = _frame(laid)
    cells = cells.iloc[bytewise(cells["code"])].reset_index(drop=True)
    return Laid(borders, cells, _report(laid, cells, past, size))


def bytewise(codes: Iterable[str]) -> NDArray[np.intp]:
    """Return the order of codes by their bytes, as COLLATE "C" has it."""
    keys = [code.encode() for code in codes]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.intp)


@dataclass(frozen=True, slots=True)
class _One:
    """One community, laid."""

    code: str
    size: int
    pieces: Pieces
    numbered: Numbered


def _frame(laid: Sequence[_One]) -> pd.DataFrame:
    counts = [len(one.numbered.codes) for one in laid]
    polygons = np.concatenate([one.pieces.polygons for one in laid])
    return pd.DataFrame(
        {
            "code": [code for one in laid for code in one.numbered.codes],
            "parent_code": np.repeat(np.array([one.code for one in laid], dtype=object), counts),
            "square_row": np.concatenate([one.pieces.row for one in laid]),
            "square_column": np.concatenate([one.pieces.column for one in laid]),
            "square_size": np.repeat([one.size for one in laid], counts),
            "area_m2": np.round(shapely.area(polygons), 6),
            "geometry": polygons,
        }
    )


def _lay_one(code: str, border: Any, size: int, past: Past, *, renumber: bool) -> _One:
    pieces = cut(border, size)
    while len(pieces.polygons) > LAST:
        size *= 2
        pieces = cut(border, size)
    return _One(code, size, pieces, number(code, pieces, past, renumber=renumber))


def _check(codes: Sequence[str], borders: NDArray[np.object_]) -> None:
    """Refuse borders that don't form a valid coverage once they are on the 1 mm grid."""
    bad = ~shapely.is_valid(borders)
    if not bad.any() and len(borders):
        edges = shapely.coverage_invalid_edges(borders)
        bad = ~shapely.is_empty(edges)
    if bad.any():
        named = [code for code, is_bad in zip(codes, bad, strict=True) if is_bad]
        raise NotSewn(
            f"Borders cross each other or leave slivers on the 1 mm grid: {', '.join(named[:10])}"
            f"{f' and {len(named) - 10} more' if len(named) > 10 else ''}.",
            remedy="Load the communities with --repair.",
        )


def _report(laid: Sequence[_One], cells: pd.DataFrame, past: Mapping[str, Past], size: int) -> LayingReport:
    used = set(cells["code"])
    return LayingReport(
        communities=len(laid),
        cells=len(cells),
        whole_squares=sum(int(one.pieces.whole.sum()) for one in laid),
        merged_fragments=sum(int((one.pieces.fragments - 1).sum()) for one in laid),
        islands=[one.numbered.codes[i] for one in laid for i in np.flatnonzero(one.pieces.island)],
        doubled={one.code: one.size for one in laid if one.size != size},
        kept=sum(one.numbered.kept for one in laid),
        retired=[code for known in past.values() for code in known.cells if code not in used],
        renumbered={old: list(new) for one in laid for old, new in one.numbered.old_to_new.items()},
    )
