"""What the plain pages show beside what the packages below answer: names of the ground, lists for choosing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.desk import repository

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


def ground_of(connection: Connection, codes: Sequence[str], parties: Sequence[int]) -> dict[str, Any]:
    """Return the place of someone's grants in words, and whether anything of it is invented."""
    row = repository.ground(connection, codes, parties)
    return {"place": "、".join(row.names), "synthetic": row.synthetic}
