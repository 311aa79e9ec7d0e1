"""Draws the mailed map (单文件地图): one HTML file of folium's that opens without any network.

Folium links Leaflet, jQuery, Bootstrap and icon fonts from other hosts. Here only Leaflet is needed: it is written
into the file, its images as data addresses, and no other link is left. Every text from data is escaped.
"""

from __future__ import annotations

import base64
import html
import re
from datetime import time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
import numpy as np
import shapely
from branca.element import Element

from app.core.errors import NotReady
from app.maps.outlines import rounded
from app.maps.palette import COVERAGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from numpy.typing import NDArray

    from app.density.palette import Scale
    from app.density.period import Period
    from app.maps.facts import Facts
    from app.maps.palette import State

LEAFLET = Path(__file__).parent / "static" / "vendor" / "leaflet"
LINES = {
    "district": {"color": "#16324f", "weight": 2.5},
    "street": {"color": "#33506e", "weight": 1.5},
    "community": {"color": "#5b7086", "weight": 0.7},
}
NAMES = {
    "district": "区界 District",
    "street": "街道 Streets",
    "community": "社区 Communities",
    "zone": "分区 Zones",
}
WORLD = [(-180, -85), (180, -85), (180, 85), (-180, 85)]
UNIT = "件/平方公里·日 incidents per km² and day"


class NoLeaflet(NotReady):
    """Leaflet isn't installed with the pages' other files."""

    zh = "缺少前端库文件。"


def draw(facts: Facts) -> str:
    """Return the file's HTML.

    Raises:
        NoLeaflet: Set-up has not copied the pages' libraries.
    """
    figure_map = folium.Map(tiles=None, prefer_canvas=True, attributionControl=False)
    figure_map.default_js, figure_map.default_css = [], []
    figure: Any = figure_map.get_root()
    figure.title = "Gridward 网格地图"
    for name, element in _leaflet().items():
        figure.header.add_child(Element(element), name=name)
    figure.header.add_child(Element(STYLE), name="report_style")
    _layers(facts, figure_map)
    figure_map.fit_bounds(facts.bounds)
    figure.script.add_child(Element(_start(figure_map.get_name())))
    folium.LayerControl(collapsed=False, position="topright").add_to(figure_map)
    figure.html.add_child(Element(_panel(facts)), name="report_panel")
    document: str = figure.render()
    return document


def _start(name: str) -> str:
    """Return script for when the map is there: a metric scale, and no legend over it on a narrow screen."""
    return f"""addEventListener("load", () => {{
  L.control.scale({{imperial: false}}).addTo({name});
  document.getElementById("report").open = innerWidth > 600;
}});"""


def _leaflet() -> dict[str, str]:
    try:
        script = (LEAFLET / "leaflet.js").read_text(encoding="utf-8")
        style = (LEAFLET / "leaflet.css").read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise NoLeaflet(f"{error.filename} is missing.", remedy="Run: make setup") from None
    script = re.sub(r"^//# sourceMappingURL=.*$", "", script, flags=re.MULTILINE)
    style = re.sub(r"url\((images/[\w.-]+)\)", lambda match: f"url({_data(LEAFLET / match[1])})", style)
    return {"leaflet_js": f"<script>{script}</script>", "leaflet_css": f"<style>{style}</style>"}


def _data(file: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(file.read_bytes()).decode()


def _layers(facts: Facts, target: folium.Map) -> None:
    density = facts.density
    level = density.cells.parent_level
    if level in facts.outlines:
        _by_area(facts, level).add_to(target)
    if len(facts.cell_polygons):
        _by_cell(facts).add_to(target)
    image, place = facts.smooth.png(), facts.smooth.overlay
    if image and place:
        folium.map.CustomPane("surface", z_index=350).add_to(target)  # under every line
        group = folium.FeatureGroup(f"核密度面 Kernel surface（{facts.smooth.bandwidth_m:g} m）", show=False)
        folium.raster_layers.ImageOverlay(
            "data:image/png;base64," + base64.b64encode(image).decode(),
            [[place.south, place.west], [place.north, place.east]],
            pane="surface",
        ).add_to(group)
        _beyond(facts.outlines).add_to(group)
        group.add_to(target)
    if facts.states:
        _by_state(facts).add_to(target)
    for name in ("zone", "community", "street", "district"):
        if name in facts.outlines and name != level:
            _lines(facts.outlines[name], name).add_to(target)
    if facts.marks:
        _points(facts.marks).add_to(target)


def _beyond(outlines: dict[str, dict[str, Any]]) -> folium.GeoJson:
    """Return ground colour over all but the highest areas: what the surface spills beyond them isn't shown."""
    top: list[dict[str, Any]] = next(
        (outlines[level]["features"] for level in NAMES if level in outlines), []
    )
    parts = shapely.get_parts([shapely.geometry.shape(feature["geometry"]) for feature in top])
    around = shapely.Polygon(WORLD, [part.exterior for part in parts])
    feature = {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(around)}
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": [feature]},
        style_function=lambda _feature: {"stroke": False, "fillColor": "#eef1f4", "fillOpacity": 1},
        interactive=False,
    )


