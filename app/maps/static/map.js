// The map page: joins the Leaflet map, the layers and the panel.

import { hush, json, say } from './api.js';
import { Names, loadAreas } from './areas.js';
import { CellLayer } from './cells.js';
import { Incidents } from './incidents.js';
import * as panel from './panel.js';
import { search } from './search.js';
import * as themes from './themes.js';
import { speak, whole, words } from './words.js';

const THEMES = ['rate', 'count', 'surface', 'coverage', 'idle', 'plain'];
const PATROL = ['coverage', 'idle'];
const BANDWIDTHS = [200, 300, 500, 800, 1200, 2000];
const LEVELS = ['district', 'street', 'community', 'zone'];
const REFRESH_MS = 60000; // while the period is still running
const by = (id) => document.getElementById(id);

const state = {
  theme: 'rate', from: '', to: '', category: '', team: '', bandwidth: 500, latest: 0,
  shown: { street: true, community: true, zone: true, cells: true, incidents: false, labels: true },
  chosen: false, // whether somebody has said if incidents are to be seen
};
let setting = null;
let map = null;
let areas = {};
let names = null;
let cells = null;
let incidents = null;
let image = null;
let white = null;
let beyond = null; // covers what a surface shows outside the district
let picture = null; // what the theme shows now
let numbers = null; // density of the period
let patrolled = null; // coverage of the team in the period
let drawn = ''; // the theme and team it shows
let picked = null;

function failed(error) {
  if (error.name === 'AbortError') return;
  say(error.message, error.status === 0 || error.status >= 500 ? () => refresh() : null);
}

const parentLevel = () => setting.parents.level;
const levelName = () => words[parentLevel()] || parentLevel();
const near = () => map.getZoom() >= setting.cell_zoom;

// ---- setting up ----

function place() {
  const at = /^#(\d+)\/(-?[\d.]+)\/(-?[\d.]+)$/.exec(location.hash);
  return at ? { zoom: Number(at[1]), centre: [Number(at[2]), Number(at[3])] } : null;
}

function makeMap() {
  map = L.map('map', { zoomControl: false, minZoom: 8, maxZoom: 19, attributionControl: false, preferCanvas: true, zoomSnap: 1 });
  L.control.zoom({ position: 'topright', zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  L.control.scale({ imperial: false, position: 'bottomright' }).addTo(map);
  const panes = { ground: 250, cells: 300, surface: 320, beyond: 330, areas: 350, picked: 420, points: 450, names: 470 };
  Object.entries(panes).forEach(([name, z]) => { map.createPane(name).style.zIndex = z; });
  ['ground', 'beyond', 'names', 'areas', 'picked'].forEach((name) => { map.getPane(name).style.pointerEvents = 'none'; });
  const readout = L.control({ position: 'bottomright' });
  readout.onAdd = () => panel.element('output', { id: 'readout', title: words.coords });
  readout.addTo(map);
  const at = place();
  if (at) map.setView(at.centre, at.zoom);
  else map.fitBounds(setting.bounds, { padding: [16, 16] });
  map.on('moveend', () => history.replaceState(null, '', `#${map.getZoom()}/${map.getCenter().lat.toFixed(5)}/${map.getCenter().lng.toFixed(5)}`));
  map.on('zoomend', turn);
  map.on('mousemove', hover);
  map.on('mouseout', () => { map.closeTooltip(tip); });
  map.on('move', () => read(map.getCenter()));
  map.on('click', ({ latlng }) => pick(latlng).catch(failed));
  map.getContainer().addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.target === map.getContainer()) pick(map.getCenter()).catch(failed);
  });
  read(map.getCenter());
  new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(map.getContainer());
  new ResizeObserver(([{ target }]) => {
    if (!target.classList.contains('open')) document.documentElement.style.setProperty('--peek', `${target.offsetHeight}px`);
  }).observe(by('panel')); // on a narrow screen the closed sheet is as high as its legend; the map ends above it
}

function read({ lng, lat }) {
  by('readout').textContent = `${lng.toFixed(5)}, ${lat.toFixed(5)} · z${map.getZoom()}`;
}

const tip = L.tooltip({ sticky: true, direction: 'top', offset: [0, -8], className: 'hover' });
let hovering = 0;

