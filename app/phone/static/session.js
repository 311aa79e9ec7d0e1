// Who uses the phone, what the server last said, and the state of duty; everything the screens draw from.

import { Kept, ofPhone, open, randomId } from './store.js';
import { Outbox } from './queue.js';
import { Awake, Recorder } from './track.js';
import { Refused, Unreached, ask, clock } from './net.js';
import { both } from './words.js';

const ASKED_MS = 15000;
const LIVE_MS = 60000;
const AHEAD = [ // what every screen needs without a network: fetched while there is one, anew after so long
  ['area', '/api/patrol/me/area', 300000],
  ['notice', '/api/patrol/notice', 3600000],
  ['tour', '/api/patrol/me/tour', 300000],
  ['cases', '/api/cases?open=true&limit=100', 300000],
  ['kinds', '/api/categories?leaves=true', 86400000],
];

export class Session {
  constructor(changed) {
    this.changed = changed;
    this.who = null; // {name, shown}
    this.signedOut = false;
    this.me = null;
    this.duty = { on: false, paused: false, since: null, here: false, changed: 0 };
    this.consent = { state: 'none', at: null, version: null };
    this.passed = {};
  }

  async open() {
    this.db = await open();
    this.device = await ofPhone(this.db, 'device', () => `phone-${randomId().slice(0, 12)}`);
    this.language = (await ofPhone(this.db, 'language')) || 'zh';
    this.recorder = new Recorder(this.db, { changed: () => this.changed('track') });
    this.awake = new Awake(() => this.changed('awake'));
    this.outbox = new Outbox(this.db, {
      changed: () => this.changed('queue'),
      arrived: (item, body) => this.arrived(item, body),
      pending: () => (this.who ? this.recorder.unsealed() : 0),
      before: () => this.recorder.seal(this.device, (...facts) => this.batch(...facts)),
    });
    await this.become(await ofPhone(this.db, 'who'));
  }

  async become(who) {
    if (!who) return;
    if (this.who && this.who.name !== who.name) await this.recorder.stop();
    this.who = who;
    await this.db.put('kept', who, 'phone:who');
    this.kept = new Kept(this.db, who.name);
    this.outbox.owner = who.name;
    this.recorder.owner = who.name;
    const [me, duty, consent, passed, member] = await Promise.all(
      ['me', 'duty', 'consent', 'passed', 'member'].map((name) => this.kept.get(name)),
    );
    this.me = me ? me.value : null;
    this.member = member ? member.value.member !== null : undefined; // undefined: not known yet
    if (duty) this.duty = duty.value;
    if (consent) this.consent = consent.value;
    this.passed = passed ? passed.value : {};
    this.record();
  }

  // Asks who is signed in. Without a network the last one goes on, for what is kept is theirs.
  async identify() {
    try {
      const { body } = await ask('/api/auth/me', {}, ASKED_MS);
      this.signedOut = false;
      if (!this.who || this.who.name !== body.name) await this.become({ name: body.name, shown: body.shown });
      this.outbox.retry();
      await this.refresh();
      this.ahead();
    } catch (error) {
      if (error instanceof Refused && error.status === 401) this.signedOut = true;
      else if (error instanceof Unreached) this.outbox.missed('offline');
    }
    this.changed('who');
  }

  async ahead() {
    for (const [name, path, often] of AHEAD) {
      const kept = await this.kept.get(name);
      const ours = ['cases', 'kinds'].includes(name) || this.member;
      if (ours && (!kept || Date.now() - kept.at > often)) await this.load(name, path);
    }
  }

  // Takes what the server says of duty and consent, unless something newer of the phone is still on its way.
  async refresh() {
    const asked = Date.now();
    const walks = await this.load('member', '/api/patrol/me/member').catch(() => null);
    if (walks && walks.value) this.member = walks.value.member !== null;
    if (this.member === false) return; // who is no member is asked for nothing that only members have
    const found = await this.load('me', '/api/patrol/me').catch(() => null);
    if (!found || !found.fresh) return;
    this.me = found.value;
    const waiting = new Set((await this.outbox.items()).filter((item) => item.owner === this.who.name).map((item) => item.kind));
    if (!waiting.has('duty') && this.duty.changed < asked) await this.adopt(found.value.shift);
    if (!waiting.has('consent') && (this.consent.changed || 0) < asked) {
      const said = found.value.notice;
      await this.put('consent', { ...this.consent, state: said.consent, at: said.at, version: said.version });
    }
    this.record();
  }

  async adopt(shift) {
    const on = Boolean(shift && shift.open && shift.by_phone);
    const same = on && this.duty.on && this.duty.since === Date.parse(shift.start);
    const here = on && (shift.device === this.device || (same && this.duty.here));
    await this.put('duty', {
      on, paused: on && shift.paused, since: on ? Date.parse(shift.start) : null, here, changed: this.duty.changed,
    });
  }

  async put(name, value) {
    this[name] = value;
    await this.kept.put(name, value);
    this.changed(name);
  }

  get recordable() {
    return this.duty.on && !this.duty.paused && this.duty.here && this.consent.state === 'given';
  }

  // Records if it is to be recorded; else not a second longer.
  async record() {
    clearInterval(this.live);
    if (!this.recordable) return this.recorder.stop();
    this.live = setInterval(() => this.outbox.run(), LIVE_MS);
    const last = (await this.db.get('kept', `${this.who.name}:last-fix`)) || 0;
    if (this.recordable) this.recorder.start(Math.max(last, this.duty.resumed || this.duty.since));
    return undefined;
  }

