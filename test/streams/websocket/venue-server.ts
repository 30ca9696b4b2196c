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

/** A WebSocket server on loopback, without a protocol; what it does at the upgrade a test says. */
export abstract class VenueServer {
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
  /** Whether requests are answered. */
  answers = true;
  readonly #http: Server;
  readonly #ws: WebSocketServer;
  readonly #tcps = new Set<Socket>();

  constructor(compression = false) {
    this.#http = createServer();
    this.#ws = new WebSocketServer({ noServer: true, perMessageDeflate: compression });
    this.#http.on('connection', (tcp) => {
      this.#tcps.add(tcp);
      tcp.on('close', () => this.#tcps.delete(tcp));
      tcp.on('error', () => undefined);
    });
    this.#http.on('upgrade', (request, tcp, head) => this.#upgraded(request, tcp as Socket, head));
  }

  static async start<T extends VenueServer>(
    this: new (compression: boolean) => T,
    { compression = false } = {},
  ): Promise<T> {
    const server = new this(compression);
    await server.listen();
    return server;
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Sends a text to everyone. */
  broadcast(text: string | Uint8Array): void {
    for (const { socket } of this.clients) socket.send(text);
  }

  /** Sends a text to whoever subscribed the stream. */
  protected publish(stream: string, text: string): void {
    for (const { socket, streams } of this.clients) if ((streams.get(stream) ?? 0) > 0) socket.send(text);
  }

  /** Cuts all connections, those in their handshake too. */
  cut(how: 'reset' | 'fin' = 'reset'): void {
    for (const tcp of this.#tcps) {
      if (how === 'reset') tcp.resetAndDestroy();
      else tcp.destroySoon();
    }
  }

  async listen(): Promise<void> {
    this.#http.listen(0, '127.0.0.1');
    await once(this.#http, 'listening');
  }

  async close(): Promise<void> {
    this.cut();
    this.#http.close();
    await once(this.#http, 'close');
  }

  /** What becomes of an upgrade. */
  protected admit(_request: IncomingMessage): UpgradeAnswer {
    return this.upgrade;
  }

  /** A client is there. */
  protected greet(_client: ServedClient): void {}

  /** A client has sent a text. */
  protected abstract answer(client: ServedClient, text: string): void;

  #upgraded(request: IncomingMessage, tcp: Socket, head: Buffer): void {
    this.attempts.push(performance.now());
    const upgrade = this.admit(request);
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
      socket.on('message', (data) => {
        const text = String(data);
        client.received.push({ text, at: performance.now() });
        if (this.answers) this.answer(client, text);
      });
      this.onClient(client);
      this.greet(client);
    });
  }
}
