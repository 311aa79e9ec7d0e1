"""The walking network (路网): loads it from a file, gives it to those who plan walks, says what there is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from app.areas import service as areas
from app.core.keeping import Kept
from app.db.engine import database_of
from app.geo.crs import Metric
from app.streets import repository
from app.streets.kinds import KINDS
from app.streets.network import Network
from app.streets.noding import noded
from app.streets.reading import Columns, read

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.core.findings import Finding

KEPT = 2
_NETWORKS: Kept[tuple[str, int], tuple[Network, NDArray[np.object_]]] = Kept(KEPT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a load came to, or would."""

    source: str
    stored: bool
    synthetic: bool
    features: int
    figures: dict[str, Any]
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "source": self.source,
            "stored": self.stored,
            "synthetic": self.synthetic,
            "features": self.features,
            **self.figures,
            "findings": [one.to_dict() for one in self.findings],
        }


def load(
    connection: Connection,
    file: Path,
    columns: Columns | None = None,
    *,
    synthetic: bool = False,
    dry_run: bool = False,
) -> Report:
    """Check a line layer or an OSM extract, and store it in place of the network before.

    Args:
        connection: A transaction as the owner role.
        file: See `app.streets.reading`.
        columns: How it is read.
        synthetic: The streets are invented.
        dry_run: Check only.

    Raises:
        BadInput: The file can't be read, or nothing in it is any good here: see `app.streets.reading.read`.
        NoEdition: No areas are loaded.
    """
    metric = Metric(areas.metric_srid(connection))
    ground = areas.ground(connection, areas.edition_at(connection).id)
    found = read(file, metric, shapely.union_all(ground.polygons), columns or Columns())
    kinds = np.array(found.kinds, np.object_)
    walked = np.flatnonzero(kinds != "barrier")
    pieces, of = noded(found.lines[walked], [found.levels[at] for at in walked])
    every = np.concatenate((pieces, found.lines[kinds == "barrier"]))
    rows = np.concatenate((walked[of], np.flatnonzero(kinds == "barrier")))
    if not dry_run:
        digest = hashlib.sha256(file.read_bytes()).digest()
        repository.replace(
            connection, file.name, digest, every, [found.kinds[at] for at in rows], [found.names[at] for at in rows],
            metric.srid, synthetic=synthetic,
        )  # fmt: skip
    network = Network.of(pieces, kinds[walked[of]].tolist())
    return Report(
        source=file.name,
        stored=not dry_run,
        synthetic=synthetic,
        features=found.features,
        figures=figures(network, found.lines[kinds == "barrier"]),
        findings=found.findings,
    )


def network(connection: Connection) -> Network | None:
    """Return the walking network in metres; None when none is loaded. Kept by load."""
    kept = _kept(connection)
    return None if kept is None else kept[0]


def barriers(connection: Connection) -> NDArray[np.object_]:
    """Return the lines that nobody crosses on foot, LineStrings in metres; none when none are loaded."""
    kept = _kept(connection)
    return np.empty(0, np.object_) if kept is None else kept[1]


def synthetic(connection: Connection) -> bool:
    """Tell whether the streets that are loaded are invented."""
    found = repository.load(connection)
    return found is not None and found.synthetic


def status(connection: Connection) -> dict[str, Any]:
    """Return what is loaded, with its size and measured detour; `loaded` is false when nothing is."""
    found = repository.load(connection)
    kept = _kept(connection)
    if found is None or kept is None:
        return {"loaded": False}
    return {
        "loaded": True,
        "source": found.source,
        "synthetic": found.synthetic,
        "loaded_at": found.loaded_at.isoformat(),
        **figures(*kept),
    }


def figures(streets: Network, across: NDArray[np.object_]) -> dict[str, Any]:
    """Return counts and kilometres by kind, the measured detour, and how much hangs together."""
    km = {
        kind: round(float(streets.length_m[streets.kind == kind].sum()) / 1000, 2) for kind in KINDS if kind != "barrier"
    }  # fmt: skip
    km["barrier"] = round(float(shapely.length(across).sum()) / 1000, 2)
    return {
        "ways": len(streets),
        "barriers": len(across),
        "km": km,
        "detour": round(streets.detour(), 3),
        "in_one_piece": round(_in_one_piece(streets), 3),
    }


def _in_one_piece(streets: Network) -> float:
    """Return the share of the length that can be reached from the largest part."""
    if not len(streets):
        return 0.0
    nodes = len(streets.x)
    graph = coo_array((np.ones(len(streets)), (streets.a, streets.b)), shape=(nodes, nodes))
    _, part = connected_components(graph, directed=False)
    held = np.bincount(part[streets.a], streets.length_m)
    return float(held.max() / held.sum())


def _kept(connection: Connection) -> tuple[Network, NDArray[np.object_]] | None:
    found = repository.load(connection)
    if found is None:
        return None
    key = (database_of(connection), found.id)
    kept = _NETWORKS.get(key)
    if kept is None:
        lines, kinds, _ = repository.ways(connection, found.id)
        named = np.array(kinds, np.object_)
        walked = named != "barrier"
        kept = _NETWORKS.put(key, (Network.of(lines[walked], named[walked].tolist()), lines[~walked]))
    return kept
