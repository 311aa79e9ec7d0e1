// Search box: street, community or cell, with the arrow keys too.

import { json } from './api.js';
import { words } from './words.js';
import { element } from './panel.js';

export function search(edition, choose, failed) {
  const input = document.getElementById('words');
  const list = document.getElementById('hits');
  let hits = [];
  let at = -1;
  let timer = 0;
  let abort = null;

  function close() {
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  function mark(next) {
    at = next;
    [...list.children].forEach((item, i) => item.setAttribute('aria-selected', String(i === at)));
    if (at >= 0 && list.children[at]) {
      input.setAttribute('aria-activedescendant', list.children[at].id);
      list.children[at].scrollIntoView({ block: 'nearest' });
    }
  }

  function take(i) {
    if (!hits[i]) return;
    close();
    input.value = hits[i].name || hits[i].code;
    choose(hits[i]);
  }

  function draw() {
    list.replaceChildren(...(hits.length ? hits.map((hit, i) => element(
      'li', { id: `hit-${i}`, role: 'option', onpointerdown: (event) => { event.preventDefault(); take(i); } },
      element('b', {}, hit.name || hit.code),
      element('small', {}, [words[hit.kind] || hit.kind, hit.name ? hit.code : '', hit.above].filter(Boolean).join(' · ')),
    )) : [element('li', { className: 'quiet' }, words.nothing)]));
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    mark(hits.length ? 0 : -1);
  }

  async function look() {
    const q = input.value.trim();
    if (abort) abort.abort();
    if (!q) {
      hits = [];
      close();
      return;
    }
    abort = new AbortController();
    try {
      hits = await json('/api/maps/find', { edition: edition(), q }, abort.signal);
      draw();
    } catch (error) {
      if (error.name !== 'AbortError') failed(error);
    }
  }

  input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(look, 160); });
  input.addEventListener('focus', () => { if (hits.length && input.value) draw(); });
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    const last = hits.length - 1;
    if (event.key === 'ArrowDown' && last >= 0) mark(at >= last ? 0 : at + 1);
    else if (event.key === 'ArrowUp' && last >= 0) mark(at <= 0 ? last : at - 1);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
  });
  document.getElementById('search').addEventListener('submit', async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    if (list.hidden || at < 0) await look();
    take(Math.max(at, 0));
  });
}
