// My cases (案件): those of my area and my own; photos, result, and the moves that the server allows.

import { button, el, fill } from './dom.js';
import { smaller } from './photo.js';
import { recording, voiceItem } from './voice.js';
import { both, hour, one, stage, t } from './words.js';

const GIVEN_HERE = new Set(['reason', 'result', 'photo_before', 'photo_after']);
const FETCHED_AHEAD = 20;

export async function show(app, place) {
  const { session } = app;
  fill(place, el('h1', null, t('cases')), el('p', { class: 'wait' }, '…'));
  const found = await session.both('cases', '/api/cases?open=true&limit=100', (one_) => app.at(place) && app.screen === show && drawList(app, place, one_));
  const area = await session.kept.get('area');
  const wanted = mine(found, area).slice(0, FETCHED_AHEAD);
  if (found && found.fresh) for (const row of wanted) await session.load(`case:${row.number}`, `/api/cases/${row.number}`);
}

// Cases of the own area come first, then the others that one may see; each by what is due first.
function mine(found, area) {
  if (!found || !found.value) return [];
  const near = new Set(area ? area.value.cases : []);
  const due = (row) => (row.due_at ? Date.parse(row.due_at) : Infinity);
  return [...found.value.cases].sort((a, b) => near.has(b.number) - near.has(a.number) || due(a) - due(b) || (a.number < b.number ? -1 : 1));
}

async function drawList(app, place, found) {
  const rows = mine(found, await app.session.kept.get('area'));
  if (!app.at(place) || app.screen !== show) return;
  fill(
    place,
    el('h1', null, t('cases')),
    el('p', { class: 'quiet' }, found && found.at ? `${t('myCases')} · ${t('asOf', hour(found.at))}` : t('noData')),
    rows.length ? null : el('p', null, found ? t('noCases') : ''),
    el('ul', { class: 'plain' }, rows.map((row) => el('li', null, el(
      'a', { class: row.overdue ? 'card bad' : 'card', href: `#/case/${row.number}` },
      el('div', { class: 'head' }, el('b', null, one(row, 'category')), el('span', { class: 'tag plainly' }, stage(row.stage))),
      el('div', null, row.description || row.address),
      el('div', { class: 'quiet' }, [row.address, soonest(row) ? t('due', hour(soonest(row))) : '', row.overdue ? t('overdue') : ''].filter(Boolean).join(' · ')),
    )))),
  );
}

// The limit that ends first: the whole case's or its present stage's; what is overdue is overdue by it.
const soonest = (row) => [row.due_at, row.stage_due_at].filter(Boolean).sort((a, b) => Date.parse(a) - Date.parse(b))[0];

export async function showOne(app, place, number) {
  const { session } = app;
  fill(place, el('a', { class: 'button', href: '#/cases' }, t('back')), el('p', { class: 'wait' }, '…'));
  await session.both(`case:${number}`, `/api/cases/${number}`, (found) => app.at(place) && app.path === `/case/${number}` && drawOne(app, place, number, found));
}

