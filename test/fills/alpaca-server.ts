import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { listenOnLoopback } from '../streams/connection/loopback.js';

/** When the first fill is made, ms since 1970. */
export const START = Date.UTC(2026, 2, 2, 14, 30);
export const KEY = 'PK-key-id';
export const SECRET = 'the-secret-key';

/** A fill as the activities have it. */
export function activityOf(number: number, more: object = {}) {
  const at = new Date(START + number).toISOString();
  return {
    id: `${at.replace(/\D/g, '')}::${String(number).padStart(8, '0')}-c566-4bef-b741-2bf598dd6ae7`,
    activity_type: 'FILL',
    transaction_time: at,
    type: 'fill',
    price: '100.25',
    qty: String(number),
    side: 'buy',
    symbol: 'IBM',
    leaves_qty: '0',
    order_id: `order-${number}`,
    cum_qty: String(number),
    order_status: 'filled',
    ...more,
  };
}
type Activity = ReturnType<typeof activityOf>;

/** Alpaca on a port of 127.0.0.1: the stream of trade updates, in binary frames as for paper accounts, activities and positions. */
export class AlpacaServer {
  readonly activities: Activity[] = [];
  positions: unknown = [];
  /** Requests so far: path and query. */
  readonly requests: string[] = [];
  readonly received: unknown[] = [];
  /** Answers instead of the real ones: status, headers, body; `null`: none at all. */
  answer:
    ((path: string) => readonly [number, Record<string, string>, string] | null | undefined) | undefined;
  /** Frames instead of the answer to a login; `null`: none. */
  login: string | null | undefined;
  streams = ['trade_updates'];
  isUp = true;
  connects = 0;
  #port = 0;
  readonly #sockets = new Set<WebSocket>();
  readonly #tcps = new Set<Socket>();
  readonly #ws = new WebSocketServer({ noServer: true });
  readonly #http = createServer((request, response) => this.#asked(request, response));

  static async start(): Promise<AlpacaServer> {
    const server = new AlpacaServer();
    server.#http.on('connection', (tcp) => {
      server.#tcps.add(tcp);
      tcp.on('close', () => server.#tcps.delete(tcp));
      tcp.on('error', () => undefined);
    });
    server.#http.on('upgrade', (request, tcp, head) => {
      if (!server.isUp || request.url !== '/stream') return void (tcp as Socket).resetAndDestroy();
      server.#ws.handleUpgrade(request, tcp, head, (socket) => server.#joined(socket));
    });
    server.#port = await listenOnLoopback(server.#http);
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Open sockets of streams. */
  get open(): number {
    return this.#sockets.size;
  }

  /** Makes a fill; it is announced, and among the activities. */
  fill(activity: Activity): void {
    this.activities.push(activity);
    this.announce(activity);
  }

  announce({ order_id: id, cum_qty, side, symbol, type }: Activity, legs: unknown = null): void {
    this.say({
      stream: 'trade_updates',
      data: { event: type, order: { id, filled_qty: cum_qty, side, symbol, legs } },
    });
  }

  say(message: unknown): void {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    for (const socket of this.#sockets) socket.send(Buffer.from(text));
  }

  /** Breaks all connections. */
  cut(): void {
    for (const tcp of this.#tcps) tcp.resetAndDestroy();
  }

  close(): void {
    this.cut();
    this.#http.close();
  }

  #joined(socket: WebSocket): void {
    this.connects++;
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { action: string; key?: string; secret?: string };
      this.received.push(message);
      const send = (answer: unknown) =>
        socket.send(Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer)));
      if (message.action === 'auth') {
        if (this.login === null) return;
        const status = message.key === KEY && message.secret === SECRET ? 'authorized' : 'unauthorized';
        send(this.login ?? { stream: 'authorization', data: { status, action: 'authenticate' } });
      } else {
        this.#sockets.add(socket);
        send({ stream: 'listening', data: { streams: this.streams } });
      }
    });
  }

  #asked(request: IncomingMessage, response: ServerResponse): void {
    if (!this.isUp) return void request.socket.resetAndDestroy();
    const { pathname, searchParams, search } = new URL(request.url!, this.url);
    this.requests.push(pathname + search);
    const answer = this.answer?.(pathname);
    if (answer === null) return;
    const { 'apca-api-key-id': key, 'apca-api-secret-key': secret } = request.headers;
    const isKnown = key === KEY && secret === SECRET;
    const [status, headers, body] = answer ?? [
      isKnown ? 200 : 403,
      {},
      JSON.stringify(this.#list(pathname, searchParams)),
    ];
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body);
  }

  #list(path: string, query: URLSearchParams): unknown {
    if (path === '/v2/positions') return this.positions;
    if (path !== '/v2/account/activities/FILL' || query.get('direction') !== 'asc') return { code: 40010001 };
    const [after, last] = [Date.parse(query.get('after')!), query.get('page_token')];
    const from = last === null ? 0 : this.activities.findIndex(({ id }) => id === last) + 1;
    return this.activities
      .slice(from)
      .filter(({ transaction_time: time }) => Date.parse(time) > after)
      .slice(0, Number(query.get('page_size')));
  }
}
