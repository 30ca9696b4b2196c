import { createServer } from 'node:http';
import type { PriceUpdate } from '../../../src/core/prices/price-update.js';
import { listenOnLoopback } from '../connection/loopback.js';

/** An HTTP venue on a port of 127.0.0.1: each response lists the prices that were sent since the one before. */
export class QuoteServer {
  isUp = true;
  #waiting: PriceUpdate[] = [];
  #port = 0;
  readonly #server = createServer((request, response) => {
    if (!this.isUp) return void request.socket.resetAndDestroy();
    response.setHeader('Content-Type', 'application/json');
    response.end(
      JSON.stringify(this.#waiting.map(({ symbol, price, timestamp }) => [symbol, price, timestamp])),
    );
    this.#waiting = [];
  });

  static async start(): Promise<QuoteServer> {
    const server = new QuoteServer();
    server.#port = await listenOnLoopback(server.#server);
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/quotes`;
  }

  send(update: PriceUpdate): void {
    this.#waiting.push(update);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
