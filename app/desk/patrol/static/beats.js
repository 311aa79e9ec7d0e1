// Beats on the map: coloured and numbered, cells moved by hand with the balance following, anchors by a click.

import { around, by, colour, drawCells, element, json, label, makeMap, middle, pieces, t } from './common.js';

const place = by('map');
const trouble = by('trouble');
const anchors = new Map(); // cell code -> member
let scene = null;
let map = null;
let layers = [];
let near = [];
let labels = []; // by cell the beat
let saved = [];
let undone = [];
let done = [];
let marks = [];
let editing = false;
let anchoring = false;
let picking = false;
const picked = new Set(); // codes of cells that are to get a level

const say = (text) => { trouble.textContent = text; trouble.hidden = !text; };
const rows = () => [...document.querySelectorAll('#beats tr[data-beat]')];
const chosen = () => Number(document.querySelector('input[name=into]:checked')?.value || 0);

function figures() {
  const count = scene.plan.beats.length;
  const minutes = new Array(count).fill(0);
  const own = Array.from({ length: count }, () => []);
  labels.forEach((beat, i) => { minutes[beat - 1] += scene.cells[i].minutes; own[beat - 1].push(i); });
  return { minutes, own, parts: own.map((cells) => pieces(cells, near)) };
}

/** Paint the cells, numbers, bars and warnings as the labels are now. */
function show() {
  const { minutes, own, parts } = figures();
  const most = Math.max(...minutes, 0.01);
  const mean = minutes.reduce((a, b) => a + b, 0) / minutes.length;
  const stray = new Set(parts.flatMap((all) => all.slice(1).flat()));
  layers.forEach((layer, i) => {
    const path = layer.getElement();
    layer.setStyle({ fillColor: colour(labels[i]) });
    path.classList.toggle('stray', stray.has(i));
    path.classList.toggle('changed', labels[i] !== saved[i]);
    path.classList.toggle('anchored', anchors.has(scene.cells[i].code));
    path.dataset.beat = labels[i];
  });
  marks.forEach((mark) => mark.remove());
  marks = own.flatMap((cells, b) => (cells.length ? [label(map, middle(parts[b][0].map((i) => layers[i])), String(b + 1))] : []));
  rows().forEach((row, b) => {
    row.classList.toggle('broken', parts[b].length > 1 || !own[b].length);
    row.querySelector('.pieces').hidden = parts[b].length <= 1;
    row.querySelector('[data-cells]').textContent = own[b].length;
    row.querySelector('[data-minutes]').textContent = Math.round(minutes[b]);
    const bar = row.querySelector('progress');
    bar.max = most;
    bar.value = minutes[b];
  });
  by('balance').textContent = (most / mean).toFixed(3);
  by('broken').textContent = parts.filter((all) => all.length > 1).length;
  if (!by('edit')) return;
  const changed = labels.filter((beat, i) => beat !== saved[i]).length;
  by('undo').disabled = !done.length;
  by('redo').disabled = !undone.length;
  by('save').disabled = !changed;
  by('unsaved').textContent = changed ? t(`${changed} 个格未保存`, `${changed} cells unsaved`) : '';
  by('publish').querySelector('button').disabled = changed > 0;
}

function apply(moves, back) {
  moves.forEach(([i, from, to]) => { labels[i] = back ? from : to; });
  show();
}

function make(moves) {
  if (!moves.length) return;
  done.push(moves);
  undone = [];
  apply(moves, false);
}

async function save() {
  const moves = labels.flatMap((beat, i) => (beat === saved[i] ? [] : [{ cell: scene.cells[i].code, beat }]));
  by('save').disabled = true;
  try {
    const now = await json(`/api/patrol/plans/${scene.plan.id}/cells`, {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json', 'If-Match': `"v${scene.plan.version}"` },
      body: JSON.stringify({ moves }),
    });
    scene.plan.version = now.version;
    document.querySelectorAll('#publish input[name=version]').forEach((one) => { one.value = now.version; });
    saved = [...labels];
    done = [];
    undone = [];
    say('');
    show();
    by('unsaved').textContent = t('已保存', 'Saved');
  } catch (error) {
    say(error.status === 412 ? `${error.message} ${t('您的改动还在页面上；重新打开本页可看到别人的版本。', 'Your changes are still on this page; open it again to see theirs.')}` : error.message);
    show();
  }
}

