"""Tours beside OR-Tools and PyVRP in the same run.

Order: Euclidean round trips over the twelve beats of 1,000 cells, against a lower bound (Held-Karp ascent, or the parity of
the lattice). Choice: 1,000 cells with lognormal demand, 12 members for 3 hours from and to one post in the middle, walking
in city blocks at 1.2 m/s, 60 s a cell; the bound is the demand of the best cells that fit if every step led to the next
cell. Idleness: the longest round of beats balanced by area, every cell seen, against all cells shared out evenly.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pyvrp
import shapely
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from pyvrp.stop import MaxRuntime

from app.geo.kernel import kernel
from app.patrol.beats.adjacency import touching
from app.patrol.beats.patch import Patch
from app.patrol.beats.planning import plan
from app.patrol.tours.choosing import choose
from app.patrol.tours.ordering import cycle, length
from tests.benchmarks.beats import kmeans

COLUMNS, ROWS, MEMBERS = 40, 25, 12
CELLS = COLUMNS * ROWS
SIDE_M, SPEED, LOOK_S, SHIFT_S = 100.0, 1.2, 60.0, 3 * 3600.0
SEEDS = (7, 8, 9)
ORDER_S, CHOICE_S = 0.3, 10.0
ASCENT = 3_000
WHOLE = 10_000_000  # prizes of the peers are whole numbers that sum up to this


def measure(rounds: int = 1) -> dict[str, Any]:
    """Return gaps, demand reached and idleness, ours and the peers'; peers run once per seed, 10 s each."""
    found: dict[str, Any] = {}
    warm = demand(SEEDS[0])[:30]
    ours(warm, steps=10)
    choices: dict[str, list[float]] = {}
    took, cells = [], []
    for seed in SEEDS:
        worth = demand(seed)
        bound = upper_bound(worth)
        for _ in range(rounds):
            began = time.perf_counter()
            seen = ours(worth)
            took.append(time.perf_counter() - began)
        cells.append(len(seen))
        for name, visited in (("", seen), ("_pyvrp", by_pyvrp(worth)), ("_ortools", by_ortools(worth))):
            choices.setdefault(name, []).append(float(worth[visited].sum()))
            choices.setdefault(f"_of_bound{name}", []).append(float(worth[visited].sum() / bound))
    for name, values in choices.items():
        found[f"plan_demand{name}"] = round(float(np.mean(values)), 4)
    found["plan_demand_of_bound_least"] = round(min(choices["_of_bound"]), 4)
    found["plan_cells"] = round(float(np.mean(cells)))
    found["plan_seconds"] = round(max(took), 2)
    return found | orders() | idleness() | replanning()


run = measure


def demand(seed: int) -> np.ndarray:
    """Return each cell's share of all demand."""
    worth = np.random.default_rng(seed).lognormal(0, 1, CELLS)
    return worth / worth.sum()


def upper_bound(worth: np.ndarray) -> float:
    """Return the demand of the best cells that fit when every step leads to the next cell."""
    fits = int(MEMBERS * SHIFT_S / (SIDE_M / SPEED + LOOK_S))
    return float(np.sort(worth)[::-1][:fits].sum())


