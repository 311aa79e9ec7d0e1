"""Does the interval hold the truth on real tracks? GeoLife's small sample (Beijing, 5,908 fixes), walked parts alone.

A walk is at least ten minutes without a gap over 60 s and without a minute faster than 2.5 m/s (the rules are those for
members on foot). Its ground is a beat as large as those of the 1,000-cell patch, the 83 lattice cells of 100 m nearest to
it. A trial deletes blocks of 1-2 minutes at random until 30 % of the time is gone, and, another time, 30 % of the
*single* fixes; the answer of all fixes (the share of cells with a dwell of tau, without any slack) must lie in the
interval of what is left. Beside it: the blocks on *tight* ground (only the cells that meet the walk's convex hull, 14 to
29 of them, so that whatever is deleted shows at once), *long* blocks of 1-5 minutes, which leave more unknown, and *half*
of the single fixes deleted.

Half is told, not judged. Thinning leaves next to no gaps: what changes the answer there is where the smoothed track runs
in three cells of two walks, whose border or corner it grazes; fewer fixes move it by metres. The slack about the
threshold (decision 15) is as wide as 30 % need. `python -m tests.truth coverage` measures such errors against a known
truth.

Microsoft's licence allows research only: the data stays outside the repository, and without it nothing is measured.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from app.core.settings import ROOT
from app.geo.crs import Metric
from app.geo.locator import Locator
from app.patrol.coverage.states import Coverage, judge, measure
from app.patrol.intake.arrivals import Asked, read_fixes
from app.patrol.reduction.reach import Reach
from app.patrol.reduction.shift import reduce_shift
from app.patrol.rules import ON_FOOT, Rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Walk = tuple[
        NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]
    ]  # metres east and north, seconds

FILE = ROOT.parent / "shared" / "data" / "geolife" / "geolife_small.csv"
METRIC = Metric(4548)
ASKED = Asked(columns={"member": "tracker", "device": "trajectory_id", "time": "t"})
TRIALS, DELETED, HALF = 100, 0.3, 0.5
BLOCK_S, LONG_S = (60.0, 120.0), (60.0, 300.0)
SHORTEST_S, GAP_S, FASTEST = 600.0, 60.0, 2.5
BEAT = 83  # cells: 1,000 / 12
SIDE = 100.0
PLAINLY = replace(ON_FOOT, slack_s=0.0)
HELD_AT_LEAST, WIDTH_AT_MOST = 95, 0.15


def walks(path: Path = FILE) -> Iterator[Walk]:
    """Yield the walked parts of the recorded tracks."""
    fixes = read_fixes(path, ASKED).fixes
    for recorder in sorted(set(fixes.member)):
        track = fixes.take(fixes.member == recorder)
        t, first = np.unique(track.at / 1e6, return_index=True)
        x, y = (axis[first] for axis in METRIC.from_lonlat(track.lon, track.lat))
        moved = [np.interp(t + 30, t, axis) - np.interp(t - 30, t, axis) for axis in (x, y)]
        fast = np.hypot(*moved) / 60 > FASTEST
        cut = (np.diff(t) > GAP_S) | fast[1:] | fast[:-1]
        for part in np.split(np.arange(len(t)), np.flatnonzero(cut) + 1):
            if t[part[-1]] - t[part[0]] >= SHORTEST_S:
                yield x[part], y[part], t[part]


class Ground:
    """The lattice about a walk, and which of its cells are owed."""

    def __init__(self, walk: Walk) -> None:
        x, y, _ = walk
        line = shapely.linestrings(np.column_stack((x, y)))
        west, south, east, north = shapely.bounds(line) // SIDE + (-12, -12, 13, 13)
        column, row = np.meshgrid(np.arange(west, east) * SIDE, np.arange(south, north) * SIDE)
        self.cells = shapely.box(column.ravel(), row.ravel(), column.ravel() + SIDE, row.ravel() + SIDE)
        self.locator, self.reach = Locator.build(self.cells), Reach(self.cells)
        away = shapely.distance(shapely.centroid(self.cells), line)
        self.beat = np.isin(np.arange(len(away)), np.argsort(away, kind="stable")[:BEAT])
        self.tight = shapely.intersects(self.cells, shapely.convex_hull(line))

    def covered(
        self, walk: Walk, kept: NDArray[np.bool_], owed: NDArray[np.bool_], rules: Rules = ON_FOOT
    ) -> Coverage:
        """Return the coverage of what is owed by what is left of a walk, which lasted as long as it did."""
        x, y, t = walk
        reduced = reduce_shift(
            x[kept], y[kept], t[kept], np.full(int(kept.sum()), np.nan), start=t[0], end=t[-1],
            beat=np.flatnonzero(owed).astype(np.int32), locator=self.locator, reach=self.reach, rules=rules,
        )  # fmt: skip
        reachable = np.zeros(len(owed), np.bool_)
        for gap in reduced.gaps:
            reachable[gap.cells] = True
        state = judge(reduced.presence.dwell(len(owed)), reachable, owed, rules)
        return measure(state, np.ones(len(owed)))


def left(t: NDArray[np.float64], rng: np.random.Generator, block: tuple[float, float]) -> NDArray[np.bool_]:
    """Return which fixes are left when blocks of time are deleted until `DELETED` of it is gone."""
    seconds = np.zeros(int(t[-1] - t[0]) + 1, np.bool_)
    while seconds.mean() < DELETED:
        length = rng.uniform(*block)
        begin = rng.uniform(0.0, len(seconds) - length)
        seconds[int(begin) : int(begin + length)] = True
    kept: NDArray[np.bool_] = ~seconds[(t - t[0]).astype(np.intp)]
    return kept


def full(path: Path = FILE, seed: int = 1) -> dict[str, Any]:
    """All trials, spread over the walks: how often the interval held the full answer, and how wide it was."""
    found = list(walks(path))
    rng = np.random.default_rng(seed)
    grounds = [Ground(walk) for walk in found]
    told: dict[str, list[tuple[bool, float]]] = {
        "": [],
        "_tight": [],
        "_long": [],
        "_single": [],
        "_half": [],
    }
    for trial in range(TRIALS):
        walk, ground = found[trial % len(found)], grounds[trial % len(found)]
        blocks, long = (left(walk[2], rng, block) for block in (BLOCK_S, LONG_S))
        drawn = rng.random(len(blocks))
        for kind, kept, owed in (
            ("", blocks, ground.beat), ("_tight", blocks, ground.tight),
            ("_long", long, ground.beat), ("_single", drawn >= DELETED, ground.beat),
            ("_half", drawn >= HALF, ground.beat),
        ):  # fmt: skip
            whole = ground.covered(walk, np.ones(len(kept), np.bool_), owed, PLAINLY).interval or (0.0, 1.0)
            low, high = ground.covered(walk, kept, owed).interval or (0.0, 1.0)
            told[kind].append((low <= whole[0] <= high, high - low))
    result: dict[str, Any] = {"trials": TRIALS, "walks": len(found), "deleted": DELETED}
    for kind, trials in told.items():
        result[f"held{kind}"] = sum(holds for holds, _ in trials)
        result[f"mean_width{kind}"] = round(float(np.mean([width for _, width in trials])), 4)
    result["passed"] = (
        min(result["held"], result["held_single"]) >= HELD_AT_LEAST and result["mean_width"] <= WIDTH_AT_MOST
    )
    return result


def table(result: dict[str, Any]) -> str:
    """The figures for people."""
    words = {
        "": f"blocks of 1-2 minutes, in a beat of {BEAT} cells", "_tight": "the same, in the walk's hull alone",
        "_long": "blocks of 1-5 minutes, in the beat", "_single": "30 % of single fixes, in the beat",
        "_half": "half of the single fixes, in the beat",
    }  # fmt: skip
    lines = [
        f"{result['walks']} walks, {result['trials']} trials; of the time {100 * result['deleted']:.0f} % deleted"
    ]
    lines += [
        f"{words[kind]:45} held {result[f'held{kind}']:3} times, mean width {result[f'mean_width{kind}']:.3f}"
        for kind in words
    ]
    return "\n".join([*lines, "passed" if result["passed"] else "FAILED"])
