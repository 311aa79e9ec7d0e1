// How each kind of thing in the outbox is sent. Each can be sent again without being done twice:
//
//   consent, duty, door, comment   by Idempotency-Key, the item's id
//   report                   by Idempotency-Key, and for good by the item's id as the report's own id
//   photo, voice             by its content
//   fixes                    by member, device and time
//   move                     by the case's version; what was made already is recognised in the case's history

import { Refused, ask, clock, json, packed } from './net.js';

const UPLOAD_MS = 120000;
const SLACK_MS = 10000;

export const SENDERS = {
  consent: (item) => ask('/api/patrol/me/consents', json('POST', item.said, key(item))),

  duty: (item) =>
    ask('/api/patrol/me/duty', json('POST', { ...item.said, sent_at: now() }, key(item))),

  door: (item) =>
    ask('/api/patrol/me/doors', json('POST', { ...item.said, sent_at: now() }, key(item))),

  async fixes(item) {
    const said = { device: item.device, sent_at: now(), fixes: item.fixes };
    return ask('/api/patrol/me/fixes', await packed('POST', said));
  },

  report: (item) => ask('/api/cases', json('POST', item.said, key(item))),

  photo(item) {
    const form = new FormData();
    form.append('photo', item.photo, 'photo.jpg');
    form.append('moment', item.moment);
    return ask(`/api/cases/${item.number}/photos`, { method: 'POST', body: form }, UPLOAD_MS);
  },

  voice(item) {
    const form = new FormData();
    form.append('voice', item.voice, 'voice');
    return ask(`/api/cases/${item.number}/voices`, { method: 'POST', body: form }, UPLOAD_MS);
  },

  comment: (item) => ask(`/api/cases/${item.number}/comments`, json('POST', item.said, key(item))),

  async move(item) {
    const path = `/api/cases/${item.number}`;
    const { body: found } = await ask(path);
    if (made(found, item)) return { status: 200, body: found };
    const version = item.version || found.version;
    return ask(`${path}/moves`, json('POST', item.said, { 'If-Match': `"v${version}"` }));
  },
};

// What is fixed when an item is first sent, and must stay the same each time: the report's time by the server's clock.
export function settled(item) {
  if (item.kind !== 'report' || item.said.reported_at) return null;
  const at = Math.min(item.made + clock.offset, Date.now() + clock.offset);
  return { ...item, said: { ...item.said, reported_at: new Date(at).toISOString() } };
}

// Whether a move is in the case's history already: its answer was lost on the way.
function made(found, item) {
  const since = item.made + clock.offset - SLACK_MS;
  return found.history.some((step) => step.move === item.said.move && step.who === item.who && Date.parse(step.at) >= since);
}

function key(item) {
  return { 'Idempotency-Key': item.id };
}

function now() {
  return new Date().toISOString();
}

// What an answer means beside "done": shown with what arrived.
export function told(item, body) {
  if (item.kind === 'report') return { zh: `编号 ${body.number}${body.party_zh ? `，${body.party_zh}` : ''}`, en: `No. ${body.number}` };
  if (item.kind === 'duty') return { zh: body.message_zh, en: body.message_en };
  if (item.kind === 'door') return { zh: body.name, en: body.name };
  if (item.kind !== 'fixes') return { zh: '', en: '' };
  const refused = body.refused.length;
  return {
    zh: `收到 ${body.stored + body.known} 个${refused ? `，${refused} 个未收：${body.refused[0].message_zh || body.refused[0].message}` : ''}`,
    en: `${body.stored + body.known} taken${refused ? `, ${refused} not: ${body.refused[0].message}` : ''}`,
  };
}

export { Refused };