function hover({ latlng }) {
  read(latlng);
  cancelAnimationFrame(hovering);
  hovering = requestAnimationFrame(() => {
    const layer = areas[parentLevel()];
    const i = layer && !near() ? layer.at(latlng) : -1;
    if (i < 0) {
      map.closeTooltip(tip);
      return;
    }
    const { name, code } = layer.features[i].properties;
    const text = panel.element('span', {}, panel.element('b', {}, name || code));
    const parent = setting.parentAt.get(code);
    if (picture && picture.areaText && parent !== undefined) text.append(panel.element('br'), picture.areaText(parent));
    tip.setLatLng(latlng).setContent(text);
    map.openTooltip(tip);
  });
}

async function ground() {
  Object.values(areas).forEach((layer) => layer.shapes.remove());
  areas = {};
  if (cells) cells.remove();
  cells = new CellLayer(setting.edition.key, setting.cell_zoom);
  cells.on('tileerror', ({ error }) => failed(error));
  names.levels = [];
  const top = LEVELS.find((level) => setting.levels.includes(level));
  const renderer = L.canvas({ pane: 'areas', padding: 0.2 }); // one canvas for all: each is painted by the processor
  const coming = Promise.all(LEVELS.filter((level) => setting.levels.includes(level)).map(async (level) => {
    const layer = await loadAreas(map, renderer, setting.edition.key, level);
    areas[level] = layer;
    ['zone', 'street', 'district'].forEach((above) => { if (areas[above]) areas[above].shapes.bringToFront(); });
    layer.shown = state.shown[level] !== false;
    names.levels = ['street', 'community', 'zone'].map((l) => areas[l]).filter(Boolean);
    names.draw();
    if (level === top) floor(layer);
    if (level === 'district') {
      by('place').textContent = layer.features.map((f) => f.properties.name).join('、');
    }
    if (level === parentLevel()) turn();
    else layer.restyle();
  }));
  if (state.shown.cells) cells.addTo(map); // after the outlines, which are few and say where one is
  await coming;
  if (setting.levels.includes('neighbour')) { // only says where one is: nobody waits for it
    loadAreas(map, renderer, setting.edition.key, 'neighbour').then((layer) => {
      areas.neighbour = layer;
      layer.shapes.bringToBack();
    }).catch(failed);
  }
}

/** White ground under the highest areas, and grey to cover the rest of a surface's picture. */
function floor(top) {
  if (white) white.remove();
  if (beyond) beyond.remove();
  const rings = top.features.flatMap(({ geometry: { type, coordinates } }) => (type === 'Polygon' ? [coordinates] : coordinates)).map(([outer]) => outer.map(([lon, lat]) => [lat, lon]));
  beyond = L.polygon([[[-85, -180], [-85, 180], [85, 180], [85, -180]], ...rings], { pane: 'beyond', interactive: false, renderer: L.canvas({ pane: 'beyond', padding: 0.2 }), stroke: false, fillColor: '#eef1f4', fillOpacity: 1 });
  if (image) beyond.addTo(map);
  white = L.geoJSON(top.features, { pane: 'ground', interactive: false, renderer: L.canvas({ pane: 'ground', padding: 0.2 }), style: { stroke: false, fillColor: '#fff', fillOpacity: 1 } }).addTo(map);
}

function prepare(found) {
  setting = found;
  by('who').textContent = found.account.shown || found.account.name;
  const { codes, runs } = setting.parents;
  setting.parentAt = new Map(codes.map((code, i) => [code, i]));
  setting.parentOf = new Int32Array(setting.cells + 1);
  setting.cellsOf = new Int32Array(codes.length);
  let n = 1;
  runs.forEach(([parent, length]) => {
    setting.parentOf.fill(parent, n, n + length);
    setting.cellsOf[parent] += length;
    n += length;
  });
}

function labels() {
  const texts = [];
  if (setting.synthetic_areas) texts.push(words.synthetic_areas);
  if (numbers && numbers.synthetic) texts.push(words.synthetic(words.incidents));
  const team = setting.teams.find((t) => t.code === state.team);
  if (PATROL.includes(state.theme) && team && team.synthetic) texts.push(words.synthetic(words.tracks));
  by('synthetic').textContent = texts.join(' · ');
  by('synthetic').hidden = !texts.length;
}

