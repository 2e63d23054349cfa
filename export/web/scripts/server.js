/** A web server for a folder of static files on this machine alone: for the demo, tests and benchmark. */

import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
};

/**
 * @param {string} folder
 * @param {object} [options]
 * @param {number} [options.port] 0: any that is free.
 * @param {boolean} [options.isolated] whether to send the two headers that make a page cross-origin
 *   isolated, which threads need. Many plain hosts send none.
 * @returns {Promise<{url: string, requests: {method: string, path: string, bytes: number}[],
 *   close: () => Promise<void>}>} where it listens; what it was asked for, and with how large a body.
 */
export async function serve(folder, { port = 0, isolated = true } = {}) {
  const requests = [];
  const server = createServer((request, response) => {
    const { pathname, search } = new URL(request.url, "http://localhost");
    const record = { method: request.method, path: pathname + search, bytes: 0 };
    requests.push(record);
    request.on("data", (part) => (record.bytes += part.length));
    const file = fileOf(folder, pathname);
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, {
      "Content-Type": TYPES[extname(file.path)] ?? "application/octet-stream",
      "Content-Length": file.size,
      "Cache-Control": "no-cache",
      ...(isolated && {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
      }),
    });
    createReadStream(file.path).pipe(response);
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://localhost:${server.address().port}/`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** The file under `folder` that an address stands for. */
function fileOf(folder, pathname) {
  try {
    const path = join(folder, normalize(decodeURIComponent(pathname)));
    if (!(path + sep).startsWith(folder + sep)) return undefined;
    const stats = statSync(path);
    if (stats.isDirectory()) return fileOf(folder, `${pathname}index.html`);
    return { path, size: stats.size };
  } catch {
    return undefined;
  }
}
