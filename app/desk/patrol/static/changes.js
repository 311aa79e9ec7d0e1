// Cells that change hands between two ways to hold a ground: fill by who has it now, a thick border and an arrow for what moved.

import { by, colour, drawCells, element, label, makeMap, middle } from './common.js';

const short = (codes) => { // what all codes begin with is left out on the map
  const known = codes.filter(Boolean);
  const heads = known.map((code) => code.slice(0, code.lastIndexOf('-') + 1));
  const same = heads.length && heads.every((head) => head === heads[0]);
  return (code) => (code ? (same ? code.slice(heads[0].length) : code) : '—');
};

document.querySelectorAll('.map.changes').forEach((place) => {
  const scene = JSON.parse(by(`${place.id}-scene`).textContent);
  const members = scene.members.map((one) => one.member);
  const number = (who) => members.indexOf(who) + 1;
  const name = short(members);
  place.closest('section').querySelectorAll('.swatch').forEach((one) => { one.style.background = colour(number(one.dataset.member)); });
  const map = makeMap(place);
  const moved = (cell) => cell.before !== cell.after;
  const layers = drawCells(map, scene.cells, (cell) => (moved(cell)
    ? { fillColor: colour(number(cell.after)), fillOpacity: 0.9, color: '#17263a', weight: 2.5, className: 'moved' }
    : { fillColor: colour(number(cell.after)), fillOpacity: 0.3, color: '#fff', weight: 1 }));
  layers.forEach((layer, i) => {
    const cell = scene.cells[i];
    layer.bindTooltip(element('span', { text: `${cell.code} · ${moved(cell) ? `${cell.before || '—'} → ${cell.after || '—'}` : cell.after || '—'}` }), { sticky: true });
    if (moved(cell)) {
      layer.bringToFront();
      layer.getElement().dataset.from = cell.before || '';
      layer.getElement().dataset.to = cell.after || '';
    }
  });
  members.forEach((who) => {
    const stayed = layers.filter((layer, i) => scene.cells[i].after === who && !moved(scene.cells[i]));
    if (stayed.length) label(map, middle(stayed), name(who), 'holder');
  });
  const marks = [];
  [...scene.flows].sort((a, b) => b.cells - a.cells).forEach((flow) => {
    const own = layers.filter((layer, i) => (scene.cells[i].before || null) === flow.from && (scene.cells[i].after || null) === flow.to);
    if (own.length) marks.push(label(map, middle(own), `${name(flow.from)}→${name(flow.to)}`, 'flow'));
  });
  const apart = () => { // where the map is small, the smaller of two flows whose labels meet has none until one zooms in
    const taken = [];
    marks.forEach((mark) => {
      const text = mark.getElement().querySelector('b');
      text.hidden = false;
      const box = text.getBoundingClientRect();
      text.hidden = taken.some((one) => box.left < one.right && one.left < box.right && box.top < one.bottom && one.top < box.bottom);
      if (!text.hidden) taken.push(box);
    });
  };
  map.on('zoomend', apart);
  apart();
  const rows = place.closest('section').querySelectorAll('tr[data-from]');
  rows.forEach((row) => { // point at a row: its cells stand out
    const light = (on) => layers.forEach((layer, i) => {
      const hit = (scene.cells[i].before || '') === row.dataset.from && (scene.cells[i].after || '') === row.dataset.to;
      layer.getElement().classList.toggle('dim', on && !hit);
    });
    row.addEventListener('mouseenter', () => light(true));
    row.addEventListener('mouseleave', () => light(false));
  });
  place.dataset.drawn = 'yes';
});
