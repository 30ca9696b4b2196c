import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** How the server answers an upgrade: lets it in, with a status, or never. */
export type UpgradeAnswer =
  | { readonly kind: 'accept' }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly kind: 'silence' }
  /** Cuts the connection in the middle of the handshake. */
  | { readonly kind: 'cut' };

/** One client, as the server sees it. */
export interface ServedClient {
  readonly socket: WebSocket;
  readonly tcp: Socket;
  readonly request: IncomingMessage;
  /** How often each stream was subscribed on this connection, less how often it was given back. */
  readonly streams: Map<string, number>;
  /** Frames received, with the time of each. */
  readonly received: { readonly text: string; readonly at: number }[];
}

/** A server on loopback that speaks Binance's protocol, as far as a test scripts it. */
export class BinanceServer {
  readonly clients = new Set<ServedClient>();
  /** Connections ever let in. */
  accepted = 0;
  /** Most connections open at the same time. */
  mostOpen = 0;
  /** Upgrades asked for, each with its time. */
  readonly attempts: number[] = [];
  upgrade: UpgradeAnswer = { kind: 'accept' };
  /** Called with each new client, before it can subscribe. */
  onClient: (client: ServedClient) => void = () => undefined;
  /** Streams that are answered with an error. */
  readonly refused = new Set<string>();
  /** Whether requests are answered. */
  answers = true;
  readonly #http: Server;
  readonly #ws: WebSocketServer;
  readonly #tcps = new Set<Socket>();
  readonly #tradeIds = new Map<string, number>();
  #updateId = 1_000_000;

  private constructor(compression: boolean) {
    this.#http = createServer();
    this.#ws = new WebSocketServer({ noServer: true, perMessageDeflate: compression });
    this.#http.on('connection', (tcp) => {
      this.#tcps.add(tcp);
      tcp.on('close', () => this.#tcps.delete(tcp));
      tcp.on('error', () => undefined);
    });
    this.#http.on('upgrade', (request, tcp, head) => this.#upgraded(request, tcp as Socket, head));
  }

  static async start({ compression = false } = {}): Promise<BinanceServer> {
    const server = new BinanceServer(compression);
    server.#http.listen(0, '127.0.0.1');
    await once(server.#http, 'listening');
    return server;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Symbols whose streams are subscribed at some client, and how often. */
  table(suffix = '@trade'): Map<string, number> {
    const table = new Map<string, number>();
    for (const { streams } of this.clients) {
      for (const [stream, count] of streams) {
        if (!stream.endsWith(suffix) || count === 0) continue;
        const symbol = stream.slice(0, -suffix.length).toUpperCase();
        table.set(symbol, (table.get(symbol) ?? 0) + count);
      }
    }
    return table;
  }

  /** Sends a trade to whoever asked for it. */
  trade(symbol: string, price: number, time = Date.now()): void {
    const id = (this.#tradeIds.get(symbol) ?? 0) + 1;
    this.#tradeIds.set(symbol, id);
    const p = price.toFixed(8);
    const data = { e: 'trade', E: time, s: symbol, t: id, p, q: '1.00000000', T: time, m: true, M: true };
    this.#publish(`${symbol.toLowerCase()}@trade`, JSON.stringify(data));
  }

  /** Sends best bid and ask to whoever asked for them. */
  quote(symbol: string, bid: number, ask: number): void {
    const data = {
      u: ++this.#updateId,
      s: symbol,
      b: bid.toFixed(8),
      B: '1.00000000',
      a: ask.toFixed(8),
      A: '1.00000000',
    };
    this.#publish(`${symbol.toLowerCase()}@bookTicker`, JSON.stringify(data));
  }

  /** Leaves out a trade number, as when a frame was lost. */
  loseTrade(symbol: string): void {
    this.#tradeIds.set(symbol, (this.#tradeIds.get(symbol) ?? 0) + 1);
  }

  /** Sends a text to everyone. */
  broadcast(text: string | Uint8Array): void {
    for (const { socket } of this.clients) socket.send(text);
  }

  /** Cuts all connections, those in their handshake too. */
  cut(how: 'reset' | 'fin' = 'reset'): void {
    for (const tcp of this.#tcps) {
      if (how === 'reset') tcp.resetAndDestroy();
      else tcp.destroySoon();
    }
  }

  async close(): Promise<void> {
    this.cut();
    this.#http.close();
    await once(this.#http, 'close');
  }

  #upgraded(request: IncomingMessage, tcp: Socket, head: Buffer): void {
    this.attempts.push(performance.now());
    const { upgrade } = this;
    if (upgrade.kind === 'silence') return;
    if (upgrade.kind === 'cut') {
      tcp.write('HTTP/1.1 101 Switching Proto');
      tcp.resetAndDestroy();
      return;
    }
    if (upgrade.kind === 'status') {
      const headers = Object.entries({ 'content-length': '0', connection: 'close', ...upgrade.headers });
      const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      tcp.end(`HTTP/1.1 ${upgrade.status} No\r\n${lines}\r\n`);
      return;
    }
    this.#ws.handleUpgrade(request, tcp, head, (socket) => {
      const client: ServedClient = { socket, tcp, request, streams: new Map(), received: [] };
      this.accepted++;
      this.clients.add(client);
      this.mostOpen = Math.max(this.mostOpen, this.clients.size);
      socket.on('close', () => this.clients.delete(client));
      socket.on('error', () => undefined);
      socket.on('message', (data) => this.#answer(client, String(data)));
      this.onClient(client);
    });
  }

  #answer(client: ServedClient, text: string): void {
    client.received.push({ text, at: performance.now() });
    if (!this.answers) return;
    const { method, params = [], id } = JSON.parse(text) as { method: string; params?: string[]; id: number };
    const bad = params.find((stream) => this.refused.has(stream));
    if (method === 'SUBSCRIBE' && bad !== undefined) {
      client.socket.send(JSON.stringify({ code: 2, msg: `Invalid request: invalid stream ${bad}`, id }));
      return;
    }
    for (const stream of params) {
      const count = client.streams.get(stream) ?? 0;
      client.streams.set(stream, method === 'SUBSCRIBE' ? count + 1 : 0);
    }
    const isList = method === 'LIST_SUBSCRIPTIONS';
    client.socket.send(JSON.stringify({ result: isList ? [...client.streams.keys()] : null, id }));
  }

  #publish(stream: string, text: string): void {
    for (const { socket, streams } of this.clients) if ((streams.get(stream) ?? 0) > 0) socket.send(text);
  }
}
