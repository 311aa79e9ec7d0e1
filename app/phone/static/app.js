// The page: which screen is shown, the line on top, the bar below; everything else is in its own module.

import { button, el, fill } from './dom.js';
import * as area from './area.js';
import * as cases from './cases.js';
import * as door from './door.js';
import * as mine from './mine.js';
import * as outbox from './outbox.js';
import * as report from './report.js';
import * as tour from './tour.js';
import { icon } from './icons.js';
import { numberAt } from './map.js';
import { Session } from './session.js';
import { randomId } from './store.js';
import { hour, speak, t } from './words.js';

const SCREENS = [
  [/^\/$/, area.show, 'today'],
  [/^\/tour$/, tour.show, 'tour'],
  [/^\/report$/, report.show, 'report'],
  [/^\/spot\/(\w+)$/, report.showSpot, 'report'],
  [/^\/cases$/, cases.show, 'cases'],
  [/^\/case\/(\d+)$/, cases.showOne, 'cases'],
  [/^\/door$/, door.show, 'today'],
  [/^\/mine$/, mine.show, 'mine'],
  [/^\/queue$/, outbox.show, ''],
];
const BAR = [['today', '/'], ['tour', '/tour'], ['report', '/report'], ['cases', '/cases'], ['mine', '/mine']];
const SAID_MS = 4000;

class App {
  constructor() {
    this.top = document.getElementById('top');
    this.main = document.getElementById('main');
    this.nav = document.getElementById('nav');
    this.said = document.getElementById('said');
    this.living = [];
    this.icon = icon;
    this.newId = randomId;
    this.session = new Session((what) => this.changed(what));
  }

  async open() {
    await this.session.open();
    speak(this.session.language);
    window.addEventListener('hashchange', () => this.show());
    window.addEventListener('online', () => this.session.identify());
    window.addEventListener('offline', () => this.drawTop());
    document.addEventListener('visibilitychange', () => !document.hidden && this.session.identify());
    setInterval(() => this.drawTop(), 30000);
    if (!this.session.who) {
      fill(this.main, el('p', { class: 'wait' }, '…'));
      await this.session.identify();
    } else {
      this.session.identify();
    }
    this.show();
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
    this.keepShell();
  }

  // The service worker keeps the page for the time without a network, and brings new versions.
  async keepShell() {
    if (!('serviceWorker' in navigator)) return;
    const had = Boolean(navigator.serviceWorker.controller);
    navigator.serviceWorker.addEventListener('controllerchange', () => {
      this.newer = had;
      this.drawTop();
    });
    try {
      const kept = await navigator.serviceWorker.register('/phone/sw.js', { scope: '/phone/', updateViaCache: 'none' });
      document.addEventListener('visibilitychange', () => !document.hidden && kept.update().catch(() => {}));
    } catch (error) {
      this.unkept = true; // no network on the very first visit, or no HTTPS: said on top
      this.drawTop();
    }
  }

  get path() {
    return window.location.hash.slice(1) || '/';
  }

  go(path) {
    if (this.path === path) this.show();
    else window.location.hash = path;
  }

  at(place) {
    return document.contains(place);
  }

  // Draws something again whenever one of `what` changes, as long as its screen is shown.
  live(what, redraw) {
    this.living.push([what.split(' '), redraw]);
  }

  show() {
    this.living = [];
    this.drawTop();
    this.drawBar();
    if (!this.session.who) {
      fill(this.main, el('p', { class: 'wait' }, this.session.signedOut ? t('signInFirst') : t('noData')),
        el('a', { class: 'button main big', href: '/sign-in?next=/phone/' }, t('signIn')));
      return;
    }
    const [pattern, screen] = SCREENS.find(([one]) => one.test(this.path)) || SCREENS[0];
    this.screen = screen;
    window.scrollTo(0, 0);
    screen(this, this.main, ...(pattern.exec(this.path) || []).slice(1));
  }

  changed(what) {
    if (what === 'who' && this.session.who && !this.screen) this.show();
    this.drawTop();
    this.living.filter(([wanted]) => wanted.includes(what)).forEach(([, redraw]) => redraw());
  }

  // Notes which cell of the area one is in, for the own list only.
  passes(here) {
    const { area: mine_, passed } = this.session;
    const number = mine_ ? numberAt(mine_.cells, here.lon, here.lat) : null;
    if (number !== null && !passed[number]) this.session.put('passed', { ...passed, [number]: here.at });
  }

  say(text) {
    fill(this.said, el('div', null, text));
    clearTimeout(this.saying);
    this.saying = setTimeout(() => fill(this.said), SAID_MS);
  }

  async language(wanted) {
    this.session.language = wanted;
    await this.session.db.put('kept', wanted, 'phone:language');
    speak(wanted);
    this.show();
  }

  async drawTop() {
    const { session } = this;
    if (!session.outbox) return;
    const items = await session.outbox.items();
    const failed = items.filter((item) => item.state === 'failed').length;
    const offline = !navigator.onLine || session.outbox.trouble === 'offline';
    const signIn = session.signedOut || session.outbox.trouble === 'signin';
    const missing = session.recorder.missing;
    const label = failed ? t('failedItems', failed) : items.length ? t('unsent', items.length) : t('allSent');
    fill(
      this.top,
      el('div', { class: 'line' },
        el('b', null, t('title')),
        el('span', { class: 'net' }, t(offline ? 'offline' : 'online')),
        session.who ? el('a', { class: failed ? 'bad' : items.length ? 'unsent' : 'sent', href: '#/queue' }, label) : null),
      signIn && session.who ? el('div', { class: 'strip' }, el('span', null, t('signInWords')), el('a', { class: 'button', href: '/sign-in?next=/phone/' }, t('signIn'))) : null,
      session.recorder.on && session.recorder.trouble === 'denied' ? el('div', { class: 'strip' }, el('span', null, t('denied'))) : null,
      missing ? el('div', { class: 'strip' }, el('span', null, t('gapNow', hour(missing.from), hour(missing.to)))) : null,
      window.isSecureContext ? null : el('div', { class: 'strip' }, el('span', null, t('insecure'))),
      this.newer ? el('div', { class: 'strip' }, el('span', null, t('update')), button(t('reload'), () => window.location.reload())) : null,
    );
  }

  drawBar() {
    const here = (SCREENS.find(([one]) => one.test(this.path)) || SCREENS[0])[2];
    this.nav.setAttribute('aria-label', t('title'));
    fill(this.nav, BAR.map(([name, path]) => el(
      'a', { href: `#${path}`, class: name === 'report' ? 'report' : null, 'aria-current': here === name ? 'page' : null }, icon(name), t(name),
    )));
  }
}

new App().open();
