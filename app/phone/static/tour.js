// My tour (路线): the stops in their order, each with its reason.

import { el, fill } from './dom.js';
import { draw as drawMap } from './map.js';
import { hour, one, t } from './words.js';

export async function show(app, place) {
  if (app.session.member === false) {
    drawTour(app, place, { missing: true });
    return;
  }
  fill(place, el('h1', null, t('tour')), el('p', { class: 'wait' }, '…'));
  await app.session.both('tour', '/api/patrol/me/tour', (found) => app.at(place) && app.screen === show && drawTour(app, place, found));
}

async function drawTour(app, place, found) {
  const stops = (found && found.value && found.value.stops) || [];
  if (!found || found.missing || !stops.length) {
    fill(place, el('h1', null, t('tour')), el('p', null, found ? t('noTour') : t('noData')), el('p', { class: 'quiet' }, t('noTourWords')));
    return;
  }
  const now = Date.now();
  const map = el('div', { class: 'map small' });
  const next = stops.findIndex((stop) => Date.parse(stop.arrive) + (stop.stay_s || 0) * 1000 >= now);
  fill(
    place,
    el('h1', null, t('tour')),
    el('p', null, t(found.value.which === 'current' ? 'tourNow' : 'tourNext', hour(found.value.start), hour(found.value.end))),
    el('p', { class: 'quiet' }, t('asOf', hour(found.at))),
    el('ol', { class: 'plain' }, stops.map((stop, i) => el(
      'li', { class: 'card', 'aria-current': i === next ? 'step' : null },
      el('div', { class: 'head' },
        el('b', null, `${i + 1}. ${stop.kind === 'break' ? t('break') : t('cell', String(stop.code || '').slice(-3))}`),
        el('span', null, hour(stop.arrive))),
      el('div', null, el('span', { class: 'tag plainly' }, t(['must', 'prize', 'case', 'break'].includes(stop.kind) ? stop.kind : 'other')), ' ', one(stop, 'reason')),
      stop.stay_s ? el('div', { class: 'quiet' }, t('stay', Math.max(1, Math.round(stop.stay_s / 60)))) : null,
      stop.case ? el('a', { class: 'button', href: `#/case/${stop.case}` }, `${t('case')} ${stop.case}`) : null,
    ))),
    found.value.left && found.value.left.length
      ? el('div', null, el('h2', null, t('left')), found.value.left.map((one_) => el('p', null, `${one(one_, 'reason')}：${one(one_, 'why')}`))) : null,
    map,
  );
  const area = await app.session.kept.get('area');
  if (!app.at(map)) return;
  drawMap(map, area ? area.value : null, {
    here: app.session.recorder.here, stops: stops.map((stop, i) => [stop.x, stop.y, String(i + 1)]),
  });
}
