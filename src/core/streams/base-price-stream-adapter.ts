import { systemClock, type Clock, type Timer } from '../clock.js';
import { abortedError, invalidArgument, TickmarkError } from '../errors.js';
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
   * Hears what must not stop the stream: `HANDLER_FAILED` when a listener threw, `STREAM_FAILED` or `TIMEOUT` when the link
   * did not close cleanly. Default: listener errors are counted in `stats()`, no more. What it throws itself is dropped.
   */
  readonly onError?: (error: TickmarkError) => void;
}

const DISCONNECTED: StreamStatus = { state: 'disconnected' };
const SUBSCRIBED: StreamStatus = { state: 'subscribed' };

/**
 * Does what every stream needs: listeners, status, subscriptions, lifecycle, conflating readers. An adapter adds four hooks:
 *
 * ```ts
 * class MyStream extends BasePriceStreamAdapter {
 *   #socket?: MySocket;
 *   protected async openLink(link: PriceStreamLink) {
 *     this.#socket = await MySocket.open('wss://…', { signal: link.signal });
 *     this.#socket.onPrice = (price) => link.deliver(price);
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
  readonly #maxSymbols: number;
  readonly #closeTimeoutMs: number;
  readonly #symbols = new Set<string>();
  readonly #broadcast: PriceStreamBroadcast;
  #status: StreamStatus = DISCONNECTED;
  #link: AdapterLink | undefined;
  #closing: Promise<void> | undefined;
  #disconnecting: Promise<void> | undefined;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
  constructor(options: BasePriceStreamAdapterOptions = {}) {
    const { maxSymbols = Infinity, closeTimeoutMs = 5000 } = options;
    if (maxSymbols !== Infinity && !(Number.isSafeInteger(maxSymbols) && maxSymbols > 0))
      throw invalidArgument(`${this.#name}: maxSymbols`, maxSymbols, 'a whole number above 0');
    if (!(closeTimeoutMs >= 0 && closeTimeoutMs < 2 ** 31))
      throw invalidArgument(`${this.#name}: closeTimeoutMs`, closeTimeoutMs, 'ms from 0 to 2147483647');
    this.clock = options.clock ?? systemClock;
    this.#maxSymbols = maxSymbols;
    this.#closeTimeoutMs = closeTimeoutMs;
    this.#broadcast = new PriceStreamBroadcast(this.#name, options.onError);
  }

  /**
   * Opens the link; settles when it is up. Must settle soon after `link.signal` fires. Never called while an earlier link is
   * still closing. What it throws becomes the `STREAM_FAILED` of `connect()`, unless it is a `TickmarkError` already.
   */
  protected abstract openLink(link: PriceStreamLink): Promise<void> | void;
  /** Releases all that `openLink()` made. Called once after each `openLink()` has settled, also when that failed. */
  protected abstract closeLink(): Promise<void> | void;
  /** Asks the venue for symbols that are new, at least one. While reconnecting it may leave them to the resubscription. */
  protected abstract addSymbols(symbols: readonly string[]): Promise<void> | void;
  /** Gives symbols back to the venue, at least one. */
  protected abstract removeSymbols(symbols: readonly string[]): Promise<void> | void;

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
      // Marked first, because a snapshot may come before the venue's answer.
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

  /** Counts a symbol as subscribed without asking the venue: for sources that send what nobody asked for. */
  protected adoptSymbol(symbol: string): void {
    if (!this.#link || this.#symbols.has(symbol)) return;
    this.#symbols.add(symbol);
    this.#updateStatus(this.#link);
  }

  /** Reports what must not stop the stream to `onError`. */
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
    // Whoever shares this promise hears of its failure; with nobody left it is no unhandled rejection.
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
    if (!link.opening) return;
    let timer: Timer | undefined;
    const deadline = new Promise<never>((_, reject) => {
      const message = `${this.#name}: the link did not close within ${this.#closeTimeoutMs} ms and was left to itself.`;
      timer = this.clock.setTimer(() => reject(new TickmarkError('TIMEOUT', message)), this.#closeTimeoutMs);
    });
    const closed = link.opening.catch(() => undefined).then(() => this.closeLink());
    try {
      await Promise.race([closed, deadline]);
    } catch (error) {
      this.reportError(this.#failure('closing the link', error));
    } finally {
      timer?.clear();
    }
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

  get #name(): string {
    return this.constructor.name;
  }
}
