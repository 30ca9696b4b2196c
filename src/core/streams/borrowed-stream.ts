import type { Clock } from '../clock.js';
import { ReportLimit } from '../error-reporter.js';
import type { TickmarkError } from '../errors.js';
import type { PriceStreamGap } from '../prices/price-stream-gap.js';
import type { RandomSource } from '../random.js';
import type { Unsubscribe } from '../unsubscribe.js';
import { withSignal } from './price-stream-link.js';
import type { PriceStreamAdapter, StreamStatus } from './price-stream-adapter.js';
import { RetryingSubscription } from './retrying-subscription.js';

/** Options of {@link BorrowedStream}. */
export interface BorrowedStreamOptions {
  readonly stream: PriceStreamAdapter;
  readonly clock: Clock;
  readonly random: RandomSource;
  /**
   * Called with each error that the stream reports, once a minute for each message, with that of each subscription of {@link BorrowedStream.add} that it rejects, and with the one that
   * ended it, unless a caller of `connect()` gets that.
   */
  readonly onError: (error: unknown) => void;
  /** Called when a stream that was lost is connected again: its prices since then are missing. */
  readonly onGap: (gap: PriceStreamGap) => void;
}

/** What all borrowers of a stream have done to it. */
interface Borrowed {
  borrowers: number;
  /** Whether one of them connected it. */
  isConnectedHere: boolean;
  /** How many of them need each symbol that the caller had not subscribed to. */
  readonly needed: Map<string, number>;
}

const borrowedStreams = new WeakMap<PriceStreamAdapter, Borrowed>();

/**
 * A stream that belongs to the caller, and that others may borrow too. If it fails or is disconnected, and is connected again, the symbols are
 * subscribed again. `release()` undoes what was done to it here and nobody else needs, and nothing else: the last one disconnects it if one of them
 * connected it.
 */
export class BorrowedStream {
  readonly #stream: PriceStreamAdapter;
  readonly #options: BorrowedStreamOptions;
  readonly #subscription: RetryingSubscription;
  readonly #limit: ReportLimit;
  /** All symbols that are needed here. */
  readonly #wanted = new Set<string>();
  /** Those that the caller had not subscribed to. */
  readonly #added = new Set<string>();
  #borrowed: Borrowed | null = null;
  #stopWatching: readonly (Unsubscribe | undefined)[] = [];
  #isConnecting = false;
  /** When the stream lost its subscriptions, ms since 1970; `null` while it is connected. */
  #lostAt: number | null = null;
  #isReleased = false;

  constructor(options: BorrowedStreamOptions) {
    this.#options = options;
    this.#stream = options.stream;
    this.#limit = new ReportLimit(options.clock);
    this.#subscription = new RetryingSubscription(options);
  }

  /** Whether the stream has lost its subscriptions and is not connected again. */
  get isLost(): boolean {
    return this.#lostAt !== null;
  }

