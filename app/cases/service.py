"""A case (案件) as it stands: its moves, tasks, applications, comments, photos. The rooms beside open it, move it, list it.

Everything here and there reads and writes as whoever asks (row-level security); what Python has judged and the asker may
not see afterwards is written as the system. The rules are in the pure files.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.areas import service as areas
from app.auth import service as auth
from app.cases import repository, timing, workflow
from app.cases.errors import UnknownCase
from app.categories import service as categories
from app.geo.crs import Metric
from app.incidents import reporting as incidents

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.cases.case import Case

REPORTER_UNNAMED = "上报人 reporter"


def case(connection: Connection, number: str) -> Case:
    """Return a case as it stands.

    Raises:
        UnknownCase: There is none that the asker may see.
    """
    found = repository.case(connection, number)
    if found is None:
        raise UnknownCase(f"Number {number[:40]!r}.")
    return found


def clock(connection: Connection, standing: Case, now: datetime | None = None) -> timing.Seen:
    """Return what a case's clock shows: the used share of its time, its light, whether it is over."""
    return timing.seen(standing, now or datetime.now(UTC), categories.calendar(connection))


def metres(connection: Connection, lon: float, lat: float, datum: str = "wgs84") -> tuple[float, float]:
    """Return a place in the deployment's metric CRS.

    Raises:
        NoPlace: It is none.
    """
    metric = Metric(areas.metric_srid(connection))
    place = incidents.where(
        incidents.Report(source="", source_id="", x=lon, y=lat, datum=datum, reported_at=datetime.now(UTC)),
        metric,
    )
    if place is None:
        raise incidents.no_place_beyond()
    return place


def history(connection: Connection, standing: Case) -> list[dict[str, Any]]:
    """Return every move of a case, oldest first: at, move, from_stage, to_stage, who, party_zh, reason, facts."""
    return with_names(connection, standing, repository.rows(connection, "history", case_id=standing.id))


def tasks(connection: Connection, standing: Case) -> list[dict[str, Any]]:
    """Return who is asked to do what for a case."""
    return repository.rows(connection, "tasks", case_id=standing.id)


def applications(connection: Connection, standing: Case) -> list[dict[str, Any]]:
    """Return what was applied for, and how it was decided."""
    told = repository.rows(connection, "applications", case_id=standing.id)
    return with_names(connection, standing, told, "made_by", "decided_by")


def links(connection: Connection, standing: Case) -> list[dict[str, Any]]:
    """Return the cases that it is linked with: number, stage, what."""
    return repository.rows(connection, "links", case_id=standing.id)


def with_names(
    connection: Connection, standing: Case, told: list[dict[str, Any]], *columns: str
) -> list[dict[str, Any]]:
    """Show accounts as others see them: `who` instead of `principal`, the other columns in their place.

    Who complained stays unnamed: the other side reads the same history.
    """
    names = auth.shown_as(connection, {row[c] for row in told for c in columns or ("principal",) if row[c]})
    if standing.source in workflow.TO_VERIFY or standing.confidential:
        names[f"account:{standing.reported_by}"] = REPORTER_UNNAMED
    for row in told:
        if "principal" in row:
            principal = row.pop("principal")
            row["who"] = names.get(principal, principal)
        for column in columns:
            row[column] = names.get(row[column], row[column])
    return told


# Lists
