"""What to visit when not everything can be (取舍): tours with prizes, must-visits and a time for each member. Pure.

A greedy start, then ruin and recreate (`app.patrol.tours.ruining`), then each tour in its best order, then what fits into
the time that this saved. A must-visit is worth more than all prizes together, so it is left out only where it doesn't fit.
The same task and seed give the same tours, on any machine: the budget is in steps, not in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.patrol.tours import ordering
from app.patrol.tours.ruining import State, Task, annealed, filled

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int32]

NEAR = 40  # nearest sites that a step looks at
WARM, COLD = 2.0, 0.01  # temperatures, in mean prizes
A_MINUTE = 0.13  # what a minute saved is worth, in mean prizes
STEPS_A_SITE = 150
MOST_STEPS = 150_000
SLACK_S = 0.05  # of float32 sums
ORDER_S = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Tours by member.

    Attributes:
        tours: Sites of each member in order.
        used_s: Seconds each member needs, ends included.
        left: Must-visits that don't fit, rising.
    """

    tours: tuple[Indices, ...]
    used_s: Floats
    left: Indices


def choose(  # noqa: PLR0917
    walk: ArrayLike,
    stay: ArrayLike,
    prize: ArrayLike,
    budget: ArrayLike,
    must: ArrayLike | None = None,
    owner: ArrayLike | None = None,
    *,
    steps: int | None = None,
    seed: int = 1,
) -> Chosen:
    """Choose sites and put them in order.

    Args:
        walk: Seconds between nodes, (n + 2 k, n + 2 k), symmetrical: n sites, k starts, k ends.
        stay: Seconds at each site, (n,).
        prize: What a visit is worth, at least 0, (n,).
        budget: Seconds of each of k members, walking from start and to end included.
        must: Sites that are to be visited whatever else is left out, (n,).
        owner: The member who alone may visit each site, -1 for anybody, (n,).
        steps: Of improvement; by size when left out.
        seed: Of chance.
    """
    seconds = np.asarray(walk, np.float64)
    stays, prizes, budgets = (np.asarray(one, np.float64) for one in (stay, prize, budget))
    n, k = len(stays), len(budgets)
    musts = np.zeros(n, bool) if must is None else np.asarray(must, bool)
    owners = np.full(n, -1, np.int32) if owner is None else np.asarray(owner, np.int32)
    if not n or not k:
        none = np.empty(0, np.int32)
        ends = np.arange(k)
        return Chosen((none,) * k, seconds[n + ends, n + k + ends], np.flatnonzero(musts).astype(np.int32))
    mean = max(float(prizes.mean()), 1e-12)
    worth = prizes + mean * 1e-6 + np.where(musts, 10.0 * (prizes.sum() + mean), 0.0)
    task = Task(
        seconds.astype(np.float32), stays, worth, owners, budgets - SLACK_S, _nearest(seconds[:n, :n])
    )
    state = _empty(seconds, n, k)
    order = np.argsort(-worth, kind="stable").astype(np.int32)
    filled(task, state, order)
    best = State(state.after.copy(), state.before.copy(), state.tour.copy(), state.used.copy())
    count = min(MOST_STEPS, 1_000 + STEPS_A_SITE * n) if steps is None else steps
    if count:
        annealed(task, state, best, count, WARM * mean, COLD * mean, A_MINUTE * mean / 60.0, seed)
    tours = [_tour(state, n, member) for member in range(k)]
    tours = [_ordered(seconds, tour, n + member, n + k + member) for member, tour in enumerate(tours)]
    state = _state(seconds, stays, tours, n, k)
    filled(task, state, order)
    tours = [_tour(state, n, member) for member in range(k)]
    return Chosen(
        tuple(tours),
        used(seconds, stays, tours),
        np.flatnonzero(musts & (state.tour[:n] < 0)).astype(np.int32),
    )


def used(walk: Floats, stay: Floats, tours: list[Indices]) -> Floats:
    """Return the seconds that tours take, from start to end."""
    n, k = len(stay), len(tours)
    found = np.empty(k)
    for member, tour in enumerate(tours):
        nodes = np.concatenate(([n + member], tour, [n + k + member])).astype(np.int64)
        found[member] = walk[nodes[:-1], nodes[1:]].sum() + stay[tour].sum()
    return found


def _nearest(seconds: Floats) -> Indices:
    """Return the nearest other sites of each, nearest first."""
    apart = seconds + np.diag(np.full(len(seconds), np.inf))
    return np.argsort(apart, axis=1, kind="stable")[:, : min(NEAR, len(seconds) - 1)].astype(np.int32)


def _empty(walk: Floats, n: int, k: int) -> State:
    return _state(walk, np.zeros(n), [np.empty(0, np.int32)] * k, n, k)


def _state(walk: Floats, stay: Floats, tours: list[Indices], n: int, k: int) -> State:
    after = np.full(n + 2 * k, -1, np.int32)
    before, of = after.copy(), after.copy()
    for member, tour in enumerate(tours):
        nodes = np.concatenate(([n + member], tour, [n + k + member])).astype(np.int32)
        after[nodes[:-1]], before[nodes[1:]], of[nodes] = nodes[1:], nodes[:-1], member
    return State(after, before, of, used(walk, stay, tours))


def _tour(state: State, n: int, member: int) -> Indices:
    found = []
    node = int(state.after[n + member])
    while node < n:
        found.append(node)
        node = int(state.after[node])
    return np.array(found, np.int32)


def _ordered(walk: Floats, tour: Indices, start: int, end: int) -> Indices:
    """Return a tour in its best order; as it is where none is shorter."""
    nodes = np.concatenate(([start], tour, [end])).astype(np.int64)
    best = ordering.path(walk[np.ix_(nodes, nodes)], ORDER_S)
    ordered: Indices = nodes[best][1:-1].astype(np.int32)
    return ordered
