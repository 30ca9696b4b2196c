import { createServer, type IncomingHttpHeaders } from 'node:http';
import { FakeClock } from '../../../../src/conformance/fake-clock.js';
import type { PreviousClose } from '../../../../src/core/calendars/previous-closes.js';
import { platformFetch, type FetchFunction } from '../../../../src/streams/connection/http-fetch.js';
import { WebSocketPriceStreamAdapter, type Venue } from '../../../../src/streams/websocket/index.js';
import { listenOnLoopback } from '../../connection/loopback.js';

/** What the server answers: a body with status 200, or a status with headers. */
export type Answer = object | { readonly status: number; readonly headers?: Record<string, string> };

/** A scripted HTTP venue on a port of 127.0.0.1. */
export class ClosesServer {
  /** Path and query of each request. */
  readonly asked: string[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  answer: (url: URL) => Answer = () => ({ status: 500 });
  #port = 0;
  readonly #server = createServer((request, response) => {
    this.asked.push(request.url!);
    this.headers.push(request.headers);
    const answer = this.answer(new URL(request.url!, this.origin));
    if ('status' in answer)
      response.writeHead(answer.status as number, (answer as { headers?: never }).headers);
    response.end('status' in answer ? 'no' : JSON.stringify(answer));
  });

  static async start(): Promise<ClosesServer> {
    const server = new ClosesServer();
    server.#port = await listenOnLoopback(server.#server);
    return server;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** Asks an adapter for closes at a time. The clock moves only while no request is under way. */
export async function askAt(venue: Venue, time: string, symbols: readonly string[], rest: object = {}) {
  const clock = new FakeClock({ now: Date.parse(time) });
  let underWay = 0;
  const fetch: FetchFunction = async (url, init) => {
    underWay++;
    try {
      return await platformFetch(url, init);
    } finally {
      underWay--;
    }
  };
  const errors: string[] = [];
  const stream = new WebSocketPriceStreamAdapter({
    venue,
    clock,
    fetch,
    onError: ({ message }) => errors.push(message),
    ...rest,
  });
  const began = clock.monotonic();
  let isOver = false;
  const asking = stream.previousCloses!(symbols, {
    at: clock.now(),
    signal: new AbortController().signal,
  });
  const over = asking.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  while (!isOver) {
    await new Promise(setImmediate);
    if (underWay === 0) await clock.advance(10);
  }
  await over;
  const closes = (await asking.catch((error: Error) => error)) as readonly PreviousClose[] | Error;
  return { closes, errors, tookMs: clock.monotonic() - began, leftovers: clock.pending, stream };
}

/** A close, as tests write it. */
export const shown = (closes: readonly PreviousClose[] | Error): unknown =>
  closes instanceof Error
    ? closes.message
    : closes.map(({ symbol, price, closedAt }) => `${symbol} ${price} ${new Date(closedAt).toISOString()}`);
