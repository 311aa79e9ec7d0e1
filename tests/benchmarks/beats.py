"""Twelve beats of 1,000 cells beside METIS and k-means in the same run; every street of the real district at once.

Work is a lognormal demand by cell, without the walking that would even it out: harder than what is planned in earnest,
which `_work` figures are of. A morning: two of the twelve are away, whose cells are the least that changes hands. Balance is the worst of the seeds, compactness the mean of their means. Peers are what one
would take otherwise: METIS (k-way, contiguous, ufactor 30) and k-means of the cells weighted by work, best of ten starts.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import shapely

from app.areas.laying import lay
from app.demo import boundary
from app.demo.chaoyang import chaoyang
from app.geo.crs import Metric
from app.patrol.beats.adjacency import touching
from app.patrol.beats.figures import Figures, least_balance, measured
from app.patrol.beats.handing_over import handed_over
from app.patrol.beats.patch import Patch
from app.patrol.beats.planning import metis, plan
from app.patrol.beats.settings import ON_FOOT
from app.patrol.beats.work import minutes
from tests.benchmarks.chaoyang import SEED, say

BEATS, COLUMNS, ROWS = 12, 40, 25
SEEDS = (7, 8, 9)
STREET_BEATS = 12
REPORTS_A_DAY = 0.5  # of a mean cell
AWAY = ((0, 1), (3, 7))  # two of the twelve, each pair a morning of its own


def measure(rounds: int = 3) -> dict[str, Any]:
    """Return balance, compactness, broken beats and seconds, ours and the peers'."""
    plan(_patch(np.ones(COLUMNS * ROWS)), BEATS)  # compiled, or read from where it is kept
    took: list[float] = []
    found: dict[str, Any] = {}
    for kind, works in (("", _demands()), ("_work", _works())):
        ours, by_metis, by_kmeans = [], [], []
        for work in works:
            patch = _patch(work)
            for _ in range(rounds):
                began = time.perf_counter()
                cut = plan(patch, BEATS)
                took.append(time.perf_counter() - began)
            ours.append(cut.figures)
            by_metis.append(measured(patch, metis(patch, BEATS), BEATS))
            by_kmeans.append(measured(patch, kmeans(patch, BEATS), BEATS))
        for peer, figures in (("", ours), ("_metis", by_metis), ("_kmeans", by_kmeans)):
            found |= {f"beats{kind}_{name}{peer}": value for name, value in _told(figures).items()}
        found[f"beats{kind}_floor"] = round(max(least_balance(work, BEATS) for work in works), 4)
    found["beats_seconds"] = round(float(np.median(took)), 3)
    found["beats_seconds_worst"] = round(max(took), 3)
    return found | _mornings() | _district()


run = measure


def _demands() -> list[np.ndarray]:
    return [np.random.default_rng(seed).lognormal(0, 1, COLUMNS * ROWS) for seed in SEEDS]


def _works() -> list[np.ndarray]:
    """Minutes as they are planned with: walking, looking, and half a report a day in a mean cell."""
    size = np.full(COLUMNS * ROWS, 10_000.0)
    scale = REPORTS_A_DAY * ON_FOOT.demand_days
    return [minutes(size, np.round(scale * one / one.mean()).astype(np.int64), ON_FOOT) for one in _demands()]


