// The outbox as the member sees it (待送): what is unsent, since when, why; then what arrived.

import { button, el, fill } from './dom.js';
import { blockers } from './queue.js';
import { hour, one, t } from './words.js';

export async function show(app, place) {
  const redraw = () => app.screen === show && draw(app, place);
  app.live('queue', redraw);
  await draw(app, place);
}

async function draw(app, place) {
  const { outbox, recorder } = app.session;
  const [items, sent, loose] = await Promise.all([outbox.items(), outbox.sent(), recorder.unsealed()]);
  if (!app.at(place) || app.screen !== show) return;
  fill(
    place,
    el('h1', null, t('queue')),
    el('p', { class: 'state' }, items.length ? t('unsent', items.length) : t('allSent')),
    el('p', { class: 'quiet' }, t('queueWords')),
    loose ? el('p', null, t('fixesStored', loose)) : null,
    items.length ? button(t('retryAll'), () => outbox.retry(), { class: 'main big' }) : null,
    el('ul', { class: 'plain' }, items.map((item) => shown(app, item, items))),
    el('div', { class: 'row' }, el('a', { class: 'button', href: '#/report' }, t('newReport'))),
    el('h2', null, t('arrived')),
    el('ul', { class: 'plain' }, sent.filter((one_) => one_.owner === outbox.owner).slice(0, 30).map((done) => el(
      'li', { class: 'quiet' }, `${hour(done.at)} ${one(done.label)} ${one(done.told)}`,
      done.kind === 'report' && done.number ? el('a', { class: 'button', href: `#/case/${done.number}` }, done.number) : null,
    ))),
  );
}

function shown(app, item, items) {
  const { outbox } = app.session;
  const why = one(outbox.why(item, items));
  const failed = item.state === 'failed';
  return el('li', { class: failed ? 'card bad' : 'card' },
    el('div', { class: 'head' }, el('b', null, one(item.label)), el('span', null, t('since', hour(item.made)))),
    why ? el('div', null, why) : null,
    blockers(item, items).length ? el('div', { class: 'quiet' }, blockers(item, items).map((other) => one(other.label)).join('、')) : null,
    item.tries ? el('div', { class: 'quiet' }, t('tries', item.tries)) : null,
    el('div', { class: 'row' },
      item.owner === outbox.owner ? button(t('retry'), () => outbox.retry(item.id)) : null,
      button(t('discard'), () => window.confirm(`${one(item.label)}: ${t('discardSure')}`) && outbox.discard(item.id), { class: 'stop' })));
}