  // Start, pause, resume or end: it holds at once, and goes to the server when it can.
  async act(action) {
    const now = Date.now();
    if (action === 'start') await this.recorder.forget();
    const duty = {
      start: { on: true, paused: false, since: now, here: true, resumed: now },
      pause: { ...this.duty, paused: true },
      resume: { ...this.duty, paused: false, here: true, resumed: now },
      end: { on: false, paused: false, since: null, here: false },
    }[action];
    if (action === 'start') await this.put('passed', {});
    await this.outbox.put({
      kind: 'duty', label: both(action), said: { action, at: new Date(now).toISOString(), device: this.device },
    });
    await this.put('duty', { ...duty, changed: now });
    await this.record();
  }

  // Into the outbox first, and with its time: an answer of the server that was on its way must not undo it.
  async answer(version, given, forget) {
    const now = Date.now();
    const said = { version, given, ...(given ? {} : { delete_fixes: Boolean(forget) }) };
    await this.outbox.put({ kind: 'consent', label: both('kindConsent'), said });
    await this.put('consent', { state: given ? 'given' : 'withdrawn', at: new Date(now).toISOString(), version, changed: now });
    await this.record();
    if (!given) await this.drop();
  }

  // A door's code, read at the door: after what was said of duty before.
  async readDoor(code) {
    const items = await this.outbox.items();
    const before = items.filter((item) => item.owner === this.who.name && item.kind === 'duty');
    const said = { code, at: new Date().toISOString(), device: this.device };
    await this.outbox.put({ kind: 'door', label: both('kindDoor', code), after: before.map((item) => item.id), said });
  }

  // How many positions the server has not got yet.
  async unsentFixes() {
    const batches = (await this.outbox.items()).filter((item) => item.kind === 'fixes' && item.owner === this.who.name);
    return batches.reduce((sum, item) => sum + item.fixes.length, await this.recorder.unsealed());
  }

  // Positions that must not be sent any more: asked for before (withdrawSure, refuseSure).
  async drop() {
    await this.recorder.stop();
    const writing = this.db.transaction(['fixes', 'outbox'], 'readwrite');
    const stored = writing.objectStore('fixes');
    const [rows, keys] = [await stored.getAll(), await stored.getAllKeys()];
    for (const [i, key] of keys.entries()) {
      if (rows[i].owner === this.who.name) await stored.delete(key); // another member's, on the same phone, go on
    }
    for (const item of await writing.objectStore('outbox').getAll()) {
      if (item.kind === 'fixes' && item.owner === this.who.name) await writing.objectStore('outbox').delete(item.id);
    }
    await writing.done;
    await this.recorder.forget();
  }

  // What of the member's own is on this phone alone: things not sent, and whether a report is half written.
  async unsent() {
    const { value } = (await this.kept.get('draft')) || {};
    const own = (await this.outbox.items()).filter((item) => item.owner === this.who.name);
    const draft = value && [value.category, value.text, value.photo, value.voice].some(Boolean);
    return { items: own.length + (await this.recorder.unsealed()), draft: Boolean(draft) };
  }

  // Everything that this phone keeps of the member, when they sign out with nothing unsent.
  async forget() {
    const { name } = this.who;
    this.kept.shut = true;
    const writing = this.db.transaction(['kept', 'trail', 'gaps', 'sent'], 'readwrite');
    writing.objectStore('kept').delete(IDBKeyRange.bound(`${name}:`, `${name};`, false, true));
    writing.objectStore('kept').delete('phone:who');
    for (const store of ['trail', 'gaps', 'sent']) {
      for (let row = await writing.objectStore(store).openCursor(); row; row = await row.continue()) {
        if (row.value.owner === name) row.delete();
      }
    }
    await writing.done;
  }

  // A batch of positions, as an item of the outbox: after what was said of duty before.
  batch(fixes, items, i, device) {
    const now = Date.now();
    const before = items.filter((item) => item.owner === this.who.name && ['duty', 'consent'].includes(item.kind));
    return {
      id: randomId(), order: now + i / 1000, owner: this.who.name, kind: 'fixes', made: fixes[0][0], device, fixes, tries: 0, next: 0,
      after: before.map((item) => item.id), state: 'waiting', error: null, label: both('kindFixes', fixes.length),
    };
  }

  arrived(item, body) {
    if (item.kind === 'duty' || item.kind === 'consent') this.refresh();
    this.changed('arrived', item, body);
  }

  // What the server says under an address, kept for the time without a network: {at, value, fresh} or {missing}.
  async load(name, path) {
    try {
      const { body } = await ask(path, {}, ASKED_MS);
      return { ...(await this.kept.put(name, body)), fresh: true };
    } catch (error) {
      if (error instanceof Refused && error.status === 401) {
        this.signedOut = true;
        this.changed('who');
      } else if (error instanceof Refused && (error.status === 404 || error.status === 403)) {
        return { missing: true, error };
      }
      const kept = await this.kept.get(name);
      return kept ? { ...kept, fresh: false } : null;
    }
  }

  // Draws what is kept at once, and again once the server has answered.
  async both(name, path, draw) {
    const kept = await this.kept.get(name);
    if (kept) draw({ ...kept, fresh: false });
    const found = await this.load(name, path);
    if (!kept || !found || found.fresh || found.missing) draw(found);
    return found;
  }

  get clockOffMinutes() {
    return Math.round(Math.abs(clock.offset) / 60000);
  }
}
