// Coverage on the map: the state of each cell or the time since its last visit, and the evidence of one on a click.

import { by, drawCells, element, json, makeMap, t } from './common.js';

const STATES = { patrolled: ['#0072b2', 0.75], unknown: ['#e6b800', 0.7], missed: ['#ffffff', 0.9] };
const NAMES = { patrolled: t('已巡', 'patrolled'), unknown: t('无法确认', 'unknown'), missed: t('未巡', 'missed'), unowed: t('不在应巡范围', 'not owed') };
const STEPS = [[1, '#08306b'], [2, '#2171b5'], [4, '#6baed6'], [8, '#c6dbef'], [24, '#fdd49e'], [Infinity, '#fc8d59']];
const KINDS = { report: t('上报', 'report'), photo: t('照片', 'photo'), handled: t('处置', 'handled'), checked: t('核查', 'check'), inspection: t('检查', 'inspection'), door: t('门牌码', 'door') };
const GAPS = { gap: t('定位中断', 'gap'), since: t('此后一直没有定位', 'no position since'), none: t('整个班次没有可用的定位', 'no usable position in the whole shift') };
const BECAUSE = { gap: t('无法确认：定位中断时可能到过。', 'Unknown: it could have been reached in a gap.'), close: t('无法确认：停留时间太接近门槛，几米的定位误差就能改变结果。', 'Unknown: the time in it is too close to the threshold; an error of some metres decides.') };
const place = by('map');
const box = by('evidence');

const clock = (at) => new Date(at).toLocaleString(t('zh-CN', 'en-GB'), { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hour12: false, timeZone: place.dataset.zone });
const hours = (cell) => (cell.hours === null ? t('从未到访', 'never visited') : cell.hours < 0.5 ? t('半小时内', 'within half an hour') : t('%d 小时前', '%d h ago').replace('%d', cell.hours.toFixed(1)));
const since = (cell) => (cell.hours === null ? '#7f0000' : STEPS.find(([limit]) => cell.hours < limit)[1]);

const SHOWN = 24;

/** Others than the leader are told whole hours: what is said of the same hours is one line, with how often. */
function together(rows, alike) {
  const found = new Map();
  rows.forEach((row) => {
    const key = [row.start, row.end, ...alike.map((name) => row[name])].join();
    const same = found.get(key);
    if (!same) found.set(key, { ...row, times: 1 });
    else {
      same.times += 1;
      ['seconds', 'shared_s', 'inferred_s', 'fixes'].forEach((name) => { if (row[name]) same[name] = (same[name] || 0) + row[name]; });
    }
  });
  return [...found.values()];
}

const often = (row) => (row.times > 1 ? ` · ${row.times} ${t('次，合计', 'times, in all')}` : ' ·');

/** A list of which the first ones are seen, the others on request. */
function story(lines) {
  const list = (some) => element('ul', { class: 'story' }, ...some.map(([, text]) => element('li', { text })));
  if (lines.length <= SHOWN) return [list(lines)];
  const rest = element('details', {}, element('summary', { text: t(`其余 ${lines.length - SHOWN} 条`, `${lines.length - SHOWN} more`) }), list(lines.slice(SHOWN)));
  return [list(lines.slice(0, SHOWN)), rest];
}

