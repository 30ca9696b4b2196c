import { BoundedCalls, checkDelay, systemClock, type Clock } from '../clock.js';
import { abortedError, TickmarkError } from '../errors.js';
import { checkNumber, withDefaults } from '../options.js';
import type { PriceStreamAdapter, PriceStreamMessage, StreamStatus } from './price-stream-adapter.js';
import type { Unsubscribe } from '../unsubscribe.js';
import { PriceStreamBroadcast, type PriceStreamStats } from './price-stream-broadcast.js';
import { AdapterLink, withSignal, type PriceStreamLink } from './price-stream-link.js';
import { checkSymbols } from './check-symbols.js';
import { SubscribedSymbols } from './subscribed-symbols.js';

/** Options that every adapter built on {@link BasePriceStreamAdapter} takes. */
export interface BasePriceStreamAdapterOptions {
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Most symbols that can be subscribed at once. Default: no limit. */
  readonly maxSymbols?: number;
  /** Longest time that `disconnect()` waits for the link to close, in ms. Default 5,000. */
  readonly closeTimeoutMs?: number;
  /**
   * Called with errors that do not stop the stream: `HANDLER_FAILED` if a listener threw, `STREAM_FAILED` or `TIMEOUT` if the link did
   * not close. What it throws is dropped. Default: none; `stats()` counts the errors of listeners.
   */
  readonly onError?: (error: TickmarkError) => void;
}

const DEFAULTS = { maxSymbols: Infinity, closeTimeoutMs: 5000 };
const DISCONNECTED: StreamStatus = { state: 'disconnected' };
const SUBSCRIBED: StreamStatus = { state: 'subscribed' };

/**
 * Base class of price streams: listeners, status, subscriptions, lifecycle, and async iterators that conflate. A subclass has two to four
 * methods. `createPriceStream()` does the same with functions.
 *
 * @example
 * ```ts
 * import { BasePriceStreamAdapter, type PriceStreamLink } from 'tickmark';
 *
 * class MyStream extends BasePriceStreamAdapter {
 *   #socket?: WebSocket;
 *
 *   protected async openLink(link: PriceStreamLink) {
 *     const socket = new WebSocket('wss://prices.example.com/live');
 *     this.#socket = socket;
 *     await new Promise((resolve, reject) => {
 *       socket.onopen = resolve;
 *       socket.onerror = reject;
 *       link.signal.addEventListener('abort', reject);
 *     });
 *     socket.onmessage = ({ data }) => {
 *       const { symbol, price } = JSON.parse(data);
 *       link.deliver({ symbol, price, timestamp: Date.now(), timeSource: 'received' });
 *     };
 *     // To reconnect instead: link.reconnecting(1, nextTryAt), link.restored(), then the gap.
 *     socket.onclose = () => link.fail(new Error('The venue closed the connection.'));
 *   }
 *   protected closeLink() {
 *     this.#socket?.close();
 *   }
 *   protected override addSymbols(symbols: readonly string[]) {
 *     this.#socket?.send(JSON.stringify({ subscribe: symbols }));
 *   }
 *   protected override removeSymbols(symbols: readonly string[]) {
 *     this.#socket?.send(JSON.stringify({ unsubscribe: symbols }));
 *   }
 * }
 * ```
 */
export abstract class BasePriceStreamAdapter implements PriceStreamAdapter {
  /** Time, for timers and time stamps. */
  protected readonly clock: Clock;
  readonly #name: string;
  readonly #closeTimeoutMs: number;
  readonly #symbols: SubscribedSymbols;
  readonly #broadcast: PriceStreamBroadcast;
  #status: StreamStatus = DISCONNECTED;
  #link: AdapterLink | undefined;
  #closing: Promise<void> | undefined;
  #disconnecting: Promise<void> | undefined;

  /**
   * @param name Name in error messages. Default: that of the class.
   * @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted.
   */
  constructor(options: BasePriceStreamAdapterOptions = {}, name?: string) {
    this.#name = name ?? this.constructor.name;
    const { maxSymbols, closeTimeoutMs } = withDefaults(options, DEFAULTS);
    if (maxSymbols !== Infinity)
      checkNumber(`${this.#name}: maxSymbols`, maxSymbols, { from: 1, isWhole: true });
    checkDelay(closeTimeoutMs, `${this.#name}: closeTimeoutMs`);
    this.clock = options.clock ?? systemClock;
    this.#symbols = new SubscribedSymbols(this.#name, maxSymbols);
    this.#closeTimeoutMs = closeTimeoutMs;
    this.#broadcast = new PriceStreamBroadcast(this.#name, options.onError);
  }

