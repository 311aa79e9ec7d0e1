// What the patrol desk's pages share: words, colours, JSON, the map and its cells.

export const lang = document.documentElement.lang === 'en' ? 'en' : 'zh';
export const t = (zh, en) => (lang === 'zh' ? zh : en);
export const by = (id) => document.getElementById(id);

// Twelve that stay apart for colour-blind eyes (after Paul Tol's muted and Okabe & Ito's); beats carry numbers, too.
const COLOURS = ['#88ccee', '#cc6677', '#ddcc77', '#117733', '#aa4499', '#e69f00', '#44aa99', '#332288', '#999933', '#882255', '#0072b2', '#d55e00'];
export const colour = (number) => (number > 0 ? COLOURS[(number - 1) % COLOURS.length] : '#c3ccd6');


/** Black or white, whichever is read better on a colour. */
export function ink(fill) {
  const [r, g, b] = [1, 3, 5].map((at) => (parseInt(fill.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? '#000' : '#fff';
}

export class Trouble extends Error {
  constructor(text, status, problem) {
    super(text);
    this.status = status;
    this.problem = problem;
  }
}

/** Ask for JSON; what fails is a Trouble with words. */
export async function json(address, options = {}) {
  let answer;
  try {
    answer = await fetch(address, options);
  } catch (error) {
    throw new Trouble(t('连不上服务器，请稍后再试。', 'The server can’t be reached; try again.'), 0);
  }
  if (answer.ok) return answer.json();
  let problem = {};
  try { problem = await answer.json(); } catch (error) { /* a bare status */ }
  const title = (lang === 'zh' && problem.title_zh) || problem.title || `${t('出错', 'Failed')} ${answer.status}`;
  throw new Trouble([title, problem.detail, problem.remedy].filter(Boolean).join(' '), answer.status, problem);
}

export function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  Object.entries(attributes).forEach(([key, value]) => {
    if (key === 'text') made.textContent = value;
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value);
  });
  made.append(...inside.filter((one) => one !== null));
  return made;
}

const flip = (shape) => {
  const polygons = shape.type === 'Polygon' ? [shape.coordinates] : shape.coordinates;
  return polygons.map((rings) => rings.map((ring) => ring.map(([lon, lat]) => [lat, lon])));
};

export function makeMap(place) {
  const map = L.map(place, { zoomControl: false, attributionControl: false, zoomSnap: 0.25, maxZoom: 20, scrollWheelZoom: true });
  L.control.zoom({ position: 'topright', zoomInTitle: t('放大', 'Zoom in'), zoomOutTitle: t('缩小', 'Zoom out') }).addTo(map);
  L.control.scale({ imperial: false, position: 'bottomright' }).addTo(map);
  map.setView([39.9, 116.4], 14);
  new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(place);
  return map;
}

/** Draw cells as paths that know their index (data-i) and code; returns their layers. */
export function drawCells(map, cells, style) {
  const layers = cells.map((cell, i) => {
    const layer = L.polygon(flip(cell.shape), { weight: 1, color: '#fff', fillOpacity: 0.6, ...style(cell, i) });
    layer.addTo(map);
    const path = layer.getElement();
    path.dataset.i = i;
    path.dataset.code = cell.code;
    return layer;
  });
  if (layers.length) map.fitBounds(L.featureGroup(layers).getBounds(), { padding: [14, 14], animate: false });
  return layers;
}

/** Where a text for some cells stands: in the one of them that is nearest to their middle. */
export function middle(layers) {
  const centres = layers.map((layer) => layer.getBounds().getCenter());
  const lat = centres.reduce((sum, c) => sum + c.lat, 0) / centres.length;
  const lng = centres.reduce((sum, c) => sum + c.lng, 0) / centres.length;
  return centres.reduce((best, c) => ((c.lat - lat) ** 2 + (c.lng - lng) ** 2 < (best.lat - lat) ** 2 + (best.lng - lng) ** 2 ? c : best));
}

export function label(map, at, text, kind = '') {
  const icon = L.divIcon({ className: `label ${kind}`, html: element('b', { text }), iconSize: [0, 0] });
  return L.marker(at, { icon, interactive: false, keyboard: false }).addTo(map);
}

/** The connected parts of some cells, each a list of indices; edges as pairs. */
export function pieces(own, neighbours) {
  const left = new Set(own);
  const found = [];
  while (left.size) {
    const [first] = left;
    left.delete(first);
    const part = [first];
    for (let at = 0; at < part.length; at += 1) {
      neighbours[part[at]].forEach((next) => { if (left.delete(next)) part.push(next); });
    }
    found.push(part);
  }
  return found.sort((a, b) => b.length - a.length);
}

export const around = (count, edges) => {
  const near = Array.from({ length: count }, () => []);
  edges.forEach(([a, b]) => { near[a].push(b); near[b].push(a); });
  return near;
};
