"""Publishing (发布): from a draft edition to the one that holds. Needs the owner's connection."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.areas import repository
from app.areas import service as areas
from app.areas.editions import (
    Edition,
    EditionIncomplete,
    EditionPublished,
    start_of,
)
from app.core.findings import Finding

if TYPE_CHECKING:
    from sqlalchemy import Connection


def publish(connection: Connection, edition: Edition, starts: datetime | None = None) -> Edition:
    """Publish a draft: it holds from `starts`, the edition before it no longer.

    The first edition always held unless a date is given; a later one holds from its date, by default from now.

    Raises:
        EditionPublished: It already is.
        EditionIncomplete: It has no cells, or an area or cell names a parent that isn't there (its findings).
        EditionTooEarly: It would not begin after the edition before it.
    """
    if not edition.draft:
        raise EditionPublished(repr(edition.name))
    return start(connection, edition, end_before(connection, starts))


def end_before(connection: Connection, starts: datetime | None) -> datetime | None:
    """Let the newest published edition end; return when the next one begins, None for always."""
    before = repository.newest_edition(connection, draft=False)
    begins = start_of(starts, before, datetime.now(UTC))
    if before is not None:
        repository.end(connection, before.id, begins)
    return begins


def start(connection: Connection, edition: Edition, begins: datetime | None) -> Edition:
    """Let a draft hold, if it is complete."""
    levels = repository.levels_of(connection, edition.id)
    if "cell" not in levels:
        raise EditionIncomplete(
            f"{edition.name!r} has no cells.", remedy="Run gridward areas lay-grid, or load drawn cells."
        )
    orphans = [
        Finding(
            code="orphan-code",
            where=f"{level} {code}",
            message=f"Its parent {parent} is not in the edition.",
            remedy="Load the level above with this area, or correct the parent's code and load this level again.",
        )
        for level, code, parent in repository.orphans(connection, edition.id)
    ]
    if orphans:
        raise EditionIncomplete(f"Parents are missing in {edition.name!r}.", findings=orphans)
    repository.start(connection, edition.id, begins)
    return areas.edition_named(connection, edition.name)


def target(connection: Connection, name: str | None) -> Edition | None:
    """Return the edition to work on: the one named, if it exists; by default the newest draft."""
    if name is not None:
        return repository.edition_named(connection, name)
    return repository.newest_edition(connection, draft=True)
