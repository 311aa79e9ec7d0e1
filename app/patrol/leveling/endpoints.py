"""`PUT /api/patrol/levels`: cells get a management level; reading them is `GET` beside it, in `coverage`."""

from __future__ import annotations

from fastapi import APIRouter

from app.areas.service import metric_srid
from app.auth.guards import Me, Transaction
from app.geo.crs import Metric
from app.patrol.coverage.schemas import LevelOut
from app.patrol.leveling import service
from app.patrol.leveling.schemas import LevelIn
from app.web import problems

router = APIRouter(prefix="/api/patrol", tags=["patrol"])


@router.put("/levels", responses=problems.SENDING)
def give_level(connection: Transaction, me: Me, said: LevelIn) -> list[LevelOut]:
    """Give the cells of an area, a drawing or a list a management level (管理等级); twice is the same as once.

    The visits owed hold for all cells of the level. Answers with all levels of the team.
    """
    me.requires("patrol.edit")
    metric = Metric(metric_srid(connection))
    found = service.give(connection, me, said.where(metric), said.given())
    return [LevelOut.model_validate(one) for one in found]
