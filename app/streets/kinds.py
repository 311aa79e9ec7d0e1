"""What a line is for somebody on foot (道路类别): a street, a path, steps, or a barrier. From OpenStreetMap's tags. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Final = ("street", "path", "steps", "barrier")
CHINESE: Final = {
    "道路": "street", "街道": "street", "马路": "street", "小路": "path", "步行道": "path", "人行道": "path", "胡同": "street",
    "台阶": "steps", "楼梯": "steps", "阻隔": "barrier", "障碍": "barrier", "快速路": "barrier", "高速公路": "barrier",
    "铁路": "barrier", "河流": "barrier", "河道": "barrier",
}  # fmt: skip
PATHS: Final = {"footway", "path", "pedestrian", "cycleway", "track", "bridleway", "corridor"}
STREETS: Final = {
    "primary", "secondary", "tertiary", "unclassified", "residential", "service", "living_street", "road",
    "primary_link", "secondary_link", "tertiary_link", "busway", "track_grade1", "unknown",
}  # fmt: skip
FAST: Final = {"motorway", "motorway_link", "trunk", "trunk_link"}
RAILS: Final = {"rail", "light_rail", "narrow_gauge", "monorail"}
WATERS: Final = {"river", "canal"}
WALLS: Final = {"city_wall", "retaining_wall"}
ON_FOOT: Final = {"yes", "designated", "permissive", "use_sidepath"}
SIDEWALKS: Final = {"both", "left", "right", "yes", "separate"}
CLOSED: Final = {"no", "private"}
_HSTORE = re.compile(r'"((?:[^"\\]|\\.)*)"=>"((?:[^"\\]|\\.)*)"')
_UNDERGROUND: Final = {"yes", "culvert", "building_passage", "covered"}


def tags_of(row: Mapping[str, str]) -> dict[str, str]:
    """Return a feature's columns as tags, with those that GDAL's OSM driver packs into `other_tags`."""
    found = {key.lower(): value for key, value in row.items() if value}
    return found | dict(_HSTORE.findall(found.get("other_tags", "")))


def kind_of(tags: Mapping[str, str]) -> str | None:
    """Return what a line is on foot; None for what is neither walked along nor in the way.

    Motorways, and trunk roads on which nobody may walk, railways above ground, rivers and canals are barriers.
    """
    said = tags.get("kind", "").strip()
    if said.lower() in KINDS:
        return said.lower()
    if said in CHINESE:
        return CHINESE[said]
    value = tags.get("highway") or tags.get("fclass") or said
    if value:
        found = _way(value, tags)
        if found or tags.get("highway"):
            return found
    return "barrier" if _in_the_way(value, tags) else None


def _way(value: str, tags: Mapping[str, str]) -> str | None:
    foot, allowed = tags.get("foot", ""), tags.get("foot") or tags.get("access", "")
    if value in FAST:
        walked = foot in ON_FOOT or tags.get("sidewalk", "") in SIDEWALKS
        return "street" if walked and not value.startswith("motorway") else "barrier"
    if allowed in CLOSED:
        return None
    if value == "steps":
        return "steps"
    if value in PATHS:
        return "path"
    return "street" if value in STREETS else None


def _in_the_way(value: str, tags: Mapping[str, str]) -> bool:
    if tags.get("tunnel", "") in _UNDERGROUND:
        return False
    rail, water = tags.get("railway") or value, tags.get("waterway") or value
    return rail in RAILS or water in WATERS or tags.get("barrier", "") in WALLS


def level_of(tags: Mapping[str, str]) -> int:
    """Return above (1 and more) or below (-1 and less) which ground a line lies: on different levels none meets another."""
    said = tags.get("layer", "").strip()
    if re.fullmatch(r"-?\d", said):
        return int(said)
    if tags.get("bridge", "no") not in ("", "no", "F", "0"):
        return 1
    return -1 if tags.get("tunnel", "no") not in ("", "no", "F", "0") else 0
