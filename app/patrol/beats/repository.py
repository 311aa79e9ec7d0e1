"""Reads the cells of a ground that is to be planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.db.queries import beside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Connection

SQL = beside(__file__)


def cells_by_area(connection: Connection, edition_id: int, code: str) -> NDArray[np.int32]:
    """Return the indices of an edition's cells in an area of any level, zones included, and in all areas under it."""
    rows: Sequence[int] = (
        connection.execute(SQL["cells_by_area"], {"edition_id": edition_id, "code": code}).scalars().all()
    )
    return (np.array(rows, np.int64) - 1).astype(np.int32)
