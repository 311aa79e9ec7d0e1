// Cells from immutable vector tiles of one zoom, drawn on canvas at that zoom and beyond.
// A tile knows only numbers and shapes; colours come from one array by cell number, so that new data repaints
// and fetches nothing.

import { PbfReader } from './vendor/pbf/index.js';
import { VectorTile } from './vendor/vector-tile/index.js';
import { ask } from './api.js';

const EXTENT = 4096;
const KEPT = 400;

/** Fetches and keeps decoded tiles. */
class Source {
  constructor(edition, zoom) {
    this.address = (x, y) => `/tiles/${edition}/cells/${zoom}/${x}/${y}.mvt`;
    this.zoom = zoom;
    this.asked = new Map();
    this.ready = new Map();
  }

  get(x, y) {
    const key = `${x}/${y}`;
    if (!this.asked.has(key)) {
      const coming = ask(this.address(x, y)).then((answer) => answer.arrayBuffer()).then((buffer) => {
        const tile = decode(buffer);
        this.ready.set(key, tile);
        return tile;
      });
      coming.catch(() => this.asked.delete(key));
      this.asked.set(key, coming);
      if (this.asked.size > KEPT) {
        const oldest = this.asked.keys().next().value;
        this.asked.delete(oldest);
        this.ready.delete(oldest);
      }
    }
    return this.asked.get(key);
  }
}

/** Shapes of a tile in flat arrays: cell i has rings ringOf[i]..ringOf[i+1], ring r points ring[r]..ring[r+1]. */
function decode(buffer) {
  const layer = new VectorTile(new PbfReader(new Uint8Array(buffer))).layers.cells;
  const numbers = [];
  const ringOf = [0];
  const ring = [0];
  const points = [];
  const boxes = [];
  for (let i = 0; layer && i < layer.length; i += 1) {
    const feature = layer.feature(i);
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    feature.loadGeometry().forEach((line) => {
      line.forEach((p) => {
        points.push(p.x, p.y);
        if (p.x < left) left = p.x;
        if (p.x > right) right = p.x;
        if (p.y < top) top = p.y;
        if (p.y > bottom) bottom = p.y;
      });
      ring.push(points.length / 2);
    });
    ringOf.push(ring.length - 1);
    boxes.push(left, top, right, bottom);
    numbers.push(feature.id);
  }
  return {
    numbers: Int32Array.from(numbers), ringOf: Int32Array.from(ringOf), ring: Int32Array.from(ring),
    points: Int16Array.from(points), boxes: Int16Array.from(boxes),
  };
}

