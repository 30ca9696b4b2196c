import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MarkToMarket } from 'tickmark';
import { Gateway, nodeHandler, type GatewayOptions } from 'tickmark/gateway';
import { Histories } from './histories.js';
import type { Market } from './market.js';
import type { PageFiles } from './page-build.js';

/** What to serve. */
export interface SiteOptions {
  readonly port: number;
  readonly marking: MarkToMarket;
  readonly market: Market;
  readonly storeNames: readonly string[];
  /** Resolves when the page is built. */
  readonly files: Promise<PageFiles>;
  /** Options of the gateway in place of the demo's, such as other limits. */
  readonly gateway?: Partial<GatewayOptions>;
}

/** A web site on this machine: the page, its set-up, and the gateway at `/live`. */
export interface Site {
  readonly url: string;
  readonly gateway: Gateway;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};
const HEADERS = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
};

export async function openSite(options: SiteOptions): Promise<Site> {
  const { port, marking, market, storeNames, files } = options;
  const { portfolios, fx, kind } = market;
  const ids = portfolios.map(({ id }) => id);
  const server = createServer();
  const url = await listening(server, port);
  const gateway = new Gateway({
    bus: marking.bus,
    values: marking,
    stream: marking.stream,
    book: marking.engine.book,
    // Everyone on this machine may see the made-up data of the demo. A real application authenticates.
    authenticate: () => ({ subject: 'visitor' }),
    authorize: (_, { kind, id }) => (kind === 'price' ? fx : ids).includes(id),
    serve: ['portfolio', 'positions', 'price'],
    origins: [url, url.replace('127.0.0.1', 'localhost')],
    intervalMs: 100,
    ...options.gateway,
  });
  const histories = new Histories(marking, ids);
  const live = nodeHandler(gateway);
  const answer = async (path: string, response: ServerResponse): Promise<void> => {
    if (path === '/setup.json')
      return send(response, 'application/json', JSON.stringify({ portfolios: ids, fx, kind, storeNames }));
    if (path === '/history.json') return send(response, 'application/json', JSON.stringify(histories));
    const name = path === '/' ? '/index.html' : path;
    const file = (await files).get(name);
    if (file === undefined) return void response.writeHead(404, HEADERS).end('Not found');
    send(response, TYPES[name.split('.').at(-1)!] ?? 'application/octet-stream', file);
  };
  server.on('request', (request, response) => {
    const path = (request.url ?? '/').split('?')[0]!;
    if (path === '/live') return live(request, response);
    answer(path, response).catch(() => response.destroy());
  });
  return {
    url,
    gateway,
    close: async () => {
      histories.close();
      const closed = new Promise((resolve) => server.close(resolve));
      await gateway.close({ timeoutMs: 200 });
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listening(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function send(response: ServerResponse, type: string, body: string | Uint8Array): void {
  response.writeHead(200, { ...HEADERS, 'content-type': type }).end(body);
}
