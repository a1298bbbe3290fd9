/** The server of `weft watch`: a page, the runs as JSON, and their grids, for this machine alone. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { codeOf } from '../files/file-error';
import { page } from './page';
import { WatchedRuns } from './runs';

/** The one address it listens at; others on the network do not reach it. */
export const address = '127.0.0.1';

export interface WatchServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the runs in a folder; `port` 0 takes a free one. */
export async function serveRuns(folder: string, port: number): Promise<WatchServer> {
  const runs = new WatchedRuns(folder);
  const server = createServer((request, response) => {
    void answer(runs, request, response).catch(() => end(response, 500, 'text/plain', 'The runs could not be read.'));
  });
  const taken = await listen(server, port);
  return {
    url: `http://${address}:${taken}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const isTaken = codeOf(error) === 'EADDRINUSE' || codeOf(error) === 'EACCES';
      const what = `Port ${port} cannot be opened: ${isTaken ? 'another program has it, or it is not allowed' : error.message}.`;
      reject(new WeftError(what, 'Name another with --port, or leave --port out.', 3));
    });
    server.listen(port, address, () => {
      const at = server.address();
      resolve(typeof at === 'object' && at !== null ? at.port : port);
    });
  });
}

async function answer(
  runs: WatchedRuns,
  { method, url = '/', headers }: IncomingMessage,
  to: ServerResponse,
): Promise<void> {
  // A page of another name that leads here could read what this one shows.
  const host = (headers.host ?? '').replace(/:\d+$/, '');
  if (host !== address && host !== 'localhost') return end(to, 403, 'text/plain', `Open http://${address}.`);
  if (method !== 'GET') return end(to, 405, 'text/plain', 'Only GET is answered.');
  const { pathname, searchParams } = new URL(url, `http://${address}`);
  if (pathname === '/') return end(to, 200, 'text/html; charset=utf-8', page);
  if (pathname === '/runs.json') return end(to, 200, 'application/json', JSON.stringify(await runs.all()));
  if (pathname === '/grid.png') {
    const grids = await runs.grids(searchParams.get('run') ?? '');
    const grid = grids.find(({ step }) => String(step) === searchParams.get('step'));
    if (grid) return end(to, 200, 'image/png', await readFile(grid.path));
  }
  end(to, 404, 'text/plain', 'There is nothing here.');
}

/** The page may load what this server gives, and nothing else. */
const policy =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src 'self' data:";

function end(to: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  to.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
  });
  to.end(body);
}
