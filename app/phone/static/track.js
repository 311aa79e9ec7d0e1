// Records positions while on duty, in the foreground, with consent (轨迹记录).
//
// They go into the phone's store a few at a time, and from there in batches into the outbox. What the page could not see,
// as with the screen locked, is a gap, and counts as unknown.

import { GAP_MS, Pace, gap } from './pace.js';

const STORED_EVERY_MS = 15000;
const LOOKED_EVERY_MS = 5000;
export const BATCH = 1000;
const POSITION = { enableHighAccuracy: true, timeout: 20000, maximumAge: 0 };

export class Recorder {
  constructor(db, { changed = () => {}, geolocation = navigator.geolocation } = {}) {
    this.db = db;
    this.changed = changed;
    this.geolocation = geolocation;
    this.owner = null;
    this.on = false;
    this.here = null; // the last position, kept or not
    this.trouble = null; // denied, unavailable
    this.waiting = [];
    this.writing = Promise.resolve();
    document.addEventListener('visibilitychange', () => (document.hidden ? this.hide() : this.show()));
    window.addEventListener('pagehide', () => this.store());
  }

  // Starts to record; `last` is when the shift was last seen: what lies between is a gap.
  start(last) {
    if (this.on) return;
    this.on = true;
    this.pace = new Pace();
    this.lastAt = last;
    this.watch();
    this.ticking = setInterval(() => this.tick(), LOOKED_EVERY_MS);
    this.changed();
  }

  async stop() {
    if (!this.on) return this.writing;
    this.on = false;
    clearInterval(this.ticking);
    this.unwatch();
    await this.store();
    this.changed();
    return undefined;
  }

  watch() {
    if (!this.geolocation || this.watching !== undefined) return;
    this.watching = this.geolocation.watchPosition((one) => this.take(one), (error) => this.fail(error), POSITION);
  }

  unwatch() {
    if (this.watching !== undefined) this.geolocation.clearWatch(this.watching);
    this.watching = undefined;
  }

  // Standing still, the receiver may rest between two looks.
  tick() {
    const now = Date.now();
    if (this.pace.standing) this.unwatch();
    else this.watch();
    if (!this.lastAsked || now - Math.max(this.lastAsked, this.lastAt || 0) >= this.pace.every) {
      this.lastAsked = now;
      this.geolocation.getCurrentPosition((one) => this.take(one), (error) => this.fail(error), POSITION);
    }
    if (now - (this.storedAt || 0) >= STORED_EVERY_MS) this.store();
  }

  take(position) {
    const { longitude: lon, latitude: lat, accuracy } = position.coords;
    const at = Math.round(position.timestamp);
    this.trouble = null;
    this.here = { lon, lat, accuracy, at };
    if (!this.on) return;
    if (this.pace.keeps(this.here)) {
      const missed = gap(this.lastAt, at);
      if (missed) this.miss(missed);
      this.lastAt = at;
      this.waiting.push([at, round(lon, 7), round(lat, 7), accuracy ? round(accuracy, 1) : null, 0]);
    }
    this.changed();
  }

  fail(error) {
    if (error.code === 3) return; // it took too long: the next look follows
    this.trouble = error.code === 1 ? 'denied' : 'unavailable';
    this.changed();
  }

  hide() {
    this.store();
  }

  // Back in the foreground: what was missed shows at once, not only with the next position.
  show() {
    if (!this.on) return;
    this.unwatch();
    this.watch();
    this.tick();
    this.changed();
  }

  // The stretch that is missing until now, if it is a gap already.
  get missing() {
    return this.on && this.lastAt && Date.now() - this.lastAt > GAP_MS ? { from: this.lastAt, to: Date.now() } : null;
  }

  miss(stretch) {
    this.writing = this.writing.then(() => this.db.add('gaps', { owner: this.owner, ...stretch })).then(this.changed);
  }

  store() {
    this.storedAt = Date.now();
    const fixes = this.waiting.splice(0);
    if (!fixes.length) return this.writing;
    const owner = this.owner;
    this.writing = this.writing.then(async () => {
      const writing = this.db.transaction(['fixes', 'trail', 'kept'], 'readwrite');
      for (const fix of fixes) {
        writing.objectStore('fixes').add({ owner, fix });
        writing.objectStore('trail').add({ owner, fix: fix.slice(0, 3) });
      }
      writing.objectStore('kept').put(fixes[fixes.length - 1][0], `${owner}:last-fix`);
      await writing.done;
    });
    return this.writing;
  }

  // Puts what is stored into the outbox, at most BATCH in an item, all in one transaction: nothing can be lost between.
  async seal(device, make) {
    await this.store();
    const writing = this.db.transaction(['fixes', 'outbox'], 'readwrite');
    const stored = writing.objectStore('fixes');
    const outbox = writing.objectStore('outbox');
    const [rows, keys, items] = [await stored.getAll(), await stored.getAllKeys(), await outbox.getAll()];
    const mine = rows.map((row, i) => ({ ...row, key: keys[i] })).filter((row) => row.owner === this.owner);
    for (let i = 0; i < mine.length; i += BATCH) {
      const some = mine.slice(i, i + BATCH);
      await outbox.add(make(some.map((row) => row.fix), items, i / BATCH, device));
      for (const row of some) await stored.delete(row.key);
    }
    await writing.done;
    return mine.length;
  }

  async unsealed() {
    return (await this.db.getAll('fixes')).filter((row) => row.owner === this.owner).length + this.waiting.length;
  }

  async forget() {
    await this.writing;
    const writing = this.db.transaction(['trail', 'gaps'], 'readwrite');
    await Promise.all([writing.objectStore('trail').clear(), writing.objectStore('gaps').clear(), writing.done]);
  }
}

function round(value, digits) {
  return Number(value.toFixed(digits));
}

// One position for a report, newer than a minute; null where there is none.
export function here(recorder, geolocation = navigator.geolocation) {
  if (recorder.here && Date.now() - recorder.here.at < 15000) return Promise.resolve(recorder.here);
  if (!geolocation) return Promise.resolve(null);
  return new Promise((resolve) => {
    geolocation.getCurrentPosition(
      (one) => {
        recorder.take(one);
        resolve(recorder.here);
      },
      (error) => {
        recorder.fail(error);
        resolve(recorder.here && Date.now() - recorder.here.at < 60000 ? recorder.here : null);
      },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 10000 },
    );
  });
}

// Keeps the screen on while asked to; where the browser can't, it says so.
export class Awake {
  constructor(changed = () => {}) {
    this.wanted = false;
    this.lock = null;
    this.able = 'wakeLock' in navigator;
    this.changed = changed;
    document.addEventListener('visibilitychange', () => !document.hidden && this.hold());
  }

  async set(wanted) {
    this.wanted = wanted;
    if (!wanted && this.lock) await this.lock.release();
    if (!wanted) this.lock = null;
    await this.hold();
    this.changed();
  }

  async hold() {
    if (!this.wanted || !this.able || document.hidden) return;
    try {
      this.lock = await navigator.wakeLock.request('screen');
    } catch (error) {
      this.lock = null; // as with a low battery
    }
  }
}