function holds(tile, cell, x, y) {
  const b = cell * 4;
  if (x < tile.boxes[b] || y < tile.boxes[b + 1] || x > tile.boxes[b + 2] || y > tile.boxes[b + 3]) return false;
  let inside = false;
  for (let r = tile.ringOf[cell]; r < tile.ringOf[cell + 1]; r += 1) {
    for (let i = tile.ring[r], j = tile.ring[r + 1] - 1; i < tile.ring[r + 1]; j = i, i += 1) {
      const [xi, yi, xj, yj] = [tile.points[2 * i], tile.points[2 * i + 1], tile.points[2 * j], tile.points[2 * j + 1]];
      if ((yi > y) !== (yj > y) && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
  }
  return inside;
}

/** Diagonal lines on a ground colour, in device pixels. */
export function hatch(ground, line, ratio) {
  const side = 8 * Math.round(ratio); // divides a tile's side, so that lines run on from tile to tile
  const tile = document.createElement('canvas');
  tile.width = side;
  tile.height = side;
  const ink = tile.getContext('2d');
  ink.fillStyle = ground;
  ink.fillRect(0, 0, side, side);
  ink.strokeStyle = line;
  ink.lineWidth = 1.2 * ratio;
  ink.beginPath();
  [-side, 0, side].forEach((shift) => {
    ink.moveTo(shift - 1, side + 1);
    ink.lineTo(shift + side + 1, -1);
  });
  ink.stroke();
  return tile;
}

export const CellLayer = L.GridLayer.extend({
  options: { tileSize: 256, minZoom: 14, maxZoom: 19, pane: 'cells', updateInterval: 60, keepBuffer: 1 },

  initialize(edition, cellZoom, options) {
    L.setOptions(this, { ...options, minZoom: cellZoom });
    this.source = new Source(edition, cellZoom);
    this.classes = null; // Int8Array by cell number: -1 for nothing
    this.fills = [];
    this.lines = true;
    this.ratio = Math.min(window.devicePixelRatio || 1, 2);
  },

  /** Colour by class: `classes` by cell number, `fills` [{colour, hatch}] by class. */
  show(classes, fills) {
    this.classes = classes;
    this.fills = fills;
    this.repaint();
  },

  repaint() {
    Object.values(this._tiles || {}).forEach(({ el, coords }) => this._paint(el, coords));
  },

  /** The number of the cell at a place, 0 for none, undefined while its tile is on the way. */
  at(latlng) {
    const world = 2 ** this.source.zoom;
    const p = L.CRS.EPSG3857.latLngToPoint(latlng, this.source.zoom).divideBy(256);
    const [x, y] = [Math.floor(p.x), Math.floor(p.y)];
    const tile = this.source.ready.get(`${((x % world) + world) % world}/${y}`);
    if (!tile) return undefined;
    const [u, v] = [(p.x - x) * EXTENT, (p.y - y) * EXTENT];
    for (let i = 0; i < tile.numbers.length; i += 1) if (holds(tile, i, u, v)) return tile.numbers[i];
    return 0;
  },

  createTile(coords, done) {
    const canvas = document.createElement('canvas');
    const size = this.getTileSize();
    canvas.width = size.x * this.ratio;
    canvas.height = size.y * this.ratio;
    const parts = this._parts(coords);
    Promise.allSettled(parts.map(({ x, y }) => this.source.get(x, y))).then((results) => {
      this._paint(canvas, coords);
      const failed = results.find((result) => result.status === 'rejected');
      done(failed ? failed.reason : null, canvas);
    });
    return canvas;
  },

  /** The stored tiles under a drawn one, and where each lies in it. */
  _parts(coords) {
    const side = this.getTileSize().x;
    const scale = 256 * 2 ** (coords.z - this.source.zoom);
    const parts = [];
    for (let x = Math.floor((coords.x * side) / scale); x * scale < (coords.x + 1) * side; x += 1) {
      for (let y = Math.floor((coords.y * side) / scale); y * scale < (coords.y + 1) * side; y += 1) {
        parts.push({ x, y, scale, left: x * scale - coords.x * side, top: y * scale - coords.y * side });
      }
    }
    return parts;
  },

  _paint(canvas, coords) {
    const ink = canvas.getContext('2d');
    ink.setTransform(1, 0, 0, 1, 0, 0);
    ink.clearRect(0, 0, canvas.width, canvas.height);
    this._parts(coords).forEach((part) => {
      const tile = this.source.ready.get(`${part.x}/${part.y}`);
      if (tile) this._paintPart(ink, canvas, tile, part, coords.z);
    });
  },

  _paintPart(ink, canvas, tile, part, zoom) {
    const r = this.ratio;
    ink.save();
    ink.setTransform(1, 0, 0, 1, 0, 0);
    ink.beginPath();
    ink.rect(part.left * r, part.top * r, part.scale * r, part.scale * r);
    ink.clip();
    const k = (part.scale * r) / EXTENT;
    const [left, top] = [part.left * r, part.top * r];
    const seen = (i) => {
      const b = i * 4;
      return left + tile.boxes[b + 2] * k >= -2 && top + tile.boxes[b + 3] * k >= -2
        && left + tile.boxes[b] * k <= canvas.width + 2 && top + tile.boxes[b + 1] * k <= canvas.height + 2;
    };
    const trace = (i) => {
      for (let n = tile.ringOf[i]; n < tile.ringOf[i + 1]; n += 1) {
        const end = tile.ring[n + 1];
        let p = tile.ring[n];
        ink.moveTo(left + tile.points[2 * p] * k, top + tile.points[2 * p + 1] * k);
        for (p += 1; p < end; p += 1) ink.lineTo(left + tile.points[2 * p] * k, top + tile.points[2 * p + 1] * k);
        ink.closePath();
      }
    };
    if (this.classes) {
      const groups = this.fills.map(() => []);
      for (let i = 0; i < tile.numbers.length; i += 1) {
        const c = this.classes[tile.numbers[i]];
        if (c >= 0 && seen(i)) groups[c].push(i);
      }
      groups.forEach((group, c) => {
        if (!group.length) return;
        ink.beginPath();
        group.forEach(trace);
        const fill = this.fills[c];
        ink.fillStyle = fill.hatch ? ink.createPattern(hatch(fill.colour, fill.hatch, r), 'repeat') : fill.colour;
        ink.globalAlpha = fill.hatch ? 0.85 : 0.78;
        ink.fill('evenodd');
      });
      ink.globalAlpha = 1;
    }
    if (this.lines) {
      ink.beginPath();
      for (let i = 0; i < tile.numbers.length; i += 1) if (seen(i)) trace(i);
      ink.strokeStyle = zoom > 15 ? 'rgba(52, 66, 86, 0.38)' : 'rgba(52, 66, 86, 0.22)';
      ink.lineWidth = (zoom > 15 ? 0.8 : 0.5) * r;
      ink.stroke();
    }
    ink.restore();
  },
});
