"""How true is coverage? Twelve beats on 1,000 cells of 100 m, three walks each; what was patrolled is known.

Simulator: `app.patrol.simulation`, parameters of its defaults (walkers at 1.2 m/s through 3/4 of the beat; fixes every
5 s; white or Gauss-Markov noise of 10 m per axis; 5 % dropped; two gaps of 60-480 s a walk; 1 % outliers of 50-150 m,
70 % of which admit it). Truth: the true path's dwell of at least 20 s in the cell. *False*: counted as patrolled, but
truly not. *Silently missed*: truly patrolled, but neither counted nor unknown. Both as a share of the truly patrolled
cells. Beside them the share of the beats called unknown, and what two naive estimators make of the same fixes, so that
one sees how hard the walks are.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Any

import numpy as np
import shapely

from app.geo.locator import Locator
from app.patrol.coverage.states import PATROLLED, UNKNOWN, judge
from app.patrol.reduction.reach import Reach
from app.patrol.reduction.shift import present, reduce_shift
from app.patrol.reduction.tracks import PLAIN, Track
from app.patrol.rules import ON_FOOT
from app.patrol.simulation import Noise, observe, walk

COLUMNS, ROWS, SIDE = 40, 25, 100.0
CELLS = COLUMNS * ROWS
SEEDS = (1, 2, 3, 4, 5)
WALKS = 36
NOISES: tuple[Noise, ...] = ("white", "correlated")
FALSE_AT_MOST, MISSED_AT_MOST = 0.006, 0.007  # mean of the five seeds


@cache
def ground() -> tuple[Any, Locator, Reach]:
    row, column = np.divmod(np.arange(CELLS), COLUMNS)
    cells = shapely.box(column * SIDE, row * SIDE, (column + 1) * SIDE, (row + 1) * SIDE)
    return cells, Locator.build(cells), Reach(cells)


def beats(rng: np.random.Generator) -> list[Any]:
    """Twelve beats with ragged borders: each cell to the nearest of twelve scattered points."""
    x, y = np.meshgrid((np.arange(4) + 0.5) * COLUMNS * SIDE / 4, (np.arange(3) + 0.5) * ROWS * SIDE / 3)
    seats = np.column_stack((x.ravel(), y.ravel())) + rng.uniform(-150, 150, (12, 2))
    middles = shapely.get_coordinates(shapely.centroid(ground()[0]))
    nearest = np.hypot(*(middles[:, None] - seats[None]).transpose(2, 0, 1)).argmin(axis=1)
    return [np.flatnonzero(nearest == beat).astype(np.int32) for beat in range(12)]


def one_seed(seed: int, noise: Noise, walks: int = WALKS) -> dict[str, float]:
    """Walk, observe, estimate, compare; shares of the truly patrolled cells."""
    cells, locator, reach = ground()
    rng = np.random.default_rng(seed)
    plan = beats(rng)
    everywhere = np.ones(CELLS, np.bool_)
    sums: dict[str, float] = dict.fromkeys(
        ("true", "false", "missed", "silent", "unknown", "beat", "naive_false", "naive_missed", "line_false",
         "line_missed"), 0.0
    )  # fmt: skip
    for number in range(walks):
        beat = plan[number % len(plan)]
        path = walk(cells[beat], rng)
        seen = observe(path, rng, noise=noise)
        truly = present(_joined(path), locator).dwell(CELLS) >= ON_FOOT.tau_s
        reduced = reduce_shift(
            seen.x, seen.y, seen.t, seen.accuracy, start=path.t[0], end=path.t[-1], beat=beat,
            locator=locator, reach=reach, rules=ON_FOOT,
        )  # fmt: skip
        reachable = np.zeros(CELLS, np.bool_)
        for gap in reduced.gaps:
            reachable[gap.cells] = True
        state = judge(reduced.presence.dwell(CELLS), reachable, everywhere, ON_FOOT.tau_s)
        counted, unknown = state == PATROLLED, state == UNKNOWN
        touched = np.bincount(locator.locate(seen.x, seen.y) + 1, minlength=CELLS + 1)[1:] > 0
        crossed = present(_joined(seen), locator).dwell(CELLS) > 0
        for name, value in {
            "true": truly, "false": counted & ~truly, "missed": truly & ~counted,
            "silent": truly & ~counted & ~unknown, "unknown": unknown[beat], "beat": beat >= 0,
            "naive_false": touched & ~truly, "naive_missed": truly & ~touched,
            "line_false": crossed & ~truly, "line_missed": truly & ~crossed,
        }.items():  # fmt: skip
            sums[name] += value.sum()
    shares = {name: sums[name] / sums["true"] for name in sums if name not in {"true", "unknown", "beat"}}
    return shares | {"unknown_of_beat": sums["unknown"] / sums["beat"], "truly_patrolled": sums["true"]}


def full(seeds: tuple[int, ...] = SEEDS, walks: int = WALKS) -> dict[str, Any]:
    """All seeds and both kinds of noise: mean and worst."""
    began = time.perf_counter()
    result: dict[str, Any] = {"seeds": list(seeds), "walks": walks, "rules": ON_FOOT.to_dict()}
    for noise in NOISES:
        runs = [one_seed(seed, noise, walks) for seed in seeds]
        result[noise] = {
            name: {
                "mean": round(float(np.mean([run[name] for run in runs])), 5),
                "worst": round(float(np.max([run[name] for run in runs])), 5),
            }
            for name in runs[0]
        }
    result["passed"] = all(
        result[noise]["false"]["mean"] <= FALSE_AT_MOST and result[noise]["silent"]["mean"] <= MISSED_AT_MOST
        for noise in NOISES
    )
    result["seconds"] = round(time.perf_counter() - began, 1)
    return result


def table(result: dict[str, Any]) -> str:
    """The figures in per cent, for people."""
    names = {
        "false": "falsely counted", "silent": "silently missed", "missed": "missed, unknown included",
        "unknown_of_beat": "unknown, of the beat", "naive_false": "naive (a fix in the cell): false",
        "naive_missed": "naive: missed", "line_false": "line through all fixes: false",
        "line_missed": "line: missed",
    }  # fmt: skip
    lines = [f"{'% of truly patrolled cells':34} {'white':>15} {'correlated':>15}   mean (worst seed)"]
    for name, words in names.items():
        shown = [result[noise][name] for noise in NOISES]
        lines.append(
            f"{words:34} " + " ".join(f"{100 * s['mean']:7.2f} ({100 * s['worst']:5.2f})" for s in shown)
        )
    lines.append(f"{'passed' if result['passed'] else 'FAILED'} in {result['seconds']} s")
    return "\n".join(lines)


def _joined(path: Any) -> Track:
    return Track(path.x, path.y, path.t, np.full(len(path.t) - 1, PLAIN, np.int8))
