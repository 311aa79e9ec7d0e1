// What the phone keeps: IndexedDB, through idb (https://github.com/jakearchibald/idb).
//
//   kept    what the API said, and what the page must not forget; key is "<owner>:<name>", value {at, value}
//   outbox  what was done and is not at the server yet (queue.js)
//   sent    the last things that arrived, to be looked at
//   fixes   positions not yet put into a batch of the outbox (track.js)
//   trail   the same positions, for the member's own eyes, until the next shift begins
//   gaps    stretches of a shift without positions: unknown

import { openDB } from './vendor/idb/index.js';

export const SENT_KEPT = 60;

export function open(name = 'gridward-phone') {
  return openDB(name, 1, {
    upgrade(db) {
      db.createObjectStore('kept');
      db.createObjectStore('outbox', { keyPath: 'id' }).createIndex('order', 'order');
      db.createObjectStore('sent', { keyPath: 'id' }).createIndex('at', 'at');
      db.createObjectStore('fixes', { autoIncrement: true });
      db.createObjectStore('trail', { autoIncrement: true });
      db.createObjectStore('gaps', { autoIncrement: true });
    },
    blocking(_now, _wanted, event) {
      event.target.close(); // a newer version of the page, in another window, changes the stores
    },
  });
}

export class Kept {
  constructor(db, owner) {
    this.db = db;
    this.owner = owner;
    this.shut = false; // once they sign out: what is still on its way is kept no more
  }

  async get(name) {
    return this.db.get('kept', `${this.owner}:${name}`);
  }

  async put(name, value, at = Date.now()) {
    if (!this.shut) await this.db.put('kept', { at, value }, `${this.owner}:${name}`);
    return { at, value };
  }
}

// What holds for the phone, whoever uses it.
export async function ofPhone(db, name, make) {
  const found = await db.get('kept', `phone:${name}`);
  if (found !== undefined || make === undefined) return found;
  const made = make();
  await db.put('kept', made, `phone:${name}`);
  return made;
}

export function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
