"""Lists: cases found by what is known of them, a page at a time, and the lists that one's day is made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.cases import finding, repository
from app.cases.finding import Listed, Page
from app.categories import service as categories

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.cases.finding import Filter

MOST_COUNTED = 1000  # beyond that a list says only that there are more
MOST_TODAY = 2000  # open cases that one person's day is made of


def find(connection: Connection, asked: Filter, now: datetime | None = None) -> Page:
    """Return cases that the asker may see, newest first, a page at a time."""
    conditions, values = _limits(connection, asked, now)
    everything = repository.reach(connection).everything
    values["most"] = min(asked.limit, finding.MOST) + 1
    rows = repository.found(connection, conditions, values, everything=everything)
    found = [_listed(row) for row in rows]
    kept = tuple(found[: asked.limit])
    return Page(kept, finding.mark(kept[-1]) if len(found) > asked.limit else None)


def count(connection: Connection, asked: Filter, now: datetime | None = None) -> int:
    """Return how many cases of all pages the asker may see; counting ends at one more than `MOST_COUNTED`."""
    conditions, values = _limits(connection, replace(asked, after=None), now)
    everything = repository.reach(connection).everything
    values["most"] = MOST_COUNTED + 1
    return repository.counted(connection, conditions, values, everything=everything)


def _limits(
    connection: Connection, asked: Filter, now: datetime | None
) -> tuple[tuple[str, ...], dict[str, object]]:
    """Return the conditions of a filter, by name, and their values."""
    level, wanted = None, None
    if asked.area is not None:
        level = next(
            (row["level"] for row in repository.rows(connection, "level_of", code=asked.area)), "community"
        )
    if asked.category is not None:
        catalogue = categories.catalogue(connection)
        key = catalogue.find(asked.category).key
        wanted = [one.id for one in catalogue.all() if key in one.lineage]
    limits = finding.limits(asked, level, wanted)
    values: dict[str, object] = {"now": now or datetime.now(UTC)}
    for more in limits.values():
        values |= more
    return tuple(limits), values


def today(
    connection: Connection, asking: Principal, now: datetime | None = None, area: str | None = None
) -> dict[str, list[Listed]]:
    """Return today's lists of open cases of whoever asks: see `finding.LISTS`; a case may stand in several.

    Args:
        connection: In a transaction of whoever asks.
        asking: Whose work.
        now: Default: now.
        area: Code of a community or street; None for all of one's ground.
    """
    moment = now or datetime.now(UTC)
    everything = repository.reach(connection).everything
    rows = repository.todays(connection, everything=everything, area=area, most=MOST_TODAY)
    return finding.sorted_out(
        map(_listed, rows), finding.Day.of(moment, categories.calendar(connection).zone), asking.account_id
    )


def _listed(row: dict[str, Any]) -> Listed:
    return Listed(**(row | {"pending": tuple(row["pending"])}))
