"""What a management level (管理等级) is, and a cell that has one. Values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """A management level: the visits owed to its cells in each shift of the day, and how many cells have it."""

    level: int
    name: str
    visits: int
    cells: int = 0


@dataclass(frozen=True, slots=True)
class CellLevel:
    """A cell (its number) with its level and the visits owed in each shift."""

    cell: int
    level: int
    visits: int
