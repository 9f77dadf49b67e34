#!/usr/bin/env node
// Serves a folder of static files to this machine, with the strict policy that the page is made for.
//   node scripts/serve.mjs site     PORT chooses the port: 8173 or the next free one if not set, 0 for any
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream';
import { fileURLToPath } from 'node:url';

const types = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8', '.json': 'application/json', '.map': 'application/json', '.wasm': 'application/wasm',
  '.csv': 'text/csv; charset=utf-8', '.txt': 'text/plain; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png',
  '.ico': 'image/x-icon', '.woff2': 'font/woff2', '.webmanifest': 'application/manifest+json',
};

const strict = {
  'Content-Security-Policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
    "img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; object-src 'none'; base-uri 'none'; " +
    "form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

/** The file that a request asks for, or null: nothing outside the root, not even through a link. */
async function find(root, url) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return null;
  }
  if (path.includes('\0')) return null;
  try {
    const file = await realpath(join(root, path.endsWith('/') ? `${path}index.html` : path));
    if (!file.startsWith(root + sep)) return null;
    const { size, isFile } = await stat(file).then((s) => ({ size: s.size, isFile: s.isFile() }));
    return isFile ? { file, size } : null;
  } catch {
    return null;
  }
}

async function answer(root, headers, request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { ...headers, Allow: 'GET, HEAD' }).end();
    return;
  }
  const found = await find(root, request.url);
  if (!found) {
    response.writeHead(404, { ...headers, 'Content-Type': 'text/plain; charset=utf-8' }).end('not found\n');
    return;
  }
  const type = types[extname(found.file).toLowerCase()] ?? 'application/octet-stream';
  response.writeHead(200, { ...headers, 'Content-Type': type, 'Content-Length': found.size });
  if (request.method === 'HEAD') response.end();
  else pipeline(createReadStream(found.file), response, () => {});   // a reader who leaves is no error
}

/**
 * Serves `folder` on this machine only; a taken port is an error unless `attempts` allows to try the ones after it.
 * `headers` come on top of the strict ones, or replace them.
 * @returns {Promise<{ url: string, port: number, close: () => Promise<void> }>}
 */
export async function serve(folder, { port = 0, attempts = 1, headers = {} } = {}) {
  const root = await realpath(resolve(folder));
  const server = createServer((request, response) => {
    answer(root, { ...strict, ...headers }, request, response).catch(() => response.destroy());
  });
  for (let attempt = 1; ; attempt++) {
    try {
      await new Promise((done, fail) => {
        server.once('error', fail).listen(port, 'localhost', () => {
          server.off('error', fail);
          done();
        });
      });
      break;
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || attempt >= attempts) throw error;
      port++;
    }
  }
  const actual = server.address().port;
  const close = () => new Promise((done) => {
    server.close(() => done());
    server.closeAllConnections();
  });
  return { url: `http://localhost:${actual}`, port: actual, close };
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const chosen = process.env.PORT;
  if (chosen && !/^\d{1,5}$/.test(chosen)) {
    console.error(`PORT is '${chosen}', not a number`);
    process.exit(2);
  }
  try {
    const { url } = await serve(process.argv[2] ?? 'site', { port: Number(chosen || 8173), attempts: 50 });
    console.log(`\n  ${url}   (Ctrl-C stops it)\n`);
  } catch (error) {
    console.error(error.code === 'ENOENT' ? 'There is nothing to serve yet; scripts/demo builds it.' : error.message);
    process.exit(1);
  }
}
