import type { Clock } from '../core/clock.js';
import { TickmarkError, quote } from '../core/errors.js';

/** The part of a `WebSocket` that is used. The class of a browser, of Node from version 22 on, and of the package `ws` fit. */
export interface FillSocket {
  binaryType: string;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void;
  send(text: string): void;
  close(): void;
  /** Ends the connection at once; the package `ws` has it. */
  terminate?(): void;
}

/** A class of {@link FillSocket}. */
export type FillSocketClass = new (url: string) => FillSocket;

/** An order in a message of `trade_updates`. */
export interface UpdatedOrder {
  readonly id?: unknown;
  /** Units filled so far. */
  readonly filled_qty?: unknown;
  /** Orders of an order for several symbols. */
  readonly legs?: readonly UpdatedOrder[] | null;
}

/** Options of {@link AlpacaUpdates}. */
export interface AlpacaUpdatesOptions {
  readonly url: string;
  readonly key: string;
  readonly secret: string;
  readonly WebSocket: FillSocketClass;
  readonly clock: Clock;
  /** Called with the order of each fill. */
  readonly onFill: (order: UpdatedOrder) => void;
}

interface Message {
  readonly stream?: string;
  readonly action?: string;
  readonly data?: {
    readonly status?: string;
    readonly streams?: readonly string[];
    readonly event?: string;
    readonly order?: UpdatedOrder;
    readonly error_message?: string;
  };
}

const FILLS: ReadonlySet<unknown> = new Set(['fill', 'partial_fill']);
const STREAM = 'trade_updates';

/**
 * One connection to the stream `trade_updates` of Alpaca.
 *
 * Source: https://docs.alpaca.markets/docs/websocket-streaming
 */
export class AlpacaUpdates {
  readonly #options: AlpacaUpdatesOptions;
  #socket: FillSocket | null = null;
  #isListening = false;
  #hasNews = false;
  #failure: TickmarkError | null = null;
  #notify = (): void => undefined;

  constructor(options: AlpacaUpdatesOptions) {
    this.#options = options;
    const { WebSocket, url } = options;
    try {
      this.#socket = new WebSocket(url);
    } catch (error) {
      this.#fail(`the connection could not be opened (${(error as Error | undefined)?.name})`);
      return;
    }
    // The paper endpoint sends its JSON in binary frames.
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.addEventListener('open', () => this.#logIn());
    this.#socket.addEventListener('message', ({ data }) => this.#received(data));
    this.#socket.addEventListener('close', ({ code }) => this.#fail(`the connection has ended (${code})`));
    // What failed is said by the end that follows; without a listener some sockets throw.
    this.#socket.addEventListener('error', () => undefined);
  }

  /**
   * Settles when updates arrive from now on.
   * @throws TickmarkError `UNAUTHORIZED`; `STREAM_FAILED` (retryable) if the connection fails, or is not up in time.
   */
  async ready(timeoutMs: number): Promise<void> {
    if (await this.#until(() => this.#isListening, timeoutMs)) return;
    throw this.#fail(`the connection was not up within ${timeoutMs} ms`);
  }

  /** Settles with the next fill, or at once with one that came since the last call, or after a time. @throws as {@link ready}. */
  async news(withinMs: number): Promise<void> {
    await this.#until(() => this.#hasNews, withinMs);
    this.#hasNews = false;
  }

  /** Closes the connection; what waits rejects. Idempotent. */
  close(): void {
    this.#fail('the connection was closed');
  }

  #until(holds: () => boolean, ms: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        timer.clear();
        this.#notify = () => undefined;
        settle();
      };
      const timer = this.#options.clock.setTimer(() => end(() => resolve(false)), ms);
      this.#notify = () => {
        if (this.#failure) end(() => reject(this.#failure!));
        else if (holds()) end(() => resolve(true));
      };
      this.#notify();
    });
  }

  #logIn(): void {
    const { key, secret } = this.#options;
    this.#send({ action: 'auth', key, secret });
  }

  #send(message: object): void {
    if (!this.#failure) this.#socket!.send(JSON.stringify(message));
  }

  #received(frame: unknown): void {
    if (this.#failure) return;
    let message: Message | null;
    try {
      message = JSON.parse(
        typeof frame === 'string' ? frame : new TextDecoder().decode(frame as ArrayBuffer),
      ) as Message;
    } catch {
      this.#fail('a frame is not JSON');
      return;
    }
    const { stream, action, data = {} } = message ?? {};
    if (stream === 'authorization') this.#authorized(data.status);
    else if (stream === 'listening') this.#listening(data.streams);
    else if (stream === STREAM && FILLS.has(data.event)) this.#filled(data.order);
    else if (action === 'error')
      this.#fail(`Alpaca reports ${quote(this.#masked(String(data.error_message)))}`);
  }

  #authorized(status: string | undefined): void {
    if (status === 'authorized') return this.#send({ action: 'listen', data: { streams: [STREAM] } });
    const message =
      'AlpacaFillStream: Alpaca does not accept the key and secret. Those of paper accounts need the URL of paper accounts.';
    this.#end(new TickmarkError('UNAUTHORIZED', message));
  }

  #listening(streams: readonly string[] = []): void {
    if (!streams.includes(STREAM)) {
      this.#fail(`Alpaca does not offer ${STREAM}`);
      return;
    }
    this.#isListening = true;
    this.#notify();
  }

  #filled(order: UpdatedOrder | undefined): void {
    this.#hasNews = true;
    if (order) this.#options.onFill(order);
    this.#notify();
  }

  #fail(why: string): TickmarkError {
    return this.#end(
      new TickmarkError('STREAM_FAILED', `AlpacaFillStream: trade updates: ${why}.`, { retryable: true }),
    );
  }

  #end(error: TickmarkError): TickmarkError {
    if (this.#failure) return this.#failure;
    this.#failure = error;
    this.#socket?.close();
    this.#socket?.terminate?.();
    this.#notify();
    return error;
  }

  #masked(text: string): string {
    const { key, secret } = this.#options;
    return text.replaceAll(secret, '•••').replaceAll(key, '•••');
  }
}
