/* A screen's service worker: keeps its frame and its files, so that a return needs the network for figures
   only, and a screen that starts while the server is away says so. Figures, lists and outlines are never
   kept. `KEPT` and `BUILD` are filled in by dashboard/page.py; another build is another worker.
   To be rid of it: open a screen with ?worker=off. */
"use strict";
const BUILD = "{build}";
const KEPT = {kept};
const PAGE = "{page}";
const CACHE = `${PAGE} ${BUILD}`;
const PATIENCE_MS = 4000;

self.addEventListener("install", (event) => {
  const fill = async () => (await caches.open(CACHE)).addAll([PAGE, ...KEPT]);
  event.waitUntil(fill().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const clean = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith(`${PAGE} `) && name !== CACHE) await caches.delete(name);
    }
    if (self.registration.navigationPreload) await self.registration.navigationPreload.enable();
    await self.clients.claim();
  };
  event.waitUntil(clean());
});

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== self.location.origin) return;
  if (mode === "navigate" && pathname === PAGE) event.respondWith(page(event));
  else if (KEPT.includes(pathname)) event.respondWith(file(event.request));
});

async function file(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) || fetch(request);
}

/* The network first: whether someone may see the page is the server's to say. Its frame is kept only when
   it is the page itself, and shown only when the server is silent or broken. */
async function page(event) {
  const cache = await caches.open(CACHE);
  const late = new Promise((done) => setTimeout(done, PATIENCE_MS));
  const asked = (async () => (await event.preloadResponse) || fetch(event.request))();
  const answer = await Promise.race([asked, late]).catch(() => undefined);
  if (answer && answer.ok && !answer.redirected) event.waitUntil(cache.put(PAGE, answer.clone()));
  if (answer && answer.status < 500) return answer;
  return (await cache.match(PAGE)) || answer || asked;
}