// ---- data ----

const period = () => ({ from: state.from, to: state.to, category: state.category });

/** Ask for the period's numbers; at first for the default period's, which the page's head already asked for. */
async function load(first) {
  state.latest += 1;
  const mine = state.latest;
  const found = await json('/api/density/counts', first ? {} : period());
  if (mine !== state.latest) return;
  numbers = found;
  patrolled = null;
  if (numbers.edition !== setting.edition.key) {
    unpick();
    prepare(await json('/api/maps/setting', { from: state.from, to: state.to }));
    await ground();
  }
  by('totals').textContent = words.totals(whole.format(numbers.total), whole.format(numbers.outside));
  by('report').href = `/maps/report?${new URLSearchParams({ from: state.from, to: state.to, team: state.team })}`;
  labels();
  const drawn = show();
  incidents.ask(period()).catch(failed);
  await drawn;
}

async function coverage() {
  if (patrolled && patrolled.team === state.team) return patrolled;
  const found = await json('/api/patrol/coverage/cells', { team: state.team, from: numbers.period.start, to: numbers.period.end, edition: setting.edition.name });
  patrolled = { ...found, team: state.team, at: new Map(found.numbers.map((n, i) => [n, i])) };
  return patrolled;
}

async function make() {
  if (state.theme === 'rate' || state.theme === 'count') return themes.density(numbers, setting.cells, state.theme, levelName());
  if (state.theme === 'surface') {
    const query = { ...period(), bandwidth_m: state.bandwidth };
    const data = await json('/api/density/surface.json', query);
    const made = themes.surface(data);
    const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ''));
    made.image = data.bounds && { address: `/api/density/surface.png?${text}`, bounds: data.bounds };
    return made;
  }
  if (PATROL.includes(state.theme) && state.team) return themes[state.theme](await coverage(), setting, levelName());
  return themes.plain();
}

function clear() {
  if (image) image.remove();
  if (beyond) beyond.remove();
  image = null;
}

/** Nothing of the theme before may stand under the new one's name. */
function waiting(theme, text = `${words.loading}…`) {
  picture = themes.plain();
  clear();
  cells.show(null, []);
  turn();
  panel.legend({ title: words[theme], rows: [] }, text);
}

/** Draw the chosen theme with the data at hand. */
async function show() {
  const theme = state.theme;
  choices();
  let made;
  const same = drawn === `${theme} ${state.team}`;
  if (!same && (theme === 'surface' || (PATROL.includes(theme) && !patrolled))) waiting(theme);
  try {
    made = await make();
  } catch (error) {
    if (theme !== state.theme) return;
    waiting(theme, error.message);
    throw error;
  }
  if (theme !== state.theme) return;
  picture = made;
  drawn = `${theme} ${state.team}`;
  clear();
  if (made.image) image = L.imageOverlay(made.image.address, made.image.bounds, { pane: 'surface', interactive: false }).addTo(map);
  if (image && beyond) beyond.addTo(map);
  cells.show(made.classes, made.fills);
  turn();
  labels();
  if (picked) picked.again();
}

/** What changes with the zoom: areas' colours or cells', and the legend with them. */
function turn() {
  if (!map || !setting) return;
  const parent = areas[parentLevel()];
  if (parent) {
    const colour = picture && picture.area && !near() && ((i) => picture.area(setting.parentAt.get(parent.features[i].properties.code)));
    parent.paint(colour || null);
  }
  Object.values(areas).forEach((layer) => { if (layer !== parent) layer.restyle(); });
  if (picture) panel.legend(near() ? picture.near : picture.far, picture.empty);
  if (state.theme === 'plain') panel.legend(null);
  follow();
}

/** Until somebody chooses, incidents show where their marks don't hide coloured areas: among cells, or on bare outlines. */
function follow() {
  if (!state.chosen) marks(near() || state.theme === 'plain');
}

function marks(on) {
  if (on === state.shown.incidents) return;
  state.shown.incidents = on;
  panel.tick('incidents', on);
  incidents.show(on);
}

