import type { Frame } from './frame.js';
import { COMMENT_BYTES } from './event-stream-outlet.js';
import type { Gateway } from './gateway.js';
import type { Outlet, OutletEvents } from './outlet.js';

/** What is used of an `http.IncomingMessage`. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** Express: the address as it was before a router took its part off. */
  readonly originalUrl?: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean };
}

/** What is used of an `http.ServerResponse`. */
export interface NodeResponse {
  readonly writableLength: number;
  writeHead(status: number, headers: Record<string, string>): unknown;
  flushHeaders(): void;
  write(chunk: Uint8Array): boolean;
  end(text?: string): unknown;
  destroy(): unknown;
  on(event: 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** Options of {@link nodeHandler}. */
export interface NodeHandlerOptions {
  /**
   * Network address of a reader, for the limits by address. Default: the other end of the socket, which behind a proxy is the
   * proxy; take it from the header that your proxy sets, and only if nobody else can.
   */
  readonly addressOf?: (request: NodeRequest) => string | undefined;
}

/**
 * A request listener of `node:http` and `node:https`, which Express takes as a handler, too; with Fastify call it with `request.raw`
 * and `reply.raw` after `reply.hijack()`.
 */
export function nodeHandler(
  gateway: Gateway,
  options: NodeHandlerOptions = {},
): (request: NodeRequest, response: NodeResponse) => void {
  const { addressOf = ({ socket }) => socket.remoteAddress } = options;
  return (incoming, response) => {
    const left = new AbortController();
    response.on('close', () => left.abort());
    // A reader that goes in the middle of a write; 'close' follows.
    response.on('error', () => undefined);
    void (async () => {
      const request = nodeRequest(incoming, left.signal);
      const refusal = await gateway.stream(request, { address: addressOf(incoming) }, (headers, events) => {
        response.writeHead(200, { ...headers, connection: 'keep-alive' });
        response.flushHeaders();
        return new NodeOutlet(response, events);
      });
      if (!refusal) return;
      response.writeHead(refusal.status, Object.fromEntries(refusal.headers));
      response.end(await refusal.text());
    })().catch(() => response.destroy());
  };
}

/** A request of the Fetch API from one of Node: for `gateway.open()` with the handshake of a WebSocket. */
export function nodeRequest(incoming: NodeRequest, signal?: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    // HTTP/2 has pseudo headers such as `:path`.
    if (value === undefined || name.startsWith(':')) continue;
    for (const each of Array.isArray(value) ? value : [value]) headers.append(name, each);
  }
  const scheme = incoming.socket.encrypted === true ? 'https' : 'http';
  const host = headers.get('host') ?? 'localhost';
  const path = incoming.originalUrl ?? incoming.url ?? '/';
  const { method = 'GET' } = incoming;
  // The host is the reader's to choose, so what it makes of the address is checked for being one at all.
  const base = URL.canParse(`${scheme}://${host}`) ? `${scheme}://${host}` : `${scheme}://localhost`;
  return new Request(new URL(path, base), { method, headers, ...(signal && { signal }) });
}

/** Server-sent events as the response of a `node:http` server. */
class NodeOutlet implements Outlet {
  readonly #response: NodeResponse;

  constructor(response: NodeResponse, events: OutletEvents) {
    this.#response = response;
    response.on('close', () => events.closed());
  }

  get buffered(): number {
    return this.#response.writableLength;
  }

  sizeOf(frame: Frame): number {
    const bytes = frame.event.byteLength;
    // A chunk has its length before it, and two line ends: RFC 9112, 7.1.
    return bytes + bytes.toString(16).length + 4;
  }

  write(frame: Frame): void {
    this.#response.write(frame.event);
  }

  keepAlive(): void {
    this.#response.write(COMMENT_BYTES);
  }

  end(): void {
    this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }
}