async function evidence(code) {
  box.replaceChildren(element('p', { class: 'quiet', text: t('正在查……', 'Looking…') }));
  const query = new URLSearchParams({ team: place.dataset.team, cell: code, from: place.dataset.from, to: place.dataset.to });
  let found;
  try {
    found = await json(`/api/patrol/coverage/evidence?${query}`);
  } catch (error) {
    box.replaceChildren(element('p', { class: 'trouble', text: error.message }));
    return;
  }
  const minutes = (seconds) => (seconds < 90 ? `${Math.round(seconds)} ${t('秒', 's')}` : `${(seconds / 60).toFixed(1)} ${t('分钟', 'min')}`);
  const [least, most] = [found.tau_s - found.slack_s, found.tau_s + found.slack_s];
  const lines = [
    ...together(found.visits, ['counts', 'close']).map((one) => [one.start, `${t('到访', 'visit')} ${clock(one.start)}–${clock(one.end).slice(-5)}${often(one)} ${minutes(one.seconds)}${one.shared_s ? ` · ${t('沿边街道', 'street along its side')} ${minutes(one.shared_s)}` : ''}${one.inferred_s ? ` · ${t('其中推定', 'inferred')} ${minutes(one.inferred_s)}` : ''}${one.fixes ? ` · ${one.fixes} ${t('个定位点', 'fixes')}` : ''}${one.counts ? '' : ` · ${one.close ? t('单次太接近门槛，分不清', 'by itself too close to the threshold to tell') : t('单次太短', 'too short by itself')}`}`]),
    ...found.presences.map((one) => [one.at, `${t('现场记录', 'presence')} ${clock(one.at)} · ${KINDS[one.kind] || one.kind}${one.case || one.door ? ` ${one.case || one.door}` : ''}`]),
    ...together(found.gaps, ['kind']).map((one) => [one.start, `${GAPS[one.kind]} ${clock(one.start)}–${clock(one.end).slice(-5)}${one.times > 1 ? ` · ${one.times} ${t('次', 'times')}` : ''} · ${t('这段时间可能到过', 'it could have been reached')}`]),
  ].sort((a, b) => (a[0] < b[0] ? -1 : 1));
  box.replaceChildren(
    element('h3', {}, element('span', { class: 'number', text: code }), ` · ${NAMES[found.state] || found.state}`),
    element('p', { class: 'quiet', text: t(`停留合计 ${minutes(found.dwell_s)}。门槛 ${found.tau_s} 秒，上下 ${found.slack_s} 秒以内分不清：满 ${most} 秒算已巡，${least}–${most} 秒无法确认`, `${minutes(found.dwell_s)} in all. The threshold is ${found.tau_s} s, and ${found.slack_s} s about it can't be told: patrolled from ${most} s on, unknown from ${least} s on`) }),
    ...found.because.map((why) => element('p', { class: 'because', text: BECAUSE[why] })),
    ...(lines.length ? story(lines) : [element('p', { text: t('这段时间没有任何记录。', 'Nothing is recorded in this time.') })]),
  );
}

async function start() {
  const map = makeMap(place);
  const { team, day, by: span } = place.dataset;
  const scene = await json(`/desk/patrol/${encodeURIComponent(team)}/cells?${new URLSearchParams({ day, by: span })}`);
  const styles = {
    state: (cell) => ({ fillColor: STATES[cell.state][0], fillOpacity: STATES[cell.state][1], color: cell.state === 'missed' ? '#a81e1e' : '#fff', weight: 1, dashArray: cell.state === 'missed' ? '3 3' : null }),
    hours: (cell) => ({ fillColor: since(cell), fillOpacity: 0.8, color: '#fff', weight: 1, dashArray: null }),
  };
  const layers = drawCells(map, scene.cells, styles.state);
  layers.forEach((layer, i) => {
    const cell = scene.cells[i];
    layer.bindTooltip(element('span', { text: `${cell.code} · ${NAMES[cell.state]} · ${hours(cell)}` }), { sticky: true });
    layer.on('click', () => {
      layers.forEach((one) => one.getElement().classList.remove('picked'));
      layer.getElement().classList.add('picked');
      layer.bringToFront();
      by('cell').value = cell.code;
      evidence(cell.code);
    });
  });
  const key = by('key');
  let low = 0;
  key.append(...STEPS.map(([limit, fill]) => {
    const text = limit === Infinity ? `> ${low} ${t('小时', 'h')}` : `${low}–${limit} ${t('小时', 'h')}`;
    low = limit;
    const swatch = element('i');
    swatch.style.background = fill;
    return element('li', {}, swatch, text);
  }));
  const never = element('i');
  never.style.background = '#7f0000';
  key.append(element('li', {}, never, t('从未', 'never')));
  document.querySelectorAll('[data-colour]').forEach((button) => button.addEventListener('click', () => {
    document.querySelectorAll('[data-colour]').forEach((one) => one.setAttribute('aria-pressed', String(one === button)));
    key.hidden = button.dataset.colour !== 'hours';
    layers.forEach((layer, i) => layer.setStyle(styles[button.dataset.colour](scene.cells[i])));
  }));
  by('look-up').addEventListener('submit', (event) => {
    event.preventDefault();
    const at = scene.cells.findIndex((cell) => cell.code === by('cell').value.trim());
    if (at >= 0) layers[at].fire('click');
    else if (by('cell').value.trim()) evidence(by('cell').value.trim());
  });
  if (!layers.length) place.append(element('p', { class: 'none', text: t('没有应巡的格。', 'No cell is owed.') }));
  place.dataset.drawn = 'yes';
}

if (place) start().catch((error) => { place.append(element('p', { class: 'none', text: error.message })); });
