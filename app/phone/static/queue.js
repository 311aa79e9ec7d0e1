// The outbox (待送): everything done on the phone waits here until the server has said that it has it.
//
// Nothing leaves it but by the server's word, or by the member's own hand after a question. What the server refuses for
// good stays, marked, and does not hold up the others. An item waits for others only where they make no sense the other way round
// (`after`): a photo for its report's number, positions for the beginning of their shift.

import { SENT_KEPT, randomId } from './store.js';
import { Refused, SENDERS, settled, told } from './sending.js';
import { ask } from './net.js';

export const FIRST_WAIT_MS = 5000;
export const LONGEST_WAIT_MS = 300000;

export const WHY = {
  offline: { zh: '没有网络，或服务器没有应答', en: 'No network, or the server does not answer' },
  signin: { zh: '登录已过期，请重新登录', en: 'The session has ended: sign in again' },
  consent: { zh: '需先同意位置记录告知', en: 'Consent to the recording of positions comes first' },
  after: { zh: '等待前一项先送达', en: 'Waits for another item to arrive first' },
};

// How long until the next try, in ms; `tries` counts those that failed.
export function wait(tries, chance = Math.random()) {
  const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, tries - 1));
  return Math.round(most * (0.8 + 0.4 * chance));
}

// What a failure means: try again by itself ("later"), not before one signs in, not before consent, or never by itself.
export function judged(error, item = {}) {
  if (!(error instanceof Refused)) return 'offline';
  if (error.status === 401) return 'signin';
  if (error.status === 403 && error.problem.type === 'urn:gridward:consent-missing') return 'consent';
  if (error.status === 412 && item.kind === 'move' && !item.version) return 'later'; // it moved between look and move
  return error.status >= 500 || error.status === 408 || error.status === 429 ? 'later' : 'failed';
}

// What an item waits for, of items that are still there.
export function blockers(item, items) {
  return items.filter((other) => item.after.includes(other.id));
}

export class Outbox {
  constructor(db, { changed = () => {}, arrived = () => {}, before = async () => {}, pending = async () => 0, now = Date.now } = {}) {
    this.db = db;
    this.changed = changed;
    this.arrived = arrived;
    this.before = before; // puts in what is stored elsewhere, once the server answers
    this.pending = pending; // how much that is
    this.now = now;
    this.owner = null;
    this.trouble = null; // offline or signin: holds all of it
    this.misses = 0;
    this.timer = null;
    this.running = null;
    this.again = false;
  }

  async items() {
    return this.db.getAllFromIndex('outbox', 'order');
  }

  async sent() {
    return (await this.db.getAllFromIndex('sent', 'at')).reverse();
  }

  // Puts things in, all or none of them; returns them with their ids.
  async put(...items) {
    let order = this.now();
    const made = items.map((item) => ({
      id: randomId(), owner: this.owner, made: this.now(), after: [], tries: 0, next: 0, state: 'waiting', error: null, ...item,
      order: (order += 0.001),
    }));
    const writing = this.db.transaction(['outbox', 'sent'], 'readwrite');
    for (const item of made) {
      const report = item.from && !item.number ? await writing.objectStore('sent').get(item.from) : null;
      await writing.objectStore('outbox').add(report ? { ...item, number: report.number } : item);
    }
    await writing.done;
    this.changed();
    this.soon();
    return made;
  }