  /** Connects the stream unless the caller did. After a failure it may be called again. @throws as `PriceStreamAdapter.connect`; `ABORTED`. */
  async connect(signal?: AbortSignal): Promise<void> {
    if (!this.#borrowed) this.#borrow();
    const connecting = this.#connect(signal);
    await (signal ? withSignal(connecting, signal, 'Starting') : connecting);
  }

  /** Subscribes. @throws as `PriceStreamAdapter.subscribe`; `ABORTED`. */
  async subscribe(symbols: readonly string[], signal?: AbortSignal): Promise<void> {
    this.#want(symbols);
    const subscribing = this.#stream.subscribe(symbols);
    await (signal ? withSignal(subscribing, signal, 'Starting') : subscribing);
  }

  /** Subscribes to more symbols, and retries if the stream rejects them for now; if it is lost, when it is connected again. Never throws. */
  add(symbols: readonly string[]): void {
    if (this.#isReleased) return;
    this.#want(symbols);
    if (!this.isLost) void this.#subscription.add(symbols);
  }

  /** Retries symbols that {@link subscribe} was refused, later. */
  retry(symbols: readonly string[]): void {
    if (!this.#isReleased) this.#subscription.retry(symbols);
  }

  /** Unsubscribes from symbols that nobody else needs. Never throws. */
  async remove(symbols: readonly string[]): Promise<void> {
    this.#subscription.remove(symbols);
    for (const symbol of symbols) this.#wanted.delete(symbol);
    const unneeded = this.#forget(symbols.filter((symbol) => this.#added.has(symbol)));
    // A stream that is not connected has no subscriptions.
    if (unneeded.length > 0 && !this.isLost) await this.#stream.unsubscribe(unneeded).catch(() => undefined);
  }

  /** Undoes what was done to the stream here and nobody else needs: disconnects it, or unsubscribes from symbols. */
  async release(): Promise<void> {
    this.#isReleased = true;
    this.#subscription.stop();
    try {
      await this.#giveBack();
    } finally {
      // A link that does not close is reported, too.
      for (const stop of this.#stopWatching) stop?.();
    }
  }

  async #giveBack(): Promise<void> {
    const borrowed = this.#borrowed;
    if (!borrowed) return;
    borrowed.borrowers--;
    const unneeded = this.#forget([...this.#added]);
    this.#borrowed = null;
    if (borrowed.borrowers === 0 && borrowed.isConnectedHere) await this.#disconnect(borrowed);
    else if (unneeded.length > 0) await this.#stream.unsubscribe(unneeded);
  }

  #borrow(): void {
    let borrowed = borrowedStreams.get(this.#stream);
    if (!borrowed) {
      borrowed = { borrowers: 0, isConnectedHere: false, needed: new Map() };
      borrowedStreams.set(this.#stream, borrowed);
    }
    this.#borrowed = borrowed;
    borrowed.borrowers++;
    const { state } = this.#stream.getStatus();
    if (state === 'disconnected' || state === 'failed') borrowed.isConnectedHere = true;
    this.#stopWatching = [
      this.#stream.onStatus((status) => this.#onStatus(status)),
      this.#stream.onError?.((error) => this.#onError(error)),
    ];
  }

  async #connect(signal: AbortSignal | undefined): Promise<void> {
    const borrowed = this.#borrowed!;
    this.#isConnecting = true;
    try {
      await this.#stream.connect(signal && { signal });
    } finally {
      this.#isConnecting = false;
    }
    // Released meanwhile, and the stream could not cancel its connect().
    if (borrowed.borrowers === 0 && !borrowedStreams.has(this.#stream)) await this.#stream.disconnect();
  }

  async #disconnect(borrowed: Borrowed): Promise<void> {
    if (borrowedStreams.get(this.#stream) === borrowed) borrowedStreams.delete(this.#stream);
    await this.#stream.disconnect();
  }

  // Each try of a stream that is down fails.
  #onError(error: TickmarkError): void {
    if (this.#limit.isDue(error.message)) this.#options.onError(error);
  }

  #onStatus(status: StreamStatus): void {
    const { clock, onError } = this.#options;
    const { state } = status;
    const now = clock.now();
    if (this.#isReleased) return;
    if (state === 'failed' && !this.#isConnecting) onError(status.error);
    if (state === 'failed' || state === 'disconnected') this.#lostAt ??= now;
    else if (state !== 'connecting' && this.#lostAt !== null) this.#restore(this.#lostAt, now);
  }

  #restore(from: number, to: number): void {
    this.#lostAt = null;
    const symbols = [...this.#wanted];
    if (symbols.length === 0) return;
    this.#options.onGap({ type: 'gap', from, to, symbols, reason: 'disconnect', recovered: false });
    this.add(symbols);
  }

  #want(symbols: readonly string[]): void {
    for (const symbol of symbols) this.#wanted.add(symbol);
    this.#recordAdded(symbols);
  }

  #recordAdded(symbols: readonly string[]): void {
    const needed = this.#borrowed?.needed;
    if (!needed) return;
    const subscribed = new Set(this.#stream.getSubscribedSymbols());
    for (const symbol of symbols) {
      const count = needed.get(symbol) ?? 0;
      if (this.#added.has(symbol) || (count === 0 && subscribed.has(symbol))) continue;
      this.#added.add(symbol);
      needed.set(symbol, count + 1);
    }
  }

  /** Symbols are not needed here any more. @returns those that nobody else needs. */
  #forget(symbols: readonly string[]): readonly string[] {
    for (const symbol of symbols) this.#added.delete(symbol);
    const needed = this.#borrowed?.needed;
    return needed ? symbols.filter((symbol) => isLast(needed, symbol)) : [];
  }
}

/** Whether nobody else needs a symbol; one need of it ends. */
function isLast(needed: Map<string, number>, symbol: string): boolean {
  const count = needed.get(symbol) ?? 0;
  if (count > 1) needed.set(symbol, count - 1);
  else needed.delete(symbol);
  return count <= 1;
}
