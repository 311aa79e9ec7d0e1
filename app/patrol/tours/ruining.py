"""Ruin and recreate for tours with prizes: kernels that take strings of stops out near a place and put better ones in.

After Christiaens and Vanden Berghe (Slack induction by string removals, 2020), for prizes instead of vehicles: what isn't
put back stays absent, what pays more takes its place. Places of insertion are looked for beside near stops only, which is
what lattice-like grounds reward: a step costs microseconds however long the tours are.

Nodes are the sites 0..n-1, then the starts of the members, then their ends. A tour is a linked list from start to end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from app.geo.kernel import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int32]

BESIDE = 16  # near stops beside which a site may be put in
STRING = 10.0  # longest string taken out of one tour
TAKEN = 10.0  # stops taken out in one step, on average
BLINK = 0.01  # chance that a place of insertion is overlooked: keeps greed from repeating itself
CALM = 1e-9


class Task(NamedTuple):
    """What doesn't change: seconds between nodes, seconds at sites, prizes, whose they must be (-1: anybody's), budgets, nearest sites."""

    walk: NDArray[np.float32]
    stay: Floats
    prize: Floats
    owner: Indices
    budget: Floats
    near: Indices


class State(NamedTuple):
    """Tours: the next and previous node, whose tour a site is in (-1: none), seconds used by each member."""

    after: Indices
    before: Indices
    tour: Indices
    used: Floats


@kernel
def copied(source: State, target: State) -> None:
    """Copy tours."""
    target.after[:] = source.after
    target.before[:] = source.before
    target.tour[:] = source.tour
    target.used[:] = source.used


@kernel
def taken_out(task: Task, state: State, site: int) -> None:
    """Take a site out of its tour."""
    tour, p, q = state.tour[site], state.before[site], state.after[site]
    state.used[tour] -= task.walk[p, site] + task.walk[site, q] - task.walk[p, q] + task.stay[site]
    state.after[p] = q
    state.before[q] = p
    state.tour[site] = -1


@kernel
def put_in(task: Task, state: State, site: int, p: int) -> None:
    """Put a site after a node that is in a tour."""
    q, tour = state.after[p], state.tour[p]
    state.used[tour] += task.walk[p, site] + task.walk[site, q] - task.walk[p, q] + task.stay[site]
    state.after[p] = site
    state.before[site] = p
    state.after[site] = q
    state.before[q] = site
    state.tour[site] = tour


@kernel
def best_place(task: Task, state: State, site: int, blink: float) -> int:
    """Return after which node a site costs the fewest seconds within budget; -1 where it fits nowhere."""
    sites, members = len(task.prize), len(task.budget)
    best, least = -1, np.inf
    own = task.owner[site]
    for at in range(min(BESIDE, task.near.shape[1])):
        beside = task.near[site, at]
        tour = state.tour[beside]
        if tour < 0 or (own >= 0 and tour != own):
            continue
        for side in range(2):
            p = beside if side == 0 else state.before[beside]
            q = state.after[p]
            more = task.walk[p, site] + task.walk[site, q] - task.walk[p, q]
            if (
                more < least
                and state.used[tour] + more + task.stay[site] <= task.budget[tour]
                and (blink <= 0.0 or np.random.random() >= blink)  # noqa: NPY002  # numba's own generator
            ):
                best, least = p, more
    for member in range(members):
        if own >= 0 and member != own:
            continue
        for side in range(2):
            p = sites + member if side == 0 else state.before[sites + members + member]
            q = state.after[p]
            more = task.walk[p, site] + task.walk[site, q] - task.walk[p, q]
            if more < least and state.used[member] + more + task.stay[site] <= task.budget[member]:
                best, least = p, more
    return best


@kernel
def worth(task: Task, state: State, a_second: float) -> float:
    """Return the prizes in the tours less what their seconds are worth."""
    total = 0.0
    for site in range(len(task.prize)):
        if state.tour[site] >= 0:
            total += task.prize[site]
    return total - a_second * float(state.used.sum())


@kernel
def ruined(task: Task, state: State, seed: int, gone: Indices) -> int:
    """Take strings of stops out of tours near a site; return how many are in `gone`."""
    members = len(task.budget)
    longest = STRING
    strings = int(np.random.random() * (4.0 * TAKEN / (1.0 + longest) - 1.0) + 1.0)  # noqa: NPY002
    touched = np.zeros(members, np.bool_)
    count, cut = 0, 0
    for at in range(-1, task.near.shape[1]):
        site = seed if at < 0 else task.near[seed, at]
        tour = state.tour[site]
        if tour < 0 or touched[tour]:
            continue
        touched[tour] = True
        size = int(np.random.random() * longest + 1.0)  # noqa: NPY002
        back = int(np.random.random() * size)  # noqa: NPY002
        node = site
        sites = len(task.prize)
        while back > 0 and state.before[node] < sites:
            node = state.before[node]
            back -= 1
        while size > 0 and node < sites and count < len(gone):
            following = state.after[node]
            taken_out(task, state, node)
            gone[count] = node
            count += 1
            size -= 1
            node = following
        cut += 1
        if cut >= strings:
            break
    return count


@kernel
def recreated(task: Task, state: State, asked: Indices, count: int, keys: Floats) -> None:
    """Put sites in where they cost least, in rising order of `keys`, as far as they fit."""
    order = np.argsort(keys[:count])
    for at in order:
        site = asked[at]
        if state.tour[site] >= 0:
            continue
        p = best_place(task, state, site, BLINK)
        if p >= 0:
            put_in(task, state, site, p)


@kernel
def listed(task: Task, kept: State, at: int, gone: Indices, asked: Indices) -> int:
    """List what could be put in: what was taken out, and what was in no tour near the place; return how many."""
    count = len(gone)
    asked[:count] = gone
    for i in range(-1, task.near.shape[1]):
        site = at if i < 0 else task.near[at, i]
        if kept.tour[site] < 0:
            asked[count] = site
            count += 1
    return count


@kernel
def weighed(task: Task, at: int, asked: Indices, keys: Floats) -> None:
    """Choose an order to put sites in: by chance, by prize, from afar, or by prize and chance."""
    how = np.random.randint(4)  # noqa: NPY002
    for i in range(len(asked)):
        site = asked[i]
        if how == 0:
            keys[i] = np.random.random()  # noqa: NPY002
        elif how == 1:
            keys[i] = -task.prize[site]
        elif how == 2:
            keys[i] = -task.walk[at, site]
        else:
            keys[i] = -task.prize[site] * (0.5 + np.random.random())  # noqa: NPY002


@kernel
def annealed(  # noqa: PLR0917
    task: Task, state: State, best: State, steps: int, warm: float, cold: float, a_second: float, seed: int
) -> float:
    """Improve tours by ruin and recreate under falling temperature; `best` is left in `state`, too.

    Args:
        task: See there.
        state: Feasible tours to begin with; changed.
        best: Room of the same shape.
        steps: How many.
        warm: Temperature at first, in prizes.
        cold: Temperature in the end.
        a_second: What a second saved is worth, in prizes; keeps tours short so that more fits.
        seed: Of chance: the same one gives the same tours.

    Returns:
        The worth of the best tours.
    """
    np.random.seed(seed)  # noqa: NPY002
    sites = len(task.prize)
    room = task.near.shape[1] + 1
    gone, asked, keys = (
        np.empty(room + 64, np.int32),
        np.empty(2 * room + 64, np.int32),
        np.empty(2 * room + 64),
    )
    kept = State(state.after.copy(), state.before.copy(), state.tour.copy(), state.used.copy())
    now = worth(task, state, a_second)
    copied(state, best)
    top = now
    for step in range(steps):
        temperature = warm * (cold / warm) ** (step / steps)
        copied(state, kept)
        at = np.random.randint(sites)  # noqa: NPY002
        lost = ruined(task, state, at, gone)
        used_before = kept.used.sum()
        change = 0.0
        for i in range(lost):
            change -= task.prize[gone[i]]
        count = listed(task, kept, at, gone[:lost], asked)
        weighed(task, at, asked[:count], keys)
        recreated(task, state, asked, count, keys)
        for i in range(count):
            if state.tour[asked[i]] >= 0:
                change += task.prize[asked[i]]
        change -= a_second * (state.used.sum() - used_before)
        if change >= temperature * np.log(np.random.random() + 1e-300):  # noqa: NPY002
            now += change
            if now > top + CALM:
                top = now
                copied(state, best)
        else:
            copied(kept, state)
    copied(best, state)
    return top


@kernel
def filled(task: Task, state: State, order: Indices) -> None:
    """Put in what fits, in the order given, until nothing more does."""
    for site in order:
        if state.tour[site] < 0:
            p = best_place(task, state, site, 0.0)
            if p >= 0:
                put_in(task, state, site, p)
