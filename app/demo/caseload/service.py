"""Makes the demo's cases (示意案件) through the real service, move by move, each by an account that may make it.

In one transaction of the system: who is asking is passed on, so that every move is judged as it would be later on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely

from app.areas import service as areas
from app.auth import service as auth
from app.auth.principal import NOBODY
from app.cases import service as cases
from app.cases.case import Facts
from app.cases.finding import Filter
from app.cases.lists import service as lists
from app.cases.moves import service as cases_moves
from app.cases.opening import service as opening
from app.cases.reporting import Said
from app.demo import courses
from app.demo.people import service as people
from app.parties import service as parties
from app.parties.grounds import service as grounds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.areas.ground import Ground
    from app.auth.principal import Principal
    from app.cases.case import Case
    from app.demo.courses import Planned, Step
    from app.geo.crs import Metric

SYSTEM: Final = "gridward-demo-case"
NEAR_M: Final = 30.0
QUIET_H: Final = 12.0
STAFF: Final = {
    "dispatcher": "demo.jianwai.dispatcher",
    "checker": "demo.jianwai.checker",
    "supervisor": "demo.jianwai.supervisor",
}
ELSEWHERE: Final = "demo.district"  # does all of it where the demo has no staff of the street's own


def settle(
    connection: Connection, edition_id: int, seed: int, now: datetime, metric: Metric
) -> dict[str, int]:
    """Make the cases; the service role's transaction, as the system.

    Args:
        connection: With the places and the people stored.
        edition_id: The demo's ground.
        seed: The same seed makes the same cases, at the same times before `now`.
        now: The end of the last days that they happened in.
        metric: The CRS of the ground.

    Returns:
        cases, open ones among them, moves.
    """
    ground = areas.ground(connection, edition_id)
    planned = courses.cases(seed, sorted(set(ground.parent_codes.tolist())))
    return _play_all(connection, ground, planned, seed, now, metric)


def renew(connection: Connection, edition_id: int, seed: int, now: datetime, metric: Metric) -> int:
    """Make the few cases that a later day brings, unless the last hours brought some; return how many."""
    asked = Filter(area=courses.JIANWAI, since=now - timedelta(hours=QUIET_H), limit=1)
    if lists.find(connection, asked).cases:
        return 0
    ground = areas.ground(connection, edition_id)
    planned = courses.fresh(seed, now.toordinal(), sorted(set(ground.parent_codes.tolist())))
    return _play_all(connection, ground, planned, seed, now, metric)["cases"]


def _play_all(  # noqa: PLR0917
    connection: Connection,
    ground: Ground,
    planned: Sequence[Planned],
    seed: int,
    now: datetime,
    metric: Metric,
) -> dict[str, int]:
    cast = _Cast(connection)
    rng = np.random.default_rng((seed, 141))
    inside = _inside(connection, ground, {one.plot for one in planned} - {None})
    moves, unended = 0, 0
    for one in planned:
        x, y = inside[one.plot] if one.plot else _somewhere(ground, one.community, rng)
        lon, lat = metric.to_lonlat(np.array([x]), np.array([y]))
        standing = _play(connection, cast, one, (float(lon[0]), float(lat[0])), now)
        moves += len(one.course.steps)
        unended += not standing.ended
    return {"cases": len(planned), "open": unended, "moves": moves}


def _play(
    connection: Connection, cast: _Cast, one: Planned, lonlat: tuple[float, float], now: datetime
) -> Case:
    """Report one case and make its moves, at even times from then to now."""
    began = now - timedelta(hours=one.hours_ago)
    pause = timedelta(hours=one.hours_ago) / (len(one.course.steps) + 1)
    said = Said(
        category=one.category, x=lonlat[0], y=lonlat[1], source=one.course.source, reported_at=began, system=SYSTEM,
        source_id=_id(one.number), description=one.description, accuracy_m=8.0,
        address=f"{courses.names()[one.community]}附近（示意）", synthetic=True,
    )  # fmt: skip
    number = opening.report(connection, cast.reporter(one), said, began).number
    standing = cases.case(connection, number)
    for n, step in enumerate(one.course.steps, 1):
        who = cast.party(standing.party_id) if step.who == "party" else cast.staff(step.who, one)
        moment = began + n * pause
        standing = cases_moves.move(
            connection, who, number, step.move, None, _facts(step, standing, now), moment
        )
    return standing


def _facts(step: Step, standing: Case, now: datetime) -> Facts:
    told: dict[str, Any] = dict(step.facts)
    if "days" in told:
        told["until"] = max(now, standing.due_at or now) + timedelta(days=told.pop("days"))
    return Facts(**told)


def _somewhere(ground: Ground, community: str, rng: np.random.Generator) -> tuple[float, float]:
    """Return a place in a community, in metres."""
    mine: NDArray[np.object_] = ground.polygons[ground.parent_codes == community]
    cell = mine[rng.integers(len(mine))]
    middle = shapely.get_coordinates(shapely.point_on_surface(cell))[0]
    x, y = middle + rng.uniform(-NEAR_M, NEAR_M, 2)
    return (x, y) if shapely.contains_xy(cell, x, y) else (middle[0], middle[1])


def _inside(connection: Connection, ground: Ground, plots: set[str | None]) -> dict[str, tuple[float, float]]:
    """Return a place in each of these plots, in metres."""
    cells = dict(zip(ground.ids.tolist(), ground.polygons, strict=True))
    found = {}
    for patch in grounds.patches(connection):
        if patch.code in plots:
            shape = patch.shape if patch.shape is not None else cells[max(patch.cells)]
            x, y = shapely.get_coordinates(shapely.point_on_surface(shape))[0]
            found[patch.code] = (float(x), float(y))
    return found


def _id(number: int) -> str:
    return f"case-{number:04d}"


@dataclass(slots=True)
class _Cast:
    """Who makes the moves: the demo's staff, and for each party that leads a member of it, made when first needed."""

    connection: Connection
    _known: dict[str, Principal] = field(default_factory=dict, init=False)
    _members: dict[int, Principal] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        for account in auth.accounts(self.connection):
            if account.synthetic and account.active:
                principal = auth.principal_of(self.connection, account.id)
                self._known[account.name] = principal
                for party in principal.party_ids:
                    self._members.setdefault(party, principal)

    def reporter(self, one: Planned) -> Principal:
        if one.course.source == "resident":
            return NOBODY
        return self._known[one.by] if one.by else self.staff("dispatcher", one)

    def staff(self, who: str, one: Planned) -> Principal:
        return self._known[STAFF[who] if one.community.startswith(courses.JIANWAI) else ELSEWHERE]

    def party(self, party_id: int | None) -> Principal:
        if party_id is None:
            return self._known[ELSEWHERE]
        if party_id not in self._members:
            party = parties.party(self.connection, party_id)
            name = party.names[-1].zh if party.names else party.code
            account = people.make(self.connection, f"demo.member.{party.code}", name)
            auth.grant(self.connection, account, "party_member", None, party_id)
            self._members[party_id] = auth.principal_of(self.connection, account)
        return self._members[party_id]
