// Report a problem in three taps (上报): picture, photo or voice note, send; the place comes from the phone. And put it right at once.

import { button, el, fill } from './dom.js';
import { camera, keepPhoto } from './cases.js';
import { COMMON, icon, pictureOf } from './icons.js';
import { draw as drawMap } from './map.js';
import { here } from './track.js';
import { recording, voiceItem } from './voice.js';
import { both, one, speaks, t } from './words.js';

const FOUND = 12;
const RESULTS = ['cleaned', 'persuaded', 'moved', 'fixed'];

export async function show(app, place) {
  const { session } = app;
  const kept = await session.kept.get('draft');
  app.draft = app.draft || (kept && kept.value) || {};
  const kinds = await session.both('kinds', '/api/categories?leaves=true', () => {});
  app.kinds = kinds && kinds.value ? kinds.value.filter((kind) => kind.leaf) : [];
  if (!app.at(place) || app.screen !== show) return;
  if (!app.draft.place) locate(app, place);
  draw(app, place);
}

async function keep(app, change) {
  Object.assign(app.draft, change);
  await app.session.kept.put('draft', app.draft);
}

async function locate(app, place) {
  app.locating = true;
  const found = await here(app.session.recorder);
  app.locating = false;
  if (found && app.draft && !(app.draft.place && app.draft.place.chosen)) await keep(app, { place: found });
  if (app.at(place) && app.screen === show) drawPlace(app);
}

function draw(app, place) {
  const chosen = app.kinds.find((kind) => kind.key === app.draft.category);
  app.placeLine = el('div');
  fill(
    place,
    el('h1', null, t('report')),
    chosen ? chosenKind(app, place, chosen) : kinds(app, place),
    chosen ? rest(app, place, chosen) : null,
    app.placeLine,
  );
  drawPlace(app);
}

function kinds(app, place) {
  const choose = async (key) => {
    await keep(app, { category: key });
    draw(app, place);
    place.focus();
  };
  const known = new Map(app.kinds.map((kind) => [kind.key, kind]));
  const results = el('div', { class: 'results', 'aria-live': 'polite' });
  const find = (event) => {
    const words = event.target.value.trim().toLowerCase();
    const found = words ? app.kinds.filter((kind) => `${kind.name_zh} ${kind.name_en} ${kind.key}`.toLowerCase().includes(words)).slice(0, FOUND) : [];
    fill(results, words && !found.length ? el('p', null, t('nothingFound')) : null, found.map(
      (kind) => button([icon(pictureOf(kind.key)), one(kind, 'name')], () => choose(kind.key)),
    ));
  };
  if (!app.kinds.length) return el('p', null, t('noKinds'));
  return el('section', null,
    el('h2', null, t('what')),
    el('div', { class: 'tiles' }, COMMON.filter(([key]) => known.has(key)).map(
      ([key, picture, zh, en]) => button([icon(picture, 34), speaks() === 'zh' ? zh : en], () => choose(key)),
    )),
    el('label', { for: 'kind' }, t('search')),
    el('input', { type: 'search', id: 'kind', oninput: find, autocomplete: 'off' }),
    results);
}

function chosenKind(app, place, chosen) {
  return el('div', { class: 'card head' }, el('b', null, one(chosen, 'name')), ' ', button(t('otherKind'), async () => {
    await keep(app, { category: null });
    draw(app, place);
  }));
}

function rest(app, place, chosen) {
  const shot = app.draft.photo;
  const typed = el('textarea', { id: 'more', maxlength: '2000', oninput: () => keep(app, { text: typed.value }) });
  typed.value = app.draft.text || '';
  const url = shot ? URL.createObjectURL(shot) : null;
  return el('section', null,
    camera(app, t(shot ? 'before' : 'addPhoto'), async (photo) => {
      await keep(app, { photo });
      draw(app, place);
    }, { class: `button file big${shot ? '' : ' main'}` }),
    shot ? el('div', { class: 'shots' }, el('img', { src: url, alt: t('before'), onload: () => URL.revokeObjectURL(url) })) : null,
    recording(app, app.draft.voice || null, { kept: (voice) => app.draft && keep(app, { voice }) }),
    el('div', { class: 'row' }, button(t('send'), () => send(app, chosen, false), { class: 'main big' })),
    button(t('sendAndHandle'), () => (app.draft.photo ? send(app, chosen, true) : app.say(t('needBefore'))), { class: 'big' }),
    el('label', { for: 'more' }, t('say')), typed);
}

