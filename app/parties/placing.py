"""Which areas hold which (上下级区域), from each area's parent to whole places. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.parties.rulebook import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVELS = ("community", "street", "district")


def homes(parents: Mapping[tuple[str, str], str | None]) -> dict[tuple[str, str], Place]:
    """Return each area (level, code) as a place: with the street, the district above it.

    Args:
        parents: Level and code to the parent's code, which may skip a level.
    """
    level_of: dict[str, list[str]] = {}
    for level, code in parents:
        level_of.setdefault(code, []).append(level)
    return {area: _home(area, parents, level_of) for area in parents}


def _home(
    area: tuple[str, str], parents: Mapping[tuple[str, str], str | None], level_of: dict[str, list[str]]
) -> Place:
    found: dict[str, str] = {}
    here: tuple[str, str] | None = area
    while here is not None and here[0] not in found:
        found[here[0]] = here[1]
        parent = parents[here]
        above = [level for level in level_of.get(parent or "", ()) if level not in found]
        here = (above[0], parent) if parent is not None and above else None
    return Place(None, found.get("community"), found.get("street"), found.get("district"))
