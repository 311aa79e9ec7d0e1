"""The streets that are loaded, laid over a ground; kept in memory until others are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.keeping import Kept
from app.patrol.matching.layout import Layout
from app.patrol.matching.sides import Sides
from app.patrol.matching.streets import Streets
from app.streets import service as streets

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.areas.ground import Ground
    from app.streets.network import Network

KEPT = 4
_LAYOUTS: Kept[tuple[int, int], tuple[Network, Ground, Layout]] = Kept(KEPT)


def layout(connection: Connection, ground: Ground) -> Layout | None:
    """Return the streets for laying tracks on them on a ground; None where none are loaded."""
    network = streets.network(connection)
    if network is None or not len(network.a):
        return None
    key = (id(network), id(ground))  # both are held beside the layout, so that nothing else gets their ids
    kept = _LAYOUTS.get(key)
    if kept is None:
        made = Layout(Streets.of(network.geometry), Sides(ground.polygons, ground.locator))
        kept = _LAYOUTS.put(key, (network, ground, made))
    return kept[2]