function choices() {
  const nodes = [];
  if (state.theme === 'surface') {
    nodes.push(panel.picker(words.bandwidth, BANDWIDTHS.map((b) => [b, words.metres(b)]), state.bandwidth, (value) => {
      state.bandwidth = Number(value);
      show().catch(failed);
    }));
  }
  if (PATROL.includes(state.theme)) {
    if (!setting.teams.length) nodes.push(panel.element('p', { className: 'empty' }, words.noteams));
    else {
      nodes.push(panel.picker(words.team, setting.teams.map((t) => [t.code, t.name || t.code]), state.team, (value) => {
        state.team = value;
        show().catch(failed);
      }));
      nodes.push(panel.element('button', { type: 'button', className: 'wide', onclick: toGround }, words.showground));
    }
  }
  panel.choices(...nodes);
}

function toGround() {
  const layer = areas[parentLevel()];
  const box = L.latLngBounds([]);
  if (picture && picture.ground && layer) {
    picture.ground.forEach((i) => box.extend(layer.boxes[layer.byCode.get(setting.parents.codes[i])]));
  }
  if (box.isValid()) map.fitBounds(box, { maxZoom: 15 });
}

// ---- a place picked ----

const outline = L.geoJSON(null, { pane: 'picked', interactive: false, style: { color: '#0b1f33', weight: 3, fill: false } });

function unpick() {
  picked = null;
  outline.clearLayers();
  panel.hideCard();
}

async function pick(latlng) {
  if (near() && state.shown.cells) {
    const found = cells.at(latlng);
    if (found) await pickCell(found);
    else if (found === 0) {
      unpick();
      panel.emptyCard(words.outsideground, unpick);
    }
    return;
  }
  const layer = areas[parentLevel()];
  const i = layer ? layer.at(latlng) : -1;
  if (i >= 0) pickArea(layer, i);
  else unpick();
}

function factsOf(n) {
  const i = numbers ? numbers.cells.numbers.indexOf(n) : -1;
  const facts = { count: i < 0 ? 0 : numbers.cells.counts[i], rate: i < 0 ? 0 : numbers.cells.rates[i] };
  if (patrolled && PATROL.includes(state.theme)) {
    const k = patrolled.at.get(n);
    if (k === undefined) return { ...facts, state: 'unowed' };
    return { ...facts, state: patrolled.states[k], dwell: patrolled.dwell_s[k], hours: patrolled.hours[k] };
  }
  return facts;
}

async function pickCell(n) {
  const mine = { again: () => fill().catch(failed) };
  let [card, of] = [null, null];
  const fill = async () => {
    const asked = numbers;
    if (!card || of !== asked) { // its incidents are of the period before
      card = await json(`/api/maps/cells/${setting.edition.key}/${n}`, period());
      of = asked;
    }
    if (picked === mine) panel.cellCard(card, factsOf(n), setting.timezone, setting.lattice, unpick);
  };
  picked = mine;
  await fill();
  if (picked !== mine) return;
  outline.clearLayers().addData(card.geometry).addTo(map);
  reveal(card);
}

/** On a narrow screen the card covers the lower half: bring the place above it. */
function reveal({ lat, lon }) {
  panel.sheet(true);
  const room = document.getElementById('panel').getBoundingClientRect();
  if (room.top <= 0) return;
  setTimeout(() => {
    const free = by('panel').getBoundingClientRect().top;
    const at = map.latLngToContainerPoint([lat, lon]);
    if (at.y > free - 24) map.panBy([0, at.y - free / 2]);
  }, 60);
}

function pickArea(layer, i) {
  const feature = layer.features[i];
  const parent = setting.parentAt.get(feature.properties.code);
  outline.clearLayers().addData(feature).addTo(map);
  const draw = () => panel.areaCard(feature.properties, layer.level, {
    cells: parent === undefined ? 0 : setting.cellsOf[parent],
    count: parent === undefined || !numbers ? 0 : numbers.areas.counts[parent],
    rate: parent === undefined || !numbers ? 0 : numbers.areas.rates[parent],
    themeLabel: words[state.theme],
    themeText: PATROL.includes(state.theme) && picture && picture.areaText ? picture.areaText(parent) : '',
  }, () => map.fitBounds(layer.boxes[i], { maxZoom: 16 }) && map.getZoom() < setting.cell_zoom && map.setZoom(setting.cell_zoom), unpick);
  picked = { again: draw };
  draw();
  reveal({ lon: feature.properties.at[0], lat: feature.properties.at[1] });
}

