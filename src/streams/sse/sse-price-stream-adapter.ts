import { checkBackoff } from '../../core/backoff.js';
import { checkDelay } from '../../core/clock.js';
import type { TickmarkError } from '../../core/errors.js';
import { systemRandom } from '../../core/random.js';
import { BasePriceStreamAdapter } from '../../core/streams/base-price-stream-adapter.js';
import type { PriceStreamLink } from '../../core/streams/price-stream-link.js';
import { DecodingCounts } from '../connection/decoding-counts.js';
import { platformFetch } from '../connection/http-fetch.js';
import { resolveDeadlines, type ResolvedDeadlines } from '../connection/link-deadlines.js';
import { SymbolFreshness } from '../connection/symbol-freshness.js';
import type { SymbolRefusedError } from '../../core/streams/symbol-refused-error.js';
import { acceptedSymbols } from '../connection/provider.js';
import { BatchedCalls } from './batched-calls.js';
import { EventStreamTransport } from './event-stream-transport.js';
import {
  checkFeed,
  checkMaxEventLength,
  type SsePriceStreamAdapterOptions,
  type SseStats,
  SSE_OPTIONS,
} from './sse-options.js';
import { SubscribedEventStream, type SubscribedEventStreamHost } from './subscribed-event-stream.js';
import { checkOptions } from '../../core/options.js';

const MAX_EVENT_LENGTH = 1_048_576;
const GATHER_MS = 5;

/**
 * A price stream over an event stream (server-sent events), read with `fetch`, in Node and in browsers, with headers. It reconnects by
 * itself and resumes after the last event id; a gap before the next prices shows from when on they were missing.
 *
 * - If the URL of the feed names the symbols, no event stream is open before the first `subscribe()`. A change of symbols opens a new
 *   one, which replaces the old one once it is up: a price may come twice, and none is lost.
 * - The call that opens the first event stream, `connect()` or `subscribe()`, makes one attempt and rejects with its error. Later
 *   failures are retried until `disconnect()`, unless a retry cannot help: a key that is refused three times in a row (`UNAUTHORIZED`), status
 *   204 or 410 (`STREAM_FAILED`). Then the status is `failed`. docs/streams/README.md has the table.
 * - `Retry-After` of status 429 or 503, and `retry:` of the event stream (up to 5 minutes), are the least wait before a reconnect.
 * - An event stream from which nothing comes for the feed's `silenceMs`, or at most a quarter longer, is closed and opened again.
 * - `stats()` accounts for every event.
 *
 * @example
 * ```ts
 * import { SsePriceStreamAdapter, eastmoneyPush2 } from 'tickmark/sse';
 *
 * const stream = new SsePriceStreamAdapter({ feed: eastmoneyPush2() });
 * stream.onMessage((message) => console.log(message));
 * await stream.connect();
 * await stream.subscribe(['600519', '000001']);
 * ```
 */
export class SsePriceStreamAdapter extends BasePriceStreamAdapter {
  readonly #options: SsePriceStreamAdapterOptions;
  readonly #deadlines: ResolvedDeadlines;
  readonly #maxEventLength: number;
  readonly #gatherMs: number;
  readonly #transport: EventStreamTransport;
  readonly #counts: DecodingCounts;
  readonly #freshness: SymbolFreshness | undefined;
  readonly #refused = new Map<string, string>();
  /** Only for a feed whose URL names the symbols: each change of symbols costs it a new event stream. */
  readonly #subscribeCalls: BatchedCalls | undefined;
  #stream: SubscribedEventStream | undefined;
  #link: PriceStreamLink | undefined;
  #reconnects = 0;
  #reopened = 0;