def _places(count: int = CELLS) -> tuple[np.ndarray, np.ndarray]:
    at = np.arange(count)
    return SIDE_M * (at % COLUMNS), SIDE_M * (at // COLUMNS)


def blocks(count: int = CELLS) -> np.ndarray:
    """Return seconds between cells, then the post (once)."""
    x, y = _places(count)
    x, y = np.append(x, SIDE_M * (COLUMNS - 1) / 2), np.append(y, SIDE_M * (ROWS - 1) / 2)
    return (np.abs(x[:, None] - x) + np.abs(y[:, None] - y)) / SPEED


def ours(worth: np.ndarray, steps: int | None = None) -> np.ndarray:
    """Return the cells of our plan."""
    n = len(worth)
    at = np.concatenate((np.arange(n), np.full(2 * MEMBERS, n)))
    walk = blocks(n)[np.ix_(at, at)]
    chosen = choose(walk, np.full(n, LOOK_S), worth, np.full(MEMBERS, SHIFT_S), steps=steps)
    assert (chosen.used_s <= SHIFT_S).all()
    return np.concatenate(chosen.tours)


def by_pyvrp(worth: np.ndarray, seconds: float = CHOICE_S) -> np.ndarray:
    """Return the cells that PyVRP visits."""
    x, y = _places()
    model = pyvrp.Model()
    where = [model.add_location(int(a), int(b)) for a, b in zip(x, y, strict=True)]
    post = model.add_location(int(SIDE_M * (COLUMNS - 1) / 2), int(SIDE_M * (ROWS - 1) / 2))
    depot = model.add_depot(post)
    for at, place in enumerate(where):
        model.add_client(
            place, service_duration=int(LOOK_S * 10), prize=round(worth[at] * WHOLE), required=False
        )
    model.add_vehicle_type(MEMBERS, start_depot=depot, end_depot=depot, shift_duration=int(SHIFT_S * 10))
    places = [*where, post]
    walk = np.round(blocks() * 10).astype(int)
    for i, one in enumerate(places):
        for j, other in enumerate(places):
            model.add_edge(one, other, distance=int(walk[i, j]), duration=int(walk[i, j]))
    result = model.solve(MaxRuntime(seconds), display=False)
    return np.array(
        [stop.idx for route in result.best.routes() for stop in route if stop.is_client()], np.int64
    )


def by_ortools(worth: np.ndarray, seconds: float = CHOICE_S) -> np.ndarray:
    """Return the cells that OR-Tools visits (disjunctions, guided local search)."""
    walk = np.round(blocks() * 10).astype(np.int64)
    stay = np.append(np.full(CELLS, LOOK_S * 10), 0).astype(np.int64)
    total = walk + stay[:, None]
    manager = pywrapcp.RoutingIndexManager(CELLS + 1, MEMBERS, CELLS)
    routing = pywrapcp.RoutingModel(manager)
    rows = total.tolist()
    transit = routing.RegisterTransitCallback(
        lambda a, b: rows[manager.IndexToNode(a)][manager.IndexToNode(b)]
    )
    ways = walk.tolist()
    routing.SetArcCostEvaluatorOfAllVehicles(
        routing.RegisterTransitCallback(lambda a, b: ways[manager.IndexToNode(a)][manager.IndexToNode(b)])
    )
    routing.AddDimension(transit, 0, int(SHIFT_S * 10), True, "time")
    for at in range(CELLS):
        routing.AddDisjunction([manager.NodeToIndex(at)], round(worth[at] * WHOLE))
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asked.time_limit.FromMilliseconds(int(seconds * 1000))
    found = routing.SolveWithParameters(asked)
    seen: list[int] = []
    for member in range(MEMBERS if found else 0):
        index = found.Value(routing.NextVar(routing.Start(member)))
        while not routing.IsEnd(index):
            seen.append(manager.IndexToNode(index))
            index = found.Value(routing.NextVar(index))
    return np.array(seen, np.int64)


def orders() -> dict[str, Any]:
    """Return the mean gap of round trips to the bound, by seed 7's beats balanced by work."""
    labels = _beats(demand(SEEDS[0]) * CELLS + 2.0)
    x, y = _places()
    gaps: dict[str, list[float]] = {"": [], "_ortools": []}
    for beat in range(MEMBERS):
        own = np.flatnonzero(labels == beat)
        metres = np.hypot(x[own][:, None] - x[own], y[own][:, None] - y[own])
        least = lower_bound(metres, own)
        for name, tour in (("", cycle(metres, ORDER_S)), ("_ortools", _cycle_ortools(metres))):
            gaps[name].append(length(metres, np.append(tour, tour[0])) / least - 1)
    return {f"tour_gap{name}": round(float(np.mean(values)), 5) for name, values in gaps.items()}


def lower_bound(metres: np.ndarray, cells: np.ndarray) -> float:
    """Return the larger of the Held-Karp bound and what the lattice forces.

    Steps of one side change the colour of a chessboard; a round trip with d more cells of one colour than of the other has
    at least d steps that keep it, and those are diagonals at least.
    """
    colour = (cells % COLUMNS + cells // COLUMNS) % 2
    odd = abs(2 * int(colour.sum()) - len(cells))
    lattice = SIDE_M * (len(cells) + odd * (np.sqrt(2.0) - 1.0))
    return max(lattice, _held_karp(metres, float(len(cells) * SIDE_M * 1.02), ASCENT))


@kernel
def _held_karp(metres: np.ndarray, above: float, steps: int) -> float:  # noqa: PLR0912
    """Return the best 1-tree bound of a subgradient ascent (Held and Karp 1971)."""
    n = len(metres)
    weight = np.zeros(n)
    best = 0.0
    scale = 2.0
    since = 0
    for _ in range(steps):
        degree = np.zeros(n)
        total = -2.0 * weight.sum()
        near = np.full(n, np.inf)
        parent = np.zeros(n, np.int64)
        done = np.zeros(n, np.bool_)
        done[0] = True
        node = 1
        for _i in range(n - 1):
            done[node] = True
            for j in range(n):
                if not done[j]:
                    cost = metres[node, j] + weight[node] + weight[j]
                    if cost < near[j]:
                        near[j] = cost
                        parent[j] = node
            following, least = -1, np.inf
            for j in range(n):
                if not done[j] and near[j] < least:
                    following, least = j, near[j]
            if following < 0:
                break
            total += least
            degree[following] += 1
            degree[parent[following]] += 1
            node = following
        first, second = -1, -1
        for j in range(1, n):
            cost = metres[0, j] + weight[0] + weight[j]
            if first < 0 or cost < metres[0, first] + weight[0] + weight[first]:
                first, second = j, first
            elif second < 0 or cost < metres[0, second] + weight[0] + weight[second]:
                second = j
        total += metres[0, first] + metres[0, second] + 2.0 * weight[0] + weight[first] + weight[second]
        degree[0] = 2
        degree[first] += 1
        degree[second] += 1
        since += 1
        if total > best + 1e-9:
            best = total
            since = 0
        elif since > 50:
            scale *= 0.7
            since = 0
        off = degree - 2.0
        norm = (off * off).sum()
        if norm == 0:
            break
        weight += scale * max(above - total, 1.0) / norm * off
    return best


def _cycle_ortools(metres: np.ndarray) -> np.ndarray:
    rows = np.round(metres * 100).astype(np.int64).tolist()
    manager = pywrapcp.RoutingIndexManager(len(rows), 1, 0)
    routing = pywrapcp.RoutingModel(manager)
    cost = routing.RegisterTransitCallback(lambda a, b: rows[manager.IndexToNode(a)][manager.IndexToNode(b)])
    routing.SetArcCostEvaluatorOfAllVehicles(cost)
    asked = pywrapcp.DefaultRoutingSearchParameters()
    asked.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    asked.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    asked.time_limit.FromMilliseconds(int(ORDER_S * 1000))
    found = routing.SolveWithParameters(asked)
    tour, index = [], routing.Start(0)
    while not routing.IsEnd(index):
        tour.append(manager.IndexToNode(index))
        index = found.Value(routing.NextVar(index))
    return np.array(tour, np.int64)


def idleness() -> dict[str, Any]:
    """Return the longest round over its floor: beats balanced by area, and by demand as one would at first."""
    floor = CELLS * (SIDE_M / SPEED + LOOK_S) / MEMBERS
    found = {}
    kinds = (
        ("", _beats(np.ones(CELLS))),
        ("_kmeans", _kmeans()),
        ("_demand_beats", _beats(demand(SEEDS[0]))),
    )
    for name, labels in kinds:
        x, y = _places()
        rounds = []
        for beat in range(MEMBERS):
            own = np.flatnonzero(labels == beat)
            walk = (np.abs(x[own][:, None] - x[own]) + np.abs(y[own][:, None] - y[own])) / SPEED
            tour = cycle(walk, ORDER_S)
            rounds.append(length(walk, np.append(tour, tour[0])) + LOOK_S * len(own))
        found[f"worst_idleness_ratio{name}"] = round(max(rounds) / floor, 4)
    return found


def _patch(work: np.ndarray) -> Patch:
    x, y = _places()
    squares = np.asarray(shapely.box(x, y, x + SIDE_M, y + SIDE_M), np.object_)
    return Patch.of(squares, work, touching(squares))


def _beats(work: np.ndarray) -> np.ndarray:
    return plan(_patch(work), MEMBERS).labels


def _kmeans() -> np.ndarray:
    return kmeans(_patch(np.ones(CELLS)), MEMBERS)


def replanning() -> dict[str, Any]:
    """Return the seconds of one member's re-plan: a beat of 127 cells, an urgent case first."""
    n = 127
    x, y = 100.0 * (np.arange(n) % 12), 100.0 * (np.arange(n) // 12)
    x, y = np.append(x, (1450.0, 0.0)), np.append(y, (350.0, 0.0))
    walk = (np.abs(x[:, None] - x) + np.abs(y[:, None] - y)) / SPEED
    worth = demand(SEEDS[0])[:n]
    began = time.perf_counter()
    choose(walk, np.full(n, LOOK_S), worth, [SHIFT_S - 1_800.0], must=np.arange(n) % 25 == 0)
    return {"replan_seconds": round(time.perf_counter() - began, 3)}


if __name__ == "__main__":
    print(measure())
