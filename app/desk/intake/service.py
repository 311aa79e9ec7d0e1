"""Gathers what the pages of reports show: addresses found, the case that was opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.areas import service as areas
from app.auth import service as auth
from app.desk import repository
from app.desk.case.service import line
from app.gazetteer import service as gazetteer
from app.geo.crs import Metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

__all__ = ["line", "mentioned", "places"]
MOST = 6


def mentioned(connection: Connection, numbers: Sequence[str]) -> dict[str, Any]:
    """Return what is told of cases by number."""
    return repository.cases_named(connection, numbers)


def places(connection: Connection, address: str) -> list[dict[str, Any]]:
    """Return places that an address may mean, likeliest first: name, community, lon, lat, what speaks for or against."""
    with auth.as_system(
        connection
    ):  # names of compounds and buildings are no secret; residents may look them up, too
        (found,) = gazetteer.search(connection, [address])
    metric = Metric(areas.metric_srid(connection))
    shown = []
    for one in found.candidates[:MOST]:
        lon, lat = (float(degrees) for degrees in metric.to_lonlat(one.place.x, one.place.y))
        shown.append(
            {
                "name": one.place.label,
                "community": one.place.community_name,
                "lon": f"{lon:.6f}",
                "lat": f"{lat:.6f}",
                "zh": one.zh,
                "en": one.en,
                "matched": found.status == "matched",
            }
        )
    return shown
