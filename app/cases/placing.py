"""Where a case lies (定位): the cell by the rule of `app.areas.ground`, the areas above it, who else is in reach. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.areas.ground import FOUND, SNAPPED
from app.cases.moving import Ground as Columns
from app.parties.rulebook import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.areas.ground import Ground

WIDEST_CIRCLE_M = 500.0  # as in app.incidents.placing: a worse accuracy says nothing about the cell


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in an edition.

    Attributes:
        x: Metres east in the metric CRS, None without a place; so `y`.
        found: See `app.areas.ground.FOUND`.
        cell_id: None outside; so `cell` (its code), `community`, `street`.
        district: Outside, too, where the edition has just one.
        snapped_m: Metres to the cell, None unless snapped.
        candidates: Cell ids within the accuracy circle, if it crosses into another community; else empty.
        rivals: A place in each other community that the circle reaches.
    """

    edition_id: int
    x: float | None
    y: float | None
    found: str = "outside"
    cell_id: int | None = None
    cell: str | None = None
    community: str | None = None
    street: str | None = None
    district: str | None = None
    snapped_m: float | None = None
    candidates: tuple[int, ...] = ()
    rivals: tuple[Place, ...] = ()

    @property
    def place(self) -> Place:
        """As who-answers asks for it."""
        return Place(self.cell_id, self.community, self.street, self.district, self.x, self.y)

    @property
    def columns(self) -> Columns:
        """As a case keeps it."""
        return Columns(
            edition_id=self.edition_id, cell_id=self.cell_id, cell=self.cell, community=self.community,
            street=self.street, district=self.district, x=self.x, y=self.y,
        )  # fmt: skip

    @property
    def areas(self) -> tuple[str | None, ...]:
        return (self.community, self.street, self.district)


@dataclass(frozen=True, slots=True, eq=False)
class Terrain:
    """An edition's cells with the areas above them.

    Attributes:
        above: Code of an area: code of the one that it lies in.
        names: Code: name.
        district: The only one, None where there are several.
    """

    edition_id: int
    ground: Ground
    above: dict[str, str | None]
    names: dict[str, str]
    district: str | None

    @classmethod
    def of(cls, edition_id: int, ground: Ground, rows: Iterable[Any]) -> Terrain:
        """Build it of an edition's areas: level, code, name, parent_code."""
        listed = list(rows)
        districts = [row.code for row in listed if row.level == "district"]
        return cls(
            edition_id,
            ground,
            {row.code: row.parent_code for row in listed},
            {row.code: row.name for row in listed},
            districts[0] if len(districts) == 1 else None,
        )

    def nowhere(self) -> Spot:
        """Return the spot of what has no place yet."""
        return Spot(self.edition_id, None, None, district=self.district)

    def spot(self, x: float, y: float, accuracy_m: float | None = None) -> Spot:
        """Return where a place (metres) lies, and who else is within its accuracy circle (radius in metres)."""
        placed = self.ground.place([x], [y])
        index = int(placed.cell[0])
        if index < 0:
            return Spot(self.edition_id, x, y, district=self.district)
        community, street, district = self._areas(index)
        candidates: tuple[int, ...] = ()
        rivals: tuple[Place, ...] = ()
        if accuracy_m is not None and accuracy_m <= WIDEST_CIRCLE_M:
            reached = self.ground.candidates(x, y, accuracy_m)
            codes = self.ground.parent_codes
            others = {codes[other]: int(other) for other in reached[::-1] if codes[other] != community}
            if others:
                candidates = tuple(int(self.ground.ids[other]) for other in reached)
                rivals = tuple(self._place(others[code]) for code in sorted(others))
        snapped = int(placed.found[0]) == SNAPPED
        return Spot(
            self.edition_id, x, y, FOUND[int(placed.found[0])], int(self.ground.ids[index]),
            str(self.ground.codes[index]), community, street, district,
            float(placed.snapped_m[0]) if snapped else None, candidates, rivals,
        )  # fmt: skip

    def cells_around(self, x: float, y: float, metres: float) -> list[int]:
        """Return ids of the cells within so many metres of a place."""
        return [int(i) for i in self.ground.ids[np.asarray(self.ground.candidates(x, y, metres))]]

    def _areas(self, index: int) -> tuple[str | None, str | None, str | None]:
        community = str(self.ground.parent_codes[index])
        street = self.above.get(community)
        return community, street, self.above.get(street or "") or self.district

    def _place(self, index: int) -> Place:
        return Place(int(self.ground.ids[index]), *self._areas(index))
