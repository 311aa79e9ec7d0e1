// Which positions are worth keeping, and how often to ask for one: often while walking, seldom while standing. Pure.
//
// On the way a position every 5 s shows which cell one walks in (patrol.md: dwelling at least 20 s, cut exactly by cell);
// whoever stands still is known well enough by one every 20 s, far below the minute from which on a gap begins.

export const WALKING_MS = 5000;
export const STANDING_MS = 20000;
export const STANDS_AFTER_MS = 60000;
export const MOVED_M = 12;
export const GAP_MS = 60000;

const METRES = 111195; // of a degree of latitude

export function metres(a, b) {
  const north = (b.lat - a.lat) * METRES;
  const east = (b.lon - a.lon) * METRES * Math.cos((a.lat * Math.PI) / 180);
  return Math.hypot(north, east);
}

export class Pace {
  constructor() {
    this.last = null; // the last kept
    this.anchor = null; // where, and since when, one has not moved from
  }

  get standing() {
    return Boolean(this.last && this.anchor && this.last.at - this.anchor.at >= STANDS_AFTER_MS);
  }

  get every() {
    return this.standing ? STANDING_MS : WALKING_MS;
  }

  // Takes a position; returns whether to keep it.
  keeps(fix) {
    if (this.last && fix.at <= this.last.at) return false;
    const moved = !this.anchor || metres(this.anchor, fix) > Math.max(MOVED_M, Math.min(fix.accuracy || 0, 30));
    if (this.last && !(moved && this.standing) && fix.at - this.last.at < this.every - 500) return false;
    if (moved) this.anchor = fix;
    this.last = fix;
    return true;
  }
}

// The gap before a position, if there is one: nobody knows where one was.
export function gap(before, at) {
  return before && at - before > GAP_MS ? { from: before, to: at } : null;
}
