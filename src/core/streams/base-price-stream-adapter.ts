import { checkDelay, systemClock, type Clock } from '../clock.js';
import { TickmarkError, invalidArgument } from '../errors.js';
import { checkNumber, withDefaults, SIGNAL, checkOptions } from '../options.js';
import type { PriceStreamAdapter, PriceStreamMessage, StreamStatus } from './price-stream-adapter.js';
import type { Unsubscribe } from '../unsubscribe.js';
import { PriceStreamBroadcast, type PriceStreamStats } from './price-stream-broadcast.js';
import type { PriceStreamLink } from './price-stream-link.js';
import { LinkLifecycle } from './link-lifecycle.js';
import { checkSymbols } from './check-symbols.js';
import { SubscribedSymbols } from './subscribed-symbols.js';
import type { BasePriceStreamAdapterOptions, StreamCalendar } from './base-price-stream-adapter-options.js';
import type { TradingCalendar } from '../calendars/trading-calendar.js';
import { errorReporter } from '../error-reporter.js';
import { keepRaw } from '../keep-raw.js';

const DEFAULTS = { maxSymbols: Infinity, closeTimeoutMs: 5000 };

/**
 * Base class of price streams: listeners, status, subscriptions, lifecycle, and async iterators that conflate. A subclass has two to four
 * methods. `priceStream()` does the same with functions.
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
  static {
    keepRaw(this);
  }

  /** Time, for timers and time stamps. */
  protected readonly clock: Clock;
  readonly #name: string;
  readonly #symbols: SubscribedSymbols;
  readonly #broadcast: PriceStreamBroadcast;
  readonly #lifecycle: LinkLifecycle;
  readonly #calendar: StreamCalendar | undefined;

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
    const { calendar } = options;
    if (calendar != null && typeof calendar !== 'function' && typeof calendar.sessionAt !== 'function')
      throw invalidArgument(
        `${this.#name}: calendar`,
        calendar,
        'a TradingCalendar, or a function of the symbol',
      );
    this.#calendar = calendar;
    this.#symbols = new SubscribedSymbols(this.#name, maxSymbols);
    this.#broadcast = new PriceStreamBroadcast(this.#name, this.clock, errorReporter(options));
    this.#lifecycle = new LinkLifecycle({
      name: this.#name,
      clock: this.clock,
      closeTimeoutMs,
      symbols: this.#symbols,
      broadcast: this.#broadcast,
      open: (link) => this.openLink(link),
      close: () => this.closeLink(),
    });
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
    checkOptions(`${this.#name}.connect`, options, SIGNAL);
    return this.#lifecycle.connect(options.signal);
  }

  disconnect(): Promise<void> {
    return this.#lifecycle.disconnect();
  }

  calendarOf(symbol: string): TradingCalendar | null {
    const calendar = this.#calendar;
    return (typeof calendar === 'function' ? calendar(symbol) : calendar) ?? null;
  }

  async subscribe(symbols: readonly string[]): Promise<void> {
    const wanted = checkSymbols(`${this.#name}.subscribe()`, symbols);
    if (wanted.size === 0) {
      const message = `${this.#name}.subscribe(): the list of symbols is empty.`;
      throw new TickmarkError('EMPTY_SUBSCRIPTION', message);
    }
    const { link } = this.#lifecycle;
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
        throw this.#lifecycle.failure('subscribe()', error);
      }
      this.#lifecycle.updateStatus(link);
    });
  }

  async unsubscribe(symbols: readonly string[]): Promise<void> {
    const given = checkSymbols(`${this.#name}.unsubscribe()`, symbols);
    const { link } = this.#lifecycle;
    return link?.enqueue(async () => {
      const removed = this.#symbols.remove(given);
      if (removed.length === 0) return;
      this.#lifecycle.updateStatus(link);
      try {
        await this.removeSymbols(removed);
      } catch (error) {
        throw this.#lifecycle.failure('unsubscribe()', error);
      }
    });
  }

  onMessage(listener: (message: PriceStreamMessage) => void): Unsubscribe {
    return this.#broadcast.messages.add(listener);
  }

  onStatus(listener: (status: StreamStatus) => void): Unsubscribe {
    return this.#broadcast.statuses.add(listener);
  }

  onError(listener: (error: TickmarkError) => void): Unsubscribe {
    return this.#broadcast.onError(listener);
  }

  getStatus(): StreamStatus {
    return this.#lifecycle.status;
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
    const { link } = this.#lifecycle;
    if (link && this.#symbols.adopt(symbol)) this.#lifecycle.updateStatus(link);
  }

  /** Reports an error that does not stop the stream to `onError`, `logger` and the listeners of {@link onError}. */
  protected reportError(error: TickmarkError): void {
    this.#broadcast.report(error);
  }
}