def _by_area(facts: Facts, level: str) -> folium.GeoJson:
    position = {code: i for i, code in enumerate(facts.density.cells.parent_codes)}
    scale = facts.density.scales["area_rate"]
    features = []
    for feature in facts.outlines[level]["features"]:
        own = feature["properties"]
        at = position.get(own["code"])
        rate = 0.0 if at is None else float(facts.density.area_rates[at])
        shown = {
            "name": own["name"] or own["code"],
            "code": own["code"],
            "count": 0 if at is None else int(facts.density.area_counts[at]),
            "rate": f"{rate:.4g}",
        }
        features.append(_feature(feature["geometry"], shown, _colour(rate, scale)))
    return _geojson(
        features,
        f"问题密度·按{NAMES.get(level, level)}",
        {"name": "", "code": "编码 Code", "count": "问题 Incidents", "rate": "密度 per km²·day"},
        LINES["community"],
    )


def _by_cell(facts: Facts) -> folium.GeoJson:
    density = facts.density
    shapes = facts.metric.geometry_to_lonlat(facts.cell_polygons)
    features = [
        _feature(
            rounded(shapely.geometry.mapping(shape), 6),
            {"code": code, "count": int(count), "rate": f"{rate:.4g}"},
            _colour(float(rate), density.scales["rate"]),
        )
        for shape, code, count, rate in zip(
            shapes, facts.cell_codes, density.counts, density.rates, strict=True
        )
    ]
    return _geojson(
        features,
        "问题密度·按单元网格 by cell",
        {"code": "网格 Cell", "count": "问题 Incidents", "rate": "密度 per km²·day"},
        {"color": "#34425a", "weight": 0.3},
        show=False,
    )


def _by_state(facts: Facts) -> folium.GeoJson:
    features = []
    for name, polygons in facts.states.items():
        if len(polygons):
            joined = facts.metric.geometry_to_lonlat(shapely.coverage_union_all(polygons))
            label = f"{STATE_NAMES[name]}: {len(polygons)}"
            features.append(
                _feature(
                    rounded(shapely.geometry.mapping(joined), 6), {"state": label}, _flat(COVERAGE[name])
                )
            )
    return _geojson(
        features,
        "巡查覆盖 Coverage",
        {"state": ""},
        {"color": "#4b5563", "weight": 1},
        show=False,
    )


STATE_NAMES = {"patrolled": "已巡 Patrolled", "missed": "未巡 Missed", "unknown": "无法判定 Unknown"}


def _lines(collection: dict[str, Any], level: str) -> folium.GeoJson:
    style = {**LINES.get(level, LINES["community"]), "fill": False}
    features = [
        {"type": "Feature", "properties": {"code": f["properties"]["code"]}, "geometry": f["geometry"]}
        for f in collection["features"]
    ]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name=NAMES.get(level, level),
        style_function=lambda _feature: {**style, "interactive": False},
        interactive=False,
    )


def _points(marks: Sequence[Sequence[Any]]) -> folium.GeoJson:
    features = [
        {
            "type": "Feature",
            "properties": _escaped(
                {"count": mark[2], "what": " · ".join(str(part) for part in mark[3:]) or "—"}
            ),
            "geometry": {"type": "Point", "coordinates": [mark[0], mark[1]]},
        }
        for mark in marks
    ]
    layer = folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name="问题 Incidents",
        marker=folium.CircleMarker(
            radius=2.5, weight=0.8, color="#ffffff", fill_color="#b4232a", fill_opacity=0.9, fill=True
        ),
        show=False,
    )
    folium.GeoJsonTooltip(["count", "what"], ["问题 Incidents", ""]).add_to(layer)
    return layer


def _feature(geometry: dict[str, Any], shown: dict[str, Any], fill: str) -> dict[str, Any]:
    return {"type": "Feature", "properties": {**_escaped(shown), "fill": fill}, "geometry": geometry}


def _geojson(
    features: Sequence[dict[str, Any]],
    name: str,
    labels: dict[str, str],
    line: dict[str, Any],
    *,
    show: bool = True,
) -> folium.GeoJson:
    layer = folium.GeoJson(
        {"type": "FeatureCollection", "features": list(features)},
        name=html.escape(name),
        show=show,
        style_function=lambda feature: {
            **line,
            "fillColor": feature["properties"]["fill"] or "#ffffff",
            "fillOpacity": 0.78 if feature["properties"]["fill"] else 0.3,
        },
    )
    if features:
        folium.GeoJsonTooltip(list(labels), list(labels.values())).add_to(layer)
    return layer


def _escaped(values: dict[str, Any]) -> dict[str, Any]:
    return {name: html.escape(value) if isinstance(value, str) else value for name, value in values.items()}


def _colour(value: float, scale: Scale) -> str:
    at = int(np.searchsorted(scale.breaks, value, side="right")) - 1
    return scale.colours[at] if at >= 0 else ""


