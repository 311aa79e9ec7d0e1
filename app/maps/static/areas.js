// Districts, streets, communities: outlines, names, and colours by area where cells are too small to see.

import { ask } from './api.js';

const LINES = {
  district: { color: '#16324f', weight: 2.5, opacity: 0.95 },
  street: { color: '#33506e', weight: 1.6, opacity: 0.85 },
  community: { color: '#5b7086', weight: 0.9, opacity: 0.8 },
  zone: { color: '#7a6a95', weight: 0.9, opacity: 0.8 },
  neighbour: { color: '#8a94a0', weight: 1, opacity: 0.7, dashArray: '4 4' },
};
const NAMES = { street: [11, 15], community: [15, 20], zone: [16, 20] };

function inRing(ring, x, y) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
    if ((yi > y) !== (yj > y) && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

function covers(feature, box, { lng, lat }) {
  if (!box.contains([lat, lng])) return false;
  const { type, coordinates } = feature.geometry;
  return (type === 'Polygon' ? [coordinates] : coordinates)
    .some((rings) => rings.reduce((inside, ring) => inside !== inRing(ring, lng, lat), false));
}

/** One level of areas on the map. */
export class AreaLayer {
  constructor(map, renderer, level, collection) {
    this.map = map;
    this.level = level;
    this.features = collection.features;
    this.byCode = new Map(this.features.map((f, i) => [f.properties.code, i]));
    this.colour = null;
    this.shown = true;
    this.layers = [];
    this.shapes = L.geoJSON(collection, {
      pane: 'areas', interactive: false, renderer,
      style: (feature) => this.style(feature),
      onEachFeature: (feature, layer) => this.layers.push(layer),
    });
    this.boxes = this.layers.map((layer) => layer.getBounds());
    this.shapes.addTo(map);
  }

  style(feature) {
    const fill = this.colour && this.colour(this.byCode.get(feature.properties.code));
    const line = LINES[this.level] || LINES.community;
    const zoom = this.map.getZoom();
    const thinner = zoom < 11 ? 0.5 : zoom < 13 ? 0.7 : 1;
    return {
      ...line,
      weight: line.weight * thinner,
      stroke: this.shown,
      fill: Boolean(fill),
      fillColor: fill || '#fff',
      fillOpacity: 0.78,
    };
  }

  restyle() {
    this.shapes.setStyle((feature) => this.style(feature));
  }

  /** Colour areas: `colour(position)` gives `#rrggbb` or nothing; null for lines only. */
  paint(colour) {
    this.colour = colour;
    this.restyle();
  }

  at(latlng) {
    return this.features.findIndex((feature, i) => covers(feature, this.boxes[i], latlng));
  }
}

export async function loadAreas(map, renderer, edition, level) {
  return new AreaLayer(map, renderer, level, await (await ask(`/tiles/${edition}/outlines/${level}.json`)).json());
}

/** Names of areas, as many as fit without touching one another. */
export class Names {
  constructor(map) {
    this.map = map;
    this.group = L.layerGroup([], { pane: 'names' }).addTo(map);
    this.levels = [];
    this.shown = true;
    map.on('moveend', () => this.draw());
  }

  draw() {
    this.group.clearLayers();
    if (!this.shown) return;
    const zoom = this.map.getZoom();
    const view = this.map.getBounds();
    const taken = [];
    this.levels.forEach(({ level, features }) => {
      const range = NAMES[level];
      if (!range || zoom < range[0] || zoom >= range[1]) return;
      features.forEach(({ properties: { name, at } }) => {
        const place = L.latLng(at[1], at[0]);
        if (!name || !view.contains(place)) return;
        const p = this.map.latLngToContainerPoint(place);
        const half = name.length * (/[^\x00-\xff]/.test(name) ? 7 : 4) + 4;
        const box = [p.x - half, p.y - 10, p.x + half, p.y + 10];
        if (taken.some((b) => box[0] < b[2] && box[2] > b[0] && box[1] < b[3] && box[3] > b[1])) return;
        taken.push(box);
        const text = document.createElement('span');
        text.textContent = name;
        L.marker(place, {
          pane: 'names', interactive: false, keyboard: false,
          icon: L.divIcon({ className: `name name-${level}`, html: text, iconSize: [0, 0] }),
        }).addTo(this.group);
      });
    });
  }
}
