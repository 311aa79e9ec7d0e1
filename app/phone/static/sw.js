// Keeps the page's own files for the time without a network. What the API says is kept by the page itself, what was done
// is sent by the page itself: nothing of it passes through here.
const MARK = '{mark}';
const FILES = {files};
const KEPT = 'gridward-phone-' + MARK;

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(KEPT)
      .then((cache) => cache.addAll(FILES.map((path) => new Request(path, { cache: 'reload' }))))
      .then(() => self.skipWaiting()), // an open page holds all its modules already: nothing is mixed
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(
        names.filter((name) => name.startsWith('gridward-phone-') && name !== KEPT).map((name) => caches.delete(name)),
      ))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin) return;
  const path = event.request.mode === 'navigate' && url.pathname === '/phone/' ? '/phone/' : url.pathname;
  if (!FILES.includes(path)) return;
  event.respondWith(
    caches.open(KEPT).then((cache) => cache.match(path)).then((found) => found || fetch(event.request)),
  );
});
