// Me (我的): the notice and consent, the own track with its gaps, the screen, the language, signing out.

import { button, el, fill, plain } from './dom.js';
import { Refused, ask, json } from './net.js';
import { draw as drawMap } from './map.js';
import { drawTeam } from './team.js';
import { hour, one, t } from './words.js';

export async function show(app, place) {
  const { session } = app;
  const parts = { who: el('section'), team: el('section'), notice: el('section'), track: el('section'), settings: el('section') };
  fill(place, el('h1', null, t('mine')), ...Object.values(parts));
  drawWho(app, parts.who);
  drawTeam(app, parts.team);
  app.live('who', () => parts.team.firstChild || drawTeam(app, parts.team)); // once it is known who leads
  drawSettings(app, parts.settings);
  app.live('awake', () => drawSettings(app, parts.settings));
  drawTrack(app, parts.track);
  if (session.member === false) return;
  let told = null;
  let drawn = '';
  const answered = () => `${session.consent.state} ${session.consent.version}`;
  const redraw = () => {
    if (!told || !app.at(parts.notice) || app.screen !== show) return;
    drawn = answered();
    drawNotice(app, parts.notice, told);
  };
  app.live('consent', () => answered() !== drawn && redraw()); // also given or withdrawn on another phone; else nothing opened closes
  await session.both('notice', '/api/patrol/notice', (found) => {
    told = found;
    if (found) redraw();
    else if (app.at(parts.notice) && app.screen === show) drawNotice(app, parts.notice, found);
  });
}

function drawWho(app, place) {
  const { who, me, clockOffMinutes } = app.session;
  fill(
    place,
    el('p', null, el('b', null, me ? `${me.name || who.shown}（${me.member}）` : who.shown)),
    me ? el('p', { class: 'quiet' }, `${t('team')}: ${me.team_name || me.team}${me.beat_name ? ` · ${me.beat_name}` : ''}`) : null,
    clockOffMinutes ? el('p', null, t('clockOff', clockOffMinutes)) : null,
  );
}

function drawNotice(app, place, found) {
  const { session } = app;
  if (!found || !found.value) {
    fill(place, el('h2', null, t('notice')), el('p', null, t('noData')));
    return;
  }
  const notice = found.value;
  const { consent } = session;
  const given = consent.state === 'given' && consent.version === notice.version;
  const state = given ? t('consentGiven', hour(consent.at)) : consent.state === 'withdrawn' ? t('consentWithdrawn') : t('consentNone');
  const answer = async (agrees, forget) => {
    await session.answer(notice.version, agrees, forget);
    app.say(t('kept', t('willSend')));
  };
  // A notice that changed is refused with positions of the former consent still on this phone: asked before they go.
  const refuse = async () => {
    const unsent = await session.unsentFixes();
    if (!unsent || window.confirm(t('refuseSure', unsent))) await answer(false);
  };
  const forget = el('input', { type: 'checkbox' });
  fill(
    place,
    el('h2', null, t('notice')),
    el('p', null, state),
    el('details', { open: !given }, el('summary', null, t('readNotice')), el('div', { class: 'notice' }, plain(one(notice)))),
    el('p', { class: 'quiet' }, notice.retention_days ? t('retention', notice.retention_days) : t('retentionNone')),
    given
      ? el('details', null, el('summary', null, t('withdraw')),
        el('label', { class: 'check' }, forget, t('deleteToo')),
        button(t('withdraw'), () => window.confirm(t('withdrawSure')) && answer(false, forget.checked), { class: 'stop big' }))
      : el('div', { class: 'row' }, button(t('agree'), () => answer(true), { class: 'main' }), button(t('refuse'), refuse)),
  );
}

async function drawTrack(app, place) {
  const { session } = app;
  await session.recorder.writing;
  const own = (rows) => rows.filter((row) => row.owner === session.who.name);
  const [trail, gaps] = [own(await session.db.getAll('trail')).map((row) => row.fix), own(await session.db.getAll('gaps'))];
  const shown = trail.length ? el('div', { class: 'map small' }) : null;
  fill(
    place,
    el('h2', null, t('myTrack')),
    el('p', null, t('fixesToday', trail.length + session.recorder.waiting.length)),
    el('p', { class: 'quiet' }, t('locked')),
    gaps.length
      ? el('div', null, el('p', null, t('gaps')), el('ul', null, gaps.map((gap) => el('li', null, t('gapNow', hour(gap.from), hour(gap.to))))))
      : el('p', { class: 'quiet' }, t('noGaps')),
    shown,
    session.member === false ? null : objection(app),
  );
  if (!shown || !app.at(shown)) return;
  const area = await session.kept.get('area');
  if (app.at(shown)) drawMap(shown, area ? area.value : null, { trail, gaps, here: session.recorder.here });
}

// A stretch of the own track to delete before its time (异议).
function objection(app) {
  const fields = ['from', 'to'].map((name) => el('input', { type: 'datetime-local', id: `object-${name}` }));
  const send = async () => {
    const [from, to] = fields.map((field) => new Date(field.value));
    if (!(from < to)) {
      fields[0].focus();
      return;
    }
    try {
      const said = { from: from.toISOString(), to: to.toISOString() };
      const { body } = await ask('/api/patrol/me/objections', json('POST', said, { 'Idempotency-Key': app.newId() }));
      app.say(t('objected', body.deleted_fixes));
    } catch (error) {
      app.say(error instanceof Refused ? one(error.said) : t('needsNetwork'));
    }
  };
  return el('details', null,
    el('summary', null, t('object')),
    el('p', { class: 'quiet' }, t('objectWords')),
    fields.map((field, i) => [el('label', { for: field.id }, t(['from', 'to'][i])), field]),
    button(t('object'), send, { class: 'stop big' }));
}

function drawSettings(app, place) {
  const { session } = app;
  const { awake } = session;
  fill(
    place,
    el('h2', null, t('awake')),
    awake.able
      ? button(t('awake'), () => awake.set(!awake.wanted), { class: awake.wanted ? 'soft on big' : 'soft big', 'aria-pressed': String(awake.wanted) })
      : el('p', null, t('awakeUnable')),
    el('div', { class: 'row' }, button(t('language'), () => app.language(session.language === 'zh' ? 'en' : 'zh')), button(t('signOut'), () => signOut(app))),
  );
}

// What was kept for the time without a network goes with who signs out, unless something of theirs is still to be sent.
async function signOut(app) {
  const { session } = app;
  const { items, draft } = await session.unsent();
  const words = [items ? t('signOutUnsent', items) : '', draft ? t('signOutDraft') : ''].filter(Boolean).join(' ') || t('signOutSure');
  if (!window.confirm(words)) return;
  try {
    await ask('/api/auth/sign-out', { method: 'POST' });
  } catch (error) {
    if (!(error instanceof Refused && error.status === 401)) { // still signed in: nothing has happened
      app.say(error instanceof Refused ? one(error.said) : t('needsNetwork'));
      return;
    }
  }
  await session.recorder.stop();
  const left = await session.unsent(); // anew: a position may have come meanwhile
  if (!left.items && !left.draft) await session.forget();
  window.location.replace('/sign-in?next=/phone/');
}
