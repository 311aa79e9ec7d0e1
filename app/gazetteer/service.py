"""The gazetteer (地址库): places looked up by address, loaded from files, learned from picks."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from app.areas import service as areas
from app.core.errors import BadInput, NotFound
from app.core.findings import Finding, Loaded
from app.core.keeping import Kept
from app.db.engine import database_of
from app.gazetteer import matching, reading, repository
from app.gazetteer.addresses import parse
from app.gazetteer.matching import Candidate, Entry, Index, Match
from app.gazetteer.reading import PlaceDraft
from app.geo.crs import Metric
from app.geo.datum import to_wgs84

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from app.auth.principal import Principal

KEPT = 4
_INDICES: Kept[str, tuple[str, Index]] = Kept(KEPT)


class UnknownPlace(NotFound):
    """The gazetteer has no such place."""

    zh = "地址库中没有此地点。"


class PlaceRefused(BadInput):
    """The place can't be stored like this; nothing was changed."""

    zh = "地点信息有误，未保存。"


def index(connection: Connection) -> Index:
    """Return every place for matching, kept in memory until places change."""
    state = repository.state(connection)
    key = database_of(connection)
    known = _INDICES.get(key)
    if known is not None and known[0] == state:
        return known[1]
    made = Index.of(_entry(row) for row in repository.places(connection))
    _INDICES.put(key, (state, made))
    return made


def place(connection: Connection, place_id: int) -> Entry:
    """Return one place.

    Raises:
        UnknownPlace: There is none.
    """
    rows = repository.places(connection, place_id)
    if not rows:
        raise UnknownPlace(f"Its id is {place_id}.")
    return _entry(rows[0])


def search(connection: Connection, texts: Sequence[str]) -> list[Match]:
    """Return what each address text means: as somebody picked it before, else as its names and numbers match.

    Args:
        connection: In a transaction of somebody signed in.
        texts: Addresses as people write them.
    """
    known = index(connection)
    asked = [parse(text) for text in texts]
    picks: dict[str, list[int]] = {}
    for row in repository.learned(connection, {one.key for one in asked if one.key}):
        picks.setdefault(row.key, []).append(row.place_id)
    by_id = {one.id: one for one in known.places} if picks else {}
    found = []
    for text, address in zip(texts, asked, strict=True):
        ids = picks.get(address.key, [])
        chosen = [by_id[place_id] for place_id in ids if place_id in by_id]
        found.append(matching.picked(chosen, address) if chosen else known.match(text))
    return found


def learn(connection: Connection, asking: Principal, text: str, place_id: int) -> bool:
    """Remember which place somebody picked for an address text; False where the text names nothing to remember by.

    Raises:
        UnknownPlace: There is no such place.
        NotAllowed: It lies beyond the asker's ground.
    """
    chosen = place(connection, place_id)
    asking.requires("gazetteer.edit", within=areas.lineage(connection, chosen.community))
    key = parse(text).key
    if key:
        repository.learn(connection, key, place_id)
    return bool(key)


def confirm(connection: Connection, used: Sequence[tuple[str, int]]) -> None:
    """Count another use of picks: address text and the place that it led to."""
    pairs = [(key, place_id) for text, place_id in used if (key := parse(text).key)]
    if pairs:
        repository.used(connection, pairs)


def add_picked(connection: Connection, asking: Principal, text: str, x: float, y: float) -> int | None:
    """Store the point (metres) that was picked for an address as a place; None if the text names nothing.

    Its room, and whatever else is personal, stays out.
    """
    asked = parse(text)
    if not asked.heads:
        return None
    community = _communities(connection, [x], [y])[0]
    asking.requires("gazetteer.edit", within=areas.lineage(connection, community))
    stored = repository.put(connection, {
        "kind": "building" if asked.building else "landmark", "code": f"picked:{uuid.uuid4().hex}",
        "name": asked.normal.replace("|", ""), "parent_id": None, "aliases": [], "address": asked.normal.replace("|", ""),
        "heads": list(asked.heads), "building": asked.building, "unit": asked.unit, "community": community,
        "x": x, "y": y, "source": "picked", "synthetic": False,
    })  # fmt: skip
    repository.grow_version(connection)
    return stored


def add(connection: Connection, asking: Principal, draft: PlaceDraft, datum: str = "wgs84") -> int:
    """Store one place and return its id; x, y in `datum`.

    Raises:
        PlaceRefused: Its parent is unknown, or it lies nowhere.
        NotAllowed: It lies beyond the asker's ground.
    """
    asking.requires("gazetteer.edit")
    code = draft.code or f"own:{uuid.uuid4().hex}"
    done = _store(
        connection, asking, [("place", replace(draft, code=code))], datum, "entered", synthetic=False
    )
    if done.findings:
        raise PlaceRefused(
            findings=done.findings, detail=done.findings[0].message, remedy=done.findings[0].remedy
        )
    return int(repository.known(connection, [code])[code].id)