def _patch(work: np.ndarray) -> Patch:
    at = np.arange(COLUMNS * ROWS)
    x, y = 100.0 * (at % COLUMNS), 100.0 * (at // COLUMNS)
    squares = np.asarray(shapely.box(x, y, x + 100, y + 100), np.object_)
    return Patch.of(squares, work, touching(squares))


def _told(figures: list[Figures]) -> dict[str, float]:
    return {
        "balance": round(max(one.balance for one in figures), 4),
        "compactness": round(float(np.mean([one.compactness.mean() for one in figures])), 4),
        "compactness_least": round(min(float(one.compactness.min()) for one in figures), 4),
        "broken": sum(one.broken for one in figures),
    }


def _mornings() -> dict[str, Any]:
    """Hand the ground of two over for a day; shares are means of cells over all mornings, the rest the worst."""
    changed, floor, took, cuts, before = [], [], [], [], []
    for work in _works():
        patch = _patch(work)
        whole = plan(patch, BEATS)
        for away in AWAY:
            stays = np.full(BEATS, -1, np.int32)
            there = [beat for beat in range(BEATS) if beat not in away]
            stays[there] = np.arange(len(there))
            old = stays[whole.labels]
            began = time.perf_counter()
            cut = handed_over(patch, old, len(there))
            took.append(time.perf_counter() - began)
            changed.append(float((cut.labels != old).mean()))
            floor.append(float((old < 0).mean()))
            cuts.append(cut.figures)
            before.append(float(whole.figures.compactness.mean()))
    return {
        "recut_changed_share": round(float(np.mean(changed)), 4),
        "recut_changed_share_worst": round(max(changed), 4),
        "recut_floor": round(float(np.mean(floor)), 4),
        "recut_balance": round(max(one.balance for one in cuts), 4),
        "recut_compactness": round(float(np.mean([one.compactness.mean() for one in cuts])), 4),
        "recut_compactness_before": round(float(np.mean(before)), 4),
        "recut_broken": sum(one.broken for one in cuts),
        "recut_seconds": round(float(np.median(took)), 3),
        "recut_seconds_worst": round(max(took), 3),
    }


def kmeans(patch: Patch, beats: int, *, starts: int = 10, seed: int = 1) -> np.ndarray:
    """Return the best k-means by work of several k-means++ starts, as labels by cell."""
    points, weight = np.column_stack([patch.x, patch.y]), patch.minutes
    best, least = np.zeros(len(patch), np.int32), np.inf
    for start in range(starts):
        rng = np.random.default_rng((seed, start))
        centres = points[rng.choice(len(points), 1, p=weight / weight.sum())]
        while len(centres) < beats:
            chance = weight * _squares(points, centres).min(axis=1)
            centres = np.vstack([centres, points[rng.choice(len(points), p=chance / chance.sum())]])
        for _ in range(100):
            labels = _squares(points, centres).argmin(axis=1)
            held = np.bincount(labels, weight, beats)
            moved = np.column_stack([np.bincount(labels, weight * axis, beats) / held for axis in points.T])
            if np.allclose(moved, centres):
                break
            centres = moved
        spread = float((weight * _squares(points, centres).min(axis=1)).sum())
        if spread < least:
            best, least = labels.astype(np.int32), spread
    return best


def _squares(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)


def _district() -> dict[str, Any]:
    """Cut every street of the real district, from its cells' polygons on."""
    metric = Metric(4548)
    communities = chaoyang(boundary.read(say), metric, SEED).frame("community", metric)
    cells = lay(list(communities["code"]), communities.geometry.to_numpy()).cells
    polygons = np.array(cells["geometry"], dtype=np.object_)
    street = np.array([str(code)[:9] for code in cells["parent_code"]])
    demand = np.random.default_rng(SEED).lognormal(0, 1, len(polygons))
    reports = np.round(REPORTS_A_DAY * ON_FOOT.demand_days * demand / demand.mean()).astype(np.int64)
    work = minutes(shapely.area(polygons), reports, ON_FOOT)
    began = time.perf_counter()
    edges = touching(polygons)
    adjacent = time.perf_counter() - began
    cuts = []
    for code in np.unique(street):
        own = np.flatnonzero(street == code).astype(np.int32)
        cuts.append(plan(Patch.of(polygons[own], work[own], edges.among(own, len(polygons))), STREET_BEATS))
    took = time.perf_counter() - began
    figures = [cut.figures for cut in cuts]
    return {
        "beats_district_seconds": round(took, 2),
        "beats_district_adjacency_seconds": round(adjacent, 2),
        "beats_district_cells": len(polygons),
        "beats_district_streets": len(cuts),
        "beats_district_balance": round(max(one.balance for one in figures), 4),
        "beats_district_balance_over_floor": round(max(one.balance / one.floor for one in figures), 4),
        "beats_district_floor": round(max(one.floor for one in figures), 4),
        "beats_district_compactness": round(float(np.mean([one.compactness.mean() for one in figures])), 4),
        "beats_district_compactness_least": round(min(float(one.compactness.min()) for one in figures), 4),
        "beats_district_broken": sum(one.broken for one in figures),
        "beats_district_parts": sum(cut.parts for cut in cuts),
    }
