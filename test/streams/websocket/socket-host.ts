import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import type { ServedClient, VenueHost, VenueServer } from './venue-server.js';

/** Carries the frames of a scripted server over WebSockets on loopback. */
export class SocketHost implements VenueHost {
  readonly #server: VenueServer;
  readonly #http: Server = createServer();
  readonly #ws: WebSocketServer;
  readonly #tcps = new Set<Socket>();

  private constructor(server: VenueServer, compression: boolean) {
    this.#server = server;
    this.#ws = new WebSocketServer({ noServer: true, perMessageDeflate: compression });
    this.#http.on('connection', (tcp) => {
      this.#tcps.add(tcp);
      tcp.on('close', () => this.#tcps.delete(tcp));
      tcp.on('error', () => undefined);
    });
    this.#http.on('upgrade', (request, tcp, head) => this.#upgraded(request, tcp as Socket, head));
  }

  static async listen(server: VenueServer, compression: boolean): Promise<SocketHost> {
    const host = new SocketHost(server, compression);
    host.#http.listen(0, '127.0.0.1');
    await once(host.#http, 'listening');
    return host;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  cut(how: 'reset' | 'fin'): void {
    for (const tcp of this.#tcps) {
      if (how === 'reset') tcp.resetAndDestroy();
      else tcp.destroySoon();
    }
  }

  async close(): Promise<void> {
    this.cut('reset');
    this.#http.close();
    await once(this.#http, 'close');
  }

  #upgraded(request: IncomingMessage, tcp: Socket, head: Buffer): void {
    const upgrade = this.#server.asked(request);
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
      if (upgrade.kind === 'hang-up') socket.close(upgrade.code);
      else this.#serve(socket, tcp, request);
    });
  }

  #serve(socket: WebSocket, tcp: Socket, request: IncomingMessage): void {
    const wire = { webSocket: socket, tcp };
    const client: ServedClient = { socket, wire, request, streams: new Map(), received: [] };
    socket.on('close', () => this.#server.clients.delete(client));
    socket.on('error', () => undefined);
    socket.on('message', (data) => this.#server.heard(client, String(data)));
    this.#server.joined(client);
  }
}