  soon(ms = 0) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.run(), ms);
  }

  // Tries everything now, whatever was to be waited for; also what was refused, if `id` names it.
  async retry(id) {
    const writing = this.db.transaction('outbox', 'readwrite');
    for (const item of await writing.store.getAll()) {
      if (id === undefined ? item.state === 'waiting' : item.id === id) {
        await writing.store.put({ ...item, state: 'waiting', next: 0 });
      }
    }
    await writing.done;
    this.trouble = null;
    this.misses = 0;
    return this.run();
  }

  // Takes an item out by the member's own hand, with what makes no sense without it.
  async discard(id) {
    const writing = this.db.transaction('outbox', 'readwrite');
    const items = await writing.store.getAll();
    const gone = items.filter((item) => item.id === id || item.from === id);
    await Promise.all([...gone.map((item) => writing.store.delete(item.id)), writing.done]);
    this.changed();
    this.soon();
  }

  async run() {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    this.running = this.alone();
    try {
      await this.running;
    } finally {
      this.running = null;
    }
    if (this.again) {
      this.again = false;
      return this.run();
    }
    return undefined;
  }

  // Two windows of the page must not send the same at once; where there are no locks, the keys still make it once.
  async alone() {
    if (!navigator.locks) return this.pass();
    return navigator.locks.request('gridward-outbox', () => this.pass());
  }

  async pass() {
    clearTimeout(this.timer);
    const tried = new Set();
    if (((await this.pending()) || (await this.items()).some((item) => this.due(item))) && (await this.isMine())) {
      await this.before();
      for (let item = await this.ready(tried); item; item = await this.ready(tried)) {
        tried.add(item.id);
        if (!(await this.send(item))) break;
      }
    }
    this.changed();
    await this.plan();
  }

  due(item) {
    return item.owner === this.owner && item.state === 'waiting' && item.next <= this.now();
  }

  async ready(tried) {
    const items = await this.items();
    return items.find((item) => this.due(item) && !tried.has(item.id) && !blockers(item, items).length);
  }

  // Who is signed in by now may be somebody else: nothing is sent in another's name.
  async isMine() {
    try {
      const { body } = await ask('/api/auth/me');
      this.trouble = null;
      this.misses = 0;
      if (body.name === this.owner) return true;
      this.trouble = 'signin';
    } catch (error) {
      this.missed(judged(error) === 'signin' ? 'signin' : 'offline');
    }
    return false;
  }

  missed(trouble) {
    this.trouble = trouble;
    this.misses += 1;
  }

  // Sends one item; returns whether to go on with the next.
  async send(first) {
    const item = settled(first) || first;
    if (item !== first) await this.db.put('outbox', item);
    let answer;
    try {
      answer = await SENDERS[item.kind](item);
    } catch (error) {
      return this.failed(item, error);
    }
    await this.arrive(item, answer.body);
    return true;
  }

  async arrive(item, body) {
    const writing = this.db.transaction(['outbox', 'sent'], 'readwrite');
    const outbox = writing.objectStore('outbox');
    await outbox.delete(item.id);
    for (const other of await outbox.getAll()) {
      if (item.kind === 'report' && other.from === item.id) await outbox.put({ ...other, number: body.number });
      if (item.kind === 'consent' && other.hold === 'consent') await outbox.put({ ...other, hold: null, next: 0 });
    }
    const log = writing.objectStore('sent');
    await log.put({
      id: item.id, owner: item.owner, kind: item.kind, label: item.label, made: item.made, at: this.now(),
      tries: item.tries + 1, told: told(item, body), number: item.number || (body && body.number) || null,
    });
    const old = (await log.index('at').getAllKeys()).slice(0, -SENT_KEPT);
    for (const id of old) await log.delete(id);
    await writing.done;
    this.arrived(item, body);
    this.changed();
  }

  async failed(item, error) {
    const meaning = judged(error, item);
    if (meaning === 'offline' || meaning === 'signin') this.missed(meaning);
    const tries = item.tries + 1;
    const said = error instanceof Refused ? { status: error.status, ...error.said } : WHY.offline;
    const writing = this.db.transaction('outbox', 'readwrite');
    const there = await writing.store.get(item.id); // not if it was discarded while it was on its way
    if (there) await writing.store.put({
      ...item, tries, tried: this.now(), error: said, hold: meaning === 'consent' ? 'consent' : null,
      state: meaning === 'failed' ? 'failed' : 'waiting',
      next: meaning === 'offline' || meaning === 'signin' ? 0 : this.now() + wait(meaning === 'consent' ? 99 : tries),
    });
    await writing.done;
    this.changed();
    return meaning !== 'offline' && meaning !== 'signin';
  }

  // Comes back by itself: when the network does, or after a while that grows.
  async plan() {
    const items = (await this.items()).filter((item) => item.owner === this.owner && item.state === 'waiting');
    if (!items.length || this.trouble === 'signin') return;
    if (this.trouble === 'offline') {
      this.soon(wait(this.misses));
      return;
    }
    const free = items.filter((item) => !blockers(item, items).length);
    if (free.length) this.soon(Math.max(1000, Math.min(...free.map((item) => item.next)) - this.now()));
  }

  // Why an item is not sent yet, in words.
  why(item, items) {
    if (item.owner !== this.owner) {
      return { zh: `由 ${item.owner} 所做，其本人登录后才会送出`, en: `Done by ${item.owner}: sent when they sign in` };
    }
    if (item.state === 'failed') return item.error;
    if (this.trouble) return WHY[this.trouble];
    if (blockers(item, items).length) return WHY.after;
    return item.error;
  }
}