  /** @throws TickmarkError `INVALID_ARGUMENT` for an option outside what is accepted. */
  constructor(options: SsePriceStreamAdapterOptions) {
    checkOptions('SsePriceStreamAdapter', options, SSE_OPTIONS);
    checkFeed(options.feed);
    const { feed, freshness, fetch = platformFetch } = options;
    const { gatherMs = GATHER_MS, maxEventLength = MAX_EVENT_LENGTH } = options;
    checkBackoff('SsePriceStreamAdapter: backoff', options.backoff);
    checkDelay(gatherMs, 'SsePriceStreamAdapter: gatherMs');
    checkMaxEventLength(maxEventLength);
    const { maxSymbols } = feed;
    const { calendar = feed.calendar } = options;
    super({ ...options, ...(calendar && { calendar }), ...(maxSymbols !== undefined && { maxSymbols }) });
    this.#options = options;
    this.#deadlines = resolveDeadlines('SsePriceStreamAdapter: deadlines', options.deadlines);
    this.#maxEventLength = maxEventLength;
    this.#gatherMs = gatherMs;
    this.#transport = new EventStreamTransport(fetch, this.clock);
    const report = (error: TickmarkError): void => this.reportError(error);
    this.#counts = new DecodingCounts({ name: feed.name, clock: this.clock, report });
    this.#freshness = freshness && new SymbolFreshness({ ...freshness, clock: this.clock }, report);
    if (typeof feed.url === 'function')
      this.#subscribeCalls = new BatchedCalls(this.clock, gatherMs, (symbols) => super.subscribe(symbols));
  }

  override subscribe(symbols: readonly string[]): Promise<void> {
    // An invalid call is not batched: super.subscribe() rejects it.
    if (!this.#subscribeCalls || !Array.isArray(symbols) || symbols.length === 0)
      return super.subscribe(symbols);
    return this.#subscribeCalls.add(symbols);
  }

  // Calls of subscribe() that wait in the batch take effect before those that follow them.
  override unsubscribe(symbols: readonly string[]): Promise<void> {
    this.#subscribeCalls?.flush();
    return super.unsubscribe(symbols);
  }

  override connect(options?: { signal?: AbortSignal }): Promise<void> {
    this.#subscribeCalls?.flush();
    return super.connect(options);
  }

  override disconnect(): Promise<void> {
    this.#subscribeCalls?.flush();
    return super.disconnect();
  }

  /** Counters so far. */
  override stats(): SseStats {
    return {
      ...super.stats(),
      ...this.#counts.stats(),
      reconnects: this.#reconnects,
      reopened: this.#reopened,
      refused: Object.fromEntries(this.#refused),
      stale: this.#freshness?.stale() ?? [],
    };
  }

  protected override async openLink(link: PriceStreamLink): Promise<void> {
    const { feed, backoff, hints, random = systemRandom } = this.#options;
    const stream = new SubscribedEventStream({
      link,
      protocol: {
        feed,
        clock: this.clock,
        counts: this.#counts,
        maxEventLength: this.#maxEventLength,
        dataMs: this.#deadlines.data,
      },
      connection: { random, backoff, hints, transport: this.#transport, deadlines: this.#deadlines },
      gatherMs: this.#gatherMs,
      host: this.#streamHost,
    });
    this.#link = link;
    this.#stream = stream;
    const stop = (): void => stream.stop(link.signal.reason as TickmarkError);
    link.signal.addEventListener('abort', stop, { once: true });
    await stream.start();
  }

  protected override closeLink(): void {
    this.#stream = this.#link = undefined;
    this.#freshness?.stop();
  }

  protected override async addSymbols(symbols: readonly string[]): Promise<void> {
    const accepted = acceptedSymbols(this.#options.feed, symbols, (error) => this.#refuse(error));
    await this.#stream?.refresh();
    this.#freshness?.watch(accepted);
  }

  protected override removeSymbols(symbols: readonly string[]): void {
    this.#freshness?.unwatch(symbols);
    // Not awaited: prices that still come are dropped on delivery.
    this.#stream?.refreshSoon();
  }

  readonly #streamHost: SubscribedEventStreamHost = {
    symbols: () => this.getSubscribedSymbols().filter((symbol) => !this.#refused.has(symbol)),
    update: (update) => {
      this.#freshness?.seen(update.symbol);
      this.#link?.deliver(update);
    },
    error: (error) => this.reportError(error),
    reconnected: () => this.#reconnects++,
    reopened: () => this.#reopened++,
  };

  #refuse(error: SymbolRefusedError): void {
    this.#refused.set(error.symbol, error.reason);
    this.reportError(error);
    // Takes effect after a subscribe() that is under way.
    void this.unsubscribe([error.symbol]).catch(() => undefined);
  }
}
