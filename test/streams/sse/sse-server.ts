import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOnLoopback } from '../connection/loopback.js';

/** A venue that speaks server-sent events on a port of 127.0.0.1. Prices go to streams that asked for their symbol. */
export class SseServer {
  readonly requests: IncomingMessage[] = [];
  readonly streams = new Map<ServerResponse, ReadonlySet<string>>();
  isUp = true;
  #port = 0;
  readonly #server = createServer((request, response) => {
    this.requests.push(request);
    if (!this.isUp) return void request.socket.resetAndDestroy();
    const symbols = new URL(request.url!, 'http://localhost').searchParams.get('symbols') ?? '';
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.flushHeaders();
    this.streams.set(response, new Set(symbols.split(',')));
    response.on('close', () => this.streams.delete(response));
  });

  static async start(): Promise<SseServer> {
    const server = new SseServer();
    server.#port = await listenOnLoopback(server.#server);
    return server;
  }

  get port(): number {
    return this.#port;
  }

  write(text: string, symbol?: string): void {
    for (const [response, symbols] of this.streams) {
      if (symbol === undefined || symbols.has('') || symbols.has(symbol)) response.write(text);
    }
  }

  cut(): void {
    for (const response of this.streams.keys()) response.socket?.resetAndDestroy();
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}