/** Moving cells by pointer: the beat under it is taken along, or the one chosen in the table is given. */
function drawing() {
  let stroke = null;
  let into = 0;
  const under = (event) => {
    const path = document.elementFromPoint(event.clientX, event.clientY)?.closest('path[data-i]');
    return path && place.contains(path) ? Number(path.dataset.i) : -1;
  };
  const reach = (i) => {
    if (i < 0 || labels[i] === into) return;
    stroke.push([i, labels[i], into]);
    labels[i] = into;
    show();
  };
  place.addEventListener('pointerdown', (event) => {
    const i = editing && event.isPrimary && event.button === 0 ? under(event) : -1;
    if (i < 0) return;
    stroke = [];
    into = chosen() || labels[i];
    reach(i);
  });
  place.addEventListener('pointermove', (event) => { if (stroke) reach(under(event)); });
  window.addEventListener('pointerup', () => {
    if (!stroke) return;
    if (stroke.length) { done.push(stroke); undone = []; }
    stroke = null;
    show();
  });
}

function editor() {
  drawing();
  by('edit').addEventListener('click', () => {
    editing = !editing;
    by('edit').setAttribute('aria-pressed', String(editing));
    by('how').hidden = !editing;
    place.classList.toggle('editing', editing);
    map.dragging[editing ? 'disable' : 'enable']();
  });
  by('undo').addEventListener('click', () => { const moves = done.pop(); undone.push(moves); apply([...moves].reverse(), true); });
  by('redo').addEventListener('click', () => { const moves = undone.pop(); done.push(moves); apply(moves, false); });
  by('save').addEventListener('click', save);
  by('by-code').addEventListener('submit', (event) => {
    event.preventDefault();
    const i = scene.cells.findIndex((cell) => cell.code === by('move-cell').value.trim());
    const to = Number(by('move-beat').value);
    say(i < 0 ? t('方案里没有这个格。', 'The plan has no such cell.') : '');
    if (i >= 0 && labels[i] !== to) make([[i, labels[i], to]]);
  });
  window.addEventListener('beforeunload', (event) => { if (labels.some((beat, i) => beat !== saved[i])) event.preventDefault(); });
}

function anchor(code) {
  if (anchors.get(code) === by('anchor-member').value) anchors.delete(code);
  else anchors.set(code, by('anchor-member').value);
  by('anchors').replaceChildren(...[...anchors].map(([cell, member]) => {
    const remove = element('button', { type: 'button', class: 'link', text: t('去掉', 'Remove') });
    remove.addEventListener('click', () => { by('anchor-member').value = member; anchor(cell); });
    return element('li', {}, `${member} · ${cell} `, element('input', { type: 'hidden', name: 'anchor', value: `${member} ${cell}` }), remove);
  }));
  layers.forEach((layer, i) => layer.getElement().classList.toggle('anchored', anchors.has(scene.cells[i].code)));
}

function pick(code) {
  if (!picked.delete(code)) picked.add(code);
  by('picked').replaceChildren(...[...picked].map((cell) => element('input', { type: 'hidden', name: 'cell', value: cell })));
  by('picked-count').textContent = picked.size ? t(`已选 ${picked.size} 格（不再按区域代码）`, `${picked.size} cells picked (the area code is not used)`) : '';
  by('level-area').disabled = picked.size > 0;
  layers.forEach((layer, i) => layer.getElement().classList.toggle('picked', picked.has(scene.cells[i].code)));
}

async function start() {
  document.querySelectorAll('.swatch[data-number]').forEach((one) => { one.style.background = colour(Number(one.dataset.number)); });
  map = makeMap(place);
  const { team, plan } = place.dataset;
  scene = await json(`/desk/patrol/${encodeURIComponent(team)}/scene${plan ? `?plan=${plan}` : ''}`);
  labels = scene.cells.map((cell) => cell.beat);
  saved = [...labels];
  near = around(labels.length, scene.edges);
  layers = drawCells(map, scene.cells, (cell) => ({ fillColor: colour(cell.beat) }));
  layers.forEach((layer, i) => {
    layer.bindTooltip(() => element('span', { text: `${scene.cells[i].code}${labels[i] ? ` · ${t('责任区', 'beat')} ${labels[i]} · ${scene.cells[i].minutes.toFixed(1)} ${t('分钟', 'min')}` : ''}` }), { sticky: true });
    layer.on('click', () => {
      if (picking) pick(scene.cells[i].code);
      else if (anchoring) anchor(scene.cells[i].code);
      else if (by('move-cell')) by('move-cell').value = scene.cells[i].code;
    });
  });
  if (scene.plan) show();
  if (by('edit')) editor();
  if (by('anchor')) {
    by('anchor').addEventListener('click', () => {
      anchoring = !anchoring;
      by('anchor').setAttribute('aria-pressed', String(anchoring));
      place.classList.toggle('anchoring', anchoring);
      if (anchoring) place.scrollIntoView({ block: 'center' });
    });
  }
  if (by('pick')) {
    by('pick').addEventListener('click', () => {
      picking = !picking;
      by('pick').setAttribute('aria-pressed', String(picking));
      place.classList.toggle('anchoring', picking);
      if (picking) place.scrollIntoView({ block: 'center' });
    });
  }
  place.dataset.drawn = 'yes';
}

start().catch((error) => say(error.message));
