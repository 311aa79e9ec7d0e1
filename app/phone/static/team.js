// Where the team's members on shift were last (本队在岗), for its leader alone: asked for by a tap, for each look is logged.

import { button, el, fill } from './dom.js';
import { draw } from './map.js';
import { Refused, ask } from './net.js';
import { hour, one, t } from './words.js';

export function drawTeam(app, place) {
  const { me } = app.session;
  if (!me || !me.leader) return;
  const shown = el('div', { 'aria-live': 'polite' });
  fill(
    place,
    el('h2', null, t('teamNow')),
    el('p', { class: 'quiet' }, t('teamWords')),
    button(t('teamLook'), () => look(app, shown, me.team), { class: 'big' }),
    shown,
  );
}

async function look(app, place, team) {
  try {
    const { body } = await ask(`/api/patrol/teams/${encodeURIComponent(team)}/live`);
    if (app.at(place)) show(app, place, body);
  } catch (error) {
    fill(place, el('p', null, error instanceof Refused ? one(error.said) : t('needsNetwork')));
  }
}

async function show(app, place, found) {
  const on = found.members.filter((member) => member.on_shift); // by code, as they come: never by a figure
  const seen = on.filter((member) => member.lon !== null);
  const map = seen.length ? el('div', { class: 'map small' }) : null;
  const line = (member) => (member.paused ? t('pausedNow') : member.at ? t('seenAt', hour(member.at)) : t('notSeen'));
  fill(
    place,
    el('p', { class: 'quiet' }, t('asOf', hour(found.now))),
    on.length ? null : el('p', null, t('teamNobody')),
    map,
    el('ul', { class: 'plain' }, on.map((member) => el(
      'li', { class: 'card' },
      el('div', { class: 'head' }, el('b', null, member.name ? `${member.name}（${member.member}）` : member.member)),
      el('div', { class: 'quiet' }, `${t('onDuty', hour(member.since))} · ${line(member)}`),
    ))),
  );
  if (!map) return;
  const area = await app.session.kept.get('area');
  if (!app.at(map)) return;
  const drawn = draw(map, area ? area.value : null, { stops: seen.map((member) => [member.lon, member.lat, member.member.slice(-2)]) });
  drawn.map.fitBounds(seen.map((member) => [member.lat, member.lon]), { padding: [24, 24], maxZoom: 18 });
}
