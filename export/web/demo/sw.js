/**
 * The service worker: keeps what the page is made of, so that it works offline.
 *
 * `files.js`, which the build writes, lists every file with its SHA-256. A file is kept under its
 * address and checksum: a new deployment fetches what has changed and nothing else. What only some
 * browsers need, or is large, is kept when the page first asks for it; the rest at once.
 */

/* global FILES */

importScripts("files.js");

const SCOPE = self.registration.scope;
const CACHE = `bertsum-demo ${SCOPE}`;

const keptOnUse = (path) => path.startsWith("litert/wasm/") || path.endsWith(".tflite");
const keyOf = (path) => `${SCOPE}${path}?sha256=${FILES[path]}`;

/** The files that are on their way into the cache. */
const arriving = new Set();

self.addEventListener("install", (event) => {
  event.waitUntil(keepAll());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(removeOld().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const path = pathOf(event.request);
  if (path !== undefined) event.respondWith(answer(path, event));
});

/** The page asks whether it would work offline now. */
self.addEventListener("message", (event) => {
  event.waitUntil(isComplete().then((complete) => event.ports[0].postMessage(complete)));
});

/** The listed file that a request is for. */
function pathOf({ method, url }) {
  const { origin, pathname } = new URL(url);
  const address = origin + pathname;
  if (method !== "GET" || !address.startsWith(SCOPE)) return undefined;
  const path = address.slice(SCOPE.length) || "index.html";
  return Object.hasOwn(FILES, path) ? path : undefined;
}

async function answer(path, event) {
  const kept = await (await caches.open(CACHE)).match(keyOf(path));
  if (kept) return kept;
  const response = await fetchNow(path);
  if (response.ok) {
    const keeping = keep(path, response.clone());
    arriving.add(keeping);
    event.waitUntil(keeping.catch(() => {}).then(() => arriving.delete(keeping)));
  }
  return response;
}

/**
 * Fetches all that this browser needs: what it used of an older deployment, too, so that the page
 * goes on working offline. An open page keeps the files that it began with: the new deployment takes
 * over when none is open.
 */
async function keepAll() {
  const kept = await (await caches.open(CACHE)).keys();
  const used = new Set(kept.map(({ url }) => url.slice(SCOPE.length).replace(/\?.*/, "")));
  const paths = Object.keys(FILES).filter((path) => !keptOnUse(path) || used.has(path));
  await Promise.all(paths.map(keepFirst));
}

async function keepFirst(path) {
  if (await (await caches.open(CACHE)).match(keyOf(path))) return;
  const response = await fetchNow(path);
  if (!response.ok) throw new Error(`${path}: the server answered ${response.status}`);
  await keep(path, response);
}

/** Asks the server, so that nothing of an older deployment is taken from the browser's own cache. */
function fetchNow(path) {
  return fetch(SCOPE + path, { cache: "no-cache" });
}

/** Keeps a file if it is the one that was listed, and not another deployment's. */
async function keep(path, response) {
  const content = await response.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (sha256 !== FILES[path]) throw new Error(`${path} is of another deployment`);
  const headers = new Headers(response.headers);
  headers.delete("content-encoding");
  headers.set("content-length", content.byteLength);
  await (await caches.open(CACHE)).put(keyOf(path), new Response(content, { headers }));
}

async function removeOld() {
  const cache = await caches.open(CACHE);
  const current = new Set(Object.keys(FILES).map(keyOf));
  const kept = await cache.keys();
  await Promise.all(kept.filter(({ url }) => !current.has(url)).map((key) => cache.delete(key)));
}

/** Whether all is kept that this browser needs: of LiteRT.js's builds, one. */
async function isComplete() {
  await Promise.allSettled(arriving);
  const cache = await caches.open(CACHE);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  const isKept = (path) => kept.has(keyOf(path));
  const paths = Object.keys(FILES);
  return (
    paths.every((path) => isKept(path) || path.startsWith("litert/wasm/")) &&
    paths.some((path) => path.endsWith(".wasm") && isKept(path))
  );
}
