import { COMMENT_BYTES } from './event-stream-sink.js';
import type { Frame } from '../wire/frame.js';
import type { Gateway } from '../gateway.js';
import { readNodeRequest, type NodeRequest, type NodeSocket } from './node-request.js';
import type { FrameSink, FrameSinkEvents } from '../wire/frame-sink.js';
import { checkOptions } from '../../core/options.js';

/** The part of `http.ServerResponse` that the gateway uses. */
export interface NodeResponse {
  readonly writableLength: number;
  writeHead(status: number, headers: Record<string, string>): unknown;
  flushHeaders(): void;
  write(chunk: Uint8Array): boolean;
  end(text?: string): unknown;
  destroy(): unknown;
  on(event: 'close' | 'finish', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** Created once, because many readers that leave at the same time would create as many. */
const LEFT = new Error('The reader has left.');

/** Options of {@link nodeHandler}. */
export interface NodeHandlerOptions {
  /**
   * Network address of a reader, for the limits by address. Default: the other end of the socket, or the address that a proxy of the
   * gateway's `trustedProxies` names.
   */
  readonly addressOf?: (request: NodeRequest) => string | undefined;
}

/**
 * A request listener for `node:http`, `node:https` and `node:http2`. Express takes it as a handler. With Fastify, call it with
 * `request.raw` and `reply.raw` after `reply.hijack()`.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { nodeHandler, type Gateway } from 'tickmark/gateway';
 *
 * declare const gateway: Gateway;
 * createServer(nodeHandler(gateway)).listen(8080);
 * ```
 */
export function nodeHandler(
  gateway: Gateway,
  options: NodeHandlerOptions = {},
): (request: NodeRequest, response: NodeResponse) => void {
  checkOptions('nodeHandler', options, { addressOf: 'function' });
  const { addressOf = (incoming) => gateway.addressOf(incoming) } = options;
  /** Sockets of HTTP/1 with a response in progress. */
  const answering = new WeakSet<NodeSocket>();
  /** Sockets that were ended because of a pipelined request. */
  const ended = new WeakSet<NodeSocket>();
  return (incoming, response) => {
    const { socket } = incoming;
    const isAlone = (incoming.httpVersionMajor ?? 1) < 2;
    // The reader may leave during a write; 'close' follows.
    response.on('error', () => undefined);
    if (isAlone && answering.has(socket)) {
      // A pipelined request would wait for a stream that has no end. No honest client sends one. Further ones on the socket are ignored.
      if (ended.has(socket)) return;
      ended.add(socket);
      socket.destroy();
      return void (async () =>
        gateway.stream(null, { address: addressOf(incoming) }, () => undefined as never))().catch(
        () => undefined,
      );
    }
    const left = new AbortController();
    const end = (): void => {
      answering.delete(socket);
      socket.off('close', end);
      left.abort(LEFT);
    };
    if (isAlone) {
      answering.add(socket);
      // A response that waits behind another one gets no 'close' event when its socket is closed.
      socket.on('close', end);
    }
    response.on('close', end);
    void (async () => {
      const read = () => readNodeRequest(incoming, left.signal);
      const reader = { address: addressOf(incoming), left: left.signal };
      const refusal = await gateway.stream(read, reader, (headers, events) => {
        response.writeHead(200, isAlone ? { ...headers, connection: 'keep-alive' } : headers);
        response.flushHeaders();
        return new NodeResponseSink(response, left.signal, events);
      });
      if (!refusal) return;
      response.on('finish', () => answering.delete(socket));
      response.writeHead(refusal.status, Object.fromEntries(refusal.headers));
      response.end(await refusal.text());
    })().catch(() => response.destroy());
  };
}

/** Server-sent events as the response of a `node:http` server. */
class NodeResponseSink implements FrameSink {
  readonly #response: NodeResponse;

  /** @param left Fires when the response or the socket is closed, whichever is first. */
  constructor(response: NodeResponse, left: AbortSignal, events: FrameSinkEvents) {
    this.#response = response;
    left.addEventListener('abort', () => events.closed(), { once: true });
  }

  get buffered(): number {
    return this.#response.writableLength;
  }

  sizeOf(frame: Frame): number {
    const bytes = frame.event.byteLength;
    // A chunk begins with its length, and has two line ends: RFC 9112, 7.1.
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
