import { BoundedCalls, checkDelay, systemClock, type Clock } from '../clock.js';
import { abortedError, TickmarkError } from '../errors.js';
import { checkNumber, withDefaults } from '../options.js';
import type { PriceStreamAdapter, PriceStreamMessage, StreamStatus } from './price-stream-adapter.js';
import type { Unsubscribe } from '../unsubscribe.js';
import { PriceStreamBroadcast, type PriceStreamStats } from './price-stream-broadcast.js';
import { AdapterLink, withSignal, type PriceStreamLink } from './price-stream-link.js';
import { checkSymbols } from './check-symbols.js';

/** Options that every adapter built on {@link BasePriceStreamAdapter} takes. */
export interface BasePriceStreamAdapterOptions {
  /** Time. Default: the machine's clock. */
  readonly clock?: Clock;
  /** Most symbols that can be subscribed at once. Default: no limit. */
  readonly maxSymbols?: number;
  /** How long `disconnect()` waits for the link to close, in ms. Default 5,000. */
  readonly closeTimeoutMs?: number;
  /**
   * Called with errors that do not stop the stream: `HANDLER_FAILED` when a listener threw, `STREAM_FAILED` or `TIMEOUT` when the
   * link did not close. Default: errors of listeners are counted in `stats()`. What it throws is dropped.
   */
  readonly onError?: (error: TickmarkError) => void;
}

const DEFAULTS = { maxSymbols: Infinity, closeTimeoutMs: 5000 };
const DISCONNECTED: StreamStatus = { state: 'disconnected' };
const SUBSCRIBED: StreamStatus = { state: 'subscribed' };

/**
 * What every price stream needs: listeners, status, subscriptions, lifecycle, conflating readers. A subclass adds up to four
 * methods; `createPriceStream()` does the same with functions.
 *
 * ```ts
 * class MyStream extends BasePriceStreamAdapter {
 *   #socket?: MySocket;
 *   protected async openLink(link: PriceStreamLink) {
 *     this.#socket = await MySocket.open('wss://…', { signal: link.signal });
 *     this.#socket.onPrice = (price) => link.deliver(price);
 *     // To reconnect instead: link.reconnecting(1, nextTryAt), link.restored(), then the gap.
 *     this.#socket.onClose = () => link.fail(new Error('the venue hung up'));
 *   }
 *   protected closeLink() { this.#socket?.close(); }
 *   protected addSymbols(symbols: readonly string[]) { return this.#socket!.request('subscribe', symbols); }
 *   protected removeSymbols(symbols: readonly string[]) { return this.#socket!.request('unsubscribe', symbols); }
 * }
 * ```
 */
export abstract class BasePriceStreamAdapter implements PriceStreamAdapter {
  /** Time, for timers and stamps. */
  protected readonly clock: Clock;
  readonly #name: string;
  readonly #maxSymbols: number;
  readonly #closeTimeoutMs: number;
  readonly #symbols = new Set<string>();
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
    this.#maxSymbols = maxSymbols;
    this.#closeTimeoutMs = closeTimeoutMs;
    this.#broadcast = new PriceStreamBroadcast(this.#name, options.onError);
  }

  /**
   * Opens the link; settles when it is up. Must settle soon after `link.signal` fires. Never called while an earlier link is
   * closing. What it throws becomes the `STREAM_FAILED` of `connect()`; a `TickmarkError` stays as it is.
   */
  protected abstract openLink(link: PriceStreamLink): Promise<void> | void;
  /** Closes all that `openLink()` opened. Called once after each `openLink()` has settled, also when that failed. */
  protected abstract closeLink(): Promise<void> | void;

  /**
   * Subscribes to new symbols at the venue, at least one. While the link reconnects, it may leave them to the resubscription.
   * Default: nothing to do, for sources that send all symbols.
   */
  protected addSymbols(_symbols: readonly string[]): Promise<void> | void {
    // Nothing to do.
  }

  /** Unsubscribes from symbols at the venue, at least one. Default: nothing to do. */
  protected removeSymbols(_symbols: readonly string[]): Promise<void> | void {
    // Nothing to do.
  }

  connect(options: { signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options;
    if (signal?.aborted) return Promise.reject(abortedError(signal, `${this.#name}.connect()`));
    if (this.#disconnecting) {
      const message = `${this.#name}.connect(): disconnect() is under way; wait for it, then connect again.`;
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
      const added = [...wanted].filter((symbol) => !this.#symbols.has(symbol));
      if (added.length === 0) return;
      this.#checkLimit(added.length);
      // Before the call, because a snapshot may come before the venue's answer.
      for (const symbol of added) this.#symbols.add(symbol);
      try {
        await this.addSymbols(added);
      } catch (error) {
        if (!link.reason) for (const symbol of added) this.#symbols.delete(symbol);
        throw this.#failure('subscribe()', error);
      }
      this.#updateStatus(link);
    });
  }

  async unsubscribe(symbols: readonly string[]): Promise<void> {
    const given = checkSymbols(`${this.#name}.unsubscribe()`, symbols);
    const link = this.#link;
    return link?.enqueue(async () => {
      const removed = [...given].filter((symbol) => this.#symbols.delete(symbol));
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
    return [...this.#symbols];
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

  /** Counts a symbol as subscribed without a call to the venue: for sources that send symbols unasked. */
  protected adoptSymbol(symbol: string): void {
    if (!this.#link || this.#symbols.has(symbol)) return;
    this.#symbols.add(symbol);
    this.#updateStatus(this.#link);
  }

  /** Reports an error that does not stop the stream to `onError`. */
  protected reportError(error: TickmarkError): void {
    this.#broadcast.report(error);
  }

  #open(signal: AbortSignal | undefined): Promise<void> {
    const link = new AdapterLink({
      deliver: (message) => this.#broadcast.deliver(message, this.#symbols),
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
    // Callers that share this promise get its failure; without any it is no unhandled rejection.
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
    this.#setStatus(link.phase.state === 'connected' && this.#symbols.size > 0 ? SUBSCRIBED : link.phase);
  }

  #setStatus(status: StreamStatus): void {
    const { state } = this.#status;
    const canDiffer = state === 'reconnecting' || state === 'failed';
    if (status === this.#status || (status.state === state && !canDiffer)) return;
    this.#status = status;
    this.#broadcast.statuses.emit(status);
  }

  #checkLimit(more: number): void {
    const held = this.#symbols.size;
    if (held + more <= this.#maxSymbols) return;
    throw new TickmarkError(
      'SUBSCRIPTION_LIMIT',
      `${this.#name}.subscribe(): ${more} more symbols beside ${held} make ${held + more}; at most ${this.#maxSymbols} can be ` +
        'subscribed. None of this call was.',
    );
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
