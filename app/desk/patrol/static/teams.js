// The day of each team at a glance: which cells were walked, on a map that isn't moved; it leads to the coverage page.

import { drawCells, json } from './common.js';

const FILLS = { patrolled: ['#0072b2', 0.75], unknown: ['#e6b800', 0.7], missed: ['#ffffff', 0.9] };

const style = (cell) => ({
  fillColor: FILLS[cell.state][0], fillOpacity: FILLS[cell.state][1], interactive: false, weight: 1,
  color: cell.state === 'missed' ? '#a81e1e' : '#fff', dashArray: cell.state === 'missed' ? '3 3' : null,
});

async function draw(place) {
  const scene = await json(`/desk/patrol/${encodeURIComponent(place.dataset.team)}/cells?by=day`);
  const map = L.map(place, {
    zoomControl: false, attributionControl: false, dragging: false, scrollWheelZoom: false, doubleClickZoom: false,
    boxZoom: false, keyboard: false, touchZoom: false, tap: false, zoomSnap: 0,
  });
  map.setView([39.9, 116.4], 14);
  const layers = drawCells(map, scene.cells, style);
  if (layers.length) new ResizeObserver(() => map.invalidateSize({ pan: false }).fitBounds(L.featureGroup(layers).getBounds(), { padding: [8, 8], animate: false })).observe(place);
  place.dataset.drawn = 'yes';
}

document.querySelectorAll('.map.small').forEach((place) => draw(place).catch(() => { place.parentElement.hidden = true; place.dataset.drawn = 'no'; }));
