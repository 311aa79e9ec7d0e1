// The panel: themes, period, layers, legend, card. It knows elements and words, not the map.

import { lang, moment, number, whole, words } from './words.js';

const by = (id) => document.getElementById(id);

export function element(tag, properties, ...children) {
  const made = document.createElement(tag);
  Object.entries(properties || {}).forEach(([name, value]) => {
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  });
  made.append(...children);
  return made;
}

/** A group of radio buttons that look like tiles. */
export function themes(keys, current, choose) {
  by('themes').replaceChildren(...keys.map((key) => element(
    'label', {},
    element('input', { type: 'radio', name: 'theme', value: key, checked: key === current, onchange: () => choose(key) }),
    element('span', {}, words[key]),
  )));
}

export function layers(list, choose) {
  by('layers').replaceChildren(...list.map(({ key, label, on }) => element(
    'label', {},
    element('input', { type: 'checkbox', name: key, checked: on, onchange: (event) => choose(key, event.target.checked) }),
    element('span', {}, label),
  )));
}

/** Make a layer's box say what is shown. */
export function tick(key, on) {
  const box = by('layers').querySelector(`[name=${key}]`);
  if (box) box.checked = on;
}

/** What a theme lets one choose: a team, a bandwidth. */
export function choices(...nodes) {
  by('choices').replaceChildren(...nodes);
}

export function picker(label, options, current, choose) {
  const select = element('select', { onchange: (event) => choose(event.target.value) });
  select.append(...options.map(([value, text]) => element('option', { value, textContent: text, selected: String(value) === String(current) })));
  return element('label', { className: 'row' }, element('span', {}, label), select);
}

function swatch({ colour, hatch }) {
  const size = 18;
  const box = element('canvas', { width: size * 2, height: 28, className: 'swatch', 'aria-hidden': 'true' });
  const ink = box.getContext('2d');
  ink.fillStyle = '#fff'; // as on the map: a little white shines through
  ink.fillRect(0, 0, box.width, box.height);
  ink.globalAlpha = hatch ? 0.85 : 0.78;
  ink.fillStyle = colour;
  ink.fillRect(0, 0, box.width, box.height);
  if (hatch) {
    ink.strokeStyle = hatch;
    ink.lineWidth = 2.4;
    for (let x = -28; x < 40; x += 12) {
      ink.beginPath();
      ink.moveTo(x, 28);
      ink.lineTo(x + 28, 0);
      ink.stroke();
    }
  }
  return box;
}

export function legend(content, empty) {
  const root = by('legend');
  if (!content) {
    root.replaceChildren();
    return;
  }
  const parts = [element('h2', {}, content.title, element('small', {}, content.unit || ''))];
  if (empty) parts.push(element('p', { className: 'empty' }, empty));
  else parts.push(element('ul', {}, ...content.rows.map((row) => element('li', {}, swatch(row), row.label))));
  if (content.note) parts.push(element('p', { className: 'quiet' }, content.note));
  root.replaceChildren(...parts);
}

function line(label, value) {
  return value === '' || value === null || value === undefined ? [] : [element('dt', {}, label), element('dd', {}, value)];
}

function cardHead(kind, title, close) {
  return element(
    'div', { className: 'cardhead' },
    element('div', {}, element('small', {}, kind), element('h2', {}, title)),
    element('button', { type: 'button', className: 'close', 'aria-label': words.close, onclick: close }, '×'),
  );
}

function showCard(...children) {
  by('card').replaceChildren(...children);
  by('card').hidden = false;
}

export function cellCard(cell, facts, timezone, lattice, close) {
  const synthetic = cell.above.some((area) => area.synthetic);
  const list = element(
    'dl', {},
    ...cell.above.flatMap((area) => line(words[area.level] || area.level, area.name || area.code)),
    ...line(words.area, words.m2(whole.format(cell.area_m2))),
    ...(cell.row === null ? [] : line(words.rowcol, `${cell.row} / ${cell.column}${cell.size_m ? `（${words.metres(cell.size_m)}）` : ''}`)),
    ...line(words.place, `${cell.lon.toFixed(6)}, ${cell.lat.toFixed(6)}`),
    ...line(words.inperiod, words.items(whole.format(facts.count))),
    ...line(words.density, facts.rate ? `${number.format(facts.rate)} ${words.unit_per_km2_day}` : ''),
    ...line(words.state, facts.state ? words[facts.state] || facts.state : ''),
    ...line(words.dwell, facts.dwell ? words.seconds(facts.dwell) : ''),
    ...line(words.since, facts.hours === undefined ? '' : facts.hours === null ? words.never : words.hours(facts.hours)),
  );
  const newest = cell.incidents.length
    ? [element('h3', {}, words.newest), element('ul', { className: 'newest' }, ...cell.incidents.map((i) => element(
      'li', {}, element('span', {}, i.description || i.category || '—', ...(i.description && i.category ? [element('small', {}, i.category)] : [])), element('time', { dateTime: i.reported_at }, moment(i.reported_at, timezone)),
    )))]
    : [];
  showCard(
    cardHead(lattice ? `${words.cell} · ${words.lattice}` : words.cell, cell.code, close),
    ...(synthetic ? [element('p', { className: 'synthetic' }, words.synthetic_areas)] : []),
    list, ...newest,
  );
}

export function areaCard(area, level, facts, zoomIn, close) {
  showCard(
    cardHead(words[level] || level, area.name || area.code, close),
    ...(area.synthetic ? [element('p', { className: 'synthetic' }, words.synthetic_areas)] : []),
    element(
      'dl', {},
      ...line(words.code, area.code), ...line(words.area, words.km2(number.format(area.km2))),
      ...line(words.incell, whole.format(facts.cells)),
      ...line(words.inperiod, words.items(whole.format(facts.count))),
      ...line(words.density, `${number.format(facts.rate)} ${words.unit_per_km2_day}`),
      ...line(facts.themeLabel, facts.themeText),
    ),
    element('button', { type: 'button', className: 'wide', onclick: zoomIn }, words.zoomin),
  );
}

export function emptyCard(text, close) {
  showCard(cardHead('', text, close));
}

export function hideCard() {
  by('card').hidden = true;
}

/** Open or close the sheet that the panel is on a narrow screen. */
export function sheet(open) {
  by('panel').classList.toggle('open', open);
  by('sheet').setAttribute('aria-expanded', String(open));
}

export function source(setting) {
  const e = setting.edition;
  by('source').textContent = [
    `${words.edition} ${e.name}`, words.cellcount(whole.format(setting.cells)), e.source && `${words.source}${lang === 'en' ? ': ' : '：'}${e.source}`,
    e.licence && `${words.licence} ${e.licence}`,
  ].filter(Boolean).join(' · ');
}