  /**
   * Opens the link; resolves when it is up. It must settle soon after `link.signal` fires. It is not called while an earlier link is still
   * closing. If it throws a `TickmarkError`, `connect()` rejects with that; any other error becomes the cause of a `STREAM_FAILED`.
   */
  protected abstract openLink(link: PriceStreamLink): Promise<void> | void;
  /** Closes everything that `openLink()` opened. Called once for each `openLink()`, after it has settled, even if it failed. */
  protected abstract closeLink(): Promise<void> | void;

  /**
   * Subscribes to new symbols at the venue, at least one. While the link reconnects, it may do nothing if the new link subscribes to all
   * symbols anyway. Default: does nothing, for sources that send all symbols.
   */
  protected addSymbols(_symbols: readonly string[]): Promise<void> | void {
    // Nothing to do.
  }

  /** Unsubscribes from symbols at the venue, at least one. Default: does nothing. */
  protected removeSymbols(_symbols: readonly string[]): Promise<void> | void {
    // Nothing to do.
  }

  connect(options: { signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(abortedError(signal, `${this.#name}.connect()`));
    if (this.#disconnecting) {
      const message = `${this.#name}.connect(): disconnect() is running; wait for it, then connect again.`;
      return Promise.reject(new TickmarkError('DISCONNECTING', message, { retryable: true }));
    }
    if (!this.#link) return this.#open(signal);
    if (!signal) return this.#link.opened;
    return withSignal(this.#link.opened, signal, `${this.#name}.connect()`);
  }

  disconnect(): Promise<void> {
    if (this.#disconnecting) return this.#disconnecting;
    this.#broadcast.stopReaders();
    if (this.#link) this.#close(this.#link, this.#closedError(), DISCONNECTED);
    else this.#setStatus(DISCONNECTED);
    if (!this.#closing) return Promise.resolve();
    this.#disconnecting = this.#closing.finally(() => (this.#disconnecting = undefined));
    return this.#disconnecting;
  }

  async subscribe(symbols: readonly string[]): Promise<void> {
    const wanted = checkSymbols(`${this.#name}.subscribe()`, symbols);
    if (wanted.size === 0) {
      const message = `${this.#name}.subscribe(): the list of symbols is empty.`;
      throw new TickmarkError('EMPTY_SUBSCRIPTION', message);
    }
    const link = this.#link;
    if (!link) {
      const message = `${this.#name}.subscribe(): the stream is not connected; call connect() first.`;
      throw new TickmarkError('NOT_CONNECTED', message);
    }
    return link.enqueue(async () => {
      // Before the call, because a snapshot may come before the venue's answer.
      const added = this.#symbols.add(wanted);
      if (added.length === 0) return;
      try {
        await this.addSymbols(added);
      } catch (error) {
        if (!link.reason) this.#symbols.remove(added);
        throw this.#failure('subscribe()', error);
      }
      this.#updateStatus(link);
    });
  }

  async unsubscribe(symbols: readonly string[]): Promise<void> {
    const given = checkSymbols(`${this.#name}.unsubscribe()`, symbols);
    const link = this.#link;
    return link?.enqueue(async () => {
      const removed = this.#symbols.remove(given);
      if (removed.length === 0) return;
      this.#updateStatus(link);
      try {
        await this.removeSymbols(removed);
      } catch (error) {
        throw this.#failure('unsubscribe()', error);
      }
    });
  }

  onMessage(listener: (message: PriceStreamMessage) => void): Unsubscribe {
    return this.#broadcast.messages.add(listener);
  }

  onStatus(listener: (status: StreamStatus) => void): Unsubscribe {
    return this.#broadcast.statuses.add(listener);
  }

  getStatus(): StreamStatus {
    return this.#status;
  }

  getSubscribedSymbols(): readonly string[] {
    return [...this.#symbols.all];
  }

  /** Counters so far. */
  stats(): PriceStreamStats {
    return this.#broadcast.stats();
  }

  [Symbol.asyncIterator](): AsyncIterator<PriceStreamMessage, undefined> {
    return this.#broadcast.createReader();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect();
  }

  /** Counts a symbol as subscribed without a call to the venue: for sources that send symbols without being asked. */
  protected adoptSymbol(symbol: string): void {
    if (this.#link && this.#symbols.adopt(symbol)) this.#updateStatus(this.#link);
  }

  /** Reports an error that does not stop the stream to `onError`. */
  protected reportError(error: TickmarkError): void {
    this.#broadcast.report(error);
  }

  #open(signal: AbortSignal | undefined): Promise<void> {
    const subscribed = this.#symbols.all;
    const link = new AdapterLink({
      deliver: (message) => this.#broadcast.deliver(message, subscribed),
      statusChanged: (each) => this.#updateStatus(each),
      failed: (each, error) => this.#fail(each, this.#failure('the link broke', error)),
      ended: (each) => {
        this.#broadcast.endReaders();
        this.#close(each, this.#closedError(), DISCONNECTED);
      },
    });
    const onAbort = (): void => {
      this.#close(link, abortedError(signal!, `${this.#name}.connect()`), DISCONNECTED);
    };
    this.#link = link;
    signal?.addEventListener('abort', onAbort, { once: true });
    link.opened = this.#opened(link).finally(() => signal?.removeEventListener('abort', onAbort));
    // Callers of connect() get the failure. If nobody waits, it must not become an unhandled rejection.
    link.opened.catch(() => undefined);
    this.#updateStatus(link);
    return link.opened;
  }

  async #opened(link: AdapterLink): Promise<void> {
    try {
      await link.whileOpen(async () => this.#closing);
      link.throwIfClosed();
      link.opening = (async () => this.openLink(link))();
      await link.whileOpen(async () => link.opening);
      link.throwIfClosed();
    } catch (error) {
      if (!link.reason) this.#fail(link, this.#failure('connect()', error));
      await link.closing;
      throw link.reason!;
    }
    link.restored();
  }

  #fail(link: AdapterLink, error: TickmarkError): void {
    this.#broadcast.endReaders(error);
    this.#close(link, error, { state: 'failed', error });
  }

  #close(link: AdapterLink, reason: TickmarkError, status: StreamStatus): void {
    if (link.reason) return;
    this.#link = undefined;
    this.#symbols.clear();
    this.#broadcast.messages.cancelDelivery();
    link.close(reason);
    this.#broadcast.stopReaders();
    const closing = Promise.all([this.#closing, this.#release(link)]).then(() => {
      if (this.#closing === closing) this.#closing = undefined;
    });
    link.closing = closing;
    this.#closing = closing;
    this.#setStatus(status);
  }

  async #release(link: AdapterLink): Promise<void> {
    const { opening } = link;
    if (!opening) return;
    const closed = opening.catch(() => undefined).then(() => this.closeLink());
    await new BoundedCalls(this.clock, this.#closeTimeoutMs)
      .run(`${this.#name}: closing the link`, () => closed)
      .catch((error: unknown) => this.reportError(this.#failure('closing the link', error)));
  }

  #updateStatus(link: AdapterLink): void {
    if (link.reason) return;
    this.#setStatus(link.phase.state === 'connected' && this.#symbols.all.size > 0 ? SUBSCRIBED : link.phase);
  }

  #setStatus(status: StreamStatus): void {
    const { state } = this.#status;
    const canDiffer = state === 'reconnecting' || state === 'failed';
    if (status === this.#status || (status.state === state && !canDiffer)) return;
    this.#status = status;
    this.#broadcast.statuses.emit(status);
  }

  #failure(what: string, cause: unknown): TickmarkError {
    if (cause instanceof TickmarkError) return cause;
    const message = `${this.#name}: ${what}: ${cause instanceof Error ? cause.message : String(cause)}`;
    return new TickmarkError('STREAM_FAILED', message, { retryable: true, cause });
  }

  #closedError(): TickmarkError {
    return new TickmarkError('CLOSED', `${this.#name} was disconnected.`);
  }
}
