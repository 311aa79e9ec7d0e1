// My area today (今日): the shift, then the cells, unvisited first.

import { button, el, fill } from './dom.js';
import { draw, numberAt } from './map.js';
import { ago, hour, t } from './words.js';

const SHOWN = 20;

export async function show(app, place) {
  const { session } = app;
  const duty = el('section', { class: 'duty', 'aria-label': t('onDuty', '') });
  const area = el('section', null, el('p', { class: 'wait' }, '…'));
  fill(place, duty, area);
  app.live('duty track who', () => drawDuty(app, duty));
  drawDuty(app, duty);
  if (session.member === false) {
    drawArea(app, area, { missing: true });
    return;
  }
  await session.both('area', '/api/patrol/me/area', (found) => app.at(area) && drawArea(app, area, found));
}

function drawDuty(app, place) {
  const { session } = app;
  const { duty, recorder } = session;
  const act = (action, said) => button(t(action), async () => {
    if (action === 'end' && !window.confirm(t('endSure'))) return;
    await session.act(action);
    app.say(t('kept', t('willSend')));
  }, said);
  const state = !duty.on ? t('offDuty') : duty.paused ? t('pausedNow') : t('onDuty', hour(duty.since));
  const next = session.me && session.me.next_shift;
  fill(
    place,
    el('p', { class: 'state' }, state),
    !duty.on && next ? el('p', { class: 'quiet' }, t(Date.parse(next.start) > Date.now() ? 'nextShift' : 'thisShift', hour(next.start), hour(next.end))) : null,
    duty.on && !duty.paused ? recordingLine(app) : null,
    duty.on
      ? el('div', { class: 'row' }, duty.paused ? act('resume', { class: 'main' }) : act('pause'), act('end', { class: 'stop' }))
      : el('div', { class: 'row' }, act('start', { class: 'main big', disabled: session.member === false })),
    duty.on && !duty.paused ? el('a', { class: 'button', href: '#/door' }, t('door')) : null,
    duty.on && !duty.here
      ? el('div', null, el('p', null, t('elsewhere')), button(t('recordHere'), async () => {
        await session.put('duty', { ...duty, here: true, resumed: Date.now() });
        await session.record();
      }))
      : null,
    session.consent.state !== 'given' && session.member !== false
      ? el('a', { class: 'button', href: '#/mine' }, t('readNotice')) : null,
  );
  if (recorder.on && recorder.here) app.passes(recorder.here);
}

function recordingLine(app) {
  const { recorder, consent, duty } = app.session;
  if (!duty.here) return null;
  if (consent.state !== 'given') return el('p', null, t('notRecording'));
  const trouble = { denied: t('denied'), unavailable: t('noPosition') }[recorder.trouble];
  return el('div', null, el('p', null, trouble || t('recording')), el('p', { class: 'quiet' }, t('locked')));
}

function drawArea(app, place, found) {
  if (!found || found.missing) {
    fill(place, el('h1', null, t('area')), el('p', null, found && found.missing ? t('notMember') : t('noData')));
    return;
  }
  const area = found.value;
  app.session.area = area;
  const count = (state) => area.beat.filter((cell) => cell.state === state).length;
  const inside = el('div');
  const views = [['list', () => drawList(app, inside, area)], ['map', () => drawMap(app, inside, area)]];
  const tabs = views.map(([name, view]) => button(t(name), () => {
    choose(name, view);
    if (name === 'map') tabs[0].scrollIntoView(); // below the line on top, which CSS leaves room for
  }, { class: 'soft' }));
  const choose = (name, view) => {
    app.areaView = name;
    tabs.forEach((tab, i) => {
      tab.classList.toggle('on', views[i][0] === name);
      tab.setAttribute('aria-pressed', String(views[i][0] === name));
    });
    view();
  };
  fill(
    place,
    el('h1', null, t('area')),
    area.synthetic ? el('p', { class: 'quiet' }, t('synthetic')) : null,
    area.whole_area ? el('p', { class: 'quiet' }, t('wholeArea')) : null,
    el('div', { class: 'counts' }, ['missed', 'unknown', 'patrolled'].map(
      (state) => el('span', { class: `tag ${state}` }, el('b', null, String(count(state))), t(state)),
    )),
    el('p', { class: 'quiet' }, t('asOf', hour(found.at))),
    el('div', { class: 'row' }, tabs),
    inside,
  );
  const wanted = views.find(([name]) => name === (app.areaView || 'list'));
  choose(...wanted);
}

function drawList(app, place, area, all = false) {
  const names = namesByCell(area);
  const passed = (cell) => cell.state !== 'patrolled' && app.session.passed[cell.number];
  const cells = [...area.beat.filter((cell) => !passed(cell)), ...area.beat.filter(passed)];
  fill(
    place,
    el('ul', { class: 'plain' }, (all ? cells : cells.slice(0, SHOWN)).map((cell) => el(
      'li', { class: 'card' },
      el('div', { class: 'head' }, el('b', null, t('cell', cell.code.slice(-3))), el('span', { class: `tag ${cell.state}` }, t(cell.state))),
      el('div', null, ago(cell.hours)),
      (cell.because || []).map((why) => el('div', { class: 'quiet' }, t(why === 'gap' ? 'becauseGap' : 'becauseClose'))),
      el('div', { class: 'quiet' }, [
        cell.owed ? t('owed', cell.owed) : '', cell.demand ? t('demand', cell.demand) : '', (names.get(cell.number) || []).slice(0, 3).join('、'),
      ].filter(Boolean).join(' · ')),
      passed(cell) ? el('div', null, el('span', { class: 'tag plainly' }, t('passed'))) : null,
    ))),
    !all && cells.length > SHOWN ? button(t('showAll', cells.length), () => drawList(app, place, area, true), { class: 'big' }) : null,
  );
}

function namesByCell(area) {
  const found = new Map();
  for (const name of area.names) {
    const number = numberAt(area.cells, name.lon, name.lat);
    if (number !== null) found.set(number, [...(found.get(number) || []), name.name]);
  }
  return found;
}

async function drawMap(app, place, area) {
  const { recorder, db, who } = app.session;
  const shown = el('div', { class: 'map' });
  fill(
    place, shown,
    el('p', { class: 'legend' }, ['missed', 'unknown', 'patrolled'].map((state) => [el('span', { class: `tag ${state}` }, t(state)), ' '])),
  );
  const own = (rows) => rows.filter((row) => row.owner === who.name);
  const [trail, gaps] = [own(await db.getAll('trail')).map((row) => row.fix), own(await db.getAll('gaps'))];
  if (!app.at(shown)) return;
  const { map } = draw(shown, area, { here: recorder.here, trail, gaps });
  place.append(button(t('center'), () => recorder.here && map.setView([recorder.here.lat, recorder.here.lon], 18), { class: 'big' }));
}