def _panel(facts: Facts) -> str:
    asked = facts.density.period
    edition = facts.edition
    labels = (
        ["示意分区，非法定界线 Synthetic partition, not statutory boundaries"]
        if facts.synthetic_areas
        else []
    )
    if facts.density.total.synthetic:
        labels.append("问题为合成数据 Synthetic incidents")
    if facts.team and facts.team_synthetic:
        labels.append("巡查轨迹为合成数据 Synthetic tracks")
    total = facts.density.total
    body = [
        "<h1>Gridward 网格地图</h1>",
        *(f'<p class="synthetic">{html.escape(label)}</p>' for label in labels),
        f"<p>时段 Period: {html.escape(_days(asked, facts.made.tzinfo))}</p>",
        f"<p>问题 Incidents: {total.incidents}（网格外 outside: {total.outside}）</p>",
        _scale("按区域 By area", facts.density.scales["area_rate"]),
        _scale("按单元网格 By cell", facts.density.scales["rate"]),
        _scale(f"核密度面 Kernel surface, {facts.smooth.bandwidth_m:g} m", facts.smooth.scale),
        _kernel_note(facts.smooth.scale),
        _states(facts.team, facts.states),
        f'<p class="quiet">单位 Unit: {UNIT}</p>',
        f'<p class="quiet">网格版本 Edition: {html.escape(edition.name)}</p>',
        f'<p class="quiet">边界来源 Boundary: {html.escape(edition.source) or "—"}</p>',
        f'<p class="quiet">许可 Licence: {html.escape(edition.licence) or "—"}</p>',
        f'<p class="quiet">数据日期 Data of: {facts.made:%Y-%m-%d %H:%M}（{facts.made.tzinfo}）</p>',
    ]
    return f'<details id="report" open><summary>图例 Legend</summary>{"".join(body)}</details>'


def _days(asked: Period, zone: tzinfo | None) -> str:
    """Return a period in the city's time: whole days as days, first and last included."""
    start, end = asked.start.astimezone(zone), asked.end.astimezone(zone)
    if start.time() == end.time() == time():
        last = (end - timedelta(days=1)).date()
        return (
            f"{start:%Y-%m-%d}" if last == start.date() else f"{start:%Y-%m-%d} 至 to {last}（含 included）"
        )
    return f"{start:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M}（{zone}）"


def _scale(title: str, scale: Scale) -> str:
    ends = [*(f"{value:g}" for value in scale.breaks[1:]), ""]
    rows = (
        (colour, f"{low:g} – {high}" if high else f"≥ {low:g}")
        for colour, low, high in zip(scale.colours, scale.breaks, ends, strict=True)
    )
    return _swatches(title, rows) if scale.breaks else ""


def _kernel_note(scale: Scale) -> str:
    text = "高斯核；只画辖区内，边界处未作校正 Gaussian; shown inside the district only, not corrected at its border"
    return f'<p class="quiet">{text}</p>' if scale.breaks else ""


def _flat(state: State) -> str:
    """Return a state's colour where nothing can be hatched: the lines' own."""
    return state.hatch or state.colour


def _states(team: str, states: dict[str, NDArray[np.object_]]) -> str:
    def row(name: str, state: State) -> tuple[str, str]:
        return _flat(state), f"{STATE_NAMES[name]}: {len(states[name])}"

    rows = [row(name, COVERAGE[name]) for name in states]
    return _swatches(f"巡查覆盖 Coverage: {team}", rows) if rows else ""


def _swatches(title: str, rows: Iterable[tuple[str, str]]) -> str:
    items = "".join(
        f'<li><i style="background:{colour}"></i>{html.escape(text)}</li>' for colour, text in rows
    )
    return f"<h2>{html.escape(title)}</h2><ul>{items}</ul>"


STYLE = """<style>
#report { position: absolute; left: 10px; bottom: 10px; z-index: 1000; max-width: min(320px, calc(100% - 20px));
  max-height: 70%; overflow: auto; background: #fff; border: 1px solid #d9e0e7; border-radius: 6px; padding: 8px 12px;
  font: 13px/1.45 "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Zen Hei", sans-serif; color: #16263a; }
#report summary { cursor: pointer; color: #5a6b7d; }
#report h1 { font-size: 16px; margin: 4px 0; } #report h2 { font-size: 13px; margin: 8px 0 3px; }
#report p { margin: 3px 0; } #report ul { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: 1fr 1fr; }
#report i { display: inline-block; width: 18px; height: 12px; margin-right: 6px; border: 1px solid #8a94a0; vertical-align: -1px; opacity: .78; }
#report .synthetic { background: #fff4dc; color: #7a4b00; border-left: 3px solid #e0a100; padding: 3px 8px; }
#report .quiet { color: #5a6b7d; font-size: 12px; overflow-wrap: anywhere; }
.leaflet-container { background: #eef1f4; font: 13px/1.4 "PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei", sans-serif !important; }
.leaflet-bottom.leaflet-left { left: auto; right: 0; }
@media (max-width: 600px) { #report { max-height: 36%; } .leaflet-bottom { display: none; } }
</style>"""
