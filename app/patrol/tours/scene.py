"""What a team's tours are made of at a time: the ground, its demand and last visits, cases, levels. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from app.patrol.tours import telling
from app.patrol.tours.day import HOUR_S, Site, prizes
from app.patrol.tours.tour import CASE, MUST, PRIZE

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

    from app.areas.editions import Edition
    from app.areas.ground import Ground
    from app.geo.crs import Metric
    from app.patrol.tours.repository import OpenCase
    from app.patrol.tours.settings import Settings
    from app.patrol.walking import Walking
    from app.teams.levels.levels import CellLevel
    from app.teams.repository import StoredMember, StoredTeam


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A team at a time; arrays by cell of the edition.

    Attributes:
        since_s: Seconds since the last visit, NaN for never.
        seen: Visits in the shift so far.
        x: Metres east of a point in each cell; so `y`.
    """

    team: StoredTeam
    members: list[StoredMember]
    accounts: dict[int, int | None]
    edition: Edition
    ground: Ground
    metric: Metric
    walking: Walking
    settings: Settings
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    reports: NDArray[np.int64]
    since_s: NDArray[np.float64]
    seen: NDArray[np.int64]
    levels: dict[int, CellLevel]
    cases: list[OpenCase]
    synthetic: bool


def sites(scene: Scene, member_id: int, cells: NDArray[np.int32], end: datetime) -> list[Site]:
    """Return what a member could visit: the cells of the beat, and the cases in it.

    A cell with a case is visited with its case. Who handled a case doesn't check it.
    """
    hours = scene.since_s[cells] / HOUR_S
    worth = prizes(scene.reports[cells], hours, scene.settings)
    mean = float(scene.reports[cells].mean()) if len(cells) else 0.0
    account = scene.accounts.get(member_id)
    place = {int(scene.ground.ids[cell]): at for at, cell in enumerate(cells.tolist())}
    found: list[Site] = []
    visited: set[int] = set()
    for case in scene.cases:
        at = place.get(case.cell_id)
        if at is None or (account is not None and case.handled_by == account):
            continue
        cell = int(cells[at])
        first = at not in visited
        visited.add(at)
        found.append(
            Site(
                cell_id=case.cell_id, number=cell + 1, code=str(scene.ground.codes[cell]), x=case.x, y=case.y, kind=CASE,
                stay_s=scene.settings.case_s + (scene.settings.look_s if first else 0.0),
                prize=float(worth[at]) if first else 0.0, must=True, case=case.number,
                reason=telling.of_case(case.number, case.stage, case.due_at, end),
            )
        )  # fmt: skip
    for at, cell in enumerate(cells.tolist()):
        if at in visited:
            continue
        plain = Site(
            cell_id=int(scene.ground.ids[cell]), number=cell + 1, code=str(scene.ground.codes[cell]),
            x=float(scene.x[cell]), y=float(scene.y[cell]), kind=PRIZE, stay_s=scene.settings.look_s,
            prize=float(worth[at]), must=False,
            reason=telling.of_prize(
                None if np.isnan(hours[at]) else float(hours[at]), float(scene.reports[cell]), mean
            ),
        )  # fmt: skip
        owes = scene.levels.get(cell)
        if owes is not None and owes.visits > scene.seen[cell]:
            reason = telling.of_owed(owes.level, owes.visits, int(scene.seen[cell]))
            plain = replace(plain, kind=MUST, must=True, reason=reason)
        found.append(plain)
    return found