function drawOne(app, place, number, found) {
  if (!found || found.missing) {
    fill(place, el('a', { class: 'button', href: '#/cases' }, t('back')), el('p', null, t('noData')));
    return;
  }
  const shown = found.value;
  const waiting = el('div');
  const telling = async () => fill(waiting, await unsent(app, number));
  app.live('queue', telling);
  telling();
  fill(
    place,
    el('a', { class: 'button', href: '#/cases' }, t('back')),
    el('h1', null, one(shown, 'category')),
    el('p', null, el('span', { class: 'tag plainly' }, stage(shown.stage)), ' ', shown.number),
    shown.synthetic ? el('p', { class: 'quiet' }, app.session.language === 'zh' ? '示意' : 'synthetic') : null,
    el('p', null, shown.description),
    el('p', { class: 'quiet' }, [shown.address, one(shown, 'party'), shown.clock.due_at ? t('due', hour(shown.clock.due_at)) : ''].filter(Boolean).join(' · ')),
    waiting,
    el('h2', null, t('photos')),
    el('div', { class: 'shots' }, shown.photos.map((photo) => el(
      'figure', null,
      el('img', { src: `/api/cases/${number}/photos/${photo.id}`, alt: moment(photo.moment), loading: 'lazy' }),
      el('figcaption', null, `${moment(photo.moment)} ${hour(photo.taken_at || photo.added_at)}`),
    ))),
    el('div', { class: 'wrap' }, ['before', 'after', 'check'].map((when) => camera(app, t(when), async (file) => {
      await keepPhoto(app, file, when, { number });
    }))),
    shown.voices && shown.voices.length ? el('ul', { class: 'plain' }, shown.voices.map((voice) => el('li', null,
      el('audio', { controls: true, preload: 'none', src: `/api/cases/${number}/voices/${voice.id}`, 'aria-label': t('voice') }),
      el('div', { class: 'quiet' }, `${voice.who} ${hour(voice.added_at)}`)))) : null,
    recording(app, null, { send: async (voice) => {
      await app.session.outbox.put(voiceItem(voice, { number }));
      app.say(t('kept', t('willSend')));
    } }),
    ...moves(app, shown, number),
    el('h2', null, t('history')),
    el('ul', { class: 'plain' }, [...shown.history].reverse().slice(0, 10).map((step) => el('li', { class: 'quiet' }, `${hour(step.at)} ${step.who || ''} ${step.reason || ''}${step.to_stage ? ` → ${stage(step.to_stage)}` : ''}`))),
    el('p', { class: 'quiet' }, t('asOf', hour(found.at))),
  );
}

function moment(name) {
  return ['before', 'after', 'check'].includes(name) ? t(name) : t('other');
}

async function unsent(app, number) {
  const items = (await app.session.outbox.items()).filter((item) => item.number === number);
  return items.map((item) => el('p', null, el('a', { class: 'card', href: '#/queue' }, `${t('queue')}: ${one(item.label)}`)));
}

function moves(app, shown, number) {
  return shown.moves.map((move) => {
    if (move.needs.some((need) => !GIVEN_HERE.has(need))) return el('p', { class: 'quiet' }, t('atDesk', one(move)));
    const text = move.needs.includes('result') ? 'result' : move.needs.includes('reason') ? 'reason' : null;
    const typed = text ? el('textarea', { id: `${move.name}-${text}`, maxlength: '4000', required: true }) : null;
    return el('details', { class: 'card' },
      el('summary', null, el('b', null, one(move))),
      text ? el('label', { for: typed.id }, t(text)) : null,
      typed,
      button(t('submit'), async () => {
        if (typed && !typed.value.trim()) {
          typed.focus();
          return;
        }
        const photos = (await app.session.outbox.items()).filter((item) => item.kind === 'photo' && item.number === number);
        await app.session.outbox.put({
          kind: 'move', number, version: shown.version, who: app.session.who.shown, after: photos.map((item) => item.id),
          said: { move: move.name, ...(text ? { [text]: typed.value.trim() } : {}) },
          label: { zh: `${move.zh} ${number}`, en: `${move.en} ${number}` },
        });
        app.say(t('kept', t('willSend')));
        app.go('/cases');
      }, { class: 'main big' }));
  });
}

// A button that opens the camera; what is taken goes to `taken` as a file.
export function camera(app, text, taken, said) {
  const input = el('input', {
    type: 'file', accept: 'image/*', capture: 'environment', 'aria-label': text,
    onchange: async () => {
      const [file] = input.files;
      input.value = '';
      if (!file) return;
      try {
        await taken(await smaller(file));
      } catch (error) {
        app.say(t('photoBad'));
      }
    },
  });
  return el('label', { class: 'button file', ...said }, app.icon('camera'), el('span', null, text), input);
}

// Puts a photo into the outbox: of a case by its number, or of a report (`from`) that has none yet.
export async function keepPhoto(app, photo, when, { number, from }) {
  const [kept] = await app.session.outbox.put({
    kind: 'photo', photo, moment: when, number, from, after: from ? [from] : [], label: both('kindPhoto', t(when)),
  });
  app.say(t('photoKept'));
  return kept;
}
