// The own area on a map that needs no network: cells, names, own position; Leaflet draws it.

import { hour, t } from './words.js';

const COLOURS = {
  missed: { color: '#9b1c1c', weight: 2, fillColor: '#e57373', fillOpacity: 0.55 },
  unknown: { color: '#111', weight: 2, dashArray: '5 5', fillColor: '#fff', fillOpacity: 0.3 },
  patrolled: { color: '#14532d', weight: 2, fillColor: '#66bb6a', fillOpacity: 0.45 },
};
const NAMES_FROM_ZOOM = 17;

export function numberAt(cells, lon, lat) {
  const found = cells.features.find((cell) => inside(cell.geometry, lon, lat));
  return found ? found.properties.number : null;
}

function inside(shape, lon, lat) {
  const parts = shape.type === 'Polygon' ? [shape.coordinates] : shape.coordinates;
  return parts.some((rings) => rings.reduce((odd, ring) => odd !== crosses(ring, lon, lat), false));
}

function crosses(ring, lon, lat) {
  let odd = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [x1, y1] = ring[i];
    const [x2, y2] = ring[j];
    if (y1 > lat !== y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) odd = !odd;
  }
  return odd;
}

// Makes the map in an element that is in the page already; `area` may be null.
export function draw(place, area, { here, tapped, trail = [], gaps = [], stops = [] } = {}) {
  const map = window.L.map(place, { zoomControl: true, attributionControl: false, preferCanvas: true, zoomAnimation: false });
  const L = window.L;
  map.setView([39.92, 116.46], 16);
  if (area) {
    const states = new Map(area.beat.map((cell) => [cell.number, cell]));
    const layer = L.geoJSON(area.cells, {
      style: (feature) => COLOURS[(states.get(feature.properties.number) || {}).state] || COLOURS.unknown,
      interactive: !tapped,
      onEachFeature(feature, shape) {
        if (tapped) return;
        const cell = states.get(feature.properties.number);
        shape.bindPopup(`${t('cell', feature.properties.code.slice(-3))}${cell ? ` · ${t(cell.state)}` : ''}`);
      },
    }).addTo(map);
    if (area.cells.features.length) map.fitBounds(layer.getBounds(), { padding: [8, 8], maxZoom: 18 });
    named(map, area.names);
  }
  if (trail.length) drawTrail(map, trail, gaps);
  stops.forEach(([lon, lat, text]) => {
    L.circleMarker([lat, lon], { radius: 12, color: '#0b3d91', fillColor: '#fff', fillOpacity: 1, weight: 3 })
      .bindTooltip(Object.assign(document.createElement('span'), { textContent: text }), { permanent: true, direction: 'center', className: 'name' }).addTo(map);
  });
  const me = here ? mark(map, here) : null;
  if (tapped) map.on('click', (event) => tapped(event.latlng.lng, event.latlng.lat));
  return { map, me };
}

function mark(map, here) {
  return window.L.circleMarker([here.lat, here.lon], { radius: 9, color: '#fff', weight: 3, fillColor: '#0b3d91', fillOpacity: 1 }).addTo(map);
}

// Names only where they can be told apart; they are text, never markup.
function named(map, names) {
  const L = window.L;
  const group = L.layerGroup(names.map((name) => {
    const text = document.createElement('span');
    text.textContent = name.name;
    return L.circleMarker([name.lat, name.lon], { radius: 3, color: '#111', fillOpacity: 1, interactive: false })
      .bindTooltip(text, { permanent: true, direction: 'right', className: 'name' });
  }));
  const show = () => (map.getZoom() >= NAMES_FROM_ZOOM ? group.addTo(map) : group.remove());
  map.on('zoomend', show);
  show();
}

// A gap stays a gap: the line ends, and begins anew.
function drawTrail(map, trail, gaps) {
  const L = window.L;
  const parts = [[]];
  trail.forEach((fix, i) => {
    if (i && fix[0] - trail[i - 1][0] > 60000) parts.push([]);
    parts[parts.length - 1].push([fix[2], fix[1]]);
  });
  parts.forEach((part) => L.polyline(part, { color: '#0b3d91', weight: 5 }).addTo(map));
  gaps.forEach((gap) => {
    const before = [...trail].reverse().find((fix) => fix[0] <= gap.from);
    if (before) {
      L.circleMarker([before[2], before[1]], { radius: 7, color: '#111', dashArray: '3 3', fillColor: '#fff', fillOpacity: 1 })
        .bindPopup(t('gapNow', hour(gap.from), hour(gap.to))).addTo(map);
    }
  });
}
