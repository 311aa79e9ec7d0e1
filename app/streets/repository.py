"""Reads and writes the walking network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from app.db.queries import beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray
    from sqlalchemy import Connection

SQL = beside(__file__)
AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Load:
    """What is loaded."""

    id: int
    source: str
    synthetic: bool
    loaded_at: datetime


def load(connection: Connection) -> Load | None:
    """Return what is loaded, if anything is."""
    row = connection.execute(SQL["load"]).mappings().first()
    return None if row is None else Load(**row)


def ways(connection: Connection, load_id: int) -> tuple[NDArray[np.object_], list[str], list[str]]:
    """Return lines in metres with kinds and names."""
    rows = connection.execute(SQL["ways"], {"load_id": load_id}).all()
    shapes = shapely.from_wkb([bytes(row.shape) for row in rows])
    return np.asarray(shapes, np.object_), [row.kind for row in rows], [row.name for row in rows]


def replace(  # noqa: PLR0917
    connection: Connection,
    source: str,
    digest: bytes,
    lines: NDArray[np.object_],
    kinds: Sequence[str],
    names: Sequence[str],
    srid: int,
    *,
    synthetic: bool,
) -> int:
    """Store a network in place of the one before; return its id."""
    connection.execute(SQL["delete_loads"])
    values = {"source": source, "sha256": digest, "synthetic": synthetic}
    load_id = int(connection.execute(SQL["put_load"], values).scalar_one())
    for first in range(0, len(lines), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        connection.execute(
            SQL["put_ways"],
            {
                "load_id": load_id,
                "kinds": list(kinds[part]),
                "names": list(names[part]),
                "shapes": list(shapely.to_wkb(lines[part])),
                "srid": srid,
            },
        )
    return load_id