function drawPlace(app) {
  const at = app.draft.place;
  const said = app.locating && !at ? t('locating') : !at ? t('noPlace') : at.chosen ? t('byMap') : t('byGps', Math.round(at.accuracy || 0));
  fill(app.placeLine,
    el('h2', null, t('where')),
    el('p', null, said),
    el('div', { class: 'row' },
      button(t('chooseOnMap'), () => onMap(app)),
      at && at.chosen ? button(t('takeHere'), async () => {
        await keep(app, { place: null });
        drawPlace(app);
        locate(app, app.placeLine);
      }) : null));
}

async function onMap(app) {
  const area = await app.session.kept.get('area');
  const shown = el('div', { class: 'map small' });
  fill(app.placeLine, el('h2', null, t('where')), el('p', null, t('tapMap')), shown, button(t('close'), () => drawPlace(app)));
  const { map } = drawMap(shown, area ? area.value : null, {
    here: app.session.recorder.here,
    async tapped(lon, lat) {
      await keep(app, { place: { lon, lat, chosen: true } });
      map.remove();
      drawPlace(app);
    },
  });
}

async function send(app, chosen, onTheSpot) {
  const { session, draft } = app;
  if (app.sending) return; // a second tap on the same button
  if (!draft.place) {
    app.say(t('noPlace'));
    return;
  }
  app.sending = true;
  const { lon, lat, accuracy } = draft.place;
  const said = {
    category: chosen.key, lon: Number(lon.toFixed(7)), lat: Number(lat.toFixed(7)), source: 'patrol', system: 'phone',
    description: (draft.text || '').trim(), on_the_spot: onTheSpot,
    ...(accuracy ? { accuracy_m: Math.max(1, Number(accuracy.toFixed(1))) } : {}),
  };
  try {
    const report = { id: app.newId(), kind: 'report', said, label: { zh: `上报 ${chosen.name_zh}`, en: `Report ${chosen.name_en || chosen.name_zh}` } };
    report.said.id = report.id;
    const photo = draft.photo && { kind: 'photo', photo: draft.photo, moment: 'before', from: report.id, after: [report.id], label: both('kindPhoto', t('before')) };
    const voice = draft.voice && voiceItem(draft.voice, { from: report.id });
    await session.outbox.put(...[report, photo, voice].filter(Boolean));
    app.draft = null;
    await session.kept.put('draft', {});
    app.say(t('kept', t('willSend')));
    app.go(onTheSpot ? `/spot/${report.id}` : '/queue');
  } finally {
    app.sending = false;
  }
}

// Put right on the spot: photo after, result, submit.
export function showSpot(app, place, report) {
  let photo = null;
  let result = 'cleaned';
  const drawSpot = () => {
    const url = photo ? URL.createObjectURL(photo) : null;
    fill(
      place,
      el('h1', null, t('spot')),
      el('p', null, t('spotWords')),
      camera(app, t('after'), async (taken) => {
        photo = taken;
        drawSpot();
      }, { class: `button file big${photo ? '' : ' main'}` }),
      photo ? el('div', { class: 'shots' }, el('img', { src: url, alt: t('after'), onload: () => URL.revokeObjectURL(url) })) : null,
      el('h2', null, t('result')),
      el('div', { class: 'wrap' }, RESULTS.map((name) => button(t(name), () => {
        result = name;
        drawSpot();
      }, { class: name === result ? 'soft on' : 'soft', 'aria-pressed': String(name === result) }))),
      button(t('submit'), () => submit(), { class: 'main big' }),
    );
  };
  const submit = async () => {
    if (!photo) {
      app.say(t('needAfter'));
      return;
    }
    if (app.sending) return;
    app.sending = true;
    try {
      const before = (await app.session.outbox.items()).filter((item) => item.kind === 'photo' && item.from === report).map((item) => item.id);
      const kept = await keepPhoto(app, photo, 'after', { from: report });
      await app.session.outbox.put({
        kind: 'move', from: report, after: [report, ...before, kept.id], who: app.session.who.shown,
        said: { move: 'self_handle', result: both(result).zh }, label: both('spot'),
      });
      app.go('/queue');
    } finally {
      app.sending = false;
    }
  };
  drawSpot();
}