def load(
    connection: Connection, asking: Principal, content: bytes, file_name: str, *, datum: str = "wgs84",
    synthetic: bool = False,
) -> Loaded:  # fmt: skip
    """Store the places of a CSV or GeoJSON file; faulty rows are told and left out, the same file again changes nothing.

    Args:
        connection: In a transaction of whoever loads.
        asking: Needs gazetteer.edit where the places lie.
        content: Of the file.
        file_name: Its ending tells CSV from GeoJSON; kept as the source of its places.
        datum: wgs84, gcj02, bd09 or epsg:N.
        synthetic: They are invented.
    """
    asking.requires("gazetteer.edit")
    drafts, findings = reading.read(content, file_name)
    done = _store(connection, asking, drafts, datum, file_name[-100:], synthetic=synthetic)
    return Loaded(len(drafts) + len(findings), done.changed, (*findings, *done.findings))


def _store(
    connection: Connection, asking: Principal, drafts: list[tuple[str, PlaceDraft]], datum: str, source: str, *,
    synthetic: bool,
) -> Loaded:  # fmt: skip
    metric = Metric(areas.metric_srid(connection))
    lon, lat = to_wgs84([d.x for _, d in drafts], [d.y for _, d in drafts], datum)
    xs, ys = metric.from_lonlat(lon, lat)
    lies_in = _communities(connection, xs, ys)
    findings: list[Finding] = []
    placed = []
    allowed: dict[str | None, bool] = {}

    def is_ours(community: str | None) -> bool:
        if community not in allowed:
            allowed[community] = asking.may("gazetteer.edit", within=areas.lineage(connection, community))
        return allowed[community]

    there = repository.known(connection, {_code(draft, source) for _, draft in drafts})
    for (where, draft), x, y, found in zip(drafts, xs, ys, lies_in, strict=True):
        community = found or draft.community or None
        before = there.get(_code(draft, source))
        if not (np.isfinite(x) and np.isfinite(y)):
            findings.append(Finding(code="no-place", where=where, message="The coordinates lie nowhere.",
                                    remedy="Check them and their datum."))  # fmt: skip
        elif not is_ours(community) or (before is not None and not is_ours(before.community)):
            findings.append(Finding(code="not-yours", where=where, message="It lies beyond your ground.",
                                    remedy="Have its street, or the district, load it."))  # fmt: skip
        else:
            placed.append((where, draft, float(x), float(y), community))
    changed = _put_all(connection, placed, source, findings, synthetic=synthetic)
    if changed:
        repository.grow_version(connection)
    return Loaded(len(drafts), changed, tuple(findings))


def _put_all(
    connection: Connection, placed: list[tuple[str, PlaceDraft, float, float, str | None]], source: str,
    findings: list[Finding], *, synthetic: bool,
) -> int:  # fmt: skip
    """Store compounds before what stands in them; children are found by their compound's names."""
    changed = 0
    depth = {"building": 1, "unit": 2}
    for level in range(3):
        now = [one for one in placed if depth.get(one[1].kind, 0) == level]
        codes = {code for _, d, *_ in now for code in (d.parent, _code(d, source))}
        stored = repository.known(connection, codes | {f"{source}:{d.parent}" for _, d, *_ in now})
        rows = []
        for where, draft, x, y, community in now:
            parent = stored.get(draft.parent) or stored.get(f"{source}:{draft.parent}")
            if draft.parent and parent is None:
                findings.append(Finding(code="no-parent", where=where, message=f"No place {draft.parent!r} is known.",
                                        remedy="Load its compound before, under that code."))  # fmt: skip
                continue
            inherits = level > 0 and parent is not None
            heads = dict.fromkeys(
                (*draft.own_heads, *(parent.heads if inherits and parent is not None else ()))
            )
            building = draft.building or (parent.building if inherits and parent is not None else "")
            rows.append({
                "kind": draft.kind, "code": _code(draft, source), "name": draft.name,
                "parent_id": None if parent is None else parent.id, "aliases": list(draft.aliases),
                "address": draft.address, "heads": list(heads), "building": building, "unit": draft.unit,
                "community": community, "x": x, "y": y, "source": source, "synthetic": synthetic,
            })  # fmt: skip
        changed += repository.put_many(connection, rows)
    return changed


def _code(draft: PlaceDraft, source: str) -> str:
    """Return the code that a place is kept under: its own, else one made of what it is called."""
    inside = f"{draft.parent}/" if draft.parent else ""
    return draft.code or f"{source}:{inside}{draft.name}"


def _communities(connection: Connection, xs: Any, ys: Any) -> list[str | None]:
    """Return the community that each place (metres) lies in, in the edition that holds now."""
    ground = areas.ground(connection, areas.edition_at(connection).id)
    return [
        str(ground.parent_codes[cell]) if cell >= 0 else None
        for cell in ground.place(np.nan_to_num(np.asarray(xs)), np.nan_to_num(np.asarray(ys))).cell
    ]


def _entry(row: Any) -> Entry:
    return Entry(
        id=row.id, kind=row.kind, label=row.label, heads=tuple(row.heads), building=row.building, unit=row.unit,
        community=row.community, community_name=row.community_name, street_name=row.street_name, x=row.x, y=row.y,
    )  # fmt: skip


__all__ = [
    "Candidate",
    "Loaded",
    "Match",
    "PlaceDraft",
    "UnknownPlace",
    "add",
    "learn",
    "load",
    "place",
    "search",
]