async function found(hit) {
  if (hit.kind === 'cell') {
    map.fitBounds(hit.bounds, { maxZoom: 16 });
    await pickCell(hit.number);
    return;
  }
  map.fitBounds(hit.bounds, { maxZoom: 16 });
  const layer = areas[hit.kind];
  const i = layer ? layer.byCode.get(hit.code) : undefined;
  if (i === undefined) return;
  if (hit.kind === parentLevel()) pickArea(layer, i);
  else outline.clearLayers().addData(layer.features[i]).addTo(map);
}

// ---- the panel's choices ----

function dates(from, to) {
  state.from = from;
  state.to = to;
  by('from').value = from;
  by('to').value = to;
}

function back(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * 86400000).toISOString().slice(0, 10);
}

function controls() {
  panel.themes(THEMES, state.theme, (key) => { state.theme = key; show().catch(failed); });
  const list = ['street', 'community', 'zone'].filter((level) => setting.levels.includes(level)).map((key) => ({ key, label: words[key], on: true }));
  list.push({ key: 'cells', label: words.cells, on: true }, { key: 'incidents', label: words.incidents, on: state.shown.incidents }, { key: 'labels', label: words.labels, on: true });
  panel.layers(list, (key, on) => {
    if (key === 'incidents') {
      state.chosen = true;
      marks(on);
      return;
    }
    state.shown[key] = on;
    if (key === 'cells') {
      if (on) cells.addTo(map);
      else cells.remove();
    } else if (key === 'labels') {
      names.shown = on;
      names.draw();
    } else if (areas[key]) {
      areas[key].shown = on;
      areas[key].restyle();
    }
  });
  dates(setting.period.first_day, setting.period.last_day);
  const last = setting.period.last_day;
  const spans = [['day', 0], ['week', 6], ['month', 29]].map(([key, days]) => [key, back(last, days), last]);
  if (setting.first_day) spans.push(['first', setting.first_day, last]);
  by('quick').replaceChildren(...spans.map(([key, from, to]) => panel.element('button', {
    type: 'button', onclick: () => { dates(from, to); load().catch(failed); },
  }, words[key])));
  ['from', 'to'].forEach((id) => by(id).addEventListener('change', () => {
    if (!by('from').value || !by('to').value) return;
    if (by('from').value > by('to').value) by(id === 'from' ? 'to' : 'from').value = by(id).value;
    dates(by('from').value, by('to').value);
    load().catch(failed);
  }));
  by('category').replaceChildren(panel.element('option', { value: '', textContent: words.all }));
  by('category').addEventListener('change', (event) => { state.category = event.target.value; load().catch(failed); });
  by('sheet').addEventListener('click', () => panel.sheet(!by('panel').classList.contains('open')));
  search(() => setting.edition.key, (hit) => found(hit).catch(failed), failed);
  document.addEventListener('keydown', (event) => { if (event.key === 'Escape' && !by('card').hidden) unpick(); });
  panel.source(setting);
}

function refresh() {
  if (!setting) start();
  else {
    cells.redraw();
    load().then(hush).catch(failed);
  }
}

async function start() {
  speak(document);
  try {
    prepare(await json('/api/maps/setting'));
  } catch (error) {
    if (error.status === 503) {
      document.body.classList.add('bare');
      say(`${words.noground} ${words.nogroundhow}`, start);
    } else failed(error);
    return;
  }
  hush();
  document.body.classList.remove('bare');
  state.team = setting.teams.length ? setting.teams[0].code : '';
  makeMap();
  names = new Names(map);
  incidents = new Incidents(map, setting.timezone, failed);
  controls();
  window.addEventListener('online', refresh);
  ['keydown', 'pointerdown'].forEach((kind) => document.addEventListener(kind, () => document.body.classList.toggle('keys', kind === 'keydown'), true));
  await Promise.all([ground(), load(true)]).catch(failed);
  performance.mark('first-map');
  json('/api/maps/categories').then((list) => {
    by('category').append(...list.map((c) => panel.element('option', { value: c, textContent: c })));
  }).catch(failed);
  setInterval(() => {
    if (!document.hidden && numbers && Date.parse(numbers.period.end) > Date.now()) load().catch(failed);
  }, REFRESH_MS);
  document.body.dataset.ready = 'yes';
}

start();
